//! Batches that link several traces, and commands that are sent again because no reply came.

use e2e::Customer;
use futures_util::future::join_all;
use testkit::eventually;

use super::click::Click;
use super::{CONFIRMING, PROVIDER, UNTIL_PAYMENT, complete_trace, conventions};
use crate::observed::{Kind, ObservedShop, Span, Trace};

/// Commands are sent again soon and often.
const FREQUENT_REPEATS: e2e::Settings<'_> = &[
    ("order", "saga.reserve_wait_ms", "500"),
    ("order", "saga.reserve_attempts", "8"),
    ("order", "saga.tick_ms", "50"),
];

#[tokio::test(flavor = "multi_thread")]
async fn batches_link_to_their_messages_and_repeated_commands_stay_in_the_trace() {
    let shop = ObservedShop::open(FREQUENT_REPEATS).await;
    shop.product("RING", 100).await;
    let customers = join_all((0..6).map(|_| shop.guest().register())).await;

    // The order service publishes nothing, and then all commands in one batch.
    shop.proxies.catalog_broker.cut();
    shop.proxies.order_broker.cut();
    let placed = join_all((1..).zip(&customers).map(place)).await;
    shop.proxies.order_broker.restore();
    eventually("a reply is overdue", async || {
        let spans = shop.collector.spans();
        let found = spans
            .into_iter()
            .find(|span| span.name == "continue reserve")?;
        (!found.trace.is_empty()).then_some(())
    })
    .await;
    shop.proxies.catalog_broker.restore();
    for (order, customer) in placed.iter().zip(&customers) {
        customer.wait_for(order, "confirmed").await;
    }
    shop.wait_until_quiet().await;
    shop.mail.wait_for_mails(placed.len()).await;

    let output = shop.close().await;
    let traces: Vec<Trace> = (1..)
        .zip(&placed)
        .map(|(number, order)| {
            let click = Click(number);
            let trace = complete_trace(&output, click, order);
            let steps = [UNTIL_PAYMENT, &PROVIDER[..1], CONFIRMING].concat();
            trace.follow(&click.span(), &steps);
            trace
        })
        .collect();
    let batches: Vec<&Span> = output
        .spans
        .iter()
        .filter(|span| {
            span.attributes
                .contains_key("messaging.batch.message_count")
        })
        .collect();
    for name in ["publish batch", "commit catalog.commands"] {
        let joined = batches.iter().filter(|span| span.name == name);
        let linked: Vec<&Span> = joined
            .flat_map(|span| &span.links)
            .filter_map(|link| {
                traces
                    .iter()
                    .find(|trace| trace.id == link.trace)?
                    .span(&link.id)
            })
            .collect();
        assert!(linked.len() > 1, "{name} links to orders: {batches:#?}");
        let publish = linked.iter().all(|span| span.kind == Kind::Producer);
        assert!(publish, "{name} links to published messages: {linked:#?}");
    }
    let repeated = traces.iter().any(|trace| {
        trace.all("order internal continue reserve").any(|pursuit| {
            let again = trace.spans.iter().find(|span| span.parent == pursuit.id);
            again.is_some() && pursuit.get("step") == "reserve"
        })
    });
    assert!(repeated, "a repeated command belongs to the order's trace");
    for span in &output.spans {
        conventions::check(span);
    }
}

async fn place((number, customer): (u8, &Customer)) -> String {
    Click(number).buy(customer, "pm_card_visa").await
}
