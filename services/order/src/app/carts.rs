use kernel::{Quantity, Sku, UserId};

use super::App;
use super::guest_token::{CartCaller, GuestToken};
use crate::domain::{
    Contents, Destination, Error, Offers, Owner, PricedCart, Totals, price_cart, set_item,
};
use crate::failure::Failure;
use crate::store::StoredCart;

/// How often a change of a cart is tried: again when other changes have added lines whose prices were not fetched.
pub(super) const TRIES: usize = 10;

/// A cart with its prices.
#[derive(Debug)]
pub(crate) struct CartView {
    pub(crate) priced: PricedCart,
    /// None if no line can be sold.
    pub(crate) totals: Option<Totals>,
    /// The discount code, if it applies.
    pub(crate) discount_code: Option<String>,
    /// The token of a guest's cart.
    pub(crate) guest_token: Option<String>,
}

impl CartCaller {
    /// None for a guest without a token of the shop.
    fn owner(&self) -> Option<Owner> {
        match self {
            Self::Customer(customer) => Some(Owner::Customer(*customer)),
            Self::Guest(token) => Some(Owner::Guest(token.hash())),
            Self::NewGuest | Self::Stranger => None,
        }
    }

    fn customer(&self) -> Option<UserId> {
        match self {
            Self::Customer(customer) => Some(*customer),
            Self::Guest(_) | Self::NewGuest | Self::Stranger => None,
        }
    }

    /// The token to return to a guest; none if there is no cart.
    fn token_of(self, cart: &StoredCart) -> Option<String> {
        match self {
            Self::Guest(token) if cart.id.is_some() => Some(token.expose()),
            _ => None,
        }
    }
}

impl App {
    /// The cart with its totals; without `country`, shipping and tax are zero. During an outage of the catalog, no line
    /// has a price.
    pub(crate) async fn cart(
        &self,
        caller: CartCaller,
        country: Option<&str>,
    ) -> Result<CartView, Failure> {
        let destination = country
            .map(|country| self.destinations.find(country))
            .transpose()?;
        let cart = self.stored(&caller).await?;
        let offers = self.catalog.offers_if_available(cart.lines.skus()).await;
        let token = caller.token_of(&cart);
        Ok(self.view(&cart, &offers, destination, token)?)
    }

    /// Sets the quantity of a SKU.
    pub(crate) async fn set_item(
        &self,
        caller: CartCaller,
        sku: Sku,
        quantity: Quantity,
    ) -> Result<CartView, Failure> {
        let asked = sku.clone();
        let decide = move |cart: &mut Contents, offers: &Offers| {
            set_item(&mut cart.lines, &sku, quantity, offers)
        };
        for _ in 0..TRIES {
            let cart = self.stored(&caller).await?;
            let skus = cart.lines.skus().chain([&asked]);
            let offers = self.catalog.offers(skus).await?;
            let changed = self.change(caller.clone(), &cart, offers, decide.clone());
            if let Some(view) = changed.await? {
                return Ok(view);
            }
        }
        Err(Error::CartChanged.into())
    }

    /// Removes the line of a SKU, whether or not it can be sold.
    pub(crate) async fn remove_item(
        &self,
        caller: CartCaller,
        sku: Sku,
    ) -> Result<CartView, Failure> {
        self.reduce(caller, move |cart| cart.lines.remove(&sku))
            .await
    }

    /// Sets the discount code, which must apply to the cart. A code that does not exist takes the same steps and gets the same
    /// answer as one that does not apply: neither the answer nor its time shows which codes exist.
    pub(crate) async fn set_discount(
        &self,
        caller: CartCaller,
        code: String,
    ) -> Result<CartView, Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let cart = self.stored(&caller).await?;
            if cart.id.is_none() {
                return Err(Error::DiscountInvalid.into());
            }
            let offers = self.catalog.offers(cart.lines.skus()).await?;
            let discount = self.store.discount(&code, caller.customer()).await?;
            let decide = move |cart: &mut Contents, offers: &Offers| {
                let sum = price_cart(&cart.lines, offers).sum;
                let (sum, discount) = sum.zip(discount).ok_or(Error::DiscountInvalid)?;
                discount.off(sum, now)?;
                cart.discount_code = Some(discount.code);
                Ok(())
            };
            let changed = self.change(caller.clone(), &cart, offers, decide);
            if let Some(view) = changed.await? {
                return Ok(view);
            }
        }
        Err(Error::CartChanged.into())
    }

    /// Removes the discount code.
    pub(crate) async fn remove_discount(&self, caller: CartCaller) -> Result<CartView, Failure> {
        self.reduce(caller, |cart| cart.discount_code = None).await
    }

    /// Takes something out of the cart, which needs no prices. Without a cart there is nothing to do.
    async fn reduce(
        &self,
        caller: CartCaller,
        remove: impl FnOnce(&mut Contents) + Clone + Send + Sync,
    ) -> Result<CartView, Failure> {
        for _ in 0..TRIES {
            let cart = self.stored(&caller).await?;
            let offers = self.catalog.offers_if_available(cart.lines.skus()).await;
            if cart.id.is_none() {
                return Ok(self.view(&cart, &offers, None, None)?);
            }
            let remove = remove.clone();
            let decide = move |cart: &mut Contents, _: &Offers| {
                remove(cart);
                Ok(())
            };
            let changed = self.change(caller.clone(), &cart, offers, decide);
            if let Some(view) = changed.await? {
                return Ok(view);
            }
        }
        Err(Error::CartChanged.into())
    }

    /// Changes the cart that was read and returns it. The decision is made about the locked cart, and the answer before
    /// the commit. None if the cart has got lines that the offers do not cover, or is gone.
    async fn change(
        &self,
        caller: CartCaller,
        read: &StoredCart,
        offers: Offers,
        decide: impl FnOnce(&mut Contents, &Offers) -> Result<(), Error> + Clone + Send + Sync,
    ) -> Result<Option<CartView>, Failure> {
        let (caller, owner) = self.owner_to_change(caller, read)?;
        let (app, known) = (self.clone(), offers.clone());
        let decide = move |cart: &mut Contents| match offers.cover(&cart.lines) {
            true => decide(cart, &offers),
            false => Err(Error::CartChanged),
        };
        let answer = move |cart: &StoredCart| {
            let token = caller.token_of(cart);
            app.view(cart, &known, None, token)
        };
        let now = self.clock.now();
        match self.store.change_cart(&owner, now, decide, answer).await {
            Err(Failure::Refused(Error::CartChanged)) => Ok(None),
            changed => changed,
        }
    }

    /// The owner of the cart to change. A guest without a cart gets one; a token is issued only with it.
    fn owner_to_change(
        &self,
        caller: CartCaller,
        cart: &StoredCart,
    ) -> Result<(CartCaller, Owner), Error> {
        let token = match caller {
            CartCaller::Customer(customer) => return Ok((caller, Owner::Customer(customer))),
            CartCaller::Stranger => return Err(Error::CartTokenInvalid),
            CartCaller::NewGuest => GuestToken::issue(&self.tokens),
            CartCaller::Guest(token) => token,
        };
        let hash = token.hash();
        let owner = match cart.id {
            Some(_) => Owner::Guest(hash),
            None => Owner::NewGuest(hash),
        };
        Ok((CartCaller::Guest(token), owner))
    }

    async fn stored(&self, caller: &CartCaller) -> Result<StoredCart, Failure> {
        match caller.owner() {
            Some(owner) => self.store.cart(&owner, self.clock.now()).await,
            None => Ok(StoredCart::default()),
        }
    }

    pub(super) fn view(
        &self,
        cart: &StoredCart,
        offers: &Offers,
        destination: Option<Destination>,
        guest_token: Option<String>,
    ) -> Result<CartView, Error> {
        let priced = price_cart(&cart.lines, offers);
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
