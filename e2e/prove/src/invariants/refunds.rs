use std::collections::BTreeMap;

use super::{Check, Facts};
use crate::history::History;

pub(super) fn reported_refunds_are_true(facts: &Facts, history: &History) -> Check {
    let mut check = Check::new(
        "reported_refunds_are_true",
        "Every refund that was reported exists, once per key, with the reported amount and outcome",
    );
    for (id, order) in &history.orders {
        for (refund, reported) in &order.refunds {
            let problem = match facts.order.refunds.get(refund) {
                None => Some("does not exist".to_owned()),
                Some(stored) if stored.order != *id => {
                    Some(format!("is of order {}", stored.order))
                }
                Some(stored) if stored.amount != reported.amount => Some(format!(
                    "is over {}, reported as {}",
                    stored.amount, reported.amount
                )),
                // The provider may fail a refund that had succeeded; its API shows that.
                Some(stored)
                    if reported.succeeded
                        && stored.status != "succeeded"
                        && !failed_late(facts, refund) =>
                {
                    Some(format!(
                        "was reported as succeeded, and is {}",
                        stored.status
                    ))
                }
                Some(stored) if reported.status == "failed" && stored.status != "failed" => {
                    Some(format!("was reported as failed, and is {}", stored.status))
                }
                Some(_) => None,
            };
            check.require(problem.is_none(), || {
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
        if !history.refunds.contains_key(&refund.key) {
            let key = &refund.key;
            check.violations.push(format!(
                "refund {id} was made under key {key}, which no client sent"
            ));
        }
    }
    for (key, request) in &history.refunds {
        let stored = by_key
            .get(key.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let same = request
            .refunds
            .iter()
            .all(|refund| stored == [refund.as_str()]);
        check.require(same && stored.len() <= 1, || {
            format!(
                "key {key} was answered with refunds {:?}, and {stored:?} are stored",
                request.refunds
            )
        });
    }
    check
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

/// Refunded minor units of a payment, according to each source.
#[derive(Debug, Default, PartialEq, Eq)]
struct Refunded {
    order: i64,
    payment: i64,
    provider: i64,
}

pub(super) fn refunds_agree(facts: &Facts) -> Check {
    let mut check = Check::new(
        "refunds_agree",
        "Refunds never exceed the captured amount, and are equal at order, payment and provider",
    );
    let mut refunded: BTreeMap<&str, Refunded> = BTreeMap::new();
    for refund in facts
        .order
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        if let Some(order) = facts.order.orders.get(&refund.order) {
            refunded.entry(&order.payment).or_default().order += refund.amount;
        }
    }
    for refund in facts
        .payment
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        refunded.entry(&refund.payment).or_default().payment += refund.amount;
    }
    for refund in facts
        .provider
        .refunds
        .values()
        .filter(|refund| refund.status == "succeeded")
    {
        let intent = facts.provider.intents.get(&refund.intent);
        let payment = intent.map_or("", |intent| intent.payment.as_str());
        refunded.entry(payment).or_default().provider += refund.amount;
    }
    for (id, payment) in &facts.payment.payments {
        let captured = match payment.status.as_str() {
            "captured" => payment.amount,
            _ => 0,
        };
        let refunded = refunded.remove(id.as_str()).unwrap_or_default();
        let stored = payment.refunded;
        let agrees =
            refunded.order == stored && refunded.payment == stored && refunded.provider == stored;
        check.require(agrees && stored <= captured, || {
            format!(
                "payment {id} of order {}: captured {captured}; refunded: payment {stored}, its refunds \
                 {}, order {}, provider {}",
                payment.order, refunded.payment, refunded.order, refunded.provider
            )
        });
    }
    for (payment, refunded) in refunded {
        check.violations.push(format!(
            "payment {payment:?} does not exist, and was refunded: {refunded:?}"
        ));
    }
    check
}
