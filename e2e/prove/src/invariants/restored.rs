//! What must hold after the databases were restored to an earlier moment T, and the provider was not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::facts::connect_read_only;
use super::provider::{Intent, ProviderFacts};
use super::{Check, CheckResults, Databases, Difference, Facts};
use crate::Addresses;
use crate::history::{Checkout, History, RefundRequest};
use crate::latency::Latency;

/// Two moments of one history.
#[derive(Debug)]
pub(crate) struct Histories {
    /// Shortly before T: all that had been answered by then must be true after the restore.
    pub(crate) before: History,
    /// At the end: also what was answered after T, which is lost.
    pub(crate) all: History,
}

impl Histories {
    /// Accepted orders that the shop does not have any more.
    fn lost<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a String> {
        let ids = self.all.orders.keys();
        ids.filter(|id| !facts.order.orders.contains_key(*id))
    }

    /// What must be true: all answers from before T. Requests from after T may have been carried out before it, or not
    /// at all, so they are known and nothing is required of them.
    fn expected(&self) -> History {
        let mut expected = self.before.clone();
        for (key, checkout) in &self.all.checkouts {
            let earlier = expected.checkouts.get(key);
            if earlier.is_none_or(|checkout| !checkout.is_answered()) {
                let unknown = Checkout {
                    orders: BTreeSet::new(),
                    refused: Some("answered after the moment of the restore".to_owned()),
                    unknown: checkout.unknown.max(1),
                    ..checkout.clone()
                };
                expected.checkouts.insert(key.clone(), unknown);
            }
        }
        for (key, request) in &self.all.refunds {
            let unanswered = || RefundRequest {
                order: request.order.clone(),
                ..RefundRequest::default()
            };
            expected
                .refunds
                .entry(key.clone())
                .or_insert_with(unanswered);
        }
        // The restart resets no sample: those of the whole run must hold.
        expected.samples = self.all.samples;
        expected
            .sample_violations
            .clone_from(&self.all.sample_violations);
        expected
    }
}

/// The provider's intents and refunds that the restored databases do not know.
#[derive(Debug)]
pub(crate) struct Provider {
    facts: ProviderFacts,
}

impl Provider {
    /// Reads the provider.
    pub(crate) async fn read(addresses: &Addresses) -> Result<Self> {
        let facts = ProviderFacts::read(addresses).await?;
        Ok(Self { facts })
    }
}

/// The time of the newest message that each service has handled, in seconds since 1970.
pub(crate) async fn newest_writes(addresses: &Addresses) -> Result<BTreeMap<&'static str, f64>> {
    let databases = Databases::of(addresses)?;
    let mut newest = BTreeMap::new();
    for (service, url) in databases.named() {
        let client = connect_read_only(url).await?;
        let sql = "SELECT coalesce(extract(epoch FROM max(received_at)), 0)::float8 FROM inbox";
        newest.insert(service, client.query_one(sql, &[]).await?.try_get(0)?);
    }
    Ok(newest)
}

/// Figures of what was lost.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Accepted orders that the shop has, and that it does not have any more.
    pub(crate) orders_kept: usize,
    pub(crate) orders_lost: usize,
    /// Lost intents that held money before they were canceled.
    pub(crate) holds: usize,
    /// Lost intents with captured money.
    pub(crate) captures: usize,
    /// Refunds of orders that the shop has, and that only the provider knows.
    pub(crate) refunds: usize,
}

/// Checks every invariant for what was answered before T, and that the rest is listed. `first` is the report before the
/// operator acted, `last` the one after that; `provider` was read before the operator acted.
pub(crate) async fn check_restored(
    addresses: &Addresses,
    histories: &Histories,
    provider: &Provider,
    first: &[Difference],
    last: &[Difference],
) -> Result<(CheckResults, Losses)> {
    let mut facts = Facts::read(addresses).await?;
    let lost_refunds = lost_refunds(&facts);
    let losses = losses(&facts, histories, provider, &lost_refunds);
    let mut checks = vec![
        lost_money_is_listed(&facts, provider, first),
        lost_holds_are_canceled(&facts),
        lost_captures_are_reported(&facts, last),
        lost_refunds_are_reported(&facts, &lost_refunds, last),
        nothing_charged_twice(&facts),
        only_losses_differ(&facts, &lost_refunds, last),
    ];
    // The rest is checked as after any other run, without what is lost.
    let provider = &mut facts.provider;
    provider
        .intents
        .retain(|_, intent| facts.payment.payments.contains_key(&intent.payment));
    provider.refunds.retain(|id, refund| {
        !lost_refunds.contains(id) && provider.intents.contains_key(&refund.intent)
    });
    checks.extend(super::checks(&facts, &histories.expected()));
    let results = CheckResults {
        checks,
        orders: super::outcomes(&facts),
        with_faults: Latency::of(Vec::new()),
    };
    Ok((results, losses))
}

fn is_lost(facts: &Facts, intent: &Intent) -> bool {
    !facts.payment.payments.contains_key(&intent.payment)
}

/// Refunds at the provider that no refund of ours refers to.
fn lost_refunds(facts: &Facts) -> BTreeSet<String> {
    let known: BTreeSet<&str> = facts
        .payment
        .refunds
        .values()
        .map(|refund| refund.reference.as_str())
        .collect();
    let all = facts.provider.refunds.iter();
    let lost = all.filter(|(id, refund)| refund.status != "failed" && !known.contains(id.as_str()));
    lost.map(|(id, _)| id.clone()).collect()
}

fn losses(
    facts: &Facts,
    histories: &Histories,
    before: &Provider,
    refunds: &BTreeSet<String>,
) -> Losses {
    let orders_lost = histories.lost(facts).count();
    let lost = before.facts.intents.values();
    let lost: Vec<&Intent> = lost.filter(|intent| is_lost(facts, intent)).collect();
    let count = |select: fn(&Intent) -> bool| lost.iter().filter(|intent| select(intent)).count();
    Losses {
        orders_kept: histories.all.orders.len() - orders_lost,
        orders_lost,
        holds: count(|intent| intent.capturable > 0),
        captures: count(|intent| intent.received > 0),
        refunds: refunds.iter().filter(|id| is_of_kept(facts, id)).count(),
    }
}

/// Whether we have the payment of a refund at the provider.
fn is_of_kept(facts: &Facts, refund: &str) -> bool {
    let refund = facts.provider.refunds.get(refund);
    let intent = refund.and_then(|refund| facts.provider.intents.get(&refund.intent));
    intent.is_some_and(|intent| !is_lost(facts, intent))
}

fn lost_money_is_listed(facts: &Facts, before: &Provider, first: &[Difference]) -> Check {
    let mut check = Check::new(
        "lost_money_is_listed",
        "Each intent with money whose order is lost is in the first report as missing_at_shop, with its order",
    );
    for (id, intent) in &before.facts.intents {
        if is_lost(facts, intent) && intent.has_money() {
            let is_listed = first.iter().any(|one| {
                one.kind == "missing_at_shop" && one.intent == *id && one.order == intent.order
            });
            check.require(is_listed, || {
                let (order, status) = (&intent.order, &intent.status);
                format!("intent {id} of the lost order {order} is {status}, and not listed")
            });
        }
    }
    check
}

fn lost_holds_are_canceled(facts: &Facts) -> Check {
    let mut check = Check::new(
        "lost_holds_are_canceled",
        "No intent without a payment holds money or can still be completed",
    );
    for (id, intent) in &facts.provider.intents {
        if is_lost(facts, intent) {
            let open = ["requires_capture", "requires_action"].contains(&intent.status.as_str());
            check.require(!open && intent.capturable == 0, || {
                let (order, status) = (&intent.order, &intent.status);
                format!("intent {id} of the lost order {order} is {status}")
            });
        }
    }
    check
}

fn lost_captures_are_reported(facts: &Facts, last: &[Difference]) -> Check {
    let mut check = Check::new(
        "lost_captures_are_reported",
        "Each captured intent without a payment is in the last report, for a person to handle",
    );
    for (id, intent) in &facts.provider.intents {
        if is_lost(facts, intent) && intent.received > 0 {
            let is_listed = last
                .iter()
                .any(|one| one.kind == "missing_at_shop" && one.intent == *id);
            check.require(is_listed, || {
                format!("intent {id} of the lost order {} is captured", intent.order)
            });
        }
    }
    check
}

fn lost_refunds_are_reported(facts: &Facts, lost: &BTreeSet<String>, last: &[Difference]) -> Check {
    let mut check = Check::new(
        "lost_refunds_are_reported",
        "Each refund that only the provider knows is in the last report, unless its whole payment is lost",
    );
    for (id, refund) in &facts.provider.refunds {
        if lost.contains(id) && is_of_kept(facts, id) {
            let is_listed = last
                .iter()
                .any(|one| one.kind == "refunded" && one.intent == refund.intent);
            check.require(is_listed, || {
                let (amount, intent) = (refund.amount, &refund.intent);
                format!("refund {id} of {amount} of intent {intent} is in no report")
            });
        }
    }
    check
}

fn nothing_charged_twice(facts: &Facts) -> Check {
    let mut check = Check::new(
        "nothing_charged_twice",
        "Per order, lost or not: one intent at the provider has money, and no more than its amount",
    );
    let mut of_order: BTreeMap<&str, Vec<(&String, &Intent)>> = BTreeMap::new();
    for (id, intent) in &facts.provider.intents {
        of_order
            .entry(&intent.order)
            .or_default()
            .push((id, intent));
    }
    for (order, intents) in of_order {
        let with_money: Vec<_> = intents
            .iter()
            .filter(|(_, intent)| intent.has_money())
            .collect();
        let within = with_money
            .iter()
            .all(|(_, intent)| intent.received + intent.capturable <= intent.amount);
        check.require(with_money.len() <= 1 && within, || {
            let all: Vec<String> = with_money
                .iter()
                .map(|(id, intent)| format!("{id} is {} of {}", intent.status, intent.amount))
                .collect();
            format!("order {order}: {}", all.join("; "))
        });
    }
    check
}

/// In place of `reconciliation_agrees`.
fn only_losses_differ(facts: &Facts, refunds: &BTreeSet<String>, last: &[Difference]) -> Check {
    let mut check = Check::new(
        "only_losses_differ",
        "The last report has nothing but captured intents of lost orders, and refunds made after the moment",
    );
    let refunded: BTreeSet<&str> = refunds
        .iter()
        .filter_map(|id| facts.provider.refunds.get(id))
        .map(|refund| refund.intent.as_str())
        .collect();
    for one in last {
        let intent = facts.provider.intents.get(&one.intent);
        let is_loss = match one.kind.as_str() {
            "missing_at_shop" => {
                intent.is_some_and(|intent| is_lost(facts, intent) && intent.received > 0)
            }
            "refunded" => refunded.contains(one.intent.as_str()),
            _ => false,
        };
        check.require(is_loss, || one.to_string());
    }
    check
}
