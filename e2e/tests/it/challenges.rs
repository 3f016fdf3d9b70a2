//! 3-D Secure: the customer's bank wants to hear from her before anything is held.

use e2e::{Customer, Settings, Shop};
use serde_json::json;

const CARD: &str = "pm_card_threeDSecure2Required";

/// Payment looks at the provider soon when nobody tells it.
const CURIOUS: Settings<'_> = &[
    ("payment", "lookups.first_wait_ms", "300"),
    ("payment", "lookups.challenge_wait_ms", "300"),
    ("payment", "lookups.poll_ms", "50"),
];

/// A customer who has little time to answer her bank.
const HURRIED: Settings<'_> = &[
    ("order", "saga.authentication_wait_ms", "500"),
    ("order", "saga.tick_ms", "50"),
    ("payment", "lookups.first_wait_ms", "300"),
    ("payment", "lookups.poll_ms", "50"),
];

/// One that shows where it is sent.
fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A shop with an order that waits for its customer.
struct Waiting {
    shop: Shop,
    customer: Customer,
    order: String,
    /// Where the customer is sent.
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
            .wait_until(&order, "the customer is asked", |order| {
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

    /// The customer answers on her bank's page, which sends her back to the shop.
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
    }

    async fn confirms(&self) {
        let confirmed = self.customer.wait_for(&self.order, "confirmed").await;
        assert!(confirmed["next_action"].is_null(), "{confirmed}");
        let timeline = self.customer.timeline(&self.order).await;
        let asked = "payment:payment_action_required".to_owned();
        assert!(timeline.contains(&asked), "{timeline:?}");
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

    /// The customer cancels, and then answers her bank all the same.
    async fn is_cancelled(&self) {
        let path = format!("/orders/{}/cancellation", self.order);
        self.customer.post(&path, json!({})).await.ok();
        let cancelled = self.customer.wait_for(&self.order, "cancelled").await;
        assert_eq!(cancelled["reason"], "by_customer");
        self.is_undone().await;
        // Too late: she is only sent back.
        let form = [("outcome", "succeed")];
        let answer = browser().post(&self.redirect_url).form(&form).send().await;
        assert!(answer.unwrap().status().is_redirection());
        self.is_undone().await;
    }

    /// Stock back, nothing held, nothing in the books.
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
async fn a_challenge_that_the_customer_completes_confirms_the_order() {
    let waiting = Waiting::open(&[], true).await;
    waiting.answer("succeed").await;
    waiting.confirms().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_challenge_confirms_the_order_also_when_no_webhook_comes() {
    let waiting = Waiting::open(CURIOUS, false).await;
    waiting.answer("succeed").await;
    waiting.confirms().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_the_customer_fails_rejects_the_order() {
    let waiting = Waiting::open(&[], true).await;
    waiting.answer("fail").await;
    waiting.is_rejected("payment_declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_rejects_the_order_also_when_no_webhook_comes() {
    let waiting = Waiting::open(CURIOUS, false).await;
    waiting.answer("fail").await;
    waiting.is_rejected("payment_declined").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_the_customer_abandons_rejects_the_order_and_undoes_everything() {
    let waiting = Waiting::open(HURRIED, true).await;
    waiting.is_rejected("payment_expired").await;
    let intents = waiting.shop.intents().await;
    assert_eq!(intents, [("canceled".to_owned(), 0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_challenge_is_undone_also_when_no_webhook_comes() {
    let waiting = Waiting::open(HURRIED, false).await;
    waiting.is_rejected("payment_expired").await;
    let intents = waiting.shop.intents().await;
    assert_eq!(intents, [("canceled".to_owned(), 0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_during_its_challenge_holds_nothing() {
    let waiting = Waiting::open(&[], true).await;
    waiting.is_cancelled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_during_its_challenge_holds_nothing_also_when_no_webhook_comes() {
    let waiting = Waiting::open(CURIOUS, false).await;
    waiting.is_cancelled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_declined_after_its_challenge_rejects_the_order() {
    let shop = Shop::open().await;
    shop.product("RING", 1_500, 5).await;
    let mut customer = shop.customer().await;
    let card = "pm_card_threeDSecureRequiredChargeDeclined";
    let order = customer.buy("RING", 2, card).await;
    let asked = customer
        .wait_until(&order, "the customer is asked", |order| {
            order["next_action"].is_object()
        })
        .await;
    let redirect_url = asked["next_action"]["redirect_url"].as_str().unwrap();
    let waiting = Waiting {
        redirect_url: redirect_url.to_owned(),
        shop,
        customer,
        order,
    };
    waiting.answer("succeed").await;
    waiting.is_rejected("payment_declined").await;
}
