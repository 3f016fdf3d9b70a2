//! What joins several traces, and what is done again because nobody answered.

use e2e::Customer;
use futures_util::future::join_all;
use testkit::eventually;

use super::click::Click;
use super::{CONFIRMING, PROVIDER, UNTIL_PAYMENT, conventions, whole};
use crate::watched::{Kind, Span, Trace, Watched};

/// Asked again soon, and for long.
const INSISTENT: e2e::Settings<'_> = &[
    ("order", "saga.reserve_wait_ms", "500"),
    ("order", "saga.reserve_attempts", "8"),
    ("order", "saga.tick_ms", "50"),
];

#[tokio::test(flavor = "multi_thread")]
async fn batches_link_to_what_they_join_and_late_questions_belong_to_their_order() {
    let shop = Watched::open(INSISTENT).await;
    shop.product("RING", 100).await;
    let customers = join_all((0..6).map(|_| shop.guest().register())).await;

    // Nothing leaves the order service, and then everything at once.
    shop.ways.catalog_broker.cut();
    shop.ways.order_broker.cut();
    let placed = join_all((1..).zip(&customers).map(place)).await;
    shop.ways.order_broker.restore();
    eventually("an answer is overdue", async || {
        let spans = shop.collector.spans();
        let found = spans
            .into_iter()
            .find(|span| span.name == "pursue reserve")?;
        (!found.trace.is_empty()).then_some(())
    })
    .await;
    shop.ways.catalog_broker.restore();
    for (order, customer) in placed.iter().zip(&customers) {
        customer.wait_for(order, "confirmed").await;
    }
    shop.wait_until_quiet().await;
    shop.mail.has(placed.len()).await;

    let told = shop.close().await;
    let traces: Vec<Trace> = (1..)
        .zip(&placed)
        .map(|(number, order)| {
            let click = Click(number);
            let trace = whole(&told, click, order);
            let way = [UNTIL_PAYMENT, &PROVIDER[..1], CONFIRMING].concat();
            trace.follow(&click.span(), &way);
            trace
        })
        .collect();
    let batches: Vec<&Span> = told
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
        assert!(publish, "{name} joins what was published: {linked:#?}");
    }
    let pursued = traces.iter().any(|trace| {
        trace.all("order internal pursue reserve").any(|pursuit| {
            let again = trace.spans.iter().find(|span| span.parent == pursuit.id);
            again.is_some() && pursuit.get("step") == "reserve"
        })
    });
    assert!(pursued, "what is asked again belongs to the order's trace");
    for span in &told.spans {
        conventions::hold(span);
    }
}

async fn place((number, customer): (u8, &Customer)) -> String {
    Click(number).buys(customer, "pm_card_visa").await
}
