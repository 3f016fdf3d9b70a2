use std::{collections::BTreeMap, time::Duration};

use e2e::{Customer, Shop};
use prove::Addresses;
use prove::invariants::{check, pending};
use prove::witness::{Book, View, Witness};
use reqwest::Method;
use serde_json::{Value, json};

/// A shop with one order of each fate, and what was told of them.
pub(super) struct Proof {
    pub(super) shop: Shop,
    pub(super) addresses: Addresses,
    pub(super) witness: Witness,
    /// Confirmed: two lamps.
    pub(super) confirmed: String,
    /// Shipped: one mug; a part of it was refunded.
    pub(super) shipped: String,
    /// Rejected: the card was declined.
    pub(super) rejected: String,
    /// Confirmed, then cancelled: one lamp.
    pub(super) cancelled: String,
    /// A part of what was shipped.
    pub(super) refund: String,
}

impl Proof {
    /// Opens the shop, trades, and finds all in order.
    pub(super) async fn open() -> Self {
        let shop = Shop::open_with(&[
            ("payment", "reconciliation.settle_ms", "1"),
            ("payment", "reconciliation.confirm_after_ms", "1"),
            ("payment", "reconciliation.poll_ms", "50"),
        ])
        .await;
        let witness = Witness::new();
        for (sku, price, units) in [("LAMP", 4_900, 10), ("MUG", 1_200, 5)] {
            shop.product(sku, price, units).await;
            witness.stocked(sku, units.into());
        }
        let mut ada = Buyer::new(&shop, &witness).await;
        let confirmed = ada.buys("LAMP", 2, "pm_card_visa", "confirmed").await;
        let shipped = ada.buys("MUG", 1, "pm_card_visa", "confirmed").await;
        let parcel = json!({"tracking_number": "PARCEL-1"});
        let staff = shop.staff().await;
        staff
            .post(&format!("/orders/{shipped}/shipment"), parcel)
            .await
            .ok();
        ada.sees(&shipped, "shipped").await;
        let refund = ada.gets_back(&shipped, 500).await;
        let mut bob = Buyer::new(&shop, &witness).await;
        let rejected = bob
            .buys("LAMP", 1, "pm_card_chargeDeclined", "rejected")
            .await;
        let cancelled = bob.buys("LAMP", 1, "pm_card_visa", "confirmed").await;
        let path = format!("/orders/{cancelled}/cancellation");
        bob.customer.post(&path, json!({})).await.ok();
        witness.cancellation_accepted(&cancelled);
        bob.sees(&cancelled, "cancelled").await;

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
        };
        let proof = Self {
            shop,
            addresses,
            witness,
            confirmed,
            shipped,
            rejected,
            cancelled,
            refund,
        };
        proof.is_in_order().await;
        proof
    }

    /// Nothing is under way, and every check holds, having looked at something.
    pub(super) async fn is_in_order(&self) {
        let mut open = Vec::new();
        for _ in 0..10 {
            open = pending(&self.addresses, &self.witness).await.unwrap();
            if open.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(open.is_empty(), "the shop is not quiet: {open:?}");
        let judgment = check(&self.addresses, &self.witness).await.unwrap();
        assert!(judgment.holds(), "{:#?}", judgment.verdicts);
        let idle = judgment
            .verdicts
            .iter()
            .find(|verdict| verdict.checked == 0);
        assert!(idle.is_none(), "{idle:?} looked at nothing");
    }

    /// The checks that fail, with their violations.
    pub(super) async fn violations(&self, witness: &Witness) -> BTreeMap<&'static str, String> {
        let judgment = check(&self.addresses, witness).await.unwrap();
        let bad = judgment
            .verdicts
            .into_iter()
            .filter(|verdict| !verdict.violations.is_empty());
        bad.map(|verdict| (verdict.name, verdict.violations.join("\n")))
            .collect()
    }

    /// Runs SQL, against which the database's own triggers and foreign keys do nothing.
    pub(super) async fn edit(&self, service: &str, sql: &str) {
        let database = self.shop.database(service).await;
        let sql = format!("SET session_replication_role = replica; {sql}");
        database
            .batch_execute(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Plants a bug in a service's database, expects that exactly these checks fail and name the thing,
    /// and takes it away again.
    pub(super) async fn planted(&self, service: &str, bug: &str, mend: &str, found: Found<'_>) {
        self.edit(service, bug).await;
        let violations = self.violations(&self.witness).await;
        expect(bug, &violations, found);
        self.edit(service, mend).await;
    }

    /// Lets customers have been told something else, and expects that exactly these checks fail.
    pub(super) async fn told(&self, lie: impl FnOnce(&mut Book), found: Found<'_>) {
        let mut book = self.witness.told();
        lie(&mut book);
        let violations = self.violations(&Witness::of(book)).await;
        expect("what was told", &violations, found);
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
pub(super) type Found<'a> = &'a [(&'a str, &'a str)];

fn expect(bug: &str, violations: &BTreeMap<&'static str, String>, found: Found<'_>) {
    let names: Vec<_> = violations.keys().copied().collect();
    let mut expected: Vec<_> = found.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected, "{bug}: {violations:#?}");
    for (name, thing) in found {
        assert!(
            violations[*name].contains(thing),
            "{bug}: {name} does not say {thing}: {violations:#?}"
        );
    }
}

/// A customer whose every answer the witness hears.
struct Buyer {
    customer: Customer,
    id: String,
    witness: Witness,
    orders: usize,
}

impl Buyer {
    async fn new(shop: &Shop, witness: &Witness) -> Self {
        let customer = shop.customer().await;
        let me = customer.get("/me").await;
        Self {
            id: me["id"].as_str().unwrap().to_owned(),
            customer,
            witness: witness.clone(),
            orders: 0,
        }
    }

    async fn buys(&mut self, sku: &str, quantity: u32, card: &str, end: &str) -> String {
        self.orders += 1;
        let key = format!("{}-{}", self.id, self.orders);
        self.customer.put_into_cart(sku, quantity).await;
        self.witness.checks_out(&key, &self.id);
        let placed = view(&self.customer.check_out(card, &key).await.ok());
        self.witness.accepted(&key, &placed, false);
        self.sees(&placed.id, end).await;
        placed.id
    }

    async fn sees(&self, order: &str, status: &str) {
        let order = self.customer.wait_for(order, status).await;
        self.witness.saw(&view(&order));
    }

    async fn gets_back(&self, order: &str, amount: i64) -> String {
        let key = format!("{order}-part");
        self.witness.asks_money(&key, order);
        let refund = self
            .customer
            .request_refund(order, Some(amount), &key)
            .await
            .ok();
        let id = refund["id"].as_str().unwrap().to_owned();
        self.witness.refund_accepted(&key, &id, amount);
        let order = self
            .customer
            .wait_until(order, "refunded", |order| {
                order["refunds"][0]["status"] == "succeeded"
            })
            .await;
        self.witness.saw(&view(&order));
        id
    }
}

fn view(order: &Value) -> View {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let refunds = order["refunds"].as_array().unwrap().iter();
    View {
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

/// A call to something that speaks HTTP, which must succeed.
pub(super) async fn call(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// A call to the broker's management API, within the shop's virtual host.
pub(super) async fn broker(proof: &Proof, method: Method, what: &str, rest: &str, body: Value) {
    let api = reqwest::Url::parse(&proof.addresses.rabbitmq_api).unwrap();
    let host = format!("http://{}:{}", api.host_str().unwrap(), api.port().unwrap());
    let url = format!("{host}/api/{what}/{}/{rest}", proof.addresses.vhost);
    let request = reqwest::Client::new().request(method, url).json(&body);
    call(request.basic_auth(api.username(), api.password())).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test servers are named there"
)]
fn rabbitmq_api() -> String {
    std::env::var("MERCANTILE_TEST_RABBITMQ_API").unwrap()
}
