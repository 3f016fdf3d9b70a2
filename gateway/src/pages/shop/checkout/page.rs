use askama::Template;
use futures_util::future::join;
use uuid::Uuid;

use super::{
    destination::Destination,
    payment_methods::{TEST_CARDS, TestCard},
};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Address, Cart, Totals},
    pages::{
        address::{self, AddressForm, CountryChoice},
        field_errors::FieldErrors,
        filters,
        form::Form,
        format,
        layout::Layout,
        notice,
        shop::cards::Picture,
        visitor::Visitor,
    },
};

/// What the visitor typed besides the address.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) payment_method: String,
    pub(super) saves_address: bool,
    pub(super) code: String,
    /// Whether it was sent to order.
    pub(super) is_sent: bool,
}

impl Typed {
    pub(super) fn of(form: &Form) -> Self {
        Self {
            payment_method: form.text("payment_method"),
            saves_address: form.is_checked("save_address"),
            code: String::new(),
            is_sent: true,
        }
    }

    /// What the form of a discount code was sent with.
    pub(super) fn of_discount_form(form: &Form) -> Self {
        Self {
            is_sent: false,
            ..Self::of(form)
        }
    }
}

/// A line of the summary.
pub(super) struct Line {
    name: String,
    quantity: u32,
    total: String,
    picture: Picture,
    /// Why it cannot be ordered like this.
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "shop/checkout.html")]
pub(super) struct CheckoutPage {
    layout: Layout,
    errors: FieldErrors,
    destination: Destination,
    countries: Vec<CountryChoice>,
    lines: Vec<Line>,
    /// SKUs of lines that cannot be sold.
    unsellable: Vec<String>,
    totals: Option<Totals>,
    discount_code: Option<String>,
    typed: Typed,
    /// The idempotency key of the order.
    key: String,
}

impl CheckoutPage {
    /// The page; `None` if the cart is empty.
    ///
    /// # Errors
    /// The cart cannot be read.
    pub(super) async fn new(
        visitor: &Visitor,
        destination: Destination,
        mut typed: Typed,
        mut errors: FieldErrors,
    ) -> Result<Option<Self>, Problem> {
        let cart = match read_cart(visitor, destination.country()).await? {
            Some(cart) => cart,
            None => {
                if errors.get("country").is_none() {
                    errors = errors.and("country", "We do not ship to this country.");
                }
                visitor.upstreams().cart().get(None, None).await?
            }
        };
        if cart.lines.is_empty() && cart.unsellable.is_empty() {
            return Ok(None);
        }
        let keys: Vec<_> = cart
            .lines
            .iter()
            .map(|line| (line.slug.as_str(), line.sku.as_str()))
            .collect();
        let pictures = Picture::of_lines(visitor, &keys);
        let (layout, pictures) = join(visitor.layout_with_cart(&cart), pictures).await;
        let lines = lines(&cart, pictures);
        if typed.is_sent && lines.iter().any(|line| line.problem.is_some()) {
            errors = errors.and(
                "lines",
                "Something in your cart sold out in the meantime. Change its quantity in your cart.",
            );
        }
        if typed.payment_method.is_empty() {
            TEST_CARDS[0].id.clone_into(&mut typed.payment_method);
        }
        let offered: Vec<_> = visitor.config().destinations().collect();
        Ok(Some(Self {
            layout: layout?,
            lines,
            unsellable: cart.unsellable.into_iter().map(|line| line.sku).collect(),
            totals: cart.totals.filter(|_| errors.get("country").is_none()),
            discount_code: cart.discount_code,
            countries: address::countries(&offered),
            // A new key for each page: what was refused may be sent again, changed.
            key: Uuid::now_v7().to_string(),
            destination,
            typed,
            errors,
        }))
    }

    /// The same with what has just happened.
    pub(super) fn with_notice(mut self, name: &str) -> Self {
        self.layout.notice = notice::named(name);
        self
    }

    fn cards(&self) -> &'static [TestCard] {
        match self.layout.config.demo {
            true => &TEST_CARDS,
            false => &[],
        }
    }

    /// The form of a new address.
    fn new_address(&self) -> Option<&AddressForm> {
        match &self.destination {
            Destination::New { form, .. } => form.as_ref(),
            Destination::Saved { .. } => None,
        }
    }

    /// The chosen address of the address book.
    fn saved_address(&self) -> Option<&Address> {
        match &self.destination {
            Destination::Saved { address, .. } => Some(address),
            Destination::New { .. } => None,
        }
    }

    /// Whether the address book could not be read.
    fn misses_addresses(&self) -> bool {
        matches!(
            self.destination,
            Destination::New {
                knows_others: false,
                ..
            }
        )
    }

    fn country(&self) -> String {
        self.destination.country().unwrap_or_default()
    }

    fn is_country(&self, code: &str) -> bool {
        self.destination.country().as_deref() == Some(code)
    }

    fn is_free(&self) -> bool {
        let total = self.totals.as_ref().map(|totals| totals.total.minor_units);
        total == Some(0)
    }

    /// Whether everything can be ordered as it is.
    fn can_order(&self) -> bool {
        self.totals.is_some()
            && self.unsellable.is_empty()
            && self.lines.iter().all(|line| line.problem.is_none())
            && (self.is_free() || !self.cards().is_empty())
    }

    /// Text of the button.
    fn order_text(&self) -> String {
        match &self.totals {
            Some(totals) if totals.total.minor_units > 0 => {
                format!("Order and pay {}", format::money(&totals.total))
            }
            _ => "Order".to_owned(),
        }
    }
}

/// The cart with the amounts of a country; `None` if the shop does not ship there.
async fn read_cart(visitor: &Visitor, country: Option<String>) -> Result<Option<Cart>, Problem> {
    let Some(country) = country else {
        return Ok(None);
    };
    match visitor.upstreams().cart().get(None, Some(country)).await {
        Ok(cart) => Ok(Some(cart)),
        Err(problem) if problem.kind() == &reasons::DESTINATION_NOT_SERVED => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn lines(cart: &Cart, pictures: Vec<Picture>) -> Vec<Line> {
    let lines = cart.lines.iter().zip(pictures);
    let line = |(line, picture): (&crate::model::CartLine, Picture)| Line {
        problem: match line.available {
            available if available >= line.quantity => None,
            0 => Some("Sold out. Remove it from your cart.".to_owned()),
            available => Some(format!(
                "Only {} left. Change the quantity in your cart.",
                format::number(available)
            )),
        },
        name: line.name.clone(),
        quantity: line.quantity,
        total: format::money(&line.total),
        picture,
    };
    lines.map(line).collect()
}
