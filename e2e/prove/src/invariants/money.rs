//! Money is authorized once, captured once and voided when an order is undone; the ledger agrees with
//! the provider.

use std::collections::BTreeMap;

use super::facts::{Order, Payment, of};
use super::provider::Intent;
use super::{Check, Facts};

/// An order with its payment and the intents at the provider.
struct OrderMoney<'a> {
    id: &'a str,
    order: &'a Order,
    payment: Option<&'a Payment>,
    intents: &'a [(&'a String, &'a Intent)],
}

impl OrderMoney<'_> {
    /// The intents with an authorized or captured amount.
    fn with_money(&self) -> Vec<&(&String, &Intent)> {
        self.intents
            .iter()
            .filter(|(_, intent)| intent.has_money())
            .collect()
    }

    fn describe(&self) -> String {
        let payment = match self.payment {
            Some(payment) => format!(
                "payment {} is {}, {}",
                self.order.payment, payment.status, payment.amount
            ),
            None => format!("payment {} does not exist", self.order.payment),
        };
        let intents: Vec<_> = self
            .intents
            .iter()
            .map(|(id, intent)| {
                let (authorized, captured) = (intent.capturable, intent.received);
                format!(
                    "{id} is {}, {authorized} authorized, {captured} captured",
                    intent.status
                )
            })
            .collect();
        let intents = match intents.is_empty() {
            true => "no intent".to_owned(),
            false => intents.join("; "),
        };
        let (id, status, total) = (self.id, &self.order.status, self.order.total);
        format!("order {id} is {status}, total {total}; {payment}; provider: {intents}")
    }
}

fn each(
    facts: &Facts,
    statuses: &[&str],
    check: &mut Check,
    holds: impl Fn(&OrderMoney<'_>) -> bool,
) {
    let intents = facts.provider.by_payment();
    for (id, order) in &facts.order.orders {
        if order.is(statuses) {
            let money = OrderMoney {
                id,
                order,
                payment: facts.payment.payments.get(&order.payment),
                intents: of(&intents, &order.payment),
            };
            check.require(holds(&money), || money.describe());
        }
    }
}

pub(super) fn confirmed_is_authorized(facts: &Facts) -> Check {
    let mut check = Check::new(
        "confirmed_is_authorized",
        "A confirmed order has exactly one open authorization, over its total",
    );
    each(facts, &["confirmed"], &mut check, |money| {
        let total = money.order.total;
        let ours = money.payment.is_some_and(|payment| {
            payment.status == "authorized" && payment.amount == total && payment.order == money.id
        });
        let theirs = matches!(money.with_money().as_slice(), [(id, intent)]
            if intent.capturable == total && intent.received == 0
                && money.payment.is_some_and(|payment| payment.intent == **id));
        (ours && theirs) || is_free(money)
    });
    check
}

/// Whether there was nothing to pay, and no payment.
fn is_free(money: &OrderMoney<'_>) -> bool {
    money.order.total == 0 && money.payment.is_none() && money.intents.is_empty()
}

pub(super) fn undone_holds_no_money(facts: &Facts) -> Check {
    let mut check = Check::new(
        "undone_holds_no_money",
        "A rejected or cancelled order has no open authorization and nothing captured",
    );
    each(facts, &["rejected", "cancelled"], &mut check, |money| {
        let ours = money.payment.is_none_or(|payment| {
            ["declined", "voided", "expired"].contains(&payment.status.as_str())
        });
        let ended = |intent: &Intent| {
            ["canceled", "requires_payment_method"].contains(&intent.status.as_str())
        };
        ours && money.with_money().is_empty()
            && money.intents.iter().all(|(_, intent)| ended(intent))
    });
    check
}

pub(super) fn shipped_is_captured(facts: &Facts) -> Check {
    let mut check = Check::new(
        "shipped_is_captured",
        "The total of a shipped or delivered order was captured exactly once",
    );
    each(facts, &["shipped", "delivered"], &mut check, |money| {
        let total = money.order.total;
        let ours = money.payment.is_some_and(|payment| {
            payment.status == "captured" && payment.amount == total && payment.order == money.id
        });
        let theirs = matches!(money.with_money().as_slice(), [(id, intent)]
            if intent.received == total && intent.capturable == 0
                && money.payment.is_some_and(|payment| payment.intent == **id));
        (ours && theirs) || is_free(money)
    });
    check
}

pub(super) fn no_orphan_intents(facts: &Facts) -> Check {
    let mut check = Check::new(
        "no_orphan_intents",
        "Every intent at the provider belongs to one payment of one order, and at most one intent of a payment has money",
    );
    for (id, intent) in &facts.provider.intents {
        let payment = facts.payment.payments.get(&intent.payment);
        let order = payment.and_then(|payment| facts.order.orders.get(&payment.order));
        let has_owner = order.is_some_and(|order| {
            order.payment == intent.payment
                && payment.is_some_and(|payment| payment.order == intent.order)
        });
        check.require(has_owner, || {
            format!(
                "intent {id} is {} over {}; it names payment {:?} of order {:?}, which do not belong together",
                intent.status, intent.amount, intent.payment, intent.order
            )
        });
    }
    for (payment, intents) in facts.provider.by_payment() {
        let with_money: Vec<_> = intents
            .iter()
            .filter(|(_, intent)| intent.has_money())
            .collect();
        if with_money.len() > 1 {
            let ids: Vec<_> = with_money.iter().map(|(id, _)| id.as_str()).collect();
            check.violations.push(format!(
                "payment {payment} has money in intents {}",
                ids.join(" and ")
            ));
        }
    }
    check
}

/// The balance of each account, by payment.
fn balances(facts: &Facts) -> BTreeMap<&str, BTreeMap<&str, i64>> {
    let mut balances: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for booking in facts.payment.bookings.values() {
        let accounts = balances.entry(&booking.payment).or_default();
        for (account, amount) in &booking.entries {
            *accounts.entry(account).or_default() += amount;
        }
    }
    balances
}

pub(super) fn ledger_balances(facts: &Facts) -> Check {
    let mut check = Check::new(
        "ledger_balances",
        "Each ledger transaction sums to zero, and the stored balance of each account is the sum of its entries",
    );
    let mut all = 0;
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, booking) in &facts.payment.bookings {
        let sum: i64 = booking.entries.iter().map(|(_, amount)| amount).sum();
        all += sum;
        for (account, amount) in &booking.entries {
            *sums.entry(account).or_default() += amount;
        }
        check.require(sum == 0 && !booking.entries.is_empty(), || {
            let (kind, payment) = (&booking.kind, &booking.payment);
            let entries = &booking.entries;
            format!(
                "ledger transaction {id} ({kind} of payment {payment}) sums to {sum}: {entries:?}"
            )
        });
    }
    check.require(all == 0, || format!("the ledger sums to {all}"));
    for (account, sum) in sums {
        let stored = facts.payment.balances.get(account).copied().unwrap_or(0);
        check.require(stored == sum, || {
            format!("account {account}: its entries sum to {sum}, its stored balance is {stored}")
        });
    }
    check
}

pub(super) fn ledger_agrees_with_provider(facts: &Facts) -> Check {
    let mut check = Check::new(
        "ledger_agrees_with_provider",
        "Per payment: the ledger has the authorized, captured and refunded amounts of the provider",
    );
    let balances = balances(facts);
    let intents = facts.provider.by_payment();
    let none = BTreeMap::new();
    for (id, payment) in &facts.payment.payments {
        let accounts = balances.get(id.as_str()).unwrap_or(&none);
        let balance = |account: &str| accounts.get(account).copied().unwrap_or(0);
        let ours = (
            balance("authorized_funds"),
            -balance("authorization_obligations"),
            -balance("sales"),
            balance("refunds"),
            balance("provider_receivable"),
        );
        let (mut authorized, mut captured, mut refunded) = (0, 0, 0);
        for (intent, facts_of) in of(&intents, id) {
            authorized += facts_of.capturable;
            captured += facts_of.received;
            refunded += facts.provider.refunded(intent);
        }
        let theirs = (
            authorized,
            authorized,
            captured,
            refunded,
            captured - refunded,
        );
        check.require(ours == theirs, || {
            format!(
                "payment {id} of order {} is {}: ledger (authorized, obligation, sold, refunded, \
                 receivable) {ours:?}, provider {theirs:?}",
                payment.order, payment.status
            )
        });
    }
    check
}
