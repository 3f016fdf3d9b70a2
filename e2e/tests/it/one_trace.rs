//! What happens because of one click is one trace, from the gateway to the last commit.
//! `docs/telemetry.md` says what it looks like.

use std::collections::BTreeSet;

use reqwest::Client;
use serde_json::Value;
use testkit::eventually;

use crate::watched::{Kind, Span, Told, Trace, Watched};

mod batches;
mod click;
mod conventions;

use click::Click;

const PLACE: &str = "mercantile.order.v1.OrderService/PlaceOrder";

/// From the click to the money that is held, whatever comes then.
const UNTIL_PAYMENT: [(&str, Kind, &str); 9] = [
    ("gateway", Kind::Server, "POST /api/v1/orders"),
    ("gateway", Kind::Client, PLACE),
    ("order", Kind::Server, PLACE),
    (
        "order",
        Kind::Producer,
        "publish mercantile.commands:catalog.reserve.v1",
    ),
    (
        "catalog",
        Kind::Consumer,
        "process catalog.reserve.v1:catalog.orders",
    ),
    (
        "catalog",
        Kind::Producer,
        "publish mercantile.events:catalog.stock_reserved.v1",
    ),
    (
        "order",
        Kind::Consumer,
        "process catalog.stock_reserved.v1:order.replies",
    ),
    (
        "order",
        Kind::Producer,
        "publish mercantile.commands:payment.authorize.v1",
    ),
    (
        "payment",
        Kind::Consumer,
        "process payment.authorize.v1:payment.commands",
    ),
];

/// What asks the provider, and who answers.
const PROVIDER: [(&str, Kind, &str); 3] = [
    ("payment", Kind::Internal, "provider authorize"),
    ("payment", Kind::Client, "POST /v1/payment_intents"),
    ("sandbox", Kind::Server, "POST /v1/payment_intents"),
];

/// From the money that is held to the customer who hears of it.
const CONFIRMING: [(&str, Kind, &str); 7] = [
    (
        "payment",
        Kind::Producer,
        "publish mercantile.events:payment.authorized.v1",
    ),
    (
        "order",
        Kind::Consumer,
        "process payment.authorized.v1:order.replies",
    ),
    (
        "order",
        Kind::Producer,
        "publish mercantile.commands:catalog.commit.v1",
    ),
    (
        "catalog",
        Kind::Consumer,
        "process catalog.commit.v1:catalog.orders",
    ),
    (
        "catalog",
        Kind::Producer,
        "publish mercantile.events:catalog.reservation_committed.v1",
    ),
    (
        "order",
        Kind::Consumer,
        "process catalog.reservation_committed.v1:order.replies",
    ),
    (
        "order",
        Kind::Producer,
        "publish mercantile.events:order.confirmed.v1",
    ),
];

/// From the card that is declined to the stock that is back.
const UNDOING: [(&str, Kind, &str); 7] = [
    (
        "payment",
        Kind::Producer,
        "publish mercantile.events:payment.declined.v1",
    ),
    (
        "order",
        Kind::Consumer,
        "process payment.declined.v1:order.replies",
    ),
    (
        "order",
        Kind::Producer,
        "publish mercantile.commands:catalog.release.v1",
    ),
    (
        "catalog",
        Kind::Consumer,
        "process catalog.release.v1:catalog.orders",
    ),
    (
        "catalog",
        Kind::Producer,
        "publish mercantile.events:catalog.stock_released.v1",
    ),
    (
        "order",
        Kind::Consumer,
        "process catalog.stock_released.v1:order.replies",
    ),
    (
        "order",
        Kind::Producer,
        "publish mercantile.events:order.rejected.v1",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_one_trace_from_the_click_to_the_last_commit() {
    let shop = Watched::open(&[]).await;
    shop.product("RING", 100).await;
    let customer = shop.guest().register().await;

    let confirmed = Click(1).buys(&customer, "pm_card_visa").await;
    customer.wait_for(&confirmed, "confirmed").await;
    let rejected = Click(2).buys(&customer, "pm_card_chargeDeclined").await;
    customer.wait_for(&rejected, "rejected").await;
    let card = "pm_card_threeDSecure2Required";
    let challenged = Click(3).buys(&customer, card).await;
    let waiting = customer
        .wait_until(&challenged, "the customer is asked", |order| {
            order["next_action"].is_object()
        })
        .await;
    answers_her_bank(&waiting).await;
    customer.wait_for(&challenged, "confirmed").await;
    let unrecorded = Click(4).buys_unrecorded(&customer).await;
    customer.wait_for(&unrecorded, "confirmed").await;
    a_problem_names_the_trace(&shop, Click(5)).await;
    shop.wait_until_quiet().await;

    let told = shop.close().await;
    is_confirmed(&told, Click(1), &confirmed);
    is_rejected(&told, Click(2), &rejected);
    is_confirmed_after_a_challenge(&told, Click(3), &challenged);
    let unwanted = Trace::of(&told.spans, &Click(4).trace());
    unwanted.must(unwanted.spans.is_empty(), "nobody records the trace");
    for span in &told.spans {
        conventions::hold(span);
    }
}

fn is_confirmed(told: &Told, click: Click, order: &str) {
    let trace = whole(told, click, order);
    let (id, client) = (trace.id.as_str(), click.span());
    assert_eq!(id, click.trace());
    trace.follow(&client, &[&UNTIL_PAYMENT[..], &PROVIDER].concat());
    let asked = &PROVIDER[..1];
    let announced = trace.follow(&client, &[&UNTIL_PAYMENT[..], asked, &CONFIRMING].concat());
    // The announcement comes out of the commit that ends the checkout.
    let last = trace.span(&announced.parent).unwrap();
    for statement in ["BEGIN", "INSERT inbox", "COMMIT"] {
        let found = trace.all(("order", Kind::Client, statement));
        let below = found.filter(|found| found.parent == last.id).count();
        trace.must(
            below == 1,
            format_args!("the last commit has one {statement}"),
        );
    }
    let placed = trace.only(("order", Kind::Server, PLACE));
    for statement in ["INSERT orders", "INSERT outbox", "COMMIT"] {
        let found = trace.all(("order", Kind::Client, statement));
        let below = found.filter(|found| found.parent == placed.id).count();
        trace.must(below > 0, format_args!("placing has one {statement}"));
    }
    let services: BTreeSet<&str> = trace.spans.iter().map(Span::service).collect();
    for service in ["gateway", "order", "catalog", "payment", "sandbox"] {
        trace.must(
            services.contains(service),
            format_args!("{service} takes part"),
        );
    }
    let failed = trace.spans.iter().any(|span| span.failed.is_some());
    trace.must(!failed, "nothing failed");
}

fn is_rejected(told: &Told, click: Click, order: &str) {
    let trace = whole(told, click, order);
    let client = click.span();
    trace.follow(&client, &[&UNTIL_PAYMENT[..], &PROVIDER].concat());
    let asked = &PROVIDER[..1];
    trace.follow(&client, &[&UNTIL_PAYMENT[..], asked, &UNDOING].concat());
    let call = trace.only(PROVIDER[1]);
    let declined = (
        call.get("http.response.status_code"),
        call.get("error.type"),
    );
    trace.must(declined == ("402", "402"), "the provider declined");
    let consumers = trace
        .spans
        .iter()
        .filter(|span| span.kind == Kind::Consumer);
    let failed = consumers.filter(|span| span.failed.is_some()).count();
    trace.must(failed == 0, "a no is no failure");
}

/// What comes after the bank has heard from the customer belongs to the order's trace, too.
fn is_confirmed_after_a_challenge(told: &Told, click: Click, order: &str) {
    let trace = whole(told, click, order);
    let asking = [
        PROVIDER[0],
        (
            "payment",
            Kind::Producer,
            "publish mercantile.events:payment.action_required.v1",
        ),
        (
            "order",
            Kind::Consumer,
            "process payment.action_required.v1:order.replies",
        ),
    ];
    let client = click.span();
    trace.follow(&client, &[&UNTIL_PAYMENT[..], &asking].concat());
    let looking = [
        PROVIDER[0],
        ("payment", Kind::Internal, "look at the provider"),
    ];
    trace.follow(
        &client,
        &[&UNTIL_PAYMENT[..], &looking, &CONFIRMING].concat(),
    );
}

/// The trace of a click; one tree, and the order's id on whatever knows it.
fn whole(told: &Told, click: Click, order: &str) -> Trace {
    let trace = Trace::of(&told.spans, &click.trace());
    trace.has_no_orphans(&click.span());
    let roots = trace
        .spans
        .iter()
        .filter(|span| span.parent == click.span());
    trace.must(
        roots.count() == 1,
        "the gateway goes on with the client's trace, alone",
    );
    for span in &trace.spans {
        let above = trace.span(&span.parent);
        trace.must(
            above.is_none_or(|above| above.start <= span.start),
            format_args!("{} begins after what caused it", span.name),
        );
        trace.must(
            span.state == click::STATE,
            format_args!("{} {} passes the state on", span.service(), span.name),
        );
    }
    knows_the_order(&trace, order);
    trace
}

/// From the moment on at which the order has its row, every span of ours names it.
fn knows_the_order(trace: &Trace, order: &str) {
    let rows = trace.all(("order", Kind::Client, "INSERT orders"));
    let known = rows.map(|span| span.end).min();
    trace.must(known.is_some(), "the order's row is written");
    for span in &trace.spans {
        let of_the_provider = span.service() == "sandbox";
        let began_before = known > Some(span.start) && span.kind != Kind::Server;
        trace.must(
            of_the_provider || began_before || span.get("order_id") == order,
            format_args!("{} {} has the order's id", span.service(), span.name),
        );
    }
}

/// The trace that is answered to the client is hers, and a problem names it.
async fn a_problem_names_the_trace(shop: &Watched, click: Click) {
    let url = format!("{}/api/v1/products/NOTHING", shop.url());
    let request = Client::new().get(url);
    let answer = request.header("traceparent", click.traceparent("01"));
    let answer = answer.send().await.unwrap();
    let header = answer.headers()["traceparent"].to_str().unwrap().to_owned();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["trace_id"], click.trace());
    let ours = header.strip_prefix(&format!("00-{}-", click.trace()));
    let ours = ours.and_then(|rest| rest.strip_suffix("-01"));
    assert!(ours.is_some_and(|ours| ours != click.span()), "{header}");
    eventually("the span that was answered arrives", async || {
        let spans = shop.collector.spans();
        let span = spans
            .into_iter()
            .find(|span| Some(span.id.as_str()) == ours)?;
        (span.parent == click.span() && span.kind == Kind::Server).then_some(())
    })
    .await;
}

/// The customer answers on her bank's page.
async fn answers_her_bank(order: &Value) {
    let page = order["next_action"]["redirect_url"].as_str().unwrap();
    let http = Client::builder().redirect(reqwest::redirect::Policy::none());
    let answer = http.build().unwrap().post(page);
    let answer = answer.form(&[("outcome", "succeed")]).send().await.unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
}
