//! Simulated customers who shop at a steady rate, and staff who ship and answer returns. See `README.md`.

mod account;
mod api;
mod order;
mod plan;
mod settings;
mod shop;
mod staff;
mod tally;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::plan::Plan;
use crate::shop::Shop;

pub use settings::Settings;
pub use tally::{Event, Tally};

/// Visits and orders in progress. At the limit, no more begin.
const IN_PROGRESS: usize = 500;
/// For every this many orders, a customer leaves a full cart.
const ORDERS_PER_CART_LEFT: usize = 4;
/// For what is in progress at the end.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than a restart of the shop.
const SILENCE: Duration = Duration::from_secs(120);

/// Lets customers shop until `stop`.
///
/// # Errors
/// The shop does not answer at the start, or has not answered for two minutes.
pub async fn run(settings: &Settings, tally: &Arc<Tally>, stop: &CancellationToken) -> Result<()> {
    let shop = tokio::select! {
        shop = Shop::connect(settings, Arc::clone(tally)) => Arc::new(shop?),
        () = stop.cancelled() => return Ok(()),
    };
    // A customer has one cart, so they make one visit at a time.
    let carts: Vec<_> = shop
        .customers
        .iter()
        .map(|_| Arc::new(Mutex::new(())))
        .collect();
    let mut tasks = JoinSet::new();
    let mut ticks = interval(settings.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut visits = 0_usize;
    for number in 0_usize.. {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        while tasks.try_join_next().is_some() {}
        ensure!(
            tally.silence() < SILENCE,
            "the shop has not answered for {} s; `cargo xtask up` starts it",
            SILENCE.as_secs()
        );
        let leaves = number % ORDERS_PER_CART_LEFT == ORDERS_PER_CART_LEFT - 1;
        for plan in std::iter::once(Some(Plan::of(number))).chain(leaves.then_some(None)) {
            let Some((customer, cart)) = free(&shop, &carts, visits) else {
                continue;
            };
            if tasks.len() < IN_PROGRESS {
                tasks.spawn(visit(Arc::clone(&shop), customer, cart, visits, plan));
                visits += 1;
            }
        }
    }
    let finished = async { while tasks.join_next().await.is_some() {} };
    // What still waits, such as for a challenge, is left to the shop.
    timeout(FINISH_TIMEOUT, finished).await.ok();
    tasks.shutdown().await;
    Ok(())
}

/// The next customer who is not in the shop, and their cart.
fn free(
    shop: &Shop,
    carts: &[Arc<Mutex<()>>],
    first: usize,
) -> Option<(Arc<Account>, OwnedMutexGuard<()>)> {
    let all = shop.customers.iter().zip(carts).cycle();
    let mut all = all.skip(first % carts.len().max(1)).take(carts.len());
    all.find_map(|(customer, cart)| {
        let cart = Arc::clone(cart).try_lock_owned().ok()?;
        Some((Arc::clone(customer), cart))
    })
}

/// One visit; without a plan, the customer leaves their cart.
async fn visit(
    shop: Arc<Shop>,
    customer: Arc<Account>,
    cart: OwnedMutexGuard<()>,
    number: usize,
    plan: Option<Plan>,
) {
    let outcome = async {
        let Some(plan) = plan else {
            return visit::leave_cart(&shop, &customer, number).await;
        };
        let order = visit::place_order(&shop, &customer, number, plan).await?;
        drop(cart);
        order::follow(&shop, &customer, &order, plan).await
    };
    if let Err(error) = outcome.await {
        shop.tally.error(&error);
    }
}
