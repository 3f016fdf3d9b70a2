//! What must hold once all is quiet, asked of the databases, the provider, the broker and the witness.
//!
//! Everything is read first, each database in one transaction that only reads; then every invariant is
//! a function over what was read.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::{Addresses, latency::Latency, witness::Witness};

mod broker;
mod effects;
mod facts;
mod messages;
mod money;
mod provider;
mod quiet;
mod reconciliation;
mod refunds;
mod sample;
mod shelf;
mod told;

pub use quiet::pending;
pub use sample::{Sample, sample};

use facts::Facts;

/// One invariant after it was checked.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// Its name: `stock_adds_up`.
    pub name: &'static str,
    /// What must hold, as a sentence.
    pub invariant: &'static str,
    /// How many things were looked at.
    pub checked: u64,
    /// Each thing for which it does not hold, with the facts.
    pub violations: Vec<String>,
}

impl Verdict {
    fn new(name: &'static str, invariant: &'static str) -> Self {
        Self {
            name,
            invariant,
            checked: 0,
            violations: Vec::new(),
        }
    }

    /// One more thing was looked at.
    fn look(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.violations.push(otherwise());
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
    /// Those of a run.
    ///
    /// # Errors
    /// When one of the four is missing.
    pub fn of(addresses: &Addresses) -> Result<Self> {
        let url = |name: &str| {
            let url = addresses.databases.get(name).cloned();
            url.with_context(|| format!("no database of {name}"))
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

/// What it all came to.
#[derive(Clone, Debug, Serialize)]
pub struct Judgment {
    /// Every invariant.
    pub verdicts: Vec<Verdict>,
    /// Orders by how they ended: `confirmed`, `rejected: out_of_stock`.
    pub orders: BTreeMap<String, u64>,
    /// From placed to confirmed, of the orders that were placed while harm was done.
    pub harmed: Latency,
}

impl Judgment {
    /// Whether every invariant holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.verdicts.is_empty()
            && self
                .verdicts
                .iter()
                .all(|verdict| verdict.violations.is_empty())
    }
}

/// Checks every invariant. The shop is quiet.
///
/// # Errors
/// When a source does not answer.
pub async fn check(addresses: &Addresses, witness: &Witness) -> Result<Judgment> {
    // First, because it works for a while.
    let reconciled = reconciliation::run(addresses).await?;
    let facts = Facts::read(addresses).await?;
    let told = witness.told();
    let harmed = |id: &str| told.orders.get(id).is_some_and(|order| !order.unloaded);
    let harmed = latency(&Databases::of(addresses)?, harmed).await?;
    let verdicts = vec![
        told::every_checkout_is_answered(&told),
        told::accepted_orders_exist(&facts, &told),
        told::one_order_per_key(&facts, &told),
        told::no_order_unasked(&facts, &told),
        told::statuses_are_true(&facts, &told),
        told::statuses_go_forward(&facts, &told),
        told::wishes_come_true(&facts, &told),
        refunds::told_refunds_are_true(&facts, &told),
        shelf::stock_adds_up(&facts, &told),
        shelf::sales_are_orders(&facts),
        shelf::reserved_is_held(&facts),
        shelf::never_negative(&facts, &told),
        money::confirmed_is_authorized(&facts),
        money::undone_holds_nothing(&facts),
        money::shipped_is_captured(&facts),
        money::intents_have_owners(&facts),
        refunds::refunds_agree(&facts),
        money::ledger_balances(&facts),
        money::books_agree_with_provider(&facts),
        reconciled,
        messages::outboxes_are_empty(&facts),
        messages::queues_are_empty(&facts),
        messages::no_dead_letters(&facts),
        messages::nothing_in_flight(&facts),
        effects::steps_happen_once(&facts),
        effects::stock_moves_once(&facts),
        effects::booked_once(&facts),
        effects::guards_stand(&facts),
    ];
    Ok(Judgment {
        verdicts,
        orders: outcomes(&facts),
        harmed,
    })
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

/// From placed to confirmed, of the orders that `chosen` names, by the clock of the order service.
///
/// # Errors
/// When its database does not answer.
pub async fn latency(databases: &Databases, chosen: impl Fn(&str) -> bool) -> Result<Latency> {
    let order = facts::look_into(&databases.order).await?;
    let sql = "SELECT o.id::text, (extract(epoch FROM min(e.at) - o.placed_at) * 1000)::bigint
               FROM orders o JOIN order_events e ON e.order_id = o.id AND e.kind = 'confirmed'
               GROUP BY o.id";
    let mut times = Vec::new();
    for row in order.query(sql, &[]).await? {
        let (id, millis): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        if chosen(&id) {
            times.push(millis.unsigned_abs());
        }
    }
    Ok(Latency::of(times))
}
