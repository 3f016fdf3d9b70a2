//! No personal data and no secret is in a log, a span, a metric or a message, also at the level `debug`
//! and during failures.

use e2e::Proxies;

use crate::observed::ObservedShop;

mod canaries;
mod mistakes;
mod outages;
mod purchases;
mod secrets;
mod tables;
mod visitor;

use canaries::{CITY, Canaries, EMAIL, Record};

/// Logs and spans of every process at `debug`, as `docs/telemetry.md` promises.
const DEBUG: e2e::Settings<'_> = &[
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
    // The gateway takes the client's address from `X-Forwarded-For`.
    ("gateway", "http.trusted_proxies", "127.0.0.1/32"),
    // The payment method of the test is none of the sandbox's.
    ("order", "checkout.payment_methods", ""),
    // The address of the test is not confirmed.
    ("user", "mail.unverified_per_day", "1000"),
    // Short time-outs during outages.
    ("gateway", "budget.default_ms", "4000"),
    ("user", "database.acquire_timeout_ms", "1500"),
    ("catalog", "database.acquire_timeout_ms", "1500"),
    ("order", "database.acquire_timeout_ms", "1500"),
    ("payment", "provider.timeout_ms", "1000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_personal_data_or_secret_is_in_logs_spans_metrics_or_messages() {
    let settings = [DEBUG, secrets::SETTINGS].concat();
    let proxies = Proxies::open_with_passwords(secrets::SECRET).await;
    let shop = ObservedShop::open_on(proxies, &settings).await;
    shop.record_messages().await;
    shop.product("RING", 100).await;

    let mut canaries = Canaries::new();
    mistakes::make_every_mistake(&shop).await;
    let customer = purchases::buy_and_return(&shop, &mut canaries).await;
    outages::call_during_every_outage(&shop, &customer).await;
    shop.wait_until_quiet().await;

    let mut records = Vec::new();
    for (process, text) in shop.metrics().await {
        records.push(Record::new(format!("metrics of {process}"), text));
    }
    for message in shop.proxies.broker.recorded_messages().await {
        let kind = message["routing_key"].as_str().unwrap();
        records.push(Record::new(format!("message {kind}"), message.to_string()));
    }
    records.extend(tables::records(&shop).await);
    let output = shop.close().await;
    for line in &output.lines {
        let place = format!("log of {}", line.process);
        records.push(Record::new(place, line.raw.clone()));
    }
    for span in &output.spans {
        let place = format!("span of {}", span.service());
        records.push(Record::new(place, format!("{span:?}")));
    }

    let found = records.iter().flat_map(|record| canaries.find(record));
    let misplaced: Vec<_> = found.filter(|finding| !finding.is_allowed()).collect();
    assert!(misplaced.is_empty(), "{misplaced:#?}");

    // The search does find what is allowed.
    for (place, text) in [
        ("metrics of gateway", "/api/v1/me/addresses"),
        ("metrics of user", "rpc_method=\"signin\""),
        ("message order.confirmed.v1", &customer.order),
        ("log of payment", &customer.order),
        ("span of payment", &customer.order),
        ("span of gateway", "/api/v1/me/addresses"),
        ("user's users", EMAIL),
        ("order's orders", CITY),
    ] {
        let canary = Canaries::of(text);
        let mut of_place = records.iter().filter(|record| record.place == place);
        let found = of_place.any(|record| !canary.find(record).is_empty());
        assert!(found, "{text} is in {place}");
    }
}
