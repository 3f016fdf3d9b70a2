//! Money that goes back.

use std::collections::BTreeMap;

use super::{Facts, Verdict};
use crate::witness::Book;

pub(super) fn told_refunds_are_true(facts: &Facts, told: &Book) -> Verdict {
    let mut verdict = Verdict::new(
        "told_refunds_are_true",
        "Every refund that was told exists once per key, over the same amount, and ended as told",
    );
    for (id, order) in &told.orders {
        for (refund, told) in &order.refunds {
            let problem = match facts.order.refunds.get(refund) {
                None => Some("does not exist".to_owned()),
                Some(stored) if stored.order != *id => {
                    Some(format!("is of order {}", stored.order))
                }
                Some(stored) if stored.amount != told.amount => {
                    Some(format!("is over {}, not {}", stored.amount, told.amount))
                }
                // The provider may take a refund back, and then says so itself.
                Some(stored)
                    if told.succeeded
                        && stored.status != "succeeded"
                        && !failed_late(facts, refund) =>
                {
                    Some(format!(
                        "was told to have succeeded, and is {}",
                        stored.status
                    ))
                }
                Some(stored) if told.status == "failed" && stored.status != "failed" => {
                    Some(format!("was told to have failed, and is {}", stored.status))
                }
                Some(_) => None,
            };
            verdict.look(problem.is_none(), || {
                format!(
                    "refund {refund} of order {id} {}",
                    problem.unwrap_or_default()
                )
            });
        }
    }
    let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, refund) in &facts.order.refunds {
        by_key.entry(&refund.key).or_default().push(id);
        if !told.refunds.contains_key(&refund.key) {
            let key = &refund.key;
            verdict
                .violations
                .push(format!("refund {id} under key {key}, which nobody sent"));
        }
    }
    for (key, wish) in &told.refunds {
        let stored = by_key
            .get(key.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let same = wish
            .refunds
            .iter()
            .all(|refund| stored == [refund.as_str()]);
        verdict.look(same && stored.len() <= 1, || {
            format!(
                "key {key} was answered with refunds {:?}, and made {stored:?}",
                wish.refunds
            )
        });
    }
    verdict
}

fn failed_late(facts: &Facts, refund: &str) -> bool {
    let reference = facts
        .payment
        .refunds
        .get(refund)
        .map(|refund| &refund.reference);
    let theirs = reference.and_then(|reference| facts.provider.refunds.get(reference));
    theirs.is_some_and(|refund| refund.status == "failed")
}

/// What went back of a payment, as its parts tell.
#[derive(Debug, Default, PartialEq, Eq)]
struct Back {
    order: i64,
    payment: i64,
    provider: i64,
}

pub(super) fn refunds_agree(facts: &Facts) -> Verdict {
    let mut verdict = Verdict::new(
        "refunds_agree",
        "Refunds never exceed what was captured, and are the same at order, payment and provider",
    );
    let mut back: BTreeMap<&str, Back> = BTreeMap::new();
    for refund in facts
        .order
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        if let Some(order) = facts.order.orders.get(&refund.order) {
            back.entry(&order.payment).or_default().order += refund.amount;
        }
    }
    for refund in facts
        .payment
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        back.entry(&refund.payment).or_default().payment += refund.amount;
    }
    for refund in facts
        .provider
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        let intent = facts.provider.intents.get(&refund.intent);
        let payment = intent.map_or("", |intent| intent.payment.as_str());
        back.entry(payment).or_default().provider += refund.amount;
    }
    for (id, payment) in &facts.payment.payments {
        let taken = match payment.status.as_str() {
            "captured" => payment.amount,
            _ => 0,
        };
        let back = back.remove(id.as_str()).unwrap_or_default();
        let told = payment.refunded;
        let agrees = back.order == told && back.payment == told && back.provider == told;
        verdict.look(agrees && told <= taken, || {
            format!(
                "payment {id} of order {}: captured {taken}, payment says {told} went back, its \
                 refunds {}, order {}, provider {}",
                payment.order, back.payment, back.order, back.provider
            )
        });
    }
    for (payment, back) in back {
        verdict.violations.push(format!(
            "payment {payment:?} does not exist and gave back {back:?}"
        ));
    }
    verdict
}
