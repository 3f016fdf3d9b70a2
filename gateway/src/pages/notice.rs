//! What a page says has just happened. A redirect after a form names one of these texts, so that nothing is stored
//! and a link cannot make the shop say anything else.

use url::form_urlencoded;

use crate::{
    edge::problem::Problem,
    rest::request::{PageLinks, Query},
};

const PARAMETER: &str = "notice";

/// Names of the parameter, and texts.
const NOTICES: &[(&str, &str)] = &[
    ("added", "Added to your cart."),
    ("cart-changed", "Your cart is up to date."),
    ("code-applied", "The discount code applies."),
    ("code-removed", "The discount code is removed."),
    (
        "registered",
        "Thank you. We have sent you an e-mail to confirm your address. You can sign in now.",
    ),
    ("signed-out", "You are signed out."),
    ("cancel-requested", "We are canceling your order."),
    (
        "not-cancelable",
        "This order cannot be canceled any more. When it has arrived, you can return it.",
    ),
    (
        "return-requested",
        "We received your request. Our answer appears on this page.",
    ),
    ("return-withdrawn", "The return is withdrawn."),
    ("return-decided", "We had answered this return already."),
    ("profile-saved", "Your name is saved."),
    (
        "verification-requested",
        "The e-mail is on its way. Follow the link in it.",
    ),
    ("address-saved", "The address is saved."),
    ("address-removed", "The address is removed."),
    ("session-ended", "You are signed out there."),
    ("sessions-ended", "You are signed out everywhere else."),
    (
        "password-changed",
        "Your password is changed. You are signed out everywhere else.",
    ),
    (
        "email-requested",
        "The link is on its way to the new address. Until you follow it, nothing changes.",
    ),
    ("email-verified", "Your e-mail address is confirmed."),
    ("email-changed", "Your e-mail address is changed."),
    (
        "reset-requested",
        "If this address has an account, a link is on its way to it.",
    ),
    (
        "password-reset",
        "Your password is changed. Sign in with it.",
    ),
    (
        "shipping",
        "The order is shipped as soon as its payment is captured.",
    ),
    ("delivered", "The order is delivered."),
    ("canceling", "The order is being canceled."),
    (
        "order-changed",
        "The order has changed meanwhile, and nothing was done. This is how it is now.",
    ),
    ("refunding", "The refund is requested."),
    ("return-approved", "The return is approved."),
    ("return-refused", "The return is refused."),
    ("saga-retried", "The step is requested again."),
    (
        "saga-compensated",
        "The order is given up, and its steps are being undone.",
    ),
    ("redriven", "The message is in its queue again."),
    (
        "all-redriven",
        "The messages were sent to their queue again. Those that remain are listed here.",
    ),
    (
        "none-redriven",
        "No message was sent. There is none, or another member is reading them.",
    ),
    ("fault-begun", "The fault has begun. It ends by itself."),
    ("faults-ended", "The provider works again."),
    (
        "consumer-paused",
        "The consumer has stopped. It resumes by itself.",
    ),
    ("consumer-started", "The consumer runs again."),
    ("dropped", "The message is removed. The audit has a copy."),
    ("product-added", "The product is for sale."),
    ("product-saved", "The product is saved."),
    (
        "product-archived",
        "The product is archived. It can no longer be bought.",
    ),
    ("product-restored", "The product is for sale again."),
    ("stock-adjusted", "The stock is adjusted."),
    ("category-added", "The category is added."),
    ("category-saved", "The category is saved."),
    ("category-deleted", "The category is deleted."),
    ("discount-added", "The discount code is added."),
    ("discount-saved", "The discount code is saved."),
    ("discount-ended", "The discount code has ended."),
    (
        "reconciliation-started",
        "The reconciliation is running. Open this page again to see its result.",
    ),
    ("invited", "The invitation is on its way."),
    ("groups-changed", "The groups are changed."),
    ("member-removed", "The member is removed."),
    ("joined", "Welcome. Sign in with your new password."),
    (
        "key-rotated",
        "The next key is published. It starts to sign once every service has had time to load it.",
    ),
    ("key-revoked", "The key is revoked."),
    (
        "cart-partly-merged",
        "You are signed in. Some items of your guest cart could not be moved into your account's cart.",
    ),
];

/// Those that do not report a success.
const WARNINGS: [&str; 5] = [
    "cart-partly-merged",
    "none-redriven",
    "not-cancelable",
    "order-changed",
    "return-decided",
];

/// What has just happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notice {
    /// The text.
    pub(crate) text: &'static str,
    /// Its class in style sheets.
    pub(crate) class: &'static str,
}

/// The notice for a query.
pub(super) fn of_query(query: &str) -> Option<Notice> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, name) = pairs.find(|(parameter, _)| parameter == PARAMETER)?;
    named(&name)
}

/// The notice with a name.
pub(super) fn named(name: &str) -> Option<Notice> {
    let notice = NOTICES.iter().find(|(known, _)| *known == name);
    notice.map(|(name, text)| Notice {
        text,
        class: match WARNINGS.contains(name) {
            true => "warning",
            false => "success",
        },
    })
}

/// Checks that all parameters of a page were read, besides the notice, which the layout shows.
///
/// # Errors
/// `QUERY_INVALID` with all errors.
pub(crate) fn finish(mut query: Query) -> Result<PageLinks, Problem> {
    query.text(PARAMETER);
    Ok(query.finish()?.without(PARAMETER))
}

/// The path with a notice: `/cart?notice=added`.
pub(crate) fn path(path: &str, notice: &str) -> String {
    debug_assert!(
        NOTICES.iter().any(|(known, _)| *known == notice),
        "{notice}"
    );
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{PARAMETER}={notice}")
}
