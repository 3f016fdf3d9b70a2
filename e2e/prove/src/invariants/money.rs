//! Money: held once, taken once, let go when it must be; our books and the provider's agree.

use std::collections::BTreeMap;

use super::facts::{Order, Payment, of};
use super::provider::Intent;
use super::{Facts, Verdict};

/// What an order's money looks like.
struct Purse<'a> {
    id: &'a str,
    order: &'a Order,
    payment: Option<&'a Payment>,
    intents: &'a [(&'a String, &'a Intent)],
}

impl Purse<'_> {
    /// The intents that hold or have taken money.
    fn full(&self) -> Vec<&(&String, &Intent)> {
        self.intents
            .iter()
            .filter(|(_, intent)| intent.holds_money())
            .collect()
    }

    fn facts(&self) -> String {
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
                let (held, taken) = (intent.capturable, intent.received);
                format!("{id} is {}, holds {held}, has taken {taken}", intent.status)
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
    verdict: &mut Verdict,
    holds: impl Fn(&Purse<'_>) -> bool,
) {
    let intents = facts.provider.by_payment();
    for (id, order) in &facts.order.orders {
        if order.is(statuses) {
            let purse = Purse {
                id,
                order,
                payment: facts.payment.payments.get(&order.payment),
                intents: of(&intents, &order.payment),
            };
            verdict.look(holds(&purse), || purse.facts());
        }
    }
}

pub(super) fn confirmed_is_authorized(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "confirmed_is_authorized",
        "A confirmed order has exactly one open authorization, which covers its total",
    );
    each(facts, &["confirmed"], &mut verdict, |purse| {
        let total = purse.order.total;
        let ours = purse.payment.is_some_and(|payment| {
            payment.status == "authorized" && payment.amount == total && payment.order == purse.id
        });
        let theirs = matches!(purse.full().as_slice(), [(id, intent)]
            if intent.capturable == total && intent.received == 0
                && purse.payment.is_some_and(|payment| payment.intent == **id));
        ours && theirs
    });
    verdict
}

pub(super) fn undone_holds_nothing(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "undone_holds_nothing",
        "A rejected or cancelled order has no authorization left open and nothing captured",
    );
    each(facts, &["rejected", "cancelled"], &mut verdict, |purse| {
        let ours = purse.payment.is_none_or(|payment| {
            ["declined", "voided", "expired"].contains(&payment.status.as_str())
        });
        let ended = |intent: &Intent| {
            ["canceled", "requires_payment_method"].contains(&intent.status.as_str())
        };
        ours && purse.full().is_empty() && purse.intents.iter().all(|(_, intent)| ended(intent))
    });
    verdict
}

pub(super) fn shipped_is_captured(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "shipped_is_captured",
        "A shipped or delivered order was captured once, exactly its total",
    );
    each(facts, &["shipped", "delivered"], &mut verdict, |purse| {
        let total = purse.order.total;
        let ours = purse.payment.is_some_and(|payment| {
            payment.status == "captured" && payment.amount == total && payment.order == purse.id
        });
        let theirs = matches!(purse.full().as_slice(), [(id, intent)]
            if intent.received == total && intent.capturable == 0
                && purse.payment.is_some_and(|payment| payment.intent == **id));
        ours && theirs
    });
    verdict
}

pub(super) fn intents_have_owners(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "intents_have_owners",
        "Every intent at the provider belongs to one payment of one order; at most one of a payment's holds money",
    );
    for (id, intent) in &facts.provider.intents {
        let payment = facts.payment.payments.get(&intent.payment);
        let order = payment.and_then(|payment| facts.order.orders.get(&payment.order));
        let owned = order.is_some_and(|order| {
            order.payment == intent.payment
                && payment.is_some_and(|payment| payment.order == intent.order)
        });
        verdict.look(owned, || {
            format!(
                "intent {id} is {} over {}, for payment {:?} of order {:?}, which is not so here",
                intent.status, intent.amount, intent.payment, intent.order
            )
        });
    }
    for (payment, intents) in facts.provider.by_payment() {
        let full: Vec<_> = intents
            .iter()
            .filter(|(_, intent)| intent.holds_money())
            .collect();
        if full.len() > 1 {
            let ids: Vec<_> = full.iter().map(|(id, _)| id.as_str()).collect();
            verdict.violations.push(format!(
                "payment {payment} has money in {}",
                ids.join(" and ")
            ));
        }
    }
    verdict
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

pub(super) fn ledger_balances(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "ledger_balances",
        "Each ledger transaction sums to zero, all of them together, and the balances are their sums",
    );
    let mut all = 0;
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (id, booking) in &facts.payment.bookings {
        let sum: i64 = booking.entries.iter().map(|(_, amount)| amount).sum();
        all += sum;
        for (account, amount) in &booking.entries {
            *sums.entry(account).or_default() += amount;
        }
        verdict.look(sum == 0 && !booking.entries.is_empty(), || {
            let (kind, payment) = (&booking.kind, &booking.payment);
            let entries = &booking.entries;
            format!(
                "ledger transaction {id} ({kind} of payment {payment}) sums to {sum}: {entries:?}"
            )
        });
    }
    verdict.look(all == 0, || format!("the ledger sums to {all}"));
    for (account, sum) in sums {
        let kept = facts.payment.balances.get(account).copied().unwrap_or(0);
        verdict.look(kept == sum, || {
            format!("account {account}: its entries sum to {sum}, its balance is {kept}")
        });
    }
    verdict
}

pub(super) fn books_agree_with_provider(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "books_agree_with_provider",
        "Per payment: the ledger says held, taken and given back as the provider does",
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
        let (mut held, mut taken, mut back) = (0, 0, 0);
        for (intent, facts_of) in of(&intents, id) {
            held += facts_of.capturable;
            taken += facts_of.received;
            back += facts.provider.refunded(intent);
        }
        let theirs = (held, held, taken, back, taken - back);
        verdict.look(ours == theirs, || {
            format!(
                "payment {id} of order {} is {}: ledger (held, obliged, sold, given back, \
                 receivable) {ours:?}, provider {theirs:?}",
                payment.order, payment.status
            )
        });
    }
    verdict
}
