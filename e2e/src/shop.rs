use chassis::Running;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{Customer, http_client};

mod addresses;
mod provider;
mod proxies;
mod raw;
mod start;
mod state;
mod tokens;

pub use proxies::Proxies;
use start::{configuration, run, source};

const SECRET_KEY: &str = "sk_test_e2e";
const WEBHOOK_SECRET: &str = "whsec_e2e";
/// The header with which a program calls the controls of the sandbox.
pub const CONTROL_HEADER: &str = "Sandbox-Control-Key";
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");

/// Process, key and value of settings that differ from the defaults: `("order", "saga.tick_ms", "50")`.
pub type Settings<'a> = &'a [(&'static str, &'static str, &'static str)];

/// The five processes and the sandbox, on free ports, with databases, a vhost and a Redis prefix of this test.
pub struct Shop {
    proxies: Proxies,
    gateway: Running,
    sandbox: Running,
    all: Vec<Running>,
    http: reqwest::Client,
    staff: OnceCell<Customer>,
}

impl Shop {
    /// Starts a shop without products, with one category, "goods".
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// The same, with other settings.
    ///
    /// # Panics
    /// A process does not start.
    pub async fn open_with(settings: Settings<'_>) -> Self {
        // Boxed, because the future is large.
        Box::pin(Self::start(settings)).await
    }

    async fn start(settings: Settings<'_>) -> Self {
        let proxies = Proxies::open().await;
        let user = source(user::ABOUT, settings, &proxies);
        user::seed(configuration(&user), vec![])
            .await
            .expect("demo accounts");
        let user = run(user::start, &user, &proxies.user).await;
        let sandbox = source(sandbox::ABOUT, settings, &proxies);
        let sandbox = run(sandbox::start, &sandbox, &proxies.provider).await;
        let catalog = source(catalog::ABOUT, settings, &proxies);
        let catalog = run(catalog::start, &catalog, &proxies.catalog).await;
        let order = source(order::ABOUT, settings, &proxies);
        order::seed(configuration(&order), vec![])
            .await
            .expect("demo discount codes");
        let order = run(order::start, &order, &proxies.order).await;
        let payment = source(payment::ABOUT, settings, &proxies);
        let payment = run(payment::start, &payment, &proxies.payment).await;
        let gateway = source(gateway::ABOUT, settings, &proxies);
        let gateway = run(gateway::start, &gateway, &proxies.webhooks).await;

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
            proxies,
            http: http_client()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("an HTTP client"),
            staff: OnceCell::new(),
        };
        let admin_urls = shop.all.iter().map(Running::admin_url);
        shop.proxies.wait_until_ready(admin_urls).await;
        let category = json!({"slug": "goods", "name": "Goods", "description": "", "position": 1});
        shop.staff()
            .await
            .post("/staff/categories", category)
            .await
            .ok();
        shop
    }

    /// A new guest.
    pub fn guest(&self) -> Customer {
        Customer::guest(self.gateway.url())
    }

    /// A new customer, signed in.
    pub async fn customer(&self) -> Customer {
        self.guest().register().await
    }

    /// The demo staff account, signed in once: a code of the second factor is accepted once.
    pub async fn staff(&self) -> Customer {
        let sign_in = || self.guest().sign_in_as_staff(STAFF.0, STAFF.1);
        self.staff.get_or_init(sign_in).await.clone()
    }

    /// A new staff member in these groups, whose second factor is proved. Returns the secret of the second factor, too.
    ///
    /// # Panics
    /// The database refuses the groups.
    pub async fn member_of(&self, groups: &str) -> (Customer, Vec<u8>) {
        let member = self.hired(groups).await;
        member.sign_in_again().await.enroll().await
    }

    /// The e-mail address of a new staff member in these groups, who has no second factor yet. Their password is
    /// [`PASSWORD`](crate::PASSWORD).
    ///
    /// # Panics
    /// The database refuses the groups.
    pub async fn new_member(&self, groups: &str) -> String {
        let account = self.hired(groups).await.get("/me").await;
        account["email"].as_str().expect("an address").to_owned()
    }

    async fn hired(&self, groups: &str) -> Customer {
        let member = self.customer().await;
        let change = format!(
            "UPDATE users SET role = 'staff', staff_groups = '{{{groups}}}' WHERE id = '{}'",
            member.id().await
        );
        let database = self.database("user").await;
        database.execute(&change, &[]).await.expect("an update");
        member
    }

    /// Adds a product with its SKU, price in minor units and units on hand.
    pub async fn product(&self, sku: &str, price: i64, on_hand: u32) {
        let product = json!({
            "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
            "description": "", "price": {"minor_units": price, "currency": "EUR"},
            "category": "goods", "attributes": {}, "images": [], "on_hand": on_hand,
        });
        self.staff()
            .await
            .post("/staff/products", product)
            .await
            .ok();
    }

    /// Adds the demo catalog.
    ///
    /// # Panics
    /// The catalog refuses it.
    pub async fn demo_catalog(&self) {
        let source = source(catalog::ABOUT, &[], &self.proxies);
        catalog::seed(configuration(&source), vec![])
            .await
            .expect("the demo catalog");
    }

    /// Injects a fault into the sandbox: posts `how` to `/_sandbox/{fault}`.
    pub async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("{}/_sandbox/{fault}", self.sandbox.url());
        let request = reqwest::Client::new().request(Method::POST, url);
        let request = request.header(CONTROL_HEADER, self.control_key());
        let answer = request.json(&how).send().await;
        let answer = answer.expect("an answer of the sandbox");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for process in &self.all {
            process.begin_stop();
        }
    }
}
