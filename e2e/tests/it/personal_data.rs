//! What customers tell the shop stays where it belongs, and secrets stay secret: none of it is in a
//! log, a span, a metric or a message, whatever goes wrong, also at the level `debug`.

use e2e::Ways;

use crate::watched::{Told, Watched};

mod clumsy;
mod kept;
mod outages;
mod planted;
mod purchases;
mod secrets;
mod visitor;

use planted::{Finding, Needles};

/// Every process, as chatty as `debug` makes it. `docs/telemetry.md` promises this much.
const CHATTY: e2e::Settings<'_> = &[
    ("gateway", "telemetry.log", "debug"),
    ("user", "telemetry.log", "debug"),
    ("catalog", "telemetry.log", "debug"),
    ("order", "telemetry.log", "debug"),
    ("payment", "telemetry.log", "debug"),
    ("sandbox", "telemetry.log", "debug"),
    ("gateway", "telemetry.trace", "debug"),
    ("user", "telemetry.trace", "debug"),
    ("catalog", "telemetry.trace", "debug"),
    ("order", "telemetry.trace", "debug"),
    ("payment", "telemetry.trace", "debug"),
    ("sandbox", "telemetry.trace", "debug"),
    // The address that a proxy in front of the shop tells of.
    ("gateway", "http.trusted_proxies", "127.0.0.1/32"),
    // Soon over what is waited for when something is away.
    ("gateway", "budget.default_ms", "2000"),
    ("user", "database.acquire_timeout_ms", "500"),
    ("catalog", "database.acquire_timeout_ms", "500"),
    ("order", "database.acquire_timeout_ms", "500"),
    ("payment", "provider.timeout_ms", "1000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_customers_tell_and_no_secret_is_in_logs_spans_metrics_or_messages() {
    let settings = [CHATTY, secrets::SETTINGS].concat();
    let ways = Ways::open_with_passwords(secrets::SECRET).await;
    let shop = Watched::open_on(ways, &settings).await;
    shop.listen_in().await;
    shop.product("RING", 100).await;

    let mut needles = Needles::new();
    clumsy::customer_makes_every_mistake(&shop).await;
    let customer = purchases::customer_buys_and_gives_back(&shop, &mut needles).await;
    outages::customer_meets_every_outage(&shop, &customer).await;
    shop.wait_until_quiet().await;

    let mut found: Vec<Finding> = Vec::new();
    for (process, page) in shop.metrics().await {
        found.extend(needles.find(&format!("metrics of {process}"), &page));
    }
    for message in shop.ways.broker.overheard().await {
        let misplaced = needles.find("a message", &message.to_string()).into_iter();
        // What is paid with must reach payment; it is the provider's name of it, not a card.
        let payment = |finding: &Finding| {
            finding.needle == planted::METHOD && message["routing_key"] == "payment.authorize.v1"
        };
        found.extend(misplaced.filter(|finding| !payment(finding)));
    }
    found.extend(kept::where_it_does_not_belong(&shop, &needles).await);
    let told = shop.close().await;
    found.extend(in_what_was_told(&told, &needles));
    assert!(found.is_empty(), "{found:#?}");

    // A test that looks at nothing finds nothing.
    let failures = told.lines.iter().filter(|line| line.is_alarming()).count();
    assert!(failures > 5, "the outages were logged: {failures}");
    assert!(told.spans.len() > 500, "{} spans", told.spans.len());
}

fn in_what_was_told(told: &Told, needles: &Needles) -> Vec<Finding> {
    let mut found = Vec::new();
    for line in &told.lines {
        found.extend(needles.find(&format!("log of {}", line.process), &line.raw));
    }
    for span in &told.spans {
        found.extend(needles.find(&format!("span of {}", span.service()), &format!("{span:?}")));
    }
    found
}
