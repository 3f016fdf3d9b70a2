use std::str::FromStr;

use kernel::{Currency, MoneyError};

/// The currencies that the shop sells in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Currencies {
    first: Currency,
    others: Vec<Currency>,
}

/// Why a list of currencies is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CurrenciesError {
    /// Not an ISO 4217 code.
    #[error("`{0}` {1}")]
    Unknown(String, MoneyError),
    /// A metal, a fund, a code for tests.
    #[error("nobody pays with {0}")]
    NotPayable(Currency),
    /// A currency is repeated.
    #[error("{0} must not be there twice")]
    Repeated(Currency),
}

/// A price is in a currency that the shop does not sell in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub(crate) struct NotSold(String);

impl Currencies {
    /// The currency of a request that names none.
    pub(crate) const fn first(&self) -> Currency {
        self.first
    }

    /// The currency with this code.
    ///
    /// # Errors
    /// The shop does not sell in it. The message names the currencies of the shop.
    pub(crate) fn parse(&self, code: &str) -> Result<Currency, NotSold> {
        let all = || std::iter::once(self.first).chain(self.others.iter().copied());
        let sold = all().find(|currency| currency.code() == code);
        sold.ok_or_else(|| {
            let codes: Vec<&str> = all().map(Currency::code).collect();
            NotSold(match codes.as_slice() {
                [only] => format!("{only}, the currency of the shop"),
                codes => format!("one of {}, the currencies of the shop", codes.join(", ")),
            })
        })
    }
}

impl From<Currency> for Currencies {
    fn from(first: Currency) -> Self {
        Self {
            first,
            others: Vec::new(),
        }
    }
}

impl FromStr for Currencies {
    type Err = CurrenciesError;

    /// Codes, separated by commas. The first one is the default.
    fn from_str(codes: &str) -> Result<Self, CurrenciesError> {
        let (first, others) = codes.split_once(',').unwrap_or((codes, ""));
        let mut currencies = Self::from(payable(first)?);
        for code in others.split(',').filter(|_| codes.contains(',')) {
            let currency = payable(code)?;
            if currencies.parse(currency.code()).is_ok() {
                return Err(CurrenciesError::Repeated(currency));
            }
            currencies.others.push(currency);
        }
        Ok(currencies)
    }
}

fn payable(code: &str) -> Result<Currency, CurrenciesError> {
    let code = code.trim();
    let currency: Currency = code
        .parse()
        .map_err(|error| CurrenciesError::Unknown(code.to_owned(), error))?;
    match currency.is_payable() {
        true => Ok(currency),
        false => Err(CurrenciesError::NotPayable(currency)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(codes: &str) -> Result<Currencies, CurrenciesError> {
        codes.parse()
    }

    #[test]
    fn the_first_currency_is_the_default() {
        let currencies = list("EUR, USD,JPY").expect("three currencies");
        assert_eq!(currencies.first(), Currency::EUR);
        for code in ["EUR", "USD", "JPY"] {
            assert_eq!(currencies.parse(code).map(Currency::code), Ok(code));
        }
    }

    #[test]
    fn a_currency_of_another_shop_is_refused_with_those_of_this_one() {
        let two = list("EUR,USD").expect("two currencies");
        for code in ["GBP", "XXX", "XAU", "eur", "", "Euro"] {
            let message = two.parse(code).expect_err(code).to_string();
            assert_eq!(
                message,
                "must be one of EUR, USD, the currencies of the shop"
            );
        }
        let message = Currencies::from(Currency::EUR)
            .parse("USD")
            .expect_err("USD");
        assert_eq!(message.to_string(), "must be EUR, the currency of the shop");
    }

    #[test]
    fn a_list_has_only_currencies_that_people_pay_with() {
        for code in [
            "XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XUA", "CLF", "USN",
        ] {
            let refused = list(&format!("EUR,{code}")).expect_err(code);
            assert!(matches!(refused, CurrenciesError::NotPayable(_)), "{code}");
        }
        for codes in ["", ",", "EUR,", "eur", "EUR;USD", "EUR,QQQ"] {
            let refused = list(codes).expect_err(codes);
            assert!(matches!(refused, CurrenciesError::Unknown(..)), "{codes}");
        }
        let twice = list("EUR,USD,EUR").expect_err("EUR twice");
        assert_eq!(twice, CurrenciesError::Repeated(Currency::EUR));
    }
}
