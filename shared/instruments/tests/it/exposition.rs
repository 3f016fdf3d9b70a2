//! The OpenMetrics text. Each test runs in its own process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use instruments::{buckets, exemplars};

use crate::openmetrics::Exposition;

instruments::labels! {
    enum Grain as "grain" { Rye = "rye", Wheat = "wheat" }
    enum Shape as "shape" { Round = "round", Long = "long", Other = "other" }
    struct Shop as "shop" up to 16;
    struct Fresh as "fresh" of bool { true => "yes", false => "no" }
}

instruments::metrics! {
    /// The metrics of the flour.
    static FLOUR;

    /// Flour that is left
    FLOUR_LEFT: Gauge = "flour_left";
    /// Flour that came
    FLOUR_BOUGHT: Counter = "flour_bought_total";
}

instruments::metrics! {
    /// The metrics of the oven.
    static OVEN includes [&FLOUR];

    /// Loaves baked
    LOAVES: Counter<Grain> = "loaves_total";
    /// Loaves sold
    LOAVES_SOLD: Counter<Shop> = "loaves_sold_total";
    /// Loaves by form
    LOAVES_FORMED: Counter<(Grain, Shape)> = "loaves_formed_total";
    /// Loaves eaten
    LOAVES_EATEN: Counter<(Grain, Fresh)> = "loaves_eaten_total";
    /// Time in the oven
    BAKING: Histogram = "baking_seconds", buckets::LONG;
    /// Time in the oven, by shape and grain
    BAKING_EACH: Histogram<(Grain, Shape)> = "baking_each_seconds", buckets::LONG;
    /// Time in the shop
    SHELF: Histogram<Shop> = "shelf_seconds", buckets::LONG;
    /// Time since the oven was cleaned
    OVEN_AGE: Gauge = "oven_age_seconds";
    /// Whether it is hot
    OVEN_HOT: Gauge = "oven_hot";
    /// Time that the oven burned
    BURNED: Total = "burned_seconds_total";
}

instruments::metrics! {
    /// The metrics of another process.
    static CELLAR;

    /// Bottles opened
    BOTTLES: Counter = "bottles_total";
}

fn scrape() -> Exposition {
    instruments::register(&OVEN);
    Exposition::read(&instruments::render())
}

#[test]
fn only_registered_metrics_are_exposed_and_each_once() {
    BOTTLES.inc();
    assert_eq!(scrape().families.len(), 12);
    instruments::register(&FLOUR);
    assert_eq!(scrape().families.len(), 12);
    instruments::register(&CELLAR);
    assert_eq!(scrape().sample("bottles", "_total", &[]).value, 1.0);
}

#[test]
fn listed_series_begin_at_zero_and_gauges_are_absent() {
    let families = scrape().families;
    assert_eq!(families["flour_bought"].samples[0].value, 0.0);
    assert_eq!(families["loaves_formed"].samples.len(), 6);
    assert_eq!(
        families["baking_each_seconds"].samples.len(),
        6 * (buckets::LONG.len() + 3)
    );
    assert!(families["flour_left"].samples.is_empty());
    assert!(families["loaves_sold"].samples.is_empty());
}

#[test]
fn a_histogram_with_many_listed_series_begins_with_none() {
    instruments::labels! {
        enum Day as "day" { Mo = "mo", Tu = "tu", We = "we", Th = "th", Fr = "fr" }
    }
    instruments::metrics! {
        /// More than ten series.
        static WEEK;

        /// Time in the queue
        QUEUE: Histogram<(Day, Shape)> = "queue_seconds", buckets::LONG;
    }
    instruments::register(&WEEK);
    let many = &scrape().families["queue_seconds"];
    assert!(
        many.samples.is_empty(),
        "each series would have a line for every bucket"
    );
    QUEUE.of((Day::Mo, Shape::Round)).observe(1.0);
    assert_eq!(scrape().sample("queue_seconds", "_sum", &[]).value, 1.0);
}

#[test]
fn all_kinds_of_metrics_are_valid_openmetrics() {
    FLOUR_BOUGHT.add(3);
    FLOUR_LEFT.set(7_usize);
    LOAVES.of(Grain::Rye).inc();
    OVEN_AGE.set(Duration::from_millis(1_500));
    OVEN_HOT.set(true);
    BURNED.set(1.25);
    let odd = "a \"quoted\" \\ shop\nin two lines, {braced}";
    SHELF.of(odd).observe(0.25);

    let read = scrape();
    assert!(instruments::render().contains("\nflour_bought_total 3\n"));
    assert_eq!(read.sample("oven_age_seconds", "", &[]).value, 1.5);
    assert_eq!(read.families["oven_age_seconds"].unit, "seconds");
    assert_eq!(read.families["burned_seconds"].kind, "counter");
    assert_eq!(read.sample("burned_seconds", "_total", &[]).value, 1.25);
    let at_the_bound = [("shop", odd), ("le", "0.25")];
    assert_eq!(
        read.sample("shelf_seconds", "_bucket", &at_the_bound).value,
        1.0
    );
    let below = [("shop", odd), ("le", "0.1")];
    assert_eq!(read.sample("shelf_seconds", "_bucket", &below).value, 0.0);
}

#[test]
fn only_a_value_measured_in_a_recorded_trace_has_an_exemplar() {
    static TRACE: AtomicU64 = AtomicU64::new(0);
    exemplars::install(|| match TRACE.load(Ordering::Relaxed) {
        0 => None,
        id => Some(u128::from(id)),
    });
    let family = "baking_seconds";
    let exemplar = || {
        let bucket = [("le", "0.05")];
        scrape().sample(family, "_bucket", &bucket).exemplar.clone()
    };
    let observe = || BAKING.observe(0.04);

    observe();
    assert!(exemplar().is_none());

    TRACE.store(0xabc, Ordering::Relaxed);
    observe();
    let named = exemplar().unwrap();
    assert_eq!(named.labels["trace_id"], format!("{:032x}", 0xabc));
    assert_eq!(named.value, 0.04);

    // The exemplar of the last recorded trace stays.
    TRACE.store(0, Ordering::Relaxed);
    observe();
    assert_eq!(exemplar().unwrap().labels, named.labels);
}

#[test]
fn observe_for_uses_the_trace_of_a_message() {
    let ages = SHELF.of("mill");
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traceparent = |flags| format!("00-{id}-00f067aa0ba902b7-{flags}");
    let exemplar = || {
        let read = scrape();
        let bucket = [("shop", "mill"), ("le", "2.5")];
        read.sample("shelf_seconds", "_bucket", &bucket)
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
fn the_number_of_label_values_is_limited() {
    let label = LOAVES_SOLD.of("one");
    label.inc();
    for number in 0..100 {
        let shop = format!("shop.{number}");
        LOAVES_SOLD.of(&shop).inc();
    }
    let read = scrape();
    let samples = &read.families["loaves_sold"].samples;
    assert!(samples.len() <= 17, "{}", samples.len());
    let counted: f64 = samples.iter().map(|sample| sample.value).sum();
    assert_eq!(counted, 101.0);
    assert!(
        read.sample("loaves_sold", "_total", &[("shop", "other")])
            .value
            > 80.0
    );
}

#[test]
fn a_label_can_be_of_any_type() {
    LOAVES_EATEN.of((Grain::Rye, true)).add(2);
    let read = scrape();
    for (fresh, count) in [("yes", 2.0), ("no", 0.0)] {
        let labels = [("grain", "rye"), ("fresh", fresh)];
        let sample = read.sample("loaves_eaten", "_total", &labels);
        assert_eq!(sample.value, count);
    }
}

#[test]
fn a_scrape_function_is_removed_with_its_source() {
    let source = std::sync::Arc::new(AtomicU64::new(0));
    let weak = std::sync::Arc::downgrade(&source);
    instruments::at_scrape(move || {
        let reads = weak.upgrade()?;
        let before = reads.fetch_add(1, Ordering::Relaxed);
        FLOUR_LEFT.set(before);
        Some(())
    });
    assert_eq!(scrape().sample("flour_left", "", &[]).value, 0.0);
    assert_eq!(scrape().sample("flour_left", "", &[]).value, 1.0);
    drop(source);
    assert_eq!(scrape().sample("flour_left", "", &[]).value, 1.0);
}

#[test]
fn concurrent_updates_are_not_lost() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let series = LOAVES.of(Grain::Rye);
                for _ in 0..1_000 {
                    series.inc();
                    LOAVES.of(Grain::Wheat).inc();
                    BAKING.observe(0.1);
                }
            });
        }
    });
    let read = scrape();
    for grain in ["rye", "wheat"] {
        let sample = read.sample("loaves", "_total", &[("grain", grain)]);
        assert_eq!(sample.value, 8_000.0);
    }
    let count = read.sample("baking_seconds", "_count", &[]);
    assert_eq!(count.value, 8_000.0);
}
