use kernel::{Quantity, Sku, UserId};

use super::App;
use super::guest_token::GuestToken;
use crate::domain::{
    Destination, Error, Lines, Owner, PricedCart, Products, Totals, price_cart, set_item,
};
use crate::failure::Failure;
use crate::store::StoredCart;

/// A cart with its prices.
#[derive(Debug)]
pub(crate) struct CartView {
    pub(crate) priced: PricedCart,
    /// None for an empty cart.
    pub(crate) totals: Option<Totals>,
    /// The discount code, if it applies.
    pub(crate) discount_code: Option<String>,
    /// The token of a guest's cart.
    pub(crate) guest_token: Option<String>,
}

/// Whose cart a caller works on.
pub(crate) struct CartCaller {
    /// The signed-in customer, if there is one.
    pub(crate) customer: Option<UserId>,
    /// A guest's token, if the request has one.
    pub(crate) token: Option<GuestToken>,
}

impl CartCaller {
    /// None for a guest without a token.
    fn owner(&self) -> Option<Owner> {
        match (self.customer, &self.token) {
            (Some(customer), _) => Some(Owner::Customer(customer)),
            (None, Some(token)) => Some(Owner::Guest(token.hash())),
            (None, None) => None,
        }
    }

    /// The token to return to a guest; none if there is no cart.
    fn token_of(self, cart: &StoredCart) -> Option<String> {
        match self.customer {
            None if cart.id.is_some() => self.token.map(GuestToken::expose),
            _ => None,
        }
    }
}

impl App {
    /// The cart with its totals; without `country`, shipping and tax are zero.
    pub(crate) async fn cart(
        &self,
        caller: CartCaller,
        country: Option<&str>,
    ) -> Result<CartView, Failure> {
        let destination = country
            .map(|country| self.destinations.find(country))
            .transpose()?;
        let cart = self.stored(&caller).await?;
        let products = self.prices.of(cart.lines.keys()).await?;
        let token = caller.token_of(&cart);
        self.view(&cart, &products, destination, token)
    }

    /// Sets the quantity of a SKU; none removes its line.
    pub(crate) async fn set_item(
        &self,
        caller: CartCaller,
        sku: Sku,
        quantity: Option<Quantity>,
    ) -> Result<CartView, Failure> {
        let fetched = match quantity {
            Some(quantity) => self.admit(&caller, &sku, quantity).await?,
            None => Products::new(),
        };
        let now = self.clock.now();
        let change = {
            let sku = sku.clone();
            move |lines: &mut Lines| set_item(lines, &sku, quantity)
        };
        let mut caller = caller;
        let stored = match caller.owner() {
            Some(owner) => self.store.change_lines(&owner, now, change.clone()).await?,
            None => None,
        };
        let stored = match stored {
            Some(stored) => stored,
            // There is no cart, so there is no line to remove.
            None if quantity.is_none() => StoredCart::default(),
            None => {
                let token = GuestToken::generate();
                let owner = Owner::NewGuest(token.hash());
                caller.token = Some(token);
                let created = self.store.change_lines(&owner, now, change).await?;
                created.unwrap_or_default()
            }
        };
        let missing = stored.lines.keys().any(|sku| !fetched.contains_key(sku));
        let products = match missing {
            true => self.prices.of(stored.lines.keys()).await?,
            false => fetched,
        };
        let token = caller.token_of(&stored);
        self.view(&stored, &products, None, token)
    }

    /// Sets or removes the discount code.
    pub(crate) async fn set_discount(
        &self,
        caller: CartCaller,
        code: Option<String>,
    ) -> Result<CartView, Failure> {
        let now = self.clock.now();
        let cart = self.stored(&caller).await?;
        let products = self.prices.of(cart.lines.keys()).await?;
        if let Some(code) = &code {
            let discount = self.store.discount(code).await?;
            let discount = discount.ok_or(Error::DISCOUNT_UNKNOWN)?;
            let priced = price_cart(&cart.lines, &products)?;
            let sum = priced
                .sum
                .ok_or(Error::DiscountInvalid("needs a cart that is not empty"))?;
            discount.off(sum, now)?;
        }
        let cart = match (caller.owner(), cart.id) {
            (Some(owner), Some(_)) => self.store.set_discount(&owner, code, now).await?,
            _ => cart,
        };
        let token = caller.token_of(&cart);
        self.view(&cart, &products, None, token)
    }

    /// Moves a guest's lines into the customer's cart.
    pub(crate) async fn merge_cart(
        &self,
        customer: UserId,
        guest: Option<GuestToken>,
    ) -> Result<CartView, Failure> {
        let now = self.clock.now();
        let owner = Owner::Customer(customer);
        let cart = match guest {
            Some(token) => {
                let guest = Owner::Guest(token.hash());
                self.store.merge(&owner, &guest, now).await?
            }
            None => self.store.cart(&owner, now).await?,
        };
        let products = self.prices.of(cart.lines.keys()).await?;
        self.view(&cart, &products, None, None)
    }

    /// Checks that the SKU may be put into the cart: it is for sale, the cart has a free line, and the
    /// currency is the cart's. Returns the products of the changed cart.
    async fn admit(
        &self,
        caller: &CartCaller,
        sku: &Sku,
        quantity: Quantity,
    ) -> Result<Products, Failure> {
        let mut lines = self.stored(caller).await?.lines;
        set_item(&mut lines, sku, Some(quantity))?;
        let products = self.prices.of(lines.keys()).await?;
        if !products.contains_key(sku) {
            return Err(Error::ProductNotFound(vec![sku.to_string()]).into());
        }
        price_cart(&lines, &products)?;
        Ok(products)
    }

    async fn stored(&self, caller: &CartCaller) -> Result<StoredCart, Failure> {
        match caller.owner() {
            Some(owner) => self.store.cart(&owner, self.clock.now()).await,
            None => Ok(StoredCart::default()),
        }
    }

    fn view(
        &self,
        cart: &StoredCart,
        products: &Products,
        destination: Option<Destination>,
        guest_token: Option<String>,
    ) -> Result<CartView, Failure> {
        let priced = price_cart(&cart.lines, products)?;
        let discount = cart.discount.as_ref();
        let totals = priced.totals(discount, destination, self.clock.now())?;
        let (totals, discount_code) = match totals {
            Some((totals, code)) => (Some(totals), code),
            None => (None, None),
        };
        Ok(CartView {
            priced,
            totals,
            discount_code,
            guest_token,
        })
    }
}
