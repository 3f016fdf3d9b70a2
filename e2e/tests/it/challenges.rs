//! 3-D Secure: the customer's bank authenticates them before anything is authorized.

use e2e::{Customer, Settings, Shop};
use serde_json::json;

const CARD: &str = "pm_card_threeDSecure2Required";

/// Payment soon looks intents up when no webhook arrives.
const FAST_LOOKUPS: Settings<'_> = &[
    ("payment", "lookups.first_wait_ms", "300"),
    ("payment", "lookups.challenge_wait_ms", "300"),
    ("payment", "lookups.poll_ms", "50"),
];

/// Challenges expire soon.
const SHORT_CHALLENGES: Settings<'_> = &[
    ("order", "saga.authentication_wait_ms", "3000"),
    ("order", "saga.tick_ms", "50"),
    ("payment", "lookups.first_wait_ms", "300"),
    ("payment", "lookups.poll_ms", "50"),
];

/// A client that does not follow redirects.
fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A shop with an order that waits for its challenge.
struct Waiting {
    shop: Shop,
    customer: Customer,
    order: String,
    /// The page of the challenge.
    redirect_url: String,
}

impl Waiting {
    async fn open(settings: Settings<'_>, webhooks: bool) -> Self {
        let shop = Shop::open_with(settings).await;
        shop.product("RING", 1_500, 5).await;
        if !webhooks {
            shop.misbehave("webhooks", json!({"drop": 1.0})).await;
        }
        let mut customer = shop.customer().await;
        let order = customer.buy("RING", 2, CARD).await;
        let waiting = customer
            .wait_until(&order, "the order waits for a challenge", |order| {
                order["next_action"].is_object()
            })
            .await;
        assert_eq!(waiting["status"], "pending");
        assert!(waiting["next_action"]["expires_at"].is_string());
        let redirect_url = waiting["next_action"]["redirect_url"].as_str().unwrap();
        Self {
            redirect_url: redirect_url.to_owned(),
            shop,
            customer,
            order,
        }
    }

    /// Ends the challenge as the customer would on their bank's page, which redirects them to the shop.
    async fn answer(&self, outcome: &str) {
        let http = browser();
        let page = http.get(&self.redirect_url).send().await.unwrap();
        assert!(page.status().is_success(), "{}", page.status());
        let form = [("outcome", outcome)];
        let answer = http.post(&self.redirect_url).form(&form).send().await;
        let answer = answer.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.status());
        let back = answer.headers()["location"].to_str().unwrap();
        assert!(back.contains(&self.order), "{back}");
        // The configured host may be another one; the gateway serves the path.
        let (_, path) = back.split_once("/orders/").unwrap();
        let page = format!("{}/orders/{path}", self.shop.url());
        let page = http.get(page).send().await.unwrap();
        // This browser has no session: it is asked to sign in, and none of the provider's parameters is kept.
        assert_eq!(page.status().as_u16(), 303);
        let sign_in = page.headers()["location"].to_str().unwrap();
        assert_eq!(sign_in, format!("/sign-in?next=%2Forders%2F{}", self.order));
    }

    async fn confirms(&self) {
        let confirmed = self.customer.wait_for(&self.order, "confirmed").await;
        assert!(confirmed["next_action"].is_null(), "{confirmed}");
        let timeline = self.customer.timeline(&self.order).await;
        let challenged = "payment:payment_action_required".to_owned();
        assert!(timeline.contains(&challenged), "{timeline:?}");
        self.shop.wait_until_quiet().await;
        self.shop.wait_for_stock("RING", 3, 0).await;
        let intents = self.shop.intents().await;
        assert_eq!(intents.len(), 1, "{intents:?}");
        assert_eq!(intents[0].0, "requires_capture");
    }

    async fn is_rejected(&self, reason: &str) {
        let rejected = self.customer.wait_for(&self.order, "rejected").await;
        assert_eq!(rejected["reason"], reason);
        assert!(rejected["next_action"].is_null(), "{rejected}");
        self.is_undone().await;
    }

    /// The customer cancels the order and then completes the challenge.
    async fn is_cancelled(&self) {
        let path = format!("/orders/{}/cancellation", self.order);
        self.customer.post(&path, json!({})).await.ok();
        let cancelled = self.customer.wait_for(&self.order, "cancelled").await;
        assert_eq!(cancelled["reason"], "by_customer");
        self.is_undone().await;
        // Too late: the page only redirects to the shop.
        let form = [("outcome", "succeed")];
        let answer = browser().post(&self.redirect_url).form(&form).send().await;
        assert!(answer.unwrap().status().is_redirection());
        self.is_undone().await;
    }

    /// The stock is back, nothing is authorized, and the ledger is empty.
    async fn is_undone(&self) {
        self.shop.wait_until_quiet().await;
        self.shop.wait_for_stock("RING", 5, 0).await;
        for (status, received, capturable) in self.shop.intents().await {
            assert_ne!(status, "requires_capture");
            assert_eq!((received, capturable), (0, 0), "{status}");
        }
        assert!(self.shop.ledger(&self.order).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_challenge_confirms_the_order() {
    let waiting = Waiting::open(&[], true).await;
    waiting.answer("succeed").await;
    waiting.confirms().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_challenge_confirms_the_order_without_webhooks() {
    let waiting = Waiting::open(FAST_LOOKUPS, false).await;
    waiting.answer("succeed").await;
    waiting.confirms().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_rejects_the_order() {
    let waiting = Waiting::open(&[], true).await;
    waiting.answer("fail").await;
    waiting.is_rejected("payment_declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_rejects_the_order_without_webhooks() {
    let waiting = Waiting::open(FAST_LOOKUPS, false).await;
    waiting.answer("fail").await;
    waiting.is_rejected("payment_declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_challenge_rejects_the_order() {
    let waiting = Waiting::open(SHORT_CHALLENGES, true).await;
    waiting.is_rejected("payment_expired").await;
    let intents = waiting.shop.intents().await;
    assert_eq!(intents, [("canceled".to_owned(), 0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_challenge_rejects_the_order_without_webhooks() {
    let waiting = Waiting::open(SHORT_CHALLENGES, false).await;
    waiting.is_rejected("payment_expired").await;
    let intents = waiting.shop.intents().await;
    assert_eq!(intents, [("canceled".to_owned(), 0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_during_its_challenge_authorizes_nothing() {
    let waiting = Waiting::open(&[], true).await;
    waiting.is_cancelled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_during_its_challenge_authorizes_nothing_without_webhooks() {
    let waiting = Waiting::open(FAST_LOOKUPS, false).await;
    waiting.is_cancelled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_declined_after_its_challenge_rejects_the_order() {
    let shop = Shop::open().await;
    shop.product("RING", 1_500, 5).await;
    let mut customer = shop.customer().await;
    let card = "pm_card_threeDSecureRequiredChargeDeclined";
    let order = customer.buy("RING", 2, card).await;
    let order_now = customer
        .wait_until(&order, "the order waits for a challenge", |order| {
            order["next_action"].is_object()
        })
        .await;
    let redirect_url = order_now["next_action"]["redirect_url"].as_str().unwrap();
    let waiting = Waiting {
        redirect_url: redirect_url.to_owned(),
        shop,
        customer,
        order,
    };
    waiting.answer("succeed").await;
    waiting.is_rejected("payment_declined").await;
}
