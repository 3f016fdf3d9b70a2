use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::api::{Reply, Request};
use super::checkout::checkout;
use super::view::Seen;
use super::{Dice, Person, Town};

/// Payment methods, each as often as it is here.
const CARDS: [&str; 27] = [
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_mastercard",
    "pm_card_amex",
    "pm_card_refundFail",
    "pm_card_pendingRefund",
    "pm_card_captureFail",
    "pm_card_captureFailOnce",
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_authenticationRequired",
    "pm_card_authenticationRequired",
    "pm_card_threeDSecureRequiredChargeDeclined",
];

/// A customer in the shop.
#[derive(Debug)]
pub(super) struct Shopper {
    pub(super) town: Arc<Town>,
    pub(super) person: Arc<Person>,
    pub(super) dice: Dice,
    trips: AtomicU64,
    /// Buys while nobody does harm.
    quiet: AtomicBool,
}

impl Shopper {
    pub(super) fn new(town: Arc<Town>, person: Arc<Person>, dice: Dice) -> Self {
        Self {
            town,
            person,
            dice,
            trips: AtomicU64::new(0),
            quiet: AtomicBool::new(false),
        }
    }

    /// Goes shopping again and again until `stop`, and ends each trip properly.
    pub(super) async fn shop(&self, stop: CancellationToken) {
        loop {
            let turn = async {
                sleep(self.dice.pause(0, 4_000)).await;
                let till = self.town.tills.acquire().await.ok();
                self.town.pace.turn().await;
                till
            };
            let till = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                till = turn => till,
            };
            let orders = self.trip().await;
            drop(till);
            for order in orders {
                self.afterwards(order).await;
            }
        }
    }

    /// Fills a cart, checks out, and waits for what comes of it.
    async fn trip(&self) -> Vec<Seen> {
        let mut orders = Vec::new();
        if !self.fill_cart().await {
            return orders;
        }
        let key = self.next_key();
        let card = self.dice.pick(&CARDS).copied().unwrap_or("pm_card_visa");
        for seen in self.check_out(&key, card).await {
            orders.extend(self.await_outcome(&seen.order.id).await);
        }
        orders
    }

    /// Buys one thing that there is plenty of, with a good card; the order's id once it is confirmed.
    pub(super) async fn buy_plainly(&self, unloaded: bool) -> Result<String> {
        self.quiet.store(unloaded, Ordering::Relaxed);
        let sku = self.town.goods.plenty.first().context("something to buy")?;
        let line = Request::put(format!("/cart/items/{sku}"), json!({"quantity": 1}));
        if let Reply::Refused(problem) = self.person.insist(&line).await {
            bail!("the cart takes nothing: {problem}");
        }
        let placed = self
            .settle(&self.next_key(), &checkout("pm_card_visa"))
            .await;
        let placed = placed.context("the checkout is refused")?;
        let (first, at_most) = (Duration::from_millis(15), Duration::from_millis(100));
        let seen = self.watch_every(&placed.order.id, first, at_most).await;
        let seen = seen.context("the order is watched")?;
        match seen.is("confirmed") {
            true => Ok(seen.order.id),
            false => bail!("order {} is {}", seen.order.id, seen.order.status),
        }
    }

    pub(super) fn unloaded(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }

    async fn fill_cart(&self) -> bool {
        let goods = &self.town.goods;
        let lines = self.dice.between(1, 4);
        let mut any = false;
        for _ in 0..lines {
            let of = match self.dice.percent(10) {
                true => &goods.scarce,
                false => &goods.plenty,
            };
            let Some(sku) = self.dice.pick(of) else {
                continue;
            };
            let quantity = self.dice.between(1, 3);
            let line = Request::put(format!("/cart/items/{sku}"), json!({"quantity": quantity}));
            any |= matches!(self.person.insist(&line).await, Reply::Done(_));
        }
        if self.dice.percent(10) {
            let code = Request::put("/cart/discount", json!({"code": "WELCOME10"}));
            // Refused or not: the total says what is to be paid.
            self.person.insist(&code).await;
        }
        any
    }

    /// Nobody else ever uses it.
    fn next_key(&self) -> String {
        let trip = self.trips.fetch_add(1, Ordering::Relaxed);
        let name = self.person.email.split('@').next().unwrap_or_default();
        format!("{name}-trip-{trip}")
    }
}
