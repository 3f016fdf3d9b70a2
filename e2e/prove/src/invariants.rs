//! The checker: what must hold when the cluster is quiescent.
//!
//! It first reads everything, each database in one read-only transaction. Each invariant is then a
//! function of what was read and of the history.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::history::{History, Recorder};
use crate::{Addresses, latency::Latency};

mod broker;
mod discounts;
mod effects;
mod facts;
mod messages;
mod money;
mod provider;
mod quiescence;
mod reconciliation;
mod refunds;
mod reported;
mod restored;
mod sample;
mod stock;

pub use quiescence::pending;
pub use sample::{Sample, sample};

pub(crate) use reconciliation::{Difference, Report, Staff, report};
pub(crate) use restored::{Histories, Losses, Provider, check_restored, newest_writes};

use facts::Facts;

/// The result of checking one invariant.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// The invariant's name: `stock_adds_up`.
    pub name: &'static str,
    /// What must hold, as a sentence.
    pub invariant: &'static str,
    /// How many items were checked.
    pub checked: u64,
    /// Each item that violates it, with ids and figures.
    pub violations: Vec<String>,
}

impl Check {
    pub(crate) fn new(name: &'static str, invariant: &'static str) -> Self {
        Self {
            name,
            invariant,
            checked: 0,
            violations: Vec::new(),
        }
    }

    /// Checks one item; `violation` describes it if the invariant does not hold.
    pub(crate) fn require(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.violations.push(violation());
        }
    }
}

/// `postgres://` URLs of the services' databases.
#[derive(Debug, Clone)]
pub struct Databases {
    pub(crate) catalog: String,
    pub(crate) order: String,
    pub(crate) payment: String,
    pub(crate) user: String,
}

impl Databases {
    /// The databases of a run.
    ///
    /// # Errors
    /// The addresses lack one of the four.
    pub fn of(addresses: &Addresses) -> Result<Self> {
        let url = |name: &str| {
            let url = addresses.databases.get(name).cloned();
            url.with_context(|| format!("the addresses have no database {name}"))
        };
        Ok(Self {
            catalog: url("catalog")?,
            order: url("order")?,
            payment: url("payment")?,
            user: url("user")?,
        })
    }

    fn named(&self) -> [(&'static str, &str); 4] {
        [
            ("catalog", self.catalog.as_str()),
            ("order", self.order.as_str()),
            ("payment", self.payment.as_str()),
            ("user", self.user.as_str()),
        ]
    }
}

/// The results of all checks.
#[derive(Clone, Debug, Serialize)]
pub struct CheckResults {
    /// One per invariant.
    pub checks: Vec<Check>,
    /// Orders by status and reason: `confirmed`, `rejected: out_of_stock`.
    pub orders: BTreeMap<String, u64>,
    /// Latency of the orders that were placed after the first fault could occur.
    pub with_faults: Latency,
}

impl CheckResults {
    /// Whether every invariant holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.violations.is_empty())
    }
}

/// Checks every invariant. The cluster must be quiescent: see [`pending`].
///
/// # Errors
/// A source cannot be read.
pub async fn check(addresses: &Addresses, recorder: &Recorder) -> Result<CheckResults> {
    // First, because a reconciliation writes to the database of payment.
    let reconciled = reconciliation::run(addresses).await?;
    let facts = Facts::read(addresses).await?;
    let history = recorder.snapshot();
    let with_faults = |id: &str| {
        let order = history.orders.get(id);
        order.is_some_and(|order| !order.before_faults)
    };
    let with_faults = latency(&Databases::of(addresses)?, with_faults).await?;
    let mut checks = checks(&facts, &history);
    checks.push(reconciled);
    Ok(CheckResults {
        checks,
        orders: outcomes(&facts),
        with_faults,
    })
}

/// All checks except the shop's own reconciliation.
fn checks(facts: &Facts, history: &History) -> Vec<Check> {
    vec![
        reported::checkouts_answered(history),
        reported::accepted_orders_exist(facts, history),
        reported::one_order_per_key(facts, history),
        reported::no_unrequested_orders(facts, history),
        reported::reported_statuses_are_true(facts, history),
        reported::reported_statuses_go_forward(facts, history),
        reported::accepted_requests_take_effect(facts, history),
        refunds::reported_refunds_are_true(facts, history),
        stock::stock_adds_up(facts, history),
        stock::sales_match_orders(facts),
        stock::reserved_matches_reservations(facts),
        stock::never_negative(facts, history),
        discounts::discount_uses_match_orders(facts),
        money::confirmed_is_authorized(facts),
        money::undone_holds_no_money(facts),
        money::shipped_is_captured(facts),
        money::no_orphan_intents(facts),
        refunds::refunds_agree(facts),
        money::ledger_balances(facts),
        money::ledger_agrees_with_provider(facts),
        messages::outboxes_are_empty(facts),
        messages::queues_are_empty(facts),
        messages::no_dead_letters(facts),
        messages::nothing_in_flight(facts),
        effects::steps_happen_once(facts),
        effects::stock_moves_once(facts),
        effects::booked_once(facts),
        effects::constraints_in_force(facts),
    ]
}

fn outcomes(facts: &Facts) -> BTreeMap<String, u64> {
    let mut outcomes = BTreeMap::new();
    for order in facts.order.orders.values() {
        let outcome = match order.reason.as_str() {
            "" => order.status.clone(),
            reason => format!("{}: {reason}", order.status),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

/// Time from placed to confirmed of the orders that `select` accepts by id, by the clock of the order
/// service.
///
/// # Errors
/// Its database cannot be read.
pub async fn latency(databases: &Databases, select: impl Fn(&str) -> bool) -> Result<Latency> {
    let order = facts::connect_read_only(&databases.order).await?;
    let sql = "SELECT o.id::text, (extract(epoch FROM min(e.at) - o.placed_at) * 1000)::bigint
               FROM orders o JOIN order_events e ON e.order_id = o.id AND e.kind = 'confirmed'
               GROUP BY o.id";
    let mut times = Vec::new();
    for row in order.query(sql, &[]).await? {
        let (id, millis): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        if select(&id) {
            times.push(millis.unsigned_abs());
        }
    }
    Ok(Latency::of(times))
}
