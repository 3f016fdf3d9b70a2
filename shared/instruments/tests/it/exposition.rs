//! What `/metrics` answers. Each test is a process of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use instruments::{ALL, Process, Values, exemplars};

use crate::openmetrics::Exposition;

fn scrape() -> Exposition {
    Exposition::read(&instruments::render())
}

#[test]
fn a_process_that_starts_shows_all_it_exports_and_nothing_else() {
    instruments::start(Process::Order);
    let families = scrape().families;
    for instrument in ALL.iter().flat_map(|room| room.iter()) {
        let about = instrument.about();
        let family = about.name.trim_end_matches("_total");
        let is_ours = about.processes.contains(&Process::Order);
        assert_eq!(families.contains_key(family), is_ours, "{}", about.name);
    }
}

#[test]
fn what_can_be_known_beforehand_is_there_at_zero_and_what_must_be_read_is_not() {
    instruments::start(Process::Order);
    let families = scrape().families;
    assert_eq!(families["orders_placed"].samples[0].value, 0.0);
    assert_eq!(families["orders_rejected"].samples.len(), 7);
    let many = "payment_provider_call_seconds";
    instruments::start(Process::Payment);
    assert!(
        scrape().families[many].samples.is_empty(),
        "a line for every bucket of each"
    );
    assert!(families["outbox_pending"].samples.is_empty());
    assert!(families["messages_consumed"].samples.is_empty());
}

#[test]
fn everything_that_is_touched_is_valid_openmetrics() {
    use instruments::{http, order, outbox, process, rpc, runtime};
    for process in Process::ALL {
        instruments::start(process);
    }
    order::ORDERS_PLACED.add(3);
    order::ORDERS_REJECTED.of(["out_of_stock"]).inc();
    order::SAGA
        .of(["confirmed", "nobody"])
        .observe(Duration::from_millis(40));
    outbox::OUTBOX_LAG.set(Duration::from_millis(1_500));
    outbox::OUTBOX_PENDING.set(7_usize);
    process::PROCESS_CPU.set(1.25);
    process::PROCESS_READY.set(true);
    runtime::TOKIO_WORKERS.set(2_u32);
    let odd = "a \"quoted\" \\ route\nin two lines, {braced}";
    http::HTTP_SERVER_REQUEST_DURATION
        .of(["GET", odd, "200"])
        .observe(0.25);
    rpc::RPC_CLIENT_REQUESTS
        .of([
            "catalog",
            "mercantile.catalog.v1.CatalogService",
            "GetProduct",
            "Ok",
        ])
        .inc();

    assert!(instruments::render().contains("\norders_placed_total 3\n"));
    let read = scrape();
    assert_eq!(read.sample("outbox_lag_seconds", "", &[]).value, 1.5);
    assert_eq!(read.families["outbox_lag_seconds"].unit, "seconds");
    assert_eq!(read.families["process_cpu_seconds"].kind, "counter");
    assert_eq!(
        read.sample("process_cpu_seconds", "_total", &[]).value,
        1.25
    );
    let at_the_bound = [("route", odd), ("le", "0.25")];
    let family = "http_server_request_duration_seconds";
    assert_eq!(read.sample(family, "_bucket", &at_the_bound).value, 1.0);
    let below = [("route", odd), ("le", "0.1")];
    assert_eq!(read.sample(family, "_bucket", &below).value, 0.0);
}

#[test]
fn a_value_measured_in_a_recorded_trace_names_it_and_any_other_does_not() {
    static TRACE: AtomicU64 = AtomicU64::new(0);
    exemplars::install(|| match TRACE.load(Ordering::Relaxed) {
        0 => None,
        id => Some(u128::from(id)),
    });
    let family = "database_transaction_seconds";
    let exemplar = || {
        let bucket = [("le", "0.05")];
        scrape().sample(family, "_bucket", &bucket).exemplar.clone()
    };
    let observe = || instruments::database::DATABASE_TRANSACTION.observe(0.04);

    observe();
    assert!(exemplar().is_none());

    TRACE.store(0xabc, Ordering::Relaxed);
    observe();
    let named = exemplar().unwrap();
    assert_eq!(named.labels["trace_id"], format!("{:032x}", 0xabc));
    assert_eq!(named.value, 0.04);

    // The last one that can be looked up stays.
    TRACE.store(0, Ordering::Relaxed);
    observe();
    assert_eq!(exemplar().unwrap().labels, named.labels);
}

#[test]
fn what_belongs_to_a_message_names_the_trace_of_the_message() {
    let ages = instruments::messages::MESSAGE_AGE.of(["order.replies"]);
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traceparent = |flags| format!("00-{id}-00f067aa0ba902b7-{flags}");
    let exemplar = || {
        let read = scrape();
        let bucket = [("queue", "order.replies"), ("le", "2.5")];
        read.sample("message_age_seconds", "_bucket", &bucket)
            .exemplar
            .clone()
    };
    for unrecorded in [None, Some("what"), Some(traceparent("00").as_str())] {
        ages.observe_for(2.0, unrecorded);
        assert!(exemplar().is_none());
    }
    ages.observe_for(2.0, Some(&traceparent("01")));
    assert_eq!(exemplar().unwrap().labels["trace_id"], id);
}

#[test]
fn a_label_takes_no_more_values_than_it_may() {
    let label = instruments::messages::MESSAGES_RETRIED.of(["one"]);
    label.inc();
    for number in 0..100 {
        let queue = format!("queue.{number}");
        instruments::messages::MESSAGES_RETRIED.of([&queue]).inc();
    }
    let read = scrape();
    let samples = &read.families["messages_retried"].samples;
    assert!(samples.len() <= 17, "{}", samples.len());
    let counted: f64 = samples.iter().map(|sample| sample.value).sum();
    assert_eq!(counted, 101.0);
    assert!(
        read.sample("messages_retried", "_total", &[("queue", "other")])
            .value
            > 80.0
    );
}

#[test]
fn a_value_that_is_not_listed_counts_as_other() {
    instruments::user::USER_MAILS
        .of(["a new kind", "sent"])
        .inc();
    let labels = [("kind", "other"), ("outcome", "sent")];
    assert_eq!(scrape().sample("user_mails", "_total", &labels).value, 1.0);
}

#[test]
#[should_panic(expected = "list it in `instruments`")]
fn a_value_that_was_forgotten_is_found_by_tests() {
    instruments::order::ORDERS_REJECTED
        .of(["bad weather"])
        .inc();
}

#[test]
fn what_is_read_at_each_scrape_ends_with_its_source() {
    let source = std::sync::Arc::new(AtomicU64::new(0));
    let weak = std::sync::Arc::downgrade(&source);
    instruments::at_scrape(move || {
        let reads = weak.upgrade()?;
        let before = reads.fetch_add(1, Ordering::Relaxed);
        instruments::outbox::OUTBOX_PENDING.set(before);
        Some(())
    });
    assert_eq!(scrape().sample("outbox_pending", "", &[]).value, 0.0);
    assert_eq!(scrape().sample("outbox_pending", "", &[]).value, 1.0);
    drop(source);
    assert_eq!(scrape().sample("outbox_pending", "", &[]).value, 1.0);
}

#[test]
fn many_threads_lose_nothing() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let series = instruments::user::USER_SIGN_INS.of(["refused"]);
                for _ in 0..1_000 {
                    series.inc();
                    instruments::user::USER_SIGN_INS.of(["signed_in"]).inc();
                    instruments::user::USER_PASSWORD_HASHING.observe(0.1);
                }
            });
        }
    });
    let read = scrape();
    for outcome in ["refused", "signed_in"] {
        let sample = read.sample("user_sign_ins", "_total", &[("outcome", outcome)]);
        assert_eq!(sample.value, 8_000.0);
    }
    let count = read.sample("user_password_hashing_seconds", "_count", &[]);
    assert_eq!(count.value, 8_000.0);
}

#[test]
fn series_that_are_known_are_few() {
    for instrument in ALL.iter().flat_map(|room| room.iter()) {
        let known = instrument.labels().iter().map(|label| match label.values {
            Values::OneOf(known) => known.len(),
            Values::UpTo(_) => 1,
        });
        let series: usize = known.product();
        let name = instrument.about().name;
        assert!(series <= 100, "{name} would have {series} series");
    }
}
