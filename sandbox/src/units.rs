//! The amounts that Stripe takes in each currency: <https://docs.stripe.com/currencies#special-cases> and
//! `#three-decimal`. Amounts are stored as they are sent, in Stripe's units, so nothing is converted here.

use crate::error::ApiError;

/// Currencies without decimals that are sent with two, which must be 00.
const WHOLE: [&str; 2] = ["isk", "ugx"];
/// Currencies with three decimals, the last of which must be 0.
const THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Checks that Stripe takes the amount. `currency` is lower case.
///
/// # Errors
/// It is finer than the smallest unit that Stripe takes.
pub(crate) fn check(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    let step = match currency {
        _ if WHOLE.contains(&currency) => 100,
        _ if THREE_DECIMALS.contains(&currency) => 10,
        _ => 1,
    };
    if amount % step == 0 {
        return Ok(());
    }
    // The code is that of https://support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds.
    Err(ApiError::parameter(
        "invalid_charge_amount_no_decimal_compatible",
        param,
        format!(
            "Invalid amount. Amounts in {} must be evenly divisible by {step}.",
            currency.to_ascii_uppercase()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_multiples_of_the_smallest_unit() {
        for (amount, currency, expected) in [
            (500, "isk", true),
            (550, "isk", false),
            (500, "ugx", true),
            (5, "ugx", false),
            (5_120, "kwd", true),
            (5_124, "kwd", false),
            (1, "mga", true),
            (1, "jpy", true),
            (1, "eur", true),
        ] {
            let taken = check(amount, currency, "amount").is_ok();
            assert_eq!(taken, expected, "{amount} {currency}");
        }
    }
}
