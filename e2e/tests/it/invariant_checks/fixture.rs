use std::{collections::BTreeMap, time::Duration};

use e2e::{Customer, Shop};
use prove::Addresses;
use prove::history::{History, OrderView, Recorder};
use prove::invariants::{check, pending};
use reqwest::Method;
use serde_json::{Value, json};

/// A shop with one order of each outcome, and the history of its clients.
pub(super) struct Fixture {
    pub(super) shop: Shop,
    pub(super) addresses: Addresses,
    pub(super) recorder: Recorder,
    /// Confirmed, two lamps.
    pub(super) confirmed: String,
    /// Shipped and partly refunded, one mug.
    pub(super) shipped: String,
    /// Rejected, because the card was declined.
    pub(super) rejected: String,
    /// Cancelled after it was confirmed, one lamp.
    pub(super) cancelled: String,
    /// The refund of `shipped`.
    pub(super) refund: String,
}

impl Fixture {
    /// Opens the shop, places the orders, and asserts that every check passes.
    pub(super) async fn open() -> Self {
        let shop = Shop::open_with(&[
            ("payment", "reconciliation.settle_ms", "1"),
            ("payment", "reconciliation.confirm_after_ms", "1"),
            ("payment", "reconciliation.poll_ms", "50"),
        ])
        .await;
        let recorder = Recorder::new();
        for (sku, price, units) in [("LAMP", 4_900, 10), ("MUG", 1_200, 5)] {
            shop.product(sku, price, units).await;
            recorder.stocked(sku, units.into());
        }
        let mut ada = Client::new(&shop, &recorder).await;
        let confirmed = ada.buy("LAMP", 2, "pm_card_visa", "confirmed").await;
        let shipped = ada.buy("MUG", 1, "pm_card_visa", "confirmed").await;
        let parcel = json!({"tracking_number": "PARCEL-1"});
        let staff = shop.staff().await;
        staff
            .post(&format!("/staff/orders/{shipped}/shipment"), parcel)
            .await
            .ok();
        ada.read(&shipped, "shipped").await;
        let refund = ada.refund(&staff, &shipped, 500).await;
        let mut bob = Client::new(&shop, &recorder).await;
        let rejected = bob
            .buy("LAMP", 1, "pm_card_chargeDeclined", "rejected")
            .await;
        let cancelled = bob.buy("LAMP", 1, "pm_card_visa", "confirmed").await;
        let path = format!("/orders/{cancelled}/cancellation");
        bob.customer.post(&path, json!({})).await.ok();
        recorder.cancellation_accepted(&cancelled);
        bob.read(&cancelled, "cancelled").await;

        let (provider, key) = shop.provider_account();
        let (email, password) = shop.staff_account();
        let addresses = Addresses {
            shop: shop.url(),
            staff: (email.to_owned(), password.to_owned()),
            databases: shop
                .database_urls()
                .map(|(service, url)| (service.to_owned(), url.to_owned()))
                .collect(),
            rabbitmq_api: rabbitmq_api(),
            vhost: shop.vhost().to_owned(),
            provider,
            provider_key: key.to_owned(),
            control_key: String::new(),
            staff_token: prove::StaffToken::default(),
        };
        let fixture = Self {
            shop,
            addresses,
            recorder,
            confirmed,
            shipped,
            rejected,
            cancelled,
            refund,
        };
        fixture.assert_clean().await;
        fixture
    }

    /// Asserts that the shop is quiescent, and that every check passes and has checked something.
    pub(super) async fn assert_clean(&self) {
        let mut open = Vec::new();
        for _ in 0..60 {
            open = pending(&self.addresses).await.unwrap();
            if open.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(open.is_empty(), "the shop is not quiescent: {open:?}");
        let results = check(&self.addresses, &self.recorder).await.unwrap();
        assert!(results.holds(), "{:#?}", results.checks);
        let idle = results.checks.iter().find(|check| check.checked == 0);
        assert!(idle.is_none(), "{idle:?} checked nothing");
    }

    /// The violations of each check that fails, by its name.
    pub(super) async fn violations(&self, recorder: &Recorder) -> BTreeMap<&'static str, String> {
        let results = check(&self.addresses, recorder).await.unwrap();
        let bad = results
            .checks
            .into_iter()
            .filter(|check| !check.violations.is_empty());
        bad.map(|check| (check.name, check.violations.join("\n")))
            .collect()
    }

    /// Runs SQL with triggers and foreign keys turned off.
    pub(super) async fn edit(&self, service: &str, sql: &str) {
        let database = self.shop.database(service).await;
        let sql = format!("SET session_replication_role = replica; {sql}");
        database
            .batch_execute(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Corrupts a service's database, asserts that exactly the expected checks fail, and repairs it.
    pub(super) async fn corrupt(
        &self,
        service: &str,
        corruption: &str,
        repair: &str,
        expected: Expected<'_>,
    ) {
        self.edit(service, corruption).await;
        let violations = self.violations(&self.recorder).await;
        assert_violations(corruption, &violations, expected);
        self.edit(service, repair).await;
    }

    /// Changes a copy of the history, and asserts that exactly the expected checks fail.
    pub(super) async fn change_history(
        &self,
        change: impl FnOnce(&mut History),
        expected: Expected<'_>,
    ) {
        let mut history = self.recorder.snapshot();
        change(&mut history);
        let violations = self.violations(&Recorder::from_history(history)).await;
        assert_violations("the changed history", &violations, expected);
    }

    /// The payment's id and intent of an order.
    pub(super) async fn payment(&self, order: &str) -> (String, String) {
        let database = self.shop.database("payment").await;
        let sql =
            format!("SELECT id::text, provider_reference FROM payments WHERE order_id = '{order}'");
        let row = database.query_one(&sql, &[]).await.unwrap();
        (row.get(0), row.get(1))
    }
}

/// Names of checks, each with a text that its violations must contain.
pub(super) type Expected<'a> = &'a [(&'a str, &'a str)];

fn assert_violations(
    corruption: &str,
    violations: &BTreeMap<&'static str, String>,
    expected: Expected<'_>,
) {
    let names: Vec<_> = violations.keys().copied().collect();
    let mut expected_names: Vec<_> = expected.iter().map(|(name, _)| *name).collect();
    expected_names.sort_unstable();
    assert_eq!(names, expected_names, "{corruption}: {violations:#?}");
    for (name, thing) in expected {
        assert!(
            violations[*name].contains(thing),
            "{corruption}: {name} does not name {thing}: {violations:#?}"
        );
    }
}

/// A customer whose answers are recorded.
struct Client {
    customer: Customer,
    id: String,
    recorder: Recorder,
    orders: usize,
}

impl Client {
    async fn new(shop: &Shop, recorder: &Recorder) -> Self {
        let customer = shop.customer().await;
        let me = customer.get("/me").await;
        Self {
            id: me["id"].as_str().unwrap().to_owned(),
            customer,
            recorder: recorder.clone(),
            orders: 0,
        }
    }

    async fn buy(&mut self, sku: &str, quantity: u32, card: &str, end: &str) -> String {
        self.orders += 1;
        let key = format!("{}-{}", self.id, self.orders);
        self.customer.put_into_cart(sku, quantity).await;
        self.recorder.checkout_started(&key, &self.id);
        let placed = view(&self.customer.check_out(card, &key).await.ok());
        self.recorder.checkout_accepted(&key, &placed, false);
        self.read(&placed.id, end).await;
        placed.id
    }

    async fn read(&self, order: &str, status: &str) {
        let order = self.customer.wait_for(order, status).await;
        self.recorder.order_read(&view(&order));
    }

    /// By staff.
    async fn refund(&self, staff: &Customer, order: &str, amount: i64) -> String {
        let key = format!("{order}-part");
        self.recorder.refund_requested(&key, order);
        let refund = staff.request_refund(order, Some(amount), &key).await.ok();
        let id = refund["id"].as_str().unwrap().to_owned();
        self.recorder.refund_accepted(&key, &id, amount);
        let order = self
            .customer
            .wait_until(order, "refunded", |order| {
                order["refunds"][0]["status"] == "succeeded"
            })
            .await;
        self.recorder.order_read(&view(&order));
        id
    }
}

fn view(order: &Value) -> OrderView {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let refunds = order["refunds"].as_array().unwrap().iter();
    OrderView {
        id: text(&order["id"]),
        customer: text(&order["customer_id"]),
        status: text(&order["status"]),
        total: order["totals"]["total"]["minor_units"].as_i64().unwrap(),
        refunds: refunds
            .map(|refund| {
                let amount = refund["amount"]["minor_units"].as_i64().unwrap();
                (text(&refund["id"]), amount, text(&refund["status"]))
            })
            .collect(),
    }
}

/// Sends an HTTP request that must succeed. Returns the JSON of the answer, if it is JSON.
pub(super) async fn call(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// Sends a request to the broker's management API, in the shop's virtual host.
pub(super) async fn broker(fixture: &Fixture, method: Method, what: &str, rest: &str, body: Value) {
    let api = reqwest::Url::parse(&fixture.addresses.rabbitmq_api).unwrap();
    let host = format!("http://{}:{}", api.host_str().unwrap(), api.port().unwrap());
    let url = format!("{host}/api/{what}/{}/{rest}", fixture.addresses.vhost);
    let request = reqwest::Client::new().request(method, url).json(&body);
    call(request.basic_auth(api.username(), api.password())).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment has the addresses of the test servers"
)]
fn rabbitmq_api() -> String {
    std::env::var("MERCANTILE_TEST_RABBITMQ_API").unwrap()
}
