//! Converts between our minor units (ISO 4217) and the amounts of the provider's API.
//!
//! Stripe's amounts have the decimals of its own table, not those of ISO 4217:
//! <https://docs.stripe.com/currencies#minor-units>, `#zero-decimal`, `#three-decimal` and `#special-cases`.
//! HUF and TWD are special for payouts only, so they are not special here.

use kernel::{Currency, Money, MoneyError};

/// Charged without decimals. UGX is in Stripe's list too, but its special case decides charges.
const ZERO_DECIMALS: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Charged with two decimals that are always 00: 5 ISK are 500.
const WHOLE_UNITS: &[&str] = &["ISK", "UGX"];

/// Charged with three decimals, the last of which is always 0: 5.124 KWD cannot be charged.
const THREE_DECIMALS: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

/// Charged with two decimals.
const TWO_DECIMALS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD",
    "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC",
    "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GIP",
    "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "JMD", "KES", "KGS",
    "KHR", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MKD", "MMK", "MNT",
    "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR",
    "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SZL", "THB", "TJS", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "USD", "UYU", "UZS", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW",
];

/// Why an amount cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotConvertible {
    /// The provider does not charge the currency, or its decimals are not known.
    #[error("the provider does not charge {0}")]
    Currency(Currency),
    /// The provider charges only multiples of a larger unit.
    #[error("{amount} cannot be charged: the provider takes only multiples of {smallest}")]
    TooFine { amount: Money, smallest: Money },
    /// The provider's amount has a fraction of our minor unit.
    #[error("{amount} of the provider's units of {currency} is not a whole number of minor units")]
    Fraction { amount: i64, currency: Currency },
    /// The result exceeds 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

/// The decimals of the provider's amounts, and the number that divides each of them.
fn unit(currency: Currency) -> Result<(u32, i64), NotConvertible> {
    let code = currency.code();
    let units = [
        (ZERO_DECIMALS, (0, 1)),
        (WHOLE_UNITS, (2, 100)),
        (THREE_DECIMALS, (3, 10)),
        (TWO_DECIMALS, (2, 1)),
    ];
    let mut units = units.into_iter();
    let found = units.find(|(codes, _)| codes.contains(&code));
    found.map_or(Err(NotConvertible::Currency(currency)), |(_, unit)| {
        Ok(unit)
    })
}

/// Checks that the provider charges each currency of a comma-separated list.
///
/// # Errors
/// What is wrong with the first code that it does not charge.
pub(crate) fn check_currencies(list: &str) -> Result<(), String> {
    for code in list.split(',').map(str::trim) {
        let currency = code
            .parse()
            .map_err(|error: MoneyError| format!("{code:?} {error}"))?;
        check_currency(currency).map_err(|problem| problem.to_string())?;
    }
    Ok(())
}

/// Checks that the provider charges the currency.
///
/// # Errors
/// It does not.
pub(crate) fn check_currency(currency: Currency) -> Result<(), NotConvertible> {
    unit(currency).map(|_| ())
}

/// The amount in the provider's units.
///
/// # Errors
/// The provider does not charge the currency, or takes only multiples of a larger unit.
pub(crate) fn to_provider(amount: Money) -> Result<i64, NotConvertible> {
    let currency = amount.currency();
    let (decimals, step) = unit(currency)?;
    let scaled = rescale(amount.minor_units(), currency.exponent().into(), decimals)?;
    match scaled.filter(|scaled| scaled % step == 0) {
        Some(scaled) => Ok(scaled),
        None => {
            let smallest = rescale(step, decimals, currency.exponent().into())?.unwrap_or(step);
            Err(NotConvertible::TooFine {
                amount,
                smallest: Money::new(smallest, currency),
            })
        }
    }
}

/// Our minor units of an amount in the provider's units.
///
/// # Errors
/// The provider does not charge the currency, or the amount has a fraction of our minor unit.
pub(crate) fn from_provider(amount: i64, currency: Currency) -> Result<Money, NotConvertible> {
    let (decimals, _) = unit(currency)?;
    let scaled = rescale(amount, decimals, currency.exponent().into())?;
    let minor_units = scaled.ok_or(NotConvertible::Fraction { amount, currency })?;
    Ok(Money::new(minor_units, currency))
}

/// The same amount with other decimals; `None` if it does not fit into them.
fn rescale(amount: i64, from: u32, to: u32) -> Result<Option<i64>, NotConvertible> {
    let factor = 10_i64
        .checked_pow(from.abs_diff(to))
        .ok_or(NotConvertible::Overflow)?;
    if to >= from {
        let scaled = amount.checked_mul(factor);
        return scaled.map(Some).ok_or(NotConvertible::Overflow);
    }
    Ok((amount % factor == 0).then_some(amount / factor))
}

#[cfg(test)]
mod tests;
