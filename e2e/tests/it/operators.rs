//! What operators read and change over the staff API.

use e2e::{Customer, Settings, Shop};
use serde_json::{Value, json};

/// Commands are not sent again during a test.
const NO_REPEATS: Settings<'_> = &[
    ("order", "saga.insist_wait_ms", "600000"),
    ("order", "saga.insist_wait_max_ms", "600000"),
];

const DEAD_LETTERS: &str = "/staff/dead-letters";

/// A shipment whose capture became a dead letter, because payment's rows were wrong.
pub(crate) struct Stuck {
    pub(crate) shop: Shop,
    pub(crate) customer: Customer,
    staff: Customer,
    pub(crate) order: String,
    letter: Value,
}

impl Stuck {
    pub(crate) async fn open() -> Self {
        let shop = Shop::open_with(NO_REPEATS).await;
        shop.product("DESK", 40_000, 5).await;
        let mut customer = shop.customer().await;
        let order = customer.buy("DESK", 1, "pm_card_visa").await;
        customer.wait_for(&order, "confirmed").await;
        let staff = shop.staff().await;
        change_payments(&shop, "UPDATE payments SET order_id = gen_random_uuid()").await;
        staff.ship(&order).await;
        let letter = only_dead_letter(&staff).await;
        Self {
            shop,
            customer,
            staff,
            order,
            letter,
        }
    }

    /// Corrects the rows, so that the message can be handled.
    pub(crate) async fn repair(&self) {
        let sql = format!("UPDATE payments SET order_id = '{}'", self.order);
        change_payments(&self.shop, &sql).await;
    }

    fn path(&self, rest: &str) -> String {
        let id = self.letter["id"].as_str().unwrap();
        format!("{DEAD_LETTERS}/payment/{id}{rest}")
    }

    async fn actions(&self, service: &str) -> Vec<(String, String)> {
        let path = format!("/staff/actions?service={service}");
        let page = self.staff.get(&path).await;
        let actions = page["items"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let action = |action: &Value| (text(&action["kind"]), text(&action["reason"]));
        actions.iter().map(action).collect()
    }
}

/// Changes payment's database directly.
async fn change_payments(shop: &Shop, sql: &str) {
    let database = shop.database("payment").await;
    assert_eq!(database.execute(sql, &[]).await.unwrap(), 1);
}

async fn only_dead_letter(staff: &Customer) -> Value {
    let path = format!("{DEAD_LETTERS}?service=payment");
    testkit::eventually("there is a dead letter", async || {
        let list = staff.get(&path).await;
        (list["total"] == 1).then(|| list["items"][0].clone())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_listed_and_redriven_after_its_cause_is_fixed() {
    let stuck = Stuck::open().await;
    assert_eq!(stuck.letter["type"], "payment.capture.v1");
    let letter = stuck.staff.get(&stuck.path("")).await;
    let data: Value = serde_json::from_str(letter["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["order_id"], stuck.order.as_str());
    assert!(letter["error"].as_str().unwrap().len() > 5, "{letter}");

    stuck.repair().await;
    let why = json!({"reason": "the rows are repaired"});
    stuck.staff.post(&stuck.path("/redrive"), why).await.ok();
    stuck.customer.wait_for(&stuck.order, "shipped").await;

    let list = stuck
        .staff
        .get(&format!("{DEAD_LETTERS}?service=payment"))
        .await;
    assert_eq!(list["total"], 0);
    let done = ("dead_letter.redrive", "the rows are repaired");
    let done = (done.0.to_owned(), done.1.to_owned());
    assert_eq!(stuck.actions("payment").await, [done]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_dead_letters_are_redriven_at_once() {
    let stuck = Stuck::open().await;
    stuck.repair().await;
    let why = json!({"reason": "the rows are repaired"});
    let path = format!("{DEAD_LETTERS}/payment/redrive");
    // The broker needs a moment to put back what was read.
    testkit::eventually("the letter is redriven", async || {
        let redriven = stuck.staff.post(&path, why.clone()).await.ok();
        (redriven == json!({"redriven": 1})).then_some(())
    })
    .await;
    stuck.customer.wait_for(&stuck.order, "shipped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_dropped_and_its_saga_retried() {
    let stuck = Stuck::open().await;
    let why = json!({"reason": "the saga is retried instead"});
    stuck
        .staff
        .post(&stuck.path("/drop"), why.clone())
        .await
        .ok();
    let again = stuck.staff.post(&stuck.path("/drop"), why).await;
    assert_eq!(again.problem(), "dead-letter-not-found");

    stuck.repair().await;
    let saga = format!("/staff/sagas/{}", stuck.order);
    let waiting = stuck.staff.get(&saga).await;
    assert_eq!(waiting["step"], "capture", "{waiting}");
    let why = json!({"reason": "the rows are repaired"});
    stuck.staff.post(&format!("{saga}/retry"), why).await.ok();
    stuck.customer.wait_for(&stuck.order, "shipped").await;

    let dropped = (
        "dead_letter.drop".to_owned(),
        "the saga is retried instead".to_owned(),
    );
    assert_eq!(stuck.actions("payment").await, [dropped]);
    let retried = ("saga.retry".to_owned(), "the rows are repaired".to_owned());
    let shipped = ("order.ship".to_owned(), String::new());
    assert_eq!(stuck.actions("order").await, [retried, shipped]);
    let idle = stuck.staff.get(&saga).await;
    assert_eq!(idle["state"], "idle");
    let again = json!({"reason": "once more"});
    let refused = stuck.staff.post(&format!("{saga}/retry"), again).await;
    assert_eq!(refused.problem(), "saga-not-in-flight");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_compensated_by_an_operator_undoes_everything() {
    let shop = Shop::open().await;
    shop.product("SHELF", 12_000, 5).await;
    let mut customer = shop.customer().await;
    shop.provider.cut();
    let order = customer.buy("SHELF", 2, "pm_card_visa").await;
    shop.wait_for_stock("SHELF", 5, 2).await;
    let staff = shop.staff().await;
    let listed = testkit::eventually("the saga waits for the authorization", async || {
        let page = staff.get("/staff/sagas?state=in_flight").await;
        let saga = page["items"][0].clone();
        (saga["step"] == "authorize").then_some(saga)
    })
    .await;
    assert_eq!(listed["order_id"], order.as_str());

    let why = json!({"reason": "the customer called"});
    let path = format!("/staff/sagas/{order}/compensation");
    let saga = staff.post(&path, why).await.ok();
    assert_eq!(saga["state"], "compensating", "{saga}");
    shop.provider.restore();
    let rejected = customer.wait_for(&order, "rejected").await;
    assert_eq!(rejected["reason"], "compensated");
    shop.wait_until_quiet().await;
    shop.wait_for_stock("SHELF", 5, 0).await;
    for (status, ..) in shop.intents().await {
        assert_eq!(status, "canceled");
    }
    let done = staff.get("/staff/actions?service=order").await;
    assert_eq!(done["items"][0]["kind"], "saga.compensate");
    assert_eq!(done["items"][0]["subject"], order.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_cannot_call_operator_endpoints() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    for path in [
        "/staff/dead-letters?service=payment",
        "/staff/actions?service=order",
        "/staff/sagas",
        "/staff/reconciliations",
    ] {
        assert_eq!(customer.try_get(path).await.problem(), "forbidden");
        assert_eq!(shop.guest().try_get(path).await.problem(), "token-missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_finds_a_change_made_at_the_provider() {
    let shop = Shop::open_with(&[
        ("payment", "reconciliation.settle_ms", "0"),
        ("payment", "reconciliation.confirm_after_ms", "100"),
        ("payment", "reconciliation.poll_ms", "100"),
        ("payment", "reconciliation.every_h", "0"),
    ])
    .await;
    shop.product("SAFE", 30_000, 5).await;
    let mut customer = shop.customer().await;
    let good = customer.buy("SAFE", 1, "pm_card_visa").await;
    customer.wait_for(&good, "confirmed").await;
    let bad = customer.buy("SAFE", 1, "pm_card_visa").await;
    customer.wait_for(&bad, "confirmed").await;
    let staff = shop.staff().await;
    let clean = reconcile(&staff).await;
    assert_eq!(clean["differences"], json!([]), "{clean}");

    shop.misbehave("webhooks", json!({"drop": 1.0})).await;
    shop.expire(&bad).await;
    let report = reconcile(&staff).await;
    let found = report["differences"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{report}");
    assert_eq!(found[0]["order_id"], bad.as_str());
    assert_eq!(found[0]["kind"], "status");
    assert_eq!(report["reconciliation"]["differences"], 1);
    let list = staff.get("/staff/reconciliations").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

async fn reconcile(staff: &Customer) -> Value {
    let started = staff.post("/staff/reconciliations", json!({})).await;
    assert_eq!(started.status, 202);
    let path = format!(
        "/staff/reconciliations/{}",
        started.body["id"].as_str().unwrap()
    );
    testkit::eventually("the reconciliation ends", async || {
        let report = staff.get(&path).await;
        let status = report["reconciliation"]["status"].clone();
        assert_ne!(status, "failed", "{report}");
        (status == "completed").then_some(report)
    })
    .await
}
