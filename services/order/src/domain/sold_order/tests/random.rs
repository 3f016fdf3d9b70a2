use kernel::{RefundId, ReturnId, UserId};
use proptest::prelude::*;

use super::{eur, refund_request, sold};
use crate::domain::allocation::tests::sales;
use crate::domain::refund::Refund;
use crate::domain::return_decision::Ruling;
use crate::domain::returns::ReturnStatus;
use crate::domain::sold_order::SoldOrder;
use crate::domain::units::at_most;

/// What staff and the customer do, chosen by chance.
#[derive(Debug, Clone)]
enum Action {
    Refund(usize, u32),
    Return(usize, u32),
    Approve(usize),
    Refuse(usize),
    Amount(i64),
    Fail(usize),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0..6_usize, 1..8_u32).prop_map(|(line, units)| Action::Refund(line, units)),
        3 => (0..6_usize, 1..8_u32).prop_map(|(line, units)| Action::Return(line, units)),
        3 => (0..8_usize).prop_map(Action::Approve),
        1 => (0..8_usize).prop_map(Action::Refuse),
        1 => (1..5_000_i64).prop_map(Action::Amount),
        1 => (0..8_usize).prop_map(Action::Fail),
    ]
}

impl SoldOrder {
    fn act(&mut self, action: &Action) {
        let of = |sold: &Self, line: usize, units| {
            let line = &sold.lines[line % sold.lines.len()];
            (line.sku.to_string(), units)
        };
        let ruling = |refuse| match refuse {
            true => Ruling::refusal(UserId::generate(), "used").unwrap(),
            false => Ruling::automatic(),
        };
        let decide = |sold: &mut Self, index: usize, refuse| {
            let ids: Vec<ReturnId> = sold.returns.iter().map(|one| one.record.id).collect();
            if let Some(id) = ids.get(index % ids.len().max(1)) {
                sold.decide(*id, &ruling(refuse)).ok();
            }
        };
        // A refusal changes nothing.
        match *action {
            Action::Refund(line, units) => {
                let (sku, units) = of(self, line, units);
                self.refund(&[(&sku, units)], None).ok();
            }
            Action::Return(line, units) => {
                let (sku, units) = of(self, line, units);
                self.ask(&[(&sku, units)]).ok();
            }
            Action::Approve(index) => decide(self, index, false),
            Action::Refuse(index) => decide(self, index, true),
            Action::Amount(minor) => {
                self.refund(&[], Some(eur(minor))).ok();
            }
            Action::Fail(index) if !self.refunds.is_empty() => {
                self.fail_refund(index % self.refunds.len());
            }
            Action::Fail(_) => {}
        }
    }

    /// The units of lasting refunds, and those of open and approved returns, by line.
    fn check(&self) {
        let refunded = self.totals.total.minus(self.left().unwrap()).unwrap();
        assert!(!self.left().unwrap().is_negative());
        assert!(!refunded.is_negative());
        let returned = [ReturnStatus::Requested, ReturnStatus::Approved];
        for taken in [self.refunded_units(), self.returned_units(&returned)] {
            for (position, line) in (1..).zip(&self.lines) {
                let mut units: Vec<u32> = taken
                    .iter()
                    .filter(|units| units.position == position)
                    .flat_map(|units| units.first..=units.last())
                    .collect();
                let count = units.len();
                units.sort_unstable();
                units.dedup();
                assert_eq!(units.len(), count, "a unit is taken twice: {taken:?}");
                assert!(units.iter().all(|unit| *unit <= line.quantity.get()));
            }
        }
    }

    /// Refunds every unit that is left, one line after the other, with open returns refused.
    fn finish(&mut self) {
        for earlier in &mut self.returns {
            if earlier.record.status == ReturnStatus::Requested {
                earlier.record.status = ReturnStatus::Refused;
            }
        }
        for line in self.lines.clone() {
            let sku = line.sku.to_string();
            while self.refund_one(&sku) {}
        }
    }

    /// Marks one more unit refunded, also if it was free.
    fn refund_one(&mut self, sku: &str) -> bool {
        let wanted = refund_request(&[(sku, 1)], None).lines;
        let Ok(units) = self.units_to_refund(&wanted) else {
            return false;
        };
        let amount = at_most(units[0].share.total, self.left().unwrap());
        let refund = Refund {
            id: RefundId::generate(),
            ..Refund::new(self.order.id, amount)
        };
        self.add_refund(refund, units);
        true
    }
}

proptest! {
    #[test]
    fn no_sequence_gives_back_more_than_was_captured_or_bought(
        (lines, totals) in sales(),
        actions in prop::collection::vec(action(), 0..40),
    ) {
        let mut order = sold(lines, totals);
        for action in &actions {
            order.act(action);
            order.check();
        }
    }

    #[test]
    fn refunds_and_returns_of_all_units_sum_to_the_captured_total_exactly(
        (lines, totals) in sales(),
        actions in prop::collection::vec(action(), 0..40),
    ) {
        let mut order = sold(lines, totals);
        // Amounts without units come on top of the shares, until nothing is left.
        let actions = actions.iter().filter(|action| !matches!(action, Action::Amount(_)));
        for action in actions {
            order.act(action);
        }
        order.finish();
        order.check();
        prop_assert_eq!(order.left().unwrap(), eur(0));
    }
}
