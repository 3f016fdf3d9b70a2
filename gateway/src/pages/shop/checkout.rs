//! The checkout: where to ship, how to pay, and what it costs there. The order is placed once, however often its form is
//! sent: the form carries its idempotency key.

use std::time::Duration;

use actix_web::web::Data;

use crate::{
    edge::{
        gate::Gate,
        problem::{Problem, reasons},
        rate_limit::Client,
    },
    model::{Cart, Checkout, Money, NewAddress, Order},
    pages::{
        Answer, field_errors::FieldErrors, form::Form, invalid, notice, page, see_other,
        visitor::Visitor,
    },
    rest::request::Query,
};

mod destination;
mod page;
mod payment_methods;

use destination::{Destination, Wanted};
use page::{CheckoutPage, Typed};

/// Waits for the first of two submits of a form: the browser shows the response to the second one.
const WAIT_FOR_FIRST: Duration = Duration::from_millis(300);
/// Longest wait: 3 s of the request's 5 s.
const WAITS: u32 = 10;
/// What the address book calls an address that is saved here and has no city.
const LABEL: &str = "Delivery address";

/// The checkout of the visitor's cart.
pub(crate) async fn show(visitor: Visitor, mut query: Query) -> Answer {
    let wanted = Wanted::of_query(&mut query);
    let destination = Destination::choose(&visitor, &wanted).await;
    show_with(
        &visitor,
        destination,
        Typed::default(),
        FieldErrors::default(),
    )
    .await
}

/// Places the order, and goes to its page.
pub(crate) async fn place(visitor: Visitor, form: Form) -> Answer {
    let destination = Destination::of_form(&visitor, &form).await?;
    let typed = Typed::of(&form);
    let Some(shipping_address) = destination.postal() else {
        let errors = FieldErrors::one("country", "Choose a country.");
        return show_with(&visitor, destination, typed, errors).await;
    };
    let carts = visitor.upstreams().cart();
    let cart = carts
        .get(None, Some(shipping_address.country.clone()))
        .await;
    if cart.as_ref().is_ok_and(lacks_units) {
        return show_with(&visitor, destination, typed, FieldErrors::default()).await;
    }
    let checkout = Checkout {
        shipping_address,
        payment_method: Some(form.text("payment_method")).filter(|text| !text.is_empty()),
        expected_total: expected_total(&form),
    };
    let save = form.is_checked("save_address");
    match placed(&visitor, &form.text("key"), &checkout).await {
        Ok(order) => {
            if let (true, Destination::New { .. }) = (save, &destination) {
                save_address(&visitor, checkout, form.text("key")).await;
            }
            see_other(&format!("/orders/{}", order.id))
        }
        Err(problem) if problem.kind() == &reasons::CART_EMPTY => see_other("/cart"),
        Err(problem) => {
            let errors = explained(problem)?;
            show_with(&visitor, destination, typed, errors).await
        }
    }
}

/// Sets the discount code, and shows the checkout again.
pub(crate) async fn set_discount(
    visitor: Visitor,
    gate: Data<Gate>,
    client: Client,
    form: Form,
) -> Answer {
    let code = form.text("code");
    let attempt = visitor.upstreams().cart();
    let attempt = attempt.set_discount(None, Some(code.clone()));
    match gate.limiter.with_code(&client, attempt).await {
        Ok(_) => show_changed(&visitor, &form, "code-applied").await,
        Err(problem) if problem.kind().status == 422 => {
            let errors = FieldErrors::one(
                "code",
                "This code does not apply to your cart. Check how it is written, until when it is valid and from which \
                 amount.",
            );
            let typed = Typed {
                code,
                ..Typed::of_discount_form(&form)
            };
            let destination = Destination::of_discount_form(&visitor, &form).await;
            show_with(&visitor, destination, typed, errors).await
        }
        Err(problem) => Err(problem),
    }
}

/// Removes the discount code.
pub(crate) async fn remove_discount(visitor: Visitor, form: Form) -> Answer {
    visitor.upstreams().cart().set_discount(None, None).await?;
    show_changed(&visitor, &form, "code-removed").await
}

/// Shows the checkout with another discount code: at its URL, or in the response if that can show what was typed.
async fn show_changed(visitor: &Visitor, form: &Form, notice: &str) -> Answer {
    if !includes_order_form(form) {
        let path = Wanted::of_form(form).path();
        return see_other(&notice::path(&path, notice));
    }
    let destination = Destination::of_discount_form(visitor, form).await;
    let typed = Typed::of_discount_form(form);
    let shown = CheckoutPage::new(visitor, destination, typed, FieldErrors::default());
    match shown.await? {
        Some(shown) => page(&shown.with_notice(notice)),
        None => see_other("/cart"),
    }
}

/// Whether the form of a discount code was sent with the fields of the order's form: by a browser with scripts.
fn includes_order_form(form: &Form) -> bool {
    !form.text("key").is_empty()
}

/// The page; a visitor without anything to order goes to the cart.
async fn show_with(
    visitor: &Visitor,
    destination: Destination,
    typed: Typed,
    errors: FieldErrors,
) -> Answer {
    let is_refused = !errors.is_empty() || typed.is_sent;
    let Some(shown) = CheckoutPage::new(visitor, destination, typed, errors).await? else {
        return see_other("/cart");
    };
    match is_refused {
        true => invalid(&shown),
        false => page(&shown),
    }
}

/// Places an order. A second submit of the form waits for the first one.
async fn placed(visitor: &Visitor, key: &str, checkout: &Checkout) -> Result<Order, Problem> {
    let place = || {
        let orders = visitor.upstreams().order();
        orders.place(key.to_owned(), checkout.clone())
    };
    for _ in 0..WAITS {
        match place().await {
            Err(problem) if problem.kind() == &reasons::IDEMPOTENCY_KEY_IN_USE => {
                tokio::time::sleep(WAIT_FOR_FIRST).await;
            }
            outcome => return outcome,
        }
    }
    place().await
}

/// Saves the address. The order is placed, so a failure is only logged.
async fn save_address(visitor: &Visitor, checkout: Checkout, key: String) {
    let postal = checkout.shipping_address;
    let label = match postal.city.is_empty() {
        true => LABEL.to_owned(),
        false => postal.city.chars().take(50).collect(),
    };
    let new = NewAddress { label, postal };
    if let Err(problem) = visitor.upstreams().user().create_address(key, new).await {
        tracing::warn!(
            reason = problem.kind().reason,
            "cannot save the address of an order"
        );
    }
}

/// What the customer can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    let one = |field, text| Ok(FieldErrors::one(field, text));
    match problem.kind().reason {
        "VALIDATION_FAILED" => Ok(destination::errors(problem)),
        "TOTAL_CHANGED" => one(
            "",
            "The total has changed in the meantime. Check it, and order again.",
        ),
        "CART_NOT_SELLABLE" => one(
            "lines",
            "Some of your cart cannot be sold right now. Remove it from your cart first.",
        ),
        "CART_CHANGED" => one(
            "",
            "Your cart has changed in the meantime. Check it, and order again.",
        ),
        "DISCOUNT_INVALID" => one("code", "The discount code no longer applies. Remove it."),
        "DESTINATION_NOT_SERVED" => one("country", "We do not ship to this country."),
        "PAYMENT_METHOD_UNKNOWN" => one("payment_method", "Choose how you pay."),
        "IDEMPOTENCY_KEY_REUSED" => one(
            "",
            "This form was sent before, for another order. Check everything, and order again.",
        ),
        "CURRENCY_MISMATCH" => one(
            "lines",
            "Your cart has prices in several currencies. Order them separately.",
        ),
        "AMOUNT_TOO_LARGE" => one("lines", "That is more than we can sell in one order."),
        _ => Err(problem),
    }
}

/// Whether a line has fewer available units than wanted.
fn lacks_units(cart: &Cart) -> bool {
    let mut lines = cart.lines.iter();
    lines.any(|line| line.available < line.quantity)
}

/// The total that the customer saw.
fn expected_total(form: &Form) -> Option<Money> {
    let minor_units = form.text("expected_minor_units").parse().ok()?;
    let currency = form.text("expected_currency");
    Some(Money {
        minor_units,
        currency,
    })
}
