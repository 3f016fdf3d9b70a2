//! Runs the load generator against a real shop, and against targets that it must reject.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use clap::Parser;
use loadtests::{Report, Settings};

/// A few users for a few seconds.
fn settings(target: &str, more: &[&str]) -> Settings {
    let few = ["--browsers", "3", "--buyers", "3", "--seconds", "6"];
    let fast = ["--think-ms", "100", "--orders-per-second", "10"];
    let arguments = [
        &["loadtests", "--target", target],
        &few[..],
        &fast[..],
        more,
    ];
    Settings::try_parse_from(arguments.concat()).unwrap()
}

fn row(report: &Report, name: &str) -> u64 {
    let rows = report.requests.iter().chain(&report.order_times);
    let found = rows.into_iter().find(|row| row.name == name);
    found.map_or(0, |row| row.count)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a running shop: cargo xtask readme"]
#[expect(
    clippy::disallowed_methods,
    reason = "xtask names the shop in the environment"
)]
async fn users_browse_and_buy_without_errors() {
    let shop = std::env::var("MERCANTILE_SHOP").unwrap();
    let settings = settings(&shop, &["--max-error-percent", "0"]);

    let report = Box::pin(loadtests::run(&settings)).await.unwrap();

    assert!(report.passed(), "{report}");
    let (placed, confirmed) = (report.orders("placed"), report.orders("confirmed"));
    assert!(confirmed > 0 && placed >= confirmed, "{report}");
    // The products are restocked before the run.
    assert_eq!(report.orders("sold out"), 0, "{report}");
    for name in [
        "GET /api/v1/products?category",
        "GET /api/v1/products?q",
        "GET /api/v1/products/{product}",
        "POST /api/v1/orders",
        "CLIENT placed to confirmed",
        "TIMELINE placed to confirmed",
    ] {
        assert!(row(&report, name) > 0, "{name} is missing in {report}");
    }
    assert!(report.sent() > 50, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_shop_is_an_error() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = loadtests::run(&settings(&target, &["--wait-s", "0"])).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("does not serve"), "{error}");
}

#[tokio::test]
async fn a_foreign_host_is_rejected() {
    let error = loadtests::run(&settings("https://shop.example.com", &[])).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("--i-own-this-host"), "{error}");
}
