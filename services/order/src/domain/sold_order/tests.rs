#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use chrono::Duration;
use kernel::{Currency, MoneyError, OrderId, Quantity, ReturnId, UserId};

use super::*;
use crate::domain::order::tests::placed;
use crate::domain::refund::Refund;
use crate::domain::refund_request::RefundRequest;
use crate::domain::return_decision::Ruling;
use crate::domain::return_request::{ReturnRequest, ReturnRules};
use crate::domain::returns::ReturnReason;

mod random;

pub(in crate::domain) const RULES: ReturnRules = ReturnRules {
    period: Duration::days(30),
    automatic_period: Duration::zero(),
    automatic_max: 0,
};

pub(in crate::domain) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(in crate::domain) fn sold_line(sku: &str, quantity: u32, price: i64) -> SoldLine {
    SoldLine {
        sku: sku.parse().unwrap(),
        name: sku.to_owned(),
        quantity: Quantity::new(quantity).unwrap(),
        unit_price: eur(price),
    }
}

/// A delivered order with these lines and totals.
pub(in crate::domain) fn sold(lines: Vec<SoldLine>, totals: Totals) -> SoldOrder {
    let mut order = placed();
    order.status = Status::Delivered;
    order.total = totals.total;
    SoldOrder {
        delivered_at: Some(order.placed_at),
        order,
        lines,
        totals,
        refunds: Vec::new(),
        returns: Vec::new(),
    }
}

/// Three mugs for 30.00 EUR and two teas for 10.00 EUR, with 1.00 EUR off and 4.90 EUR for shipping.
pub(in crate::domain) fn mugs_and_teas() -> SoldOrder {
    let totals = Totals::sum(eur(4_000), eur(100), eur(490), eur(0)).unwrap();
    sold(
        vec![sold_line("MUG", 3, 1_000), sold_line("TEA", 2, 500)],
        totals,
    )
}

pub(in crate::domain) fn lines(of: &[(&str, u32)]) -> Vec<(String, u32)> {
    let line = |(sku, quantity): &(&str, u32)| ((*sku).to_owned(), *quantity);
    of.iter().map(line).collect()
}

pub(in crate::domain) fn refund_request(
    of: &[(&str, u32)],
    amount: Option<Money>,
) -> RefundRequest {
    let amount = amount.map(Ok::<_, MoneyError>);
    let (id, key) = (OrderId::generate(), "k".to_owned());
    RefundRequest::new(id, key, &lines(of), amount, "broken").unwrap()
}

pub(in crate::domain) fn return_request(of: &[(&str, u32)]) -> ReturnRequest {
    let (id, key) = (OrderId::generate(), "k".to_owned());
    let reason = Some(ReturnReason::ChangedMind);
    ReturnRequest::new(id, key, &lines(of), reason, "").unwrap()
}

impl SoldOrder {
    pub(in crate::domain) fn add_refund(&mut self, refund: Refund, units: Vec<UnitShare>) {
        self.refunds.push(Earlier {
            key: refund.id.to_string(),
            fingerprint: Vec::new(),
            record: RefundRecord {
                id: refund.id,
                amount: refund.amount,
                reason: "broken".to_owned(),
                status: refund.status,
                created_at: self.order.placed_at,
                units,
            },
        });
    }

    /// Makes a refund, as the use case does.
    pub(in crate::domain) fn refund(
        &mut self,
        of: &[(&str, u32)],
        amount: Option<Money>,
    ) -> Result<Money, Error> {
        let (refund, units) = refund_request(of, amount).decide(self)?;
        self.add_refund(refund, units);
        Ok(refund.amount)
    }

    /// Asks for a return, as the use case does.
    pub(in crate::domain) fn ask(&mut self, of: &[(&str, u32)]) -> Result<ReturnId, Error> {
        let record = return_request(of).decide(self, &RULES, self.order.placed_at)?;
        let id = record.id;
        self.returns.push(Earlier {
            key: id.to_string(),
            fingerprint: Vec::new(),
            record,
        });
        Ok(id)
    }

    /// Makes a decision, as the use case does; returns what is refunded.
    pub(in crate::domain) fn decide(
        &mut self,
        id: ReturnId,
        ruling: &Ruling,
    ) -> Result<Option<Money>, Error> {
        let open = self.find_return(id)?;
        let Some((decided, refund)) = self.rule(&open, ruling, self.order.placed_at)? else {
            return Ok(None);
        };
        let earlier = self.returns.iter_mut().find(|one| one.record.id == id);
        let units = decided.units.clone();
        earlier.unwrap().record = decided;
        if let Some(refund) = refund {
            self.add_refund(refund, units);
        }
        Ok(refund.map(|refund| refund.amount))
    }

    fn fail_refund(&mut self, index: usize) {
        self.refunds[index].record.status = RefundStatus::Failed;
    }
}

#[test]
fn units_in_an_open_return_are_neither_returned_nor_refunded_again() {
    let mut sold = mugs_and_teas();
    sold.ask(&[("MUG", 2)]).unwrap();
    let mug = || "MUG".parse().unwrap();
    assert_eq!(
        sold.ask(&[("MUG", 2)]),
        Err(Error::ReturnExceedsBought {
            sku: mug(),
            left: 1
        })
    );
    assert_eq!(
        sold.refund(&[("MUG", 2)], None),
        Err(Error::RefundExceedsBought {
            sku: mug(),
            left: 1
        })
    );
    assert!(sold.ask(&[("MUG", 1), ("TEA", 2)]).is_ok());
}

#[test]
fn refunded_units_cannot_be_returned() {
    let mut sold = mugs_and_teas();
    sold.refund(&[("TEA", 2)], None).unwrap();
    assert_eq!(
        sold.ask(&[("TEA", 1)]),
        Err(Error::ReturnExceedsBought {
            sku: "TEA".parse().unwrap(),
            left: 0
        })
    );
}

#[test]
fn a_refused_or_withdrawn_return_frees_its_units() {
    let mut sold = mugs_and_teas();
    let refused = sold.ask(&[("MUG", 3)]).unwrap();
    let ruling = Ruling::refusal(UserId::generate(), "used").unwrap();
    sold.decide(refused, &ruling).unwrap();
    let withdrawn = sold.ask(&[("MUG", 3)]).unwrap();
    let open = sold.find_return(withdrawn).unwrap();
    let now = sold.order.placed_at;
    sold.returns[1].record = open.withdraw(now).unwrap().unwrap();
    assert!(sold.ask(&[("MUG", 3)]).is_ok());
}

#[test]
fn a_failed_refund_frees_its_units_for_another_refund() {
    let mut sold = mugs_and_teas();
    let id = sold.ask(&[("MUG", 2)]).unwrap();
    let granted = sold.decide(id, &Ruling::automatic()).unwrap();
    sold.fail_refund(0);
    assert_eq!(sold.refund(&[("MUG", 2)], None).ok(), granted);
    // They were returned, so they cannot be returned twice.
    assert!(sold.ask(&[("MUG", 2)]).is_err());
}

#[test]
fn a_sku_of_another_order_is_a_violation() {
    let mut sold = mugs_and_teas();
    let error = sold.ask(&[("MUG", 1), ("CUP", 1)]).unwrap_err();
    assert_eq!(error.to_string(), "lines[1].sku is not in this order");
}

#[test]
fn all_violations_of_the_lines_are_reported_at_once() {
    let mut violations = Violations::new();
    parse_lines(
        &mut violations,
        &lines(&[("MUG", 0), ("", 1), ("TEA", 1), ("TEA", 1_000)]),
    );
    let text = Error::from(violations).to_string();
    for field in [
        "lines[0].quantity",
        "lines[1].sku",
        "lines[3].sku",
        "lines[3].quantity",
    ] {
        assert!(text.contains(field), "{text}");
    }
    let mut violations = Violations::new();
    let many = vec![("MUG".to_owned(), 1); MAX_LINES + 1];
    assert!(parse_lines(&mut violations, &many).is_empty());
    assert!(!violations.is_empty());
}
