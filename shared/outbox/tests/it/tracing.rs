//! The sender's trace reaches the handler's span.

use std::sync::Mutex;

use testkit::eventually;
use tracing::Span;

use crate::support::{Calculator, sums, world};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
static PARENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_context_travels_with_the_message() {
    messaging::trace::install(
        || Some(TRACEPARENT.to_owned()),
        |_: &Span, parent| PARENTS.lock().unwrap().push(parent.to_owned()),
    );
    let world = world().await;
    world.start_consumer(&Calculator::default());
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([5]).await;
    eventually("handled", async || {
        (world.count("handled").await == 1).then_some(())
    })
    .await;
    assert_eq!(TRACEPARENT, PARENTS.lock().unwrap()[0]);
}
