//! Clients: simulated customers who buy, cancel and return through the public API, and the staff who ship and refund.
//!
//! Their decisions depend on the seed only. A request whose outcome is unknown is repeated under the
//! same idempotency key until the outcome is known.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use futures_util::{StreamExt, stream};
use tokio::{
    sync::Semaphore,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{Run, history::Recorder, invariants, latency::Latency};

mod account;
mod after_checkout;
mod api;
mod challenge;
mod checkout;
mod client;
mod order_state;
mod products;
mod rate_limiter;
mod rng;
mod watch;

use self::client::Client;
use account::Account;
use api::Api;
use products::Products;
use rate_limiter::RateLimiter;
use rng::Rng;

/// How many clients buy at the same time.
const CLIENTS: usize = 240;
/// Checkouts that all clients together begin per second at most.
const CHECKOUTS_PER_SECOND: u32 = 10;
/// Checkouts in flight at most. Without a limit, orders would pile up while a fault lasts, and the run
/// would measure the capacity of queues instead of losses.
const CONCURRENT_CHECKOUTS: usize = 64;
/// How long clients may take to finish after the last fault.
const FINISH_TIMEOUT: Duration = Duration::from_secs(240);
/// Registrations at the same time: each hashes a password.
const CONCURRENT_REGISTRATIONS: usize = 4;

/// All clients of a run, with the products that they buy.
#[derive(Debug)]
pub struct Clients {
    shared: Arc<Shared>,
    accounts: Vec<Arc<Account>>,
    /// Buys alone, to measure latency.
    probe: Arc<Client>,
    databases: invariants::Databases,
}

/// What all clients share.
#[derive(Debug)]
struct Shared {
    recorder: Recorder,
    products: Products,
    staff: Arc<Account>,
    provider: String,
    rate_limiter: RateLimiter,
    checkout_slots: Semaphore,
    seed: u64,
    /// Canceled at the finish timeout: clients stop retrying.
    abort: CancellationToken,
}

impl Clients {
    /// Creates the products and registers all clients. No fault is active yet.
    ///
    /// # Errors
    /// A request fails.
    pub async fn prepare(run: &Run) -> Result<Self> {
        Self::with_count(run, CLIENTS).await
    }

    /// As [`Clients::prepare`], with `clients` clients besides the one that measures.
    ///
    /// # Errors
    /// A request fails.
    pub async fn with_count(run: &Run, clients: usize) -> Result<Self> {
        let recorder = Recorder::new();
        run.progress.follow(&recorder, &run.addresses);
        let abort = CancellationToken::new();
        let api = Api::new(run.addresses.shop.clone(), recorder.clone())?;
        let credentials = run.addresses.staff.clone();
        let staff = Account::staff(api.clone(), credentials, run.seed, abort.clone());
        staff.sign_in().await.context("staff cannot sign in")?;
        let products = products::create_all(&staff, &recorder).await?;
        let mut accounts: Vec<_> = stream::iter(0..=clients)
            .map(|number| {
                let (api, abort, seed) = (api.clone(), abort.clone(), run.seed);
                async move {
                    let email = format!("prove-{seed}-{number}@example.com");
                    let password = "a password for the proof".to_owned();
                    let seed = rng::derive_seed(seed, number);
                    let account = Account::new(api, email, password, seed, abort);
                    account.register().await?;
                    anyhow::Ok(account)
                }
            })
            .buffer_unordered(CONCURRENT_REGISTRATIONS)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<_>>()?;
        accounts.sort_by(|one, other| one.email.cmp(&other.email));
        let probe = accounts.pop().context("no account was registered")?;
        let shared = Arc::new(Shared {
            recorder,
            products,
            staff,
            provider: run.addresses.provider.clone(),
            rate_limiter: RateLimiter::new(CHECKOUTS_PER_SECOND),
            checkout_slots: Semaphore::new(CONCURRENT_CHECKOUTS),
            seed: run.seed,
            abort,
        });
        Ok(Self {
            probe: Arc::new(Client::new(shared.clone(), probe, Rng::new(run.seed))),
            shared,
            accounts,
            databases: invariants::Databases::of(&run.addresses)?,
        })
    }

    /// Places `orders` orders one after the other before the first fault.
    ///
    /// # Errors
    /// One of them is not confirmed.
    pub async fn measure(&self, orders: usize) -> Result<Latency> {
        let mut placed = Vec::new();
        for _ in 0..orders {
            let order = self.probe.buy_one_product(true).await?;
            placed.push(order);
        }
        invariants::latency(&self.databases, |id| placed.iter().any(|order| order == id)).await
    }

    /// Tries to buy until an order that was placed after this call is confirmed. Returns how long that
    /// took.
    ///
    /// # Errors
    /// None is confirmed within `limit`.
    pub async fn buy_one(&self, limit: Duration) -> Result<Duration> {
        let began = Instant::now();
        let buying = async {
            while self.probe.buy_one_product(false).await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(limit, buying)
            .await
            .map_err(|_| anyhow!("no order was confirmed within {} s", limit.as_secs()))?;
        Ok(began.elapsed())
    }

    /// All clients buy until `stop`. Then each finishes its orders, within a timeout.
    pub async fn run(&self, stop: CancellationToken) {
        let tasks = self.start(&stop);
        stop.cancelled().await;
        let finished = futures_util::future::join_all(tasks);
        tokio::pin!(finished);
        if timeout(FINISH_TIMEOUT, &mut finished).await.is_err() {
            self.shared.abort.cancel();
            finished.await;
        }
    }

    /// All clients buy until `stop`, and are gone then: nobody reads the answers to what they sent last.
    pub(crate) async fn run_until_gone(&self, stop: CancellationToken) {
        let tasks = self.start(&stop);
        stop.cancelled().await;
        tasks.iter().for_each(JoinHandle::abort);
        futures_util::future::join_all(tasks).await;
    }

    fn start(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        self.accounts
            .iter()
            .enumerate()
            .map(|(number, account)| {
                let rng = Rng::new(rng::derive_seed(self.shared.seed, number));
                let client = Client::new(self.shared.clone(), account.clone(), rng);
                let stop = stop.clone();
                tokio::spawn(async move { client.run(stop).await })
            })
            .collect()
    }

    /// The recorder of everything since `prepare`.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        self.shared.recorder.clone()
    }
}
