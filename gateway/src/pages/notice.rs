//! What a page says has just happened. A redirect after a form names one of these texts, so that nothing is stored
//! and a link cannot make the shop say anything else.

use url::form_urlencoded;

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
    (
        "cart-partly-merged",
        "You are signed in. Some items of your guest cart could not be moved into your account's cart.",
    ),
];

/// The text for a query.
pub(super) fn of_query(query: &str) -> Option<&'static str> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, name) = pairs.find(|(parameter, _)| parameter == PARAMETER)?;
    let notice = NOTICES.iter().find(|(known, _)| *known == name);
    notice.map(|(_, text)| *text)
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
