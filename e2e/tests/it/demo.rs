//! The simulated customers of `cargo xtask demo`.

use std::sync::Arc;

use demo::{Event, Settings, Tally};
use e2e::Shop;
use testkit::eventually;
use tokio_util::sync::CancellationToken;

/// An order and a return of each outcome, after one round of the sequence.
const OUTCOMES: [Event; 10] = [
    Event::CartLeft,
    Event::Placed,
    Event::Confirmed,
    Event::Rejected,
    Event::Canceled,
    Event::Shipped,
    Event::Delivered,
    Event::ReturnApproved,
    Event::ReturnRefused,
    Event::ChallengeLeft,
];

#[tokio::test(flavor = "multi_thread")]
async fn simulated_customers_bring_orders_to_every_outcome() {
    let shop = Shop::open().await;
    shop.demo_catalog().await;
    let settings = Settings {
        shop: shop.url().parse().unwrap(),
        orders_per_minute: 240,
        duration: None,
    };
    let (tally, stop) = (Arc::new(Tally::default()), CancellationToken::new());
    let running = tokio::spawn({
        let (tally, stop) = (Arc::clone(&tally), stop.clone());
        async move { demo::run(&settings, &tally, &stop).await }
    });
    eventually("every outcome was seen", async || {
        let seen = OUTCOMES.iter().all(|event| tally.count(*event) > 0);
        (seen || running.is_finished()).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(tally.last_error(), None);
    // The counts are of orders that exist.
    let count = |status: &str| format!("SELECT count(*) FROM orders WHERE status = '{status}'");
    let placed = shop.count("order", "SELECT count(*) FROM orders").await;
    assert!(u64::try_from(placed).unwrap() >= tally.count(Event::Placed));
    for status in ["rejected", "cancelled", "delivered"] {
        assert!(shop.count("order", &count(status)).await > 0, "{status}");
    }
}
