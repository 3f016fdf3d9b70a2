//! Compares a payment with the provider's intents.

mod difference;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use kernel::Money;

use super::ledger::{Account, Entry, Kind};
use super::{Booking, Status, entries};

pub(crate) use difference::{Difference, DifferenceKind, Intent, Ours};
pub(crate) use run::{Counts, NewRun, Origin, Run, RunStatus};

/// All differences of one payment. `intents` are the one that it refers to and those that name it.
pub(crate) fn compare(ours: &Ours, intents: &[Intent]) -> Vec<Difference> {
    let own = own(ours, intents);
    let mut found = Vec::new();
    match own {
        None if expects_an_intent(ours.status) => {
            let says = description(ours.status.name(), ours.amount);
            found.push(ours.differs(
                DifferenceKind::MissingAtProvider,
                ours.reference.clone(),
                says,
                String::new(),
            ));
        }
        None => {}
        Some(intent) => found.extend(terms(ours, intent)),
    }
    let others = intents
        .iter()
        .filter(|intent| own.is_none_or(|own| own.reference != intent.reference));
    found.extend(others.filter(|intent| is_live(intent)).map(|intent| {
        let reference = Some(intent.reference.clone());
        ours.differs(
            DifferenceKind::UnknownToUs,
            reference,
            String::new(),
            intent.description(),
        )
    }));
    found.extend(ledger(ours));
    found
}

/// The difference of an intent without a payment of ours. An intent that names one is `missing_at_shop` while it has
/// money: the database was restored to an earlier moment, or another shop uses the account.
pub(crate) fn unknown(intent: &Intent) -> Option<Difference> {
    let kind = match intent.payment_id {
        None => DifferenceKind::UnknownToUs,
        Some(_) if is_live(intent) => DifferenceKind::MissingAtShop,
        Some(_) => return None,
    };
    Some(Difference {
        kind,
        order_id: intent.order_id,
        payment_id: intent.payment_id,
        reference: Some(intent.reference.clone()),
        ours: String::new(),
        theirs: intent.description(),
        since: intent.created_at,
    })
}

/// The intent that the payment refers to; without a reference, a live one if there is one.
fn own<'a>(ours: &Ours, intents: &'a [Intent]) -> Option<&'a Intent> {
    match &ours.reference {
        Some(reference) => intents.iter().find(|intent| intent.reference == *reference),
        None => intents
            .iter()
            .find(|intent| is_live(intent))
            .or_else(|| intents.first()),
    }
}

fn terms(ours: &Ours, intent: &Intent) -> Vec<Difference> {
    let reference = Some(intent.reference.clone());
    let differs = |kind, says: String, theirs: String| {
        (says != theirs).then(|| ours.differs(kind, reference.clone(), says, theirs))
    };
    let Some(amount) = ours.amount else {
        // A tombstone of an early void: nothing may be authorized or captured.
        let status = is_live(intent).then(|| intent.status.clone());
        return status
            .and_then(|theirs| differs(DifferenceKind::Status, "voided".to_owned(), theirs))
            .into_iter()
            .collect();
    };
    let (currency, theirs) = (amount.currency().code(), &intent.currency);
    let mut found: Vec<_> = differs(
        DifferenceKind::Amount,
        money(amount.minor_units(), currency),
        money(intent.amount, theirs),
    )
    .into_iter()
    .collect();
    if !fits(ours.status, &intent.status) {
        let says = ours.status.name().to_owned();
        found.extend(differs(DifferenceKind::Status, says, intent.status.clone()));
        return found;
    }
    let captured = match ours.status {
        Status::Captured => amount.minor_units(),
        _ => 0,
    };
    found.extend(differs(
        DifferenceKind::Captured,
        money(captured, currency),
        money(intent.received, theirs),
    ));
    found.extend(differs(
        DifferenceKind::Refunded,
        money(ours.refunded, currency),
        money(intent.refunded, theirs),
    ));
    found
}

/// The difference between the ledger and the bookings that the payment's status requires.
fn ledger(ours: &Ours) -> Option<Difference> {
    let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
    for Entry { account, amount } in bookings(ours) {
        let key = (account.name().to_owned(), amount.currency().to_string());
        let sum = expected.entry(key).or_default();
        *sum = sum.saturating_add(amount.minor_units());
    }
    expected.retain(|_, sum| *sum != 0);
    if expected == ours.ledger {
        return None;
    }
    let accounts = expected.keys().chain(ours.ledger.keys());
    let wrong: BTreeSet<_> = accounts
        .filter(|key| expected.get(*key) != ours.ledger.get(*key))
        .collect();
    let text = |sums: &BTreeMap<(String, String), i64>| {
        let texts: Vec<_> = wrong
            .iter()
            .map(|key| {
                let sum = sums.get(*key).copied().unwrap_or_default();
                format!("{} {}", key.0, money(sum, &key.1))
            })
            .collect();
        texts.join(", ")
    };
    let (actual, expected) = (text(&ours.ledger), text(&expected));
    Some(ours.differs(
        DifferenceKind::Ledger,
        ours.reference.clone(),
        actual,
        expected,
    ))
}

fn bookings(ours: &Ours) -> Vec<Entry> {
    let Some(amount) = ours.amount else {
        return Vec::new();
    };
    match ours.status {
        Status::Authorized => entries(Booking {
            kind: Kind::Authorize,
            amount,
        }),
        Status::Captured => {
            let refunded = Money::new(ours.refunded, amount.currency());
            let receivable = amount.minor_units().saturating_sub(ours.refunded);
            let sales = Money::new(-amount.minor_units(), amount.currency());
            vec![
                Entry {
                    account: Account::ProviderReceivable,
                    amount: Money::new(receivable, amount.currency()),
                },
                Entry {
                    account: Account::Sales,
                    amount: sales,
                },
                Entry {
                    account: Account::Refunds,
                    amount: refunded,
                },
            ]
        }
        Status::Authorizing
        | Status::ActionRequired
        | Status::Declined
        | Status::Voided
        | Status::Expired => Vec::new(),
    }
}

/// Whether the intent is authorized or captured, or may become so without another call of ours.
fn is_live(intent: &Intent) -> bool {
    !matches!(
        intent.status.as_str(),
        "canceled" | "requires_payment_method"
    )
}

fn expects_an_intent(status: Status) -> bool {
    match status {
        Status::Authorizing | Status::ActionRequired | Status::Authorized | Status::Captured => {
            true
        }
        Status::Declined | Status::Voided | Status::Expired => false,
    }
}

fn fits(status: Status, theirs: &str) -> bool {
    match status {
        // The authorization has ended; otherwise the payment would be in flight.
        Status::Authorizing => false,
        Status::ActionRequired => theirs == "requires_action",
        Status::Authorized => theirs == "requires_capture",
        Status::Captured => theirs == "succeeded",
        Status::Expired => theirs == "canceled",
        Status::Declined | Status::Voided => {
            matches!(theirs, "canceled" | "requires_payment_method")
        }
    }
}

fn description(status: &str, amount: Option<Money>) -> String {
    match amount {
        None => status.to_owned(),
        Some(amount) => {
            let amount = money(amount.minor_units(), amount.currency().code());
            format!("{status}, {amount}")
        }
    }
}

fn money(minor_units: i64, currency: &str) -> String {
    format!("{minor_units} {currency}")
}

#[cfg(test)]
mod tests;
