//! A request and all its consequences are one trace, from the gateway to the last commit.
//! `docs/telemetry.md` describes it.

use std::collections::BTreeSet;

use reqwest::Client;
use serde_json::Value;
use testkit::eventually;

use crate::observed::{Kind, ObservedShop, Output, Span, Trace};

mod batches;
mod click;
mod conventions;

use click::Click;

/// From the request to the authorization.
const UNTIL_PAYMENT: &[&str] = &[
    "gateway server POST /api/v1/orders",
    "gateway client mercantile.order.v1.OrderService/PlaceOrder",
    "order server mercantile.order.v1.OrderService/PlaceOrder",
    "order producer publish mercantile.commands:catalog.reserve.v1",
    "catalog consumer process catalog.reserve.v1:catalog.commands",
    "catalog producer publish mercantile.events:catalog.stock_reserved.v1",
    "order consumer process catalog.stock_reserved.v1:order.replies",
    "order producer publish mercantile.commands:payment.authorize.v1",
    "payment consumer process payment.authorize.v1:payment.commands",
];

/// The call to the provider.
const PROVIDER: &[&str] = &[
    "payment internal provider authorize",
    "payment client POST /v1/payment_intents",
    "sandbox server POST /v1/payment_intents",
];

/// From the authorization to the customer's e-mail.
const CONFIRMING: &[&str] = &[
    "payment producer publish mercantile.events:payment.authorized.v1",
    "order consumer process payment.authorized.v1:order.replies",
    "order producer publish mercantile.commands:catalog.commit.v1",
    "catalog consumer process catalog.commit.v1:catalog.commands",
    "catalog producer publish mercantile.events:catalog.reservation_committed.v1",
    "order consumer process catalog.reservation_committed.v1:order.replies",
    "order producer publish mercantile.events:order.confirmed.v1",
    "user consumer process order.confirmed.v1:user.notifications",
    "user client send order_confirmed mail",
];

/// From the declined card to the customer's e-mail.
const UNDOING: &[&str] = &[
    "payment producer publish mercantile.events:payment.declined.v1",
    "order consumer process payment.declined.v1:order.replies",
    "order producer publish mercantile.commands:catalog.release.v1",
    "catalog consumer process catalog.release.v1:catalog.commands",
    "catalog producer publish mercantile.events:catalog.stock_released.v1",
    "order consumer process catalog.stock_released.v1:order.replies",
    "order producer publish mercantile.events:order.rejected.v1",
    "user consumer process order.rejected.v1:user.notifications",
    "user client send order_rejected mail",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_one_trace_from_the_click_to_the_last_commit() {
    let shop = ObservedShop::open(&[]).await;
    shop.product("RING", 100).await;
    let customer = shop.guest().register().await;

    let confirmed = Click(1).buy(&customer, "pm_card_visa").await;
    customer.wait_for(&confirmed, "confirmed").await;
    let rejected = Click(2).buy(&customer, "pm_card_chargeDeclined").await;
    customer.wait_for(&rejected, "rejected").await;
    let card = "pm_card_threeDSecure2Required";
    let challenged = Click(3).buy(&customer, card).await;
    let waiting = customer
        .wait_until(&challenged, "the order waits for a challenge", |order| {
            order["next_action"].is_object()
        })
        .await;
    complete_challenge(&waiting).await;
    customer.wait_for(&challenged, "confirmed").await;
    let unrecorded = Click(4).buy_unrecorded(&customer).await;
    customer.wait_for(&unrecorded, "confirmed").await;
    a_problem_names_the_trace(&shop, Click(5)).await;
    shop.wait_until_quiet().await;
    shop.mail.wait_for_mails(5).await;

    let output = shop.close().await;
    is_confirmed(&output, Click(1), &confirmed);
    is_rejected(&output, Click(2), &rejected);
    is_confirmed_after_a_challenge(&output, Click(3), &challenged);
    let unrecorded = Trace::of(&output.spans, &Click(4).trace());
    unrecorded.assert(unrecorded.spans.is_empty(), "no span is recorded");
    let orders = output.spans.iter().filter(|span| span.service() == "order");
    let replicas: BTreeSet<&str> = orders
        .filter_map(|span| span.resource.get("service.instance.id"))
        .map(String::as_str)
        .collect();
    assert_eq!(replicas.len(), 2, "each replica has a name: {replicas:?}");
    for span in &output.spans {
        conventions::check(span);
    }
}

fn is_confirmed(output: &Output, click: Click, order: &str) {
    let trace = complete_trace(output, click, order);
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, PROVIDER].concat());
    trace.follow(
        &client,
        &[UNTIL_PAYMENT, &PROVIDER[..1], CONFIRMING].concat(),
    );
    has_statements(
        &trace,
        "order.replies",
        &[
            "BEGIN",
            "INSERT inbox",
            "UPDATE orders",
            "INSERT outbox",
            "COMMIT",
        ],
    );
    has_statements(
        &trace,
        "PlaceOrder",
        &["BEGIN", "INSERT orders", "INSERT outbox", "COMMIT"],
    );
    has_statements(
        &trace,
        "catalog.reserve.v1:catalog.commands",
        &["BEGIN", "INSERT inbox", "COMMIT"],
    );
    has_statements(
        &trace,
        "user.notifications",
        &["BEGIN", "INSERT notifications", "COMMIT"],
    );
    has_statements(
        &trace,
        "provider authorize",
        &["BEGIN", "UPDATE payments", "INSERT outbox", "COMMIT"],
    );
    let services: BTreeSet<&str> = trace.spans.iter().map(Span::service).collect();
    let all = BTreeSet::from(["gateway", "user", "catalog", "order", "payment", "sandbox"]);
    trace.assert(services == all, "every process takes part");
    let failed = trace.spans.iter().any(|span| span.failed.is_some());
    trace.assert(!failed, "nothing failed");
}

/// Asserts that a span whose name ends with `name` has all these statements as children.
fn has_statements(trace: &Trace, name: &str, statements: &[&str]) {
    let found = trace.spans.iter().any(|span| {
        span.name.ends_with(name)
            && statements.iter().all(|statement| {
                let mut below = trace.spans.iter().filter(|below| below.parent == span.id);
                below.any(|below| below.get("db.query.summary").contains(statement))
            })
    });
    trace.assert(found, format_args!("below {name} are {statements:?}"));
}

fn is_rejected(output: &Output, click: Click, order: &str) {
    let trace = complete_trace(output, click, order);
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, PROVIDER].concat());
    let call = &PROVIDER[..1];
    trace.follow(&client, &[UNTIL_PAYMENT, call, UNDOING].concat());
    let call = trace.only(PROVIDER[1]);
    let declined = (
        call.get("http.response.status_code"),
        call.get("error.type"),
    );
    trace.assert(declined == ("402", "402"), "the provider declined");
    let consumers = trace
        .spans
        .iter()
        .filter(|span| span.kind == Kind::Consumer);
    let failed = consumers.filter(|span| span.failed.is_some()).count();
    trace.assert(failed == 0, "a decline is not an error");
}

/// The steps after the challenge also belong to the order's trace.
fn is_confirmed_after_a_challenge(output: &Output, click: Click, order: &str) {
    let trace = complete_trace(output, click, order);
    let challenge = [
        PROVIDER[0],
        "payment producer publish mercantile.events:payment.action_required.v1",
        "order consumer process payment.action_required.v1:order.replies",
    ];
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, &challenge].concat());
    let lookup = ["payment internal look up at the provider"];
    trace.follow(&client, &[UNTIL_PAYMENT, &lookup, CONFIRMING].concat());
}

/// The trace of a click. Asserts that it is one tree whose spans have the order's id.
fn complete_trace(output: &Output, click: Click, order: &str) -> Trace {
    let trace = Trace::of(&output.spans, &click.trace());
    trace.has_no_orphans(&click.span());
    let roots = trace
        .spans
        .iter()
        .filter(|span| span.parent == click.span());
    trace.assert(
        roots.count() == 1,
        "only the gateway's span is below the client's",
    );
    for span in &trace.spans {
        let above = trace.span(&span.parent);
        trace.assert(
            above.is_none_or(|above| above.start <= span.start),
            format_args!("{} starts after its parent", span.name),
        );
        trace.assert(
            conventions::has_response(span),
            format_args!("{} has a response status", span.step()),
        );
        trace.assert(
            span.state == click::STATE,
            format_args!("{} propagates the trace state", span.step()),
        );
    }
    has_order_ids(&trace, order);
    trace
}

/// Asserts that every span that starts after the order's row was inserted has its id, except those of the
/// provider. The two spans around the insert have it too.
fn has_order_ids(trace: &Trace, order: &str) {
    let rows = trace.all("order client INSERT orders");
    let inserted = rows.map(|span| span.end).min();
    trace.assert(inserted.is_some(), "the order's row is inserted");
    for span in &trace.spans {
        let of_the_provider = span.service() == "sandbox";
        let around = [UNTIL_PAYMENT[0], UNTIL_PAYMENT[2]];
        let started_before = inserted > Some(span.start) && !around.contains(&span.step().as_str());
        trace.assert(
            of_the_provider || started_before || span.get("order_id") == order,
            format_args!("{} has the order's id", span.step()),
        );
    }
}

/// The `traceparent` of a response and the `trace_id` of a problem belong to the client's trace.
async fn a_problem_names_the_trace(shop: &ObservedShop, click: Click) {
    let url = format!("{}/api/v1/products/NOTHING", shop.url());
    let request = Client::new().get(url);
    let answer = request.header("traceparent", click.traceparent("01"));
    let answer = answer.send().await.unwrap();
    let header = answer.headers()["traceparent"].to_str().unwrap().to_owned();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["trace_id"], click.trace());
    let span = header.strip_prefix(&format!("00-{}-", click.trace()));
    let span_id = span.and_then(|rest| rest.strip_suffix("-01"));
    assert!(span_id.is_some_and(|id| id != click.span()), "{header}");
    eventually("the span of the response is exported", async || {
        let spans = shop.collector.spans();
        let span = spans
            .into_iter()
            .find(|span| Some(span.id.as_str()) == span_id)?;
        (span.parent == click.span() && span.kind == Kind::Server).then_some(())
    })
    .await;
}

/// Completes the challenge as the customer would on their bank's page.
async fn complete_challenge(order: &Value) {
    let page = order["next_action"]["redirect_url"].as_str().unwrap();
    let http = Client::builder().redirect(reqwest::redirect::Policy::none());
    let answer = http.build().unwrap().post(page);
    let answer = answer.form(&[("outcome", "succeed")]).send().await.unwrap();
    assert!(answer.status().is_redirection(), "{}", answer.status());
}
