//! Starts the shop as real processes and records their logs, spans, metrics, messages and e-mails.

use std::collections::BTreeMap;
use std::time::Duration;

use chassis::config::{Source, load};
use e2e::{CONTROL_HEADER, Customer, Proxies, Settings};
use serde_json::{Value, json};
use testkit::{MailServer, eventually};
use tokio::sync::OnceCell;
use tokio::time::Instant;

pub(crate) mod collector;
pub(crate) mod log;
mod process;
pub(crate) mod trace;

pub(crate) use collector::{Collector, Kind, Span};
pub(crate) use log::Line;
use process::Process;
pub(crate) use trace::Trace;

/// Service and name of each process, in start order, the sandbox first. The first process of a service
/// serves its RPCs.
const PROCESSES: [(&str, &str); 7] = [
    ("sandbox", "sandbox"),
    ("user", "user"),
    ("catalog", "catalog"),
    ("order", "order"),
    // A second replica, which only consumes messages.
    ("order", "order-2"),
    ("payment", "payment"),
    ("gateway", "gateway"),
];
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");
/// Time for the start of all processes.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A shop with one category, no products and the demo accounts.
pub(crate) struct ObservedShop {
    pub(crate) proxies: Proxies,
    pub(crate) collector: Collector,
    pub(crate) mail: MailServer,
    processes: Vec<Process>,
    staff: OnceCell<Customer>,
}

/// The output of all processes from start to end.
pub(crate) struct Output {
    /// Log lines, in the order of each process.
    pub(crate) lines: Vec<Line>,
    pub(crate) spans: Vec<Span>,
}

impl ObservedShop {
    /// Starts the processes and waits until they are ready.
    pub(crate) async fn open(settings: Settings<'_>) -> Self {
        Self::open_on(Proxies::open().await, settings).await
    }

    /// The same with given proxies.
    pub(crate) async fn open_on(proxies: Proxies, settings: Settings<'_>) -> Self {
        let collector = Collector::open().await;
        let mail = MailServer::start().await;
        Box::pin(seed(&proxies, settings)).await;
        let processes = PROCESSES.map(|(service, name)| {
            let mut values = proxies.settings(service);
            values.extend(common(service, &collector));
            if service == "user" {
                values.push(("mail.smtp_url", mail.url()));
                values.push(("mail.poll_ms", "200".to_owned()));
            }
            let own = settings.iter().filter(|(of, ..)| *of == service);
            values.extend(own.map(|(_, key, value)| (*key, (*value).to_owned())));
            let values = values.into_iter();
            let environment: BTreeMap<String, String> = values
                .map(|(key, value)| (topology::variable(service, key), value))
                .collect();
            Process::start(service, name, &environment)
        });
        let mut shop = Self {
            proxies,
            collector,
            mail,
            processes: processes.into(),
            staff: OnceCell::new(),
        };
        shop.wait_until_ready().await;
        let category = json!({"slug": "goods", "name": "Goods", "description": "", "position": 1});
        shop.staff()
            .await
            .post("/staff/categories", category)
            .await
            .ok();
        shop
    }

    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START_TIMEOUT;
        for process in &mut self.processes {
            let (listen, admin) = process.addresses(deadline).await;
            if process.name == process.service {
                self.proxies.to(process.service).set_server(listen);
            }
            process.admin = format!("http://{admin}");
        }
        let admin_urls = self.processes.iter().map(|process| process.admin.clone());
        self.proxies.wait_until_ready(admin_urls).await;
    }

    /// Base URL of the public API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.proxies.to("gateway").address)
    }

    /// Injects a fault into the sandbox: posts `how` to `/_sandbox/{fault}`.
    pub(crate) async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("http://{}/_sandbox/{fault}", self.proxies.provider.address);
        let request = reqwest::Client::new().post(url);
        let request = request.header(CONTROL_HEADER, self.proxies.control_key());
        let answer = request.json(&how).send().await;
        let answer = answer.expect("an answer of the sandbox");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
    }

    /// A new guest.
    pub(crate) fn guest(&self) -> Customer {
        Customer::guest(self.url())
    }

    /// The demo staff account, signed in.
    pub(crate) async fn staff(&self) -> Customer {
        let sign_in = || self.guest().sign_in_as_staff(STAFF.0, STAFF.1);
        self.staff.get_or_init(sign_in).await.clone()
    }

    /// Adds a product with units on hand.
    pub(crate) async fn product(&self, sku: &str, on_hand: u32) {
        let product = json!({
            "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
            "description": "", "price": {"minor_units": 1_500, "currency": "EUR"},
            "category": "goods", "attributes": {}, "images": [], "on_hand": on_hand,
        });
        self.staff()
            .await
            .post("/staff/products", product)
            .await
            .ok();
    }

    /// Each process's name and its metrics.
    pub(crate) async fn metrics(&self) -> Vec<(&'static str, String)> {
        let mut pages = Vec::new();
        for process in &self.processes {
            pages.push((process.name, testkit::scrape(&process.admin).await));
        }
        pages
    }

    /// Records all later messages: `proxies.broker.recorded_messages()`.
    pub(crate) async fn record_messages(&self) {
        for kind in [
            contracts::messages::Kind::Command,
            contracts::messages::Kind::Event,
        ] {
            let types = contracts::messages::ALL.iter();
            let types = types.filter(|message| message.kind == kind);
            let keys: Vec<&str> = types.map(|message| message.name).collect();
            self.proxies
                .broker
                .record_messages(kind.exchange(), &keys)
                .await;
        }
    }

    /// Waits until the outboxes of catalog, order and payment are empty.
    pub(crate) async fn wait_until_quiet(&self) {
        for (service, url) in self.proxies.database_urls() {
            if service == "user" {
                continue;
            }
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            eventually(&format!("{service}'s outbox is empty"), async || {
                let row = client.query_one("SELECT count(*) FROM outbox", &[]).await;
                (row.unwrap().get::<_, i64>(0) == 0).then_some(())
            })
            .await;
        }
    }

    /// Stops every process, which flushes its spans, and returns the output. The sandbox stops last, because
    /// the payment service completes its calls to the provider after SIGTERM.
    pub(crate) async fn close(mut self) -> Output {
        let (sandbox, services) = self.processes.split_at_mut(1);
        let mut lines = Vec::new();
        for processes in [services, sandbox] {
            for process in processes.iter().rev() {
                process.begin_stop();
            }
            for process in processes {
                process.wait_for_end().await;
                lines.extend(process.lines());
            }
        }
        Output {
            lines,
            spans: self.collector.spans(),
        }
    }
}

/// Settings of every process.
fn common(service: &str, collector: &Collector) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("telemetry.log_format", "json".to_owned()),
        ("telemetry.otlp_endpoint", collector.url.clone()),
    ];
    if ["user", "catalog", "order", "payment"].contains(&service) {
        values.push(("database.pool_size", "6".to_owned()));
    }
    values
}

/// Creates the demo accounts, in the test's process: the output of jobs is not recorded.
async fn seed(proxies: &Proxies, settings: Settings<'_>) {
    let mut source = Source::defaults(user::ABOUT);
    for (key, value) in proxies.settings("user") {
        source = source.set(key, &value);
    }
    // The secret of the second factor is encrypted.
    let key = settings
        .iter()
        .find(|(of, key, _)| (*of, *key) == ("user", "signing_keys.encryption_key"));
    if let Some((_, key, value)) = key {
        source = source.set(key, *value);
    }
    let config = load(&source).unwrap_or_else(|error| panic!("{error}"));
    user::seed(config, vec![]).await.unwrap();
}
