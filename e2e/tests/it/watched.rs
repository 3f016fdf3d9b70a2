//! The shop as real processes, and everything that they tell: logs, spans, metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use chassis::config::{Source, load};
use e2e::{Customer, Settings, Ways};
use serde_json::{Value, json};
use testkit::{MailServer, eventually};
use tokio::time::Instant;

pub(crate) mod collector;
pub(crate) mod log;
mod process;
pub(crate) mod trace;

pub(crate) use collector::{Collector, Kind, Span};
pub(crate) use log::Line;
use process::Process;
pub(crate) use trace::Trace;

/// In the order of starting; the first of each is the one that RPCs go to.
const PROCESSES: [(&str, &str); 7] = [
    ("sandbox", "sandbox"),
    ("user", "user"),
    ("catalog", "catalog"),
    ("order", "order"),
    // A second one, which only takes messages: what is told must not depend on who tells it.
    ("order", "order-2"),
    ("payment", "payment"),
    ("gateway", "gateway"),
];
const STAFF: (&str, &str) = ("staff@example.com", "correct-horse-battery-staff");
const START: Duration = Duration::from_secs(60);

/// One shelf, no products, and nobody but the demo staff.
pub(crate) struct Watched {
    pub(crate) ways: Ways,
    pub(crate) collector: Collector,
    pub(crate) mail: MailServer,
    processes: Vec<Process>,
}

/// What was told from the start to the end.
pub(crate) struct Told {
    /// Of every process, in the order in which each one wrote.
    pub(crate) lines: Vec<Line>,
    /// Of every process.
    pub(crate) spans: Vec<Span>,
}

impl Watched {
    /// Starts them and waits until they are ready.
    pub(crate) async fn open(settings: Settings<'_>) -> Self {
        Self::open_on(Ways::open().await, settings).await
    }

    /// The same, on ways that the test has prepared.
    pub(crate) async fn open_on(ways: Ways, settings: Settings<'_>) -> Self {
        let collector = Collector::open().await;
        let mail = MailServer::start().await;
        seed(&ways).await;
        let processes = PROCESSES.map(|(service, name)| {
            let mut values = ways.values(service);
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
        let mut watched = Self {
            ways,
            collector,
            mail,
            processes: processes.into(),
        };
        watched.wait_until_ready().await;
        let shelf = json!({"slug": "goods", "name": "Goods", "description": "", "position": 1});
        watched.staff().await.post("/categories", shelf).await.ok();
        watched
    }

    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START;
        let http = reqwest::Client::new();
        for process in &mut self.processes {
            let (listen, admin) = process.started(deadline).await;
            if process.name == process.service {
                self.ways.to(process.service).lead_to(listen);
            }
            process.admin = format!("http://{admin}");
        }
        for process in &self.processes {
            let url = format!("{}/readyz", process.admin);
            eventually(&format!("{} is ready", process.name), async || {
                let answer = http.get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }

    /// Base URL of the public API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.ways.to("gateway").address)
    }

    /// Tells the provider to misbehave.
    pub(crate) async fn misbehave(&self, fault: &str, how: Value) {
        let url = format!("http://{}/_sandbox/{fault}", self.ways.provider.address);
        let answer = reqwest::Client::new().post(url).json(&how).send().await;
        let answer = answer.expect("answers");
        assert!(answer.status().is_success(), "{fault}: {}", answer.status());
    }

    /// A new visitor.
    pub(crate) fn guest(&self) -> Customer {
        Customer::guest(self.url())
    }

    /// The demo account of the staff, signed in.
    pub(crate) async fn staff(&self) -> Customer {
        self.guest().sign_in(STAFF.0, STAFF.1).await
    }

    /// The same, if she can sign in now.
    pub(crate) async fn staff_or_none(&self) -> Option<Customer> {
        let credentials = json!({"email": STAFF.0, "password": STAFF.1});
        let session = self.guest().post("/sessions", credentials).await;
        match session.is_success() {
            true => Some(self.staff().await),
            false => None,
        }
    }

    /// Puts a product on the shelf.
    pub(crate) async fn product(&self, sku: &str, on_hand: u32) {
        let product = json!({
            "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
            "description": "", "price": {"minor_units": 1_500, "currency": "EUR"},
            "category": "goods", "attributes": {}, "images": [], "on_hand": on_hand,
        });
        self.staff().await.post("/products", product).await.ok();
    }

    /// What each process's metrics say now, by the process's name.
    pub(crate) async fn metrics(&self) -> Vec<(&'static str, String)> {
        let mut pages = Vec::new();
        for process in &self.processes {
            pages.push((process.name, testkit::scrape(&process.admin).await));
        }
        pages
    }

    /// From now on keeps a copy of every message: `ways.broker.overheard()`.
    pub(crate) async fn listen_in(&self) {
        for kind in [
            contracts::messages::Kind::Command,
            contracts::messages::Kind::Event,
        ] {
            let types = contracts::messages::ALL.iter();
            let types = types.filter(|message| message.kind == kind);
            let keys: Vec<&str> = types.map(|message| message.name).collect();
            self.ways.broker.listen_in(kind.exchange(), &keys).await;
        }
    }

    /// Waits until nothing is in an outbox.
    pub(crate) async fn wait_until_quiet(&self) {
        for (service, url) in self.ways.database_urls() {
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

    /// Asks every process to stop, which sends what it still has to tell, and hands everything over.
    pub(crate) async fn close(mut self) -> Told {
        for process in self.processes.iter().rev() {
            process.ask_to_stop();
        }
        let mut lines = Vec::new();
        for process in &mut self.processes {
            process.ended().await;
            lines.extend(process.lines());
        }
        Told {
            lines,
            spans: self.collector.spans(),
        }
    }
}

/// What every process is told here.
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

/// The demo staff. In this process: a job's log and spans are no part of what is watched.
async fn seed(ways: &Ways) {
    let mut source = Source::defaults(user::ABOUT);
    for (key, value) in ways.values("user") {
        source = source.set(key, &value);
    }
    let config = load(&source).unwrap_or_else(|error| panic!("{error}"));
    user::seed(config, vec![]).await.unwrap();
}
