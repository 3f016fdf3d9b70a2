use chassis::Running;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::Customer;

mod addresses;
mod bank;
mod look;
mod start;
mod ways;

use start::{configuration, run, source};
pub use ways::Ways;

const SECRET_KEY: &str = "sk_test_e2e";
const WEBHOOK_SECRET: &str = "whsec_e2e";
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");

/// Configuration that a test wants otherwise: `("order", "saga.tick_ms", "50")`.
pub type Settings<'a> = &'a [(&'static str, &'static str, &'static str)];

/// The five processes and the sandbox, each on its own ports and its own part of the servers.
pub struct Shop {
    ways: Ways,
    gateway: Running,
    sandbox: Running,
    all: Vec<Running>,
}

impl Shop {
    /// An empty shop with one shelf, "goods".
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with some things configured otherwise.
    ///
    /// # Panics
    /// When a process does not start.
    pub async fn open_with(settings: Settings<'_>) -> Self {
        // Boxed: the start of eleven things is a large future.
        Box::pin(Self::opened(settings)).await
    }

    async fn opened(settings: Settings<'_>) -> Self {
        let ways = Ways::open().await;
        let user = source(user::ABOUT, settings, &ways);
        user::seed(configuration(&user), vec![])
            .await
            .expect("demo accounts");
        let user = run(user::start, &user, &ways.user).await;
        let sandbox = source(sandbox::ABOUT, settings, &ways);
        let sandbox = run(sandbox::start, &sandbox, &ways.provider).await;
        let catalog = source(catalog::ABOUT, settings, &ways);
        let catalog = run(catalog::start, &catalog, &ways.catalog).await;
        let order = source(order::ABOUT, settings, &ways);
        let order = run(order::start, &order, &ways.order).await;
        let payment = source(payment::ABOUT, settings, &ways);
        let payment = run(payment::start, &payment, &ways.payment).await;
        let gateway = source(gateway::ABOUT, settings, &ways);
        let gateway = run(gateway::start, &gateway, &ways.webhooks).await;

        let shop = Self {
            all: vec![
                gateway.clone(),
                order,
                payment,
                catalog,
                user,
                sandbox.clone(),
            ],
            gateway,
            sandbox,
            ways,
        };
        shop.wait_until_ready().await;
        let shelf = json!({"slug": "goods", "name": "Goods", "description": "", "position": 1});
        shop.staff().await.post("/categories", shelf).await.ok();
        shop
    }

    /// A new visitor.
    pub fn guest(&self) -> Customer {
        Customer::guest(self.gateway.url())
    }

    /// A new customer, signed in.
    pub async fn customer(&self) -> Customer {
        self.guest().register().await
    }

    /// The demo account of the staff, signed in.
    pub async fn staff(&self) -> Customer {
        self.guest().sign_in(STAFF.0, STAFF.1).await
    }

    /// Puts a product on the shelf: its SKU, price in cents and units on hand.
    pub async fn product(&self, sku: &str, price: i64, on_hand: u32) {
        let product = json!({
            "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
            "description": "", "price": {"minor_units": price, "currency": "EUR"},
            "category": "goods", "attributes": {}, "images": [], "on_hand": on_hand,
        });
        self.staff().await.post("/products", product).await.ok();
    }

    /// Tells the provider to misbehave.
    pub async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("{}/_sandbox/{fault}", self.sandbox.url());
        let request = reqwest::Client::new().request(Method::POST, url).json(&how);
        let answer = request.send().await.expect("answers");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        for process in &self.all {
            let url = format!("{}/readyz", process.admin_url());
            eventually(&format!("{url} is ready"), async || {
                let answer = http.get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for process in &self.all {
            process.begin_stop();
        }
    }
}
