//! What the payment provider accepts, as far as a checkout can know it.

use std::collections::BTreeSet;

use kernel::{Money, Violations};

use super::Error;

/// Every payment method at Stripe has an id with this prefix.
const PREFIX: &str = "pm_";

/// The limits of payments.
#[derive(Debug, Clone)]
pub(crate) struct PaymentRules {
    max_minor_units: i64,
    /// Empty if the provider knows more than can be listed.
    methods: BTreeSet<String>,
}

impl PaymentRules {
    /// `methods` are comma-separated; with none, every id with the prefix `pm_` may exist.
    pub(crate) fn new(max_minor_units: i64, methods: &str) -> Self {
        let methods = methods.split(',').map(str::trim);
        let methods = methods.filter(|method| !method.is_empty());
        Self {
            max_minor_units,
            methods: methods.map(str::to_owned).collect(),
        }
    }

    /// Checks that `total` can be paid with this method, which may be empty if there is nothing to pay.
    pub(crate) fn check(&self, total: Money, method: &str) -> Result<(), Error> {
        if total.is_zero() {
            return Ok(());
        }
        if total.minor_units() > self.max_minor_units {
            let max = Money::new(self.max_minor_units, total.currency());
            return Err(Error::TotalTooLarge(max));
        }
        if method.is_empty() {
            return Err(Violations::one("payment_method", "is required").into());
        }
        match self.is_known(method) {
            true => Ok(()),
            false => Err(Error::PaymentMethodUnknown),
        }
    }

    fn is_known(&self, method: &str) -> bool {
        match self.methods.is_empty() {
            true => method.strip_prefix(PREFIX).is_some_and(|id| !id.is_empty()),
            false => self.methods.contains(method),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn a_total_is_payable_up_to_the_limit() {
        let rules = PaymentRules::new(99_999_999, "");
        assert_eq!(rules.check(eur(99_999_999), "pm_card_visa"), Ok(()));
        assert_eq!(
            rules.check(eur(100_000_000), "pm_card_visa"),
            Err(Error::TotalTooLarge(eur(99_999_999)))
        );
    }

    #[test]
    fn without_a_list_every_id_of_a_payment_method_may_exist() {
        let rules = PaymentRules::new(1_000, " , ");
        assert_eq!(rules.check(eur(1), "pm_1PqRs2eZvKYlo2C0"), Ok(()));
        for method in ["visa", "pm_", "tok_visa"] {
            let unknown = Err(Error::PaymentMethodUnknown);
            assert_eq!(rules.check(eur(1), method), unknown, "{method}");
        }
    }

    #[test]
    fn a_list_names_every_method_that_exists() {
        let rules = PaymentRules::new(1_000, "pm_card_visa, pm_card_amex");
        assert_eq!(rules.check(eur(1), "pm_card_amex"), Ok(()));
        for method in ["pm_card_typo", "pm_card_visa_", "visa"] {
            let unknown = Err(Error::PaymentMethodUnknown);
            assert_eq!(rules.check(eur(1), method), unknown, "{method}");
        }
    }

    #[test]
    fn only_a_free_order_needs_no_payment_method() {
        let rules = PaymentRules::new(1_000, "pm_card_visa");
        assert_eq!(rules.check(eur(0), ""), Ok(()));
        assert_eq!(rules.check(eur(0), "pm_card_typo"), Ok(()));
        let required = Violations::one("payment_method", "is required").into();
        assert_eq!(rules.check(eur(1), ""), Err(required));
    }
}
