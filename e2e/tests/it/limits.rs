//! `docs/limits.md` is generated from the default configurations and from constants in the code.
//! `UPDATE_DOCS=1` rewrites it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::About;
use chassis::config::{Source, load};

mod constants;
mod keys;
mod list;
mod memory;

const PATH: &str = "docs/limits.md";

const INTRODUCTION: &str = "# Limits

Every time-out, age, retry count, batch size, size limit and rate that a user or an operator can notice.
Keys are set in the configuration of a process (`order config` prints those in force); constants are in
the code. This page is generated: change a limit where it is defined, then run
`UPDATE_DOCS=1 cargo xtask test -- -p e2e limits`.

";

/// The processes, in the order of the page.
const PROCESSES: [About; 6] = [
    gateway::ABOUT,
    user::ABOUT,
    catalog::ABOUT,
    order::ABOUT,
    payment::ABOUT,
    sandbox::ABOUT,
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> String {
    let mut page = INTRODUCTION.to_owned();
    computed(&mut page);
    memory::write(&mut page, &root());
    keys::write(&mut page, &PROCESSES);
    constants::write(&mut page, &root());
    page
}

/// Limits that follow from several others.
fn computed(page: &mut String) {
    let source = |about| {
        Source::defaults(about)
            .set("database.url", "postgres://localhost/limits")
            .set("broker.url", "amqp://localhost")
            .set("tokens.secrets", testkit::TOKEN_SECRET)
    };
    let order: order::Config = load(&source(order::ABOUT)).unwrap();
    let saga = order.own.own.saga;
    let reservation = saga.reservation();

    let gateway: gateway::Config = load(&Source::defaults(gateway::ABOUT)).unwrap();
    let catalog: catalog::Config = load(&source(catalog::ABOUT)).unwrap();
    let gateway_ms = gateway.own.cache.max_age_ms;
    let catalog_ms = catalog.own.own.cache.max_age_ms;
    let page_age = Duration::from_millis(gateway_ms + catalog_ms);
    let stale = Duration::from_millis(gateway.own.cache.max_stale_ms);

    page.push_str("## Computed\n\n| limit | value | from |\n|---|---|---|\n");
    for (limit, value, from) in [
        (
            "a reservation of stock expires",
            seconds(reservation),
            "`order`: all waits for the reservation and the authorization (`saga.reserve_*`, \
             `saga.authorize_*`), plus `saga.authentication_wait_ms`, plus `saga.reservation_margin_ms`",
        ),
        (
            "age of a product page without change events",
            seconds(page_age),
            "`gateway` `cache.max_age_ms` + `catalog` `cache.max_age_ms`; a change event evicts the page at \
             once; checkout reads the database",
        ),
        (
            "time for which a product page is served while the catalog is away",
            seconds(stale),
            "`gateway` `cache.max_stale_ms`",
        ),
    ] {
        writeln!(page, "| {limit} | {value} | {from} |").unwrap();
    }
    page.push('\n');
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

#[test]
fn the_page_shows_the_limits_of_the_code() {
    crate::docs::check_generated(PATH, &document(), "limits");
}

#[test]
fn the_page_says_when_a_reservation_expires() {
    assert!(document().contains("| a reservation of stock expires | 885 s |"));
}
