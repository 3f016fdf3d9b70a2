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

/// From the click to the money that is held, whatever comes then.
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

/// What asks the provider, and who answers.
const PROVIDER: &[&str] = &[
    "payment internal provider authorize",
    "payment client POST /v1/payment_intents",
    "sandbox server POST /v1/payment_intents",
];

/// From the money that is held to the customer who reads of it.
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

/// From the card that is declined to the stock that is back.
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
    shop.mail.has(5).await;

    let told = shop.close().await;
    is_confirmed(&told, Click(1), &confirmed);
    is_rejected(&told, Click(2), &rejected);
    is_confirmed_after_a_challenge(&told, Click(3), &challenged);
    let unwanted = Trace::of(&told.spans, &Click(4).trace());
    unwanted.must(unwanted.spans.is_empty(), "nobody records the trace");
    let orders = told.spans.iter().filter(|span| span.service() == "order");
    let replicas: BTreeSet<&str> = orders
        .filter_map(|span| span.resource.get("service.instance.id"))
        .map(String::as_str)
        .collect();
    assert_eq!(replicas.len(), 2, "each replica has a name: {replicas:?}");
    for span in &told.spans {
        conventions::hold(span);
    }
}

fn is_confirmed(told: &Told, click: Click, order: &str) {
    let trace = whole(told, click, order);
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, PROVIDER].concat());
    trace.follow(
        &client,
        &[UNTIL_PAYMENT, &PROVIDER[..1], CONFIRMING].concat(),
    );
    commits(
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
    commits(
        &trace,
        "PlaceOrder",
        &["BEGIN", "INSERT orders", "INSERT outbox", "COMMIT"],
    );
    commits(
        &trace,
        "catalog.reserve.v1:catalog.commands",
        &["BEGIN", "INSERT inbox", "COMMIT"],
    );
    commits(
        &trace,
        "user.notifications",
        &["BEGIN", "INSERT notifications", "COMMIT"],
    );
    commits(
        &trace,
        "provider authorize",
        &["BEGIN", "UPDATE payments", "INSERT outbox", "COMMIT"],
    );
    let services: BTreeSet<&str> = trace.spans.iter().map(Span::service).collect();
    let all = BTreeSet::from(["gateway", "user", "catalog", "order", "payment", "sandbox"]);
    trace.must(services == all, "all take part");
    let failed = trace.spans.iter().any(|span| span.failed.is_some());
    trace.must(!failed, "nothing failed");
}

/// Below a span whose name ends so are all these statements.
fn commits(trace: &Trace, name: &str, statements: &[&str]) {
    let whole = trace.spans.iter().any(|span| {
        span.name.ends_with(name)
            && statements.iter().all(|statement| {
                let mut below = trace.spans.iter().filter(|below| below.parent == span.id);
                below.any(|below| below.get("db.query.summary").contains(statement))
            })
    });
    trace.must(whole, format_args!("below {name} are {statements:?}"));
}

fn is_rejected(told: &Told, click: Click, order: &str) {
    let trace = whole(told, click, order);
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, PROVIDER].concat());
    let asked = &PROVIDER[..1];
    trace.follow(&client, &[UNTIL_PAYMENT, asked, UNDOING].concat());
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
        "payment producer publish mercantile.events:payment.action_required.v1",
        "order consumer process payment.action_required.v1:order.replies",
    ];
    let client = click.span();
    trace.follow(&client, &[UNTIL_PAYMENT, &asking].concat());
    let looking = ["payment internal look at the provider"];
    trace.follow(&client, &[UNTIL_PAYMENT, &looking, CONFIRMING].concat());
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
            conventions::is_answered(span),
            format_args!("{} says what was answered", span.step()),
        );
        trace.must(
            span.state == click::STATE,
            format_args!("{} passes the state on", span.step()),
        );
    }
    knows_the_order(&trace, order);
    trace
}

/// From the moment on at which the order has its row, every span of ours names it; so do the two
/// around it that wait for its end.
fn knows_the_order(trace: &Trace, order: &str) {
    let rows = trace.all("order client INSERT orders");
    let known = rows.map(|span| span.end).min();
    trace.must(known.is_some(), "the order's row is written");
    for span in &trace.spans {
        let of_the_provider = span.service() == "sandbox";
        let around = [UNTIL_PAYMENT[0], UNTIL_PAYMENT[2]];
        let began_before = known > Some(span.start) && !around.contains(&span.step().as_str());
        trace.must(
            of_the_provider || began_before || span.get("order_id") == order,
            format_args!("{} has the order's id", span.step()),
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
