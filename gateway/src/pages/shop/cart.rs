use actix_web::web::Data;
use askama::Template;
use kernel::{Quantity, Sku};

use super::cards::{Picture, Stock};
use crate::{
    edge::{
        gate::Gate,
        problem::{Problem, reasons},
        rate_limit::Client,
    },
    model::{Cart, CartLine, ExcludedLine, LineReason, Totals},
    pages::{
        Answer, art, field_errors::FieldErrors, form::Form, format, invalid, layout::Layout,
        notice, page, see_other, visitor::Visitor,
    },
    rest::request::Segment,
};

#[derive(Template)]
#[template(path = "shop/cart.html")]
struct CartPage {
    layout: Layout,
    errors: FieldErrors,
    lines: Vec<Line>,
    unsellable: Vec<Unsellable>,
    totals: Option<CartTotals>,
    discount_code: Option<String>,
    /// The code that was typed.
    code: String,
    empty_picture: String,
}

struct Line {
    sku: String,
    name: String,
    path: String,
    picture: Picture,
    unit_price: String,
    total: String,
    quantity: u32,
    /// Class of the style sheet, and text.
    stock: Option<(&'static str, String)>,
}

struct Unsellable {
    sku: String,
    quantity: String,
    picture: Picture,
    reason: &'static str,
}

struct CartTotals {
    goods: String,
    discount: Option<String>,
    total: String,
}

/// The cart.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let cart = read(&visitor).await?;
    page(&of(&visitor, cart, FieldErrors::default(), String::new()).await?)
}

/// Adds units of a product to those in the cart.
pub(crate) async fn add(visitor: Visitor, gate: Data<Gate>, client: Client, form: Form) -> Answer {
    let sku = form.text("sku").parse::<Sku>();
    let (Ok(sku), Some(units)) = (sku, quantity(&form).filter(|units| *units > 0)) else {
        return refuse(&visitor, FieldErrors::one("", QUANTITY_EXPECTED)).await;
    };
    let cart = read(&visitor).await?;
    let in_cart = cart.lines.iter().find(|line| line.sku == sku.as_str());
    let units = in_cart
        .map_or(0, |line| line.quantity)
        .saturating_add(units);
    if units > Quantity::MAX {
        return refuse(&visitor, FieldErrors::one("", QUANTITY_EXPECTED)).await;
    }
    // A token whose cart has expired is no cart either.
    let makes_cart = !visitor.is_signed_in() && cart.guest_token.is_none();
    if makes_cart {
        gate.limiter.take_new_cart(&client).await?;
    }
    set(&visitor, sku, units, "added").await
}

/// Sets the units of a line; 0 removes it.
pub(crate) async fn change(visitor: Visitor, Segment(sku): Segment<Sku>, form: Form) -> Answer {
    let Some(units) = quantity(&form) else {
        let field = format!("quantity-{}", sku.as_str());
        return refuse(&visitor, FieldErrors::one(&field, QUANTITY_EXPECTED)).await;
    };
    set(&visitor, sku, units, "cart-changed").await
}

/// Sets the discount code.
pub(crate) async fn set_discount(
    visitor: Visitor,
    gate: Data<Gate>,
    client: Client,
    form: Form,
) -> Answer {
    let code = form.text("code");
    let attempt = visitor.upstreams().cart();
    let attempt = attempt.set_discount(visitor.guest_token(), Some(code.clone()));
    match gate.limiter.with_code(&client, attempt).await {
        Ok(_) => see_other(&notice::path("/cart", "code-applied")),
        Err(problem) if problem.kind().status == 422 => {
            let text = "This code does not apply to your cart. Check how it is written, until when it is valid and from \
                which amount.";
            let cart = read(&visitor).await?;
            invalid(&of(&visitor, cart, FieldErrors::one("code", text), code).await?)
        }
        Err(problem) => Err(problem),
    }
}

/// Removes the discount code.
pub(crate) async fn remove_discount(visitor: Visitor, _form: Form) -> Answer {
    let cart = visitor.upstreams().cart();
    cart.set_discount(visitor.guest_token(), None).await?;
    see_other(&notice::path("/cart", "code-removed"))
}

const QUANTITY_EXPECTED: &str = "A quantity must be a whole number from 1 to 999.";

fn quantity(form: &Form) -> Option<u32> {
    let quantity = form.text("quantity").parse().ok();
    quantity.filter(|quantity| *quantity <= Quantity::MAX)
}

/// The visitor's cart; empty for a guest without one.
async fn read(visitor: &Visitor) -> Result<Cart, Problem> {
    let guest = visitor.guest_token();
    if guest.is_none() && !visitor.is_signed_in() {
        return Ok(Cart::empty());
    }
    visitor.upstreams().cart().get(guest, None).await
}

async fn set(visitor: &Visitor, sku: Sku, units: u32, done: &'static str) -> Answer {
    let carts = visitor.upstreams().cart();
    match carts.set_item(visitor.guest_token(), sku, units).await {
        Ok(cart) => {
            if let Some(token) = &cart.guest_token {
                visitor.cookies().keep_cart(token);
            }
            see_other(&notice::path("/cart", done))
        }
        Err(problem) => match explanation(&problem) {
            Some(text) => refuse(visitor, FieldErrors::one("", text)).await,
            None => Err(problem),
        },
    }
}

/// Why a line cannot be changed, if the customer can do something about it.
fn explanation(problem: &Problem) -> Option<&'static str> {
    let known = [
        (
            &reasons::PRODUCT_NOT_FOUND,
            "This product is no longer for sale.",
        ),
        (
            &reasons::CART_FULL,
            "Your cart is full: it holds at most 100 different products.",
        ),
        (
            &reasons::CART_CHANGED,
            "Your cart has changed in the meantime. Check it, and try again.",
        ),
        (
            &reasons::CURRENCY_MISMATCH,
            "This product is sold in another currency than those in your cart. Order them separately.",
        ),
        (
            &reasons::AMOUNT_TOO_LARGE,
            "That is more than we can sell in one order.",
        ),
        (&reasons::VALIDATION_FAILED, QUANTITY_EXPECTED),
    ];
    let found = known.into_iter().find(|(kind, _)| problem.kind() == *kind);
    found.map(|(_, text)| text)
}

/// The cart as it is, with what is wrong.
async fn refuse(visitor: &Visitor, errors: FieldErrors) -> Answer {
    let cart = read(visitor).await?;
    invalid(&of(visitor, cart, errors, String::new()).await?)
}

async fn of(
    visitor: &Visitor,
    cart: Cart,
    errors: FieldErrors,
    code: String,
) -> Result<CartPage, Problem> {
    let layout = visitor.layout_with_cart(&cart).await?;
    let keys = cart
        .lines
        .iter()
        .map(|line| (line.slug.as_str(), line.sku.as_str()));
    let pictures = Picture::of_lines(visitor, &keys.collect::<Vec<_>>()).await;
    let lines = cart.lines.into_iter().zip(pictures);
    let unsellable = cart.unsellable.into_iter().map(Unsellable::from);
    Ok(CartPage {
        layout,
        errors,
        lines: lines
            .map(|(line, picture)| Line::new(line, picture))
            .collect(),
        unsellable: unsellable.collect(),
        totals: cart.totals.as_ref().map(CartTotals::from),
        discount_code: cart.discount_code,
        code,
        empty_picture: art::path("shop", "SHOP-EMPTY"),
    })
}

impl Line {
    fn new(line: CartLine, picture: Picture) -> Self {
        let stock = Stock::of(line.available);
        let class = match stock {
            Stock::Out => "out",
            _ => "low",
        };
        let text = match line.available {
            0 => Some("Sold out at the moment".to_owned()),
            available if available < line.quantity => {
                Some(format!("Only {available} left: reduce the quantity"))
            }
            _ => stock.scarce(),
        };
        Self {
            path: format!("/products/{}", line.slug),
            unit_price: format::money(&line.unit_price),
            total: format::money(&line.total),
            stock: text.map(|text| (class, text)),
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
            picture,
        }
    }
}

impl From<ExcludedLine> for Unsellable {
    fn from(line: ExcludedLine) -> Self {
        let reason = match line.reason {
            LineReason::NotForSale => "No longer for sale",
            LineReason::OtherCurrency => "Sold in another currency: order it separately",
            LineReason::Unavailable => "Its price cannot be shown right now: try again in a moment",
            LineReason::AmountTooLarge => "More than we can sell in one order",
            LineReason::LineFull => "More units than a cart can hold",
            LineReason::CartFull => "More products than a cart can hold",
        };
        Self {
            picture: Picture::of(None, "shop", &line.sku, ""),
            quantity: format::count(line.quantity, "unit", "units"),
            sku: line.sku,
            reason,
        }
    }
}

impl From<&Totals> for CartTotals {
    fn from(totals: &Totals) -> Self {
        let has_discount = totals.discount.minor_units > 0;
        Self {
            goods: format::money(&totals.lines),
            discount: has_discount.then(|| format!("\u{2212}{}", format::money(&totals.discount))),
            total: format::money(&totals.total),
        }
    }
}
