use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::api::{Request, Response};
use super::checkout;
use super::order_state::OrderState;
use super::{Account, Rng, Shared};

/// Payment methods of the sandbox, with repetitions as weights.
const PAYMENT_METHODS: [&str; 27] = [
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

/// One simulated customer.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) account: Arc<Account>,
    pub(super) rng: Rng,
    checkouts: AtomicU64,
    /// No fault was injected yet.
    before_faults: AtomicBool,
}

impl Client {
    pub(super) fn new(shared: Arc<Shared>, account: Arc<Account>, rng: Rng) -> Self {
        Self {
            shared,
            account,
            rng,
            checkouts: AtomicU64::new(0),
            before_faults: AtomicBool::new(false),
        }
    }

    /// Buys repeatedly until `stop`, and finishes what it began.
    pub(super) async fn run(&self, stop: CancellationToken) {
        loop {
            let next = async {
                sleep(self.rng.pause(0, 4_000)).await;
                let slot = self.shared.checkout_slots.acquire().await.ok();
                self.shared.rate_limiter.acquire().await;
                slot
            };
            let slot = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                slot = next => slot,
            };
            let orders = self.buy().await;
            drop(slot);
            for order in orders {
                self.after_checkout(order).await;
            }
        }
    }

    /// Fills the cart, checks out, and waits until the orders are settled.
    async fn buy(&self) -> Vec<OrderState> {
        let mut orders = Vec::new();
        if !self.fill_cart().await {
            return orders;
        }
        let key = self.next_key();
        let payment_method = self.rng.pick(&PAYMENT_METHODS).copied();
        let payment_method = payment_method.unwrap_or("pm_card_visa");
        for state in self.check_out(&key, payment_method).await {
            orders.extend(self.await_outcome(&state.order.id).await);
        }
        orders
    }

    /// Buys one product that is not scarce, with a card that is approved. Returns the order's id once
    /// it is confirmed.
    pub(super) async fn buy_one_product(&self, before_faults: bool) -> Result<String> {
        self.before_faults.store(before_faults, Ordering::Relaxed);
        self.empty_cart().await;
        let sku = self.shared.products.ample.first();
        let sku = sku.context("there are no products")?;
        let line = Request::put(format!("/cart/items/{sku}"), json!({"quantity": 1}));
        if let Response::Refused(problem) = self.account.retry(&line).await {
            bail!("the cart refuses {sku}: {problem}");
        }
        let body = checkout::body("pm_card_visa");
        let placed = self.check_out_once(&self.next_key(), &body).await;
        let placed = placed.context("the checkout was refused, or the run was aborted")?;
        let (first, max) = (Duration::from_millis(15), Duration::from_millis(100));
        let state = self.watch_every(&placed.order.id, first, max).await;
        let state = state.with_context(|| format!("cannot read order {}", placed.order.id))?;
        match state.is("confirmed") {
            true => Ok(state.order.id),
            false => bail!("order {} is {}", state.order.id, state.order.status),
        }
    }

    pub(super) fn is_before_faults(&self) -> bool {
        self.before_faults.load(Ordering::Relaxed)
    }

    /// Removes what a rejected order gave back: a sold out product would be refused again and again.
    async fn empty_cart(&self) {
        let Response::Done(cart) = self.account.retry(&Request::get("/cart")).await else {
            return;
        };
        // While the catalog is down, all lines are unsellable.
        let lines = ["lines", "unsellable"].map(|list| cart[list].as_array());
        let lines = lines.into_iter().flatten().flatten();
        for sku in lines.filter_map(|line| line["sku"].as_str()) {
            let line = Request::new(Method::DELETE, format!("/cart/items/{sku}"), None);
            self.account.retry(&line).await;
        }
    }

    /// Whether the cart has a line now.
    async fn fill_cart(&self) -> bool {
        self.empty_cart().await;
        let products = &self.shared.products;
        let lines = self.rng.between(1, 4);
        let mut any = false;
        for _ in 0..lines {
            let of = match self.rng.percent(10) {
                true => &products.scarce,
                false => &products.ample,
            };
            let Some(sku) = self.rng.pick(of) else {
                continue;
            };
            let quantity = self.rng.between(1, 3);
            let line = Request::put(format!("/cart/items/{sku}"), json!({"quantity": quantity}));
            any |= matches!(self.account.retry(&line).await, Response::Done(_));
        }
        if self.rng.percent(10) {
            let code = Request::put("/cart/discount", json!({"code": "WELCOME10"}));
            // The result does not matter: the total of the order says what is due.
            self.account.retry(&code).await;
        }
        any
    }

    /// An idempotency key that no other checkout uses.
    fn next_key(&self) -> String {
        let number = self.checkouts.fetch_add(1, Ordering::Relaxed);
        let name = self.account.email.split('@').next().unwrap_or_default();
        format!("{name}-checkout-{number}")
    }
}
