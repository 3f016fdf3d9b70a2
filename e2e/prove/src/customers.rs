//! Customers: hundreds of them, who buy, cancel, ask for refunds and try again through the public API.
//!
//! Whatever they decide comes from the seed. Whatever they ask for, they ask for until they get an
//! answer that says something: the same request, under the same idempotency key.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use futures_util::{StreamExt, stream};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{Run, invariants, latency::Latency, witness::Witness};

mod after;
mod api;
mod bank;
mod checkout;
mod dice;
mod pace;
mod person;
mod shelf;
mod shopper;
mod view;
mod watch;

use api::Api;
use dice::Dice;
use pace::Pace;
use person::Person;
use shelf::Goods;
use shopper::Shopper;

/// How many shop at the same time.
const CUSTOMERS: usize = 240;
/// Orders that they begin in a second, all together; fewer when the shop takes its time.
const ORDERS_PER_SECOND: u32 = 10;
/// Orders that are waited for at the same time. While the shop is held up, people queue: who piles up
/// orders before it measures how much it can queue, not whether it loses any.
const TILLS: usize = 64;
/// How long they may take to finish what they began.
const FINISH: Duration = Duration::from_secs(240);
/// Registrations at the same time: each hashes a password.
const REGISTER_AT_ONCE: usize = 4;

/// Everybody who buys, with what they buy.
#[derive(Debug)]
pub struct Customers {
    town: Arc<Town>,
    people: Vec<Arc<Person>>,
    /// Buys by herself, for measurements.
    tester: Arc<Shopper>,
    databases: invariants::Databases,
}

/// What all customers share.
#[derive(Debug)]
struct Town {
    witness: Witness,
    goods: Goods,
    staff: Arc<Person>,
    provider: String,
    pace: Pace,
    /// One for each order that is waited for.
    tills: Semaphore,
    seed: u64,
    /// Nobody waits for anything any longer.
    give_up: CancellationToken,
}

impl Customers {
    /// Puts the goods on the shelves and registers the customers; the shop is whole.
    ///
    /// # Errors
    /// When a shop that nobody harms does not do it.
    pub async fn prepare(run: &Run) -> Result<Self> {
        Self::gather(run, CUSTOMERS).await
    }

    /// The same, with so many customers.
    ///
    /// # Errors
    /// When a shop that nobody harms does not do it.
    pub async fn gather(run: &Run, customers: usize) -> Result<Self> {
        let witness = Witness::new();
        run.live.follow(&witness, &run.addresses);
        let give_up = CancellationToken::new();
        let api = Api::new(run.addresses.shop.clone(), witness.clone())?;
        let (email, password) = run.addresses.staff.clone();
        let staff = Person::new(api.clone(), email, password, run.seed, give_up.clone());
        staff.sign_in().await.context("staff cannot sign in")?;
        let goods = shelf::fill(&staff, &witness).await?;
        let mut people: Vec<_> = stream::iter(0..=customers)
            .map(|number| {
                let (api, give_up, seed) = (api.clone(), give_up.clone(), run.seed);
                async move {
                    let email = format!("prove-{seed}-{number}@example.com");
                    let password = "a password for the proof".to_owned();
                    let person =
                        Person::new(api, email, password, dice::mix(seed, number), give_up);
                    person.register().await?;
                    anyhow::Ok(person)
                }
            })
            .buffer_unordered(REGISTER_AT_ONCE)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<_>>()?;
        people.sort_by(|one, other| one.email.cmp(&other.email));
        let tester = people.pop().context("somebody who measures")?;
        let town = Arc::new(Town {
            witness,
            goods,
            staff,
            provider: run.addresses.provider.clone(),
            pace: Pace::new(ORDERS_PER_SECOND),
            tills: Semaphore::new(TILLS),
            seed: run.seed,
            give_up,
        });
        Ok(Self {
            tester: Arc::new(Shopper::new(town.clone(), tester, Dice::new(run.seed))),
            town,
            people,
            databases: invariants::Databases::of(&run.addresses)?,
        })
    }

    /// Places `orders` orders one after the other in a shop that nobody harms.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn measure(&self, orders: usize) -> Result<Latency> {
        let mut placed = Vec::new();
        for _ in 0..orders {
            let order = self.tester.buy_plainly(true).await?;
            placed.push(order);
        }
        invariants::latency(&self.databases, |id| placed.iter().any(|order| order == id)).await
    }

    /// Tries to buy one thing until an order placed after this call is confirmed; returns how long that took.
    ///
    /// # Errors
    /// When none is within `patience`.
    pub async fn buy_one(&self, patience: Duration) -> Result<Duration> {
        let began = Instant::now();
        let buying = async {
            while self.tester.buy_plainly(false).await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(patience, buying)
            .await
            .map_err(|_| anyhow!("nothing could be bought within {} s", patience.as_secs()))?;
        Ok(began.elapsed())
    }

    /// All customers shop until `stop`; then each finishes what was begun, within a deadline of its own.
    pub async fn run(&self, stop: CancellationToken) {
        let crowd: Vec<_> = self
            .people
            .iter()
            .enumerate()
            .map(|(number, person)| {
                let dice = Dice::new(dice::mix(self.town.seed, number));
                let shopper = Shopper::new(self.town.clone(), person.clone(), dice);
                let stop = stop.clone();
                tokio::spawn(async move { shopper.shop(stop).await })
            })
            .collect();
        stop.cancelled().await;
        let everybody = futures_util::future::join_all(crowd);
        tokio::pin!(everybody);
        if timeout(FINISH, &mut everybody).await.is_err() {
            self.town.give_up.cancel();
            everybody.await;
        }
    }

    /// What they were told, from `prepare` on.
    #[must_use]
    pub fn witness(&self) -> Witness {
        self.town.witness.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let latency = Latency::of((1..=100).rev().collect());
        assert_eq!(
            (latency.orders, latency.p50_ms, latency.p99_ms),
            (100, 50, 99)
        );
        let few = Latency::of(vec![7, 3]);
        assert_eq!((few.p50_ms, few.p99_ms), (3, 7));
        assert_eq!(Latency::of(Vec::new()).p99_ms, 0);
    }
}
