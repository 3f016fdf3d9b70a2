//! What customers tell the shop stays where it belongs, and secrets stay secret: none of it is in a
//! log, a span, a metric or a message, whatever goes wrong, also at the level `debug`.

use e2e::Ways;

use crate::watched::Watched;

mod clumsy;
mod outages;
mod planted;
mod purchases;
mod secrets;
mod tables;
mod visitor;

use planted::{CITY, EMAIL, Needles, Page};

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

    let mut pages = Vec::new();
    for (process, text) in shop.metrics().await {
        pages.push(Page::new(format!("metrics of {process}"), text));
    }
    for message in shop.ways.broker.overheard().await {
        let kind = message["routing_key"].as_str().unwrap();
        pages.push(Page::new(format!("message {kind}"), message.to_string()));
    }
    pages.extend(tables::pages(&shop).await);
    let told = shop.close().await;
    for line in &told.lines {
        let place = format!("log of {}", line.process);
        pages.push(Page::new(place, line.raw.clone()));
    }
    for span in &told.spans {
        let place = format!("span of {}", span.service());
        pages.push(Page::new(place, format!("{span:?}")));
    }

    let found = pages.iter().flat_map(|page| needles.find(page));
    let misplaced: Vec<_> = found.filter(|finding| !finding.belongs()).collect();
    assert!(misplaced.is_empty(), "{misplaced:#?}");

    // A search that looks at nothing finds nothing: what may be there is there.
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
        let needle = Needles::of(text);
        let mut of_place = pages.iter().filter(|page| page.place == place);
        let found = of_place.any(|page| !needle.find(page).is_empty());
        assert!(found, "{text} is in {place}");
    }
}
