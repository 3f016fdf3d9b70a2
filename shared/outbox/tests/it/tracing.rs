//! The parents and links of the spans of messages.

use std::sync::Mutex;

use contracts::TraceContext;
use contracts::trace::{Hooks, install};
use testkit::{RecordedSpan, Spans, eventually};
use tracing::Span;

use crate::support::{Calculator, World, sums, world};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const STATE: &str = "congo=t61rcWkgMzE";

/// The parents or links of spans, by the id of the span.
static PARENTS: Mutex<Vec<(u64, TraceContext)>> = Mutex::new(Vec::new());
static LINKS: Mutex<Vec<(u64, TraceContext)>> = Mutex::new(Vec::new());

/// The context of the span with this id; 0 is the request, which has no span here.
fn context(span: u64, flags: &str) -> TraceContext {
    let parent = format!("00-{TRACE}-{:016x}-{flags}", span + 0x1000);
    TraceContext::from_stored(Some(parent), Some(STATE.to_owned())).unwrap()
}

fn number(span: &Span) -> Option<u64> {
    span.id().map(|id| id.into_u64())
}

fn recorded() -> Option<TraceContext> {
    Some(context(number(&Span::current()).unwrap_or(0), "01"))
}

fn unrecorded() -> Option<TraceContext> {
    Some(context(0, "00"))
}

async fn traced(current: fn() -> Option<TraceContext>) -> (Spans, World) {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    install(Hooks {
        current,
        context_of: |span| Some(context(number(span)?, "01")),
        set_parent: |span, to| note(&PARENTS, span, to),
        link: |span, to| note(&LINKS, span, to),
    });
    (Spans::listen(), world)
}

fn note(list: &Mutex<Vec<(u64, TraceContext)>>, span: &Span, to: &TraceContext) {
    if let Some(number) = number(span) {
        list.lock().unwrap().push((number, to.clone()));
    }
}

fn of(list: &Mutex<Vec<(u64, TraceContext)>>, span: &RecordedSpan) -> Vec<TraceContext> {
    let all = list.lock().unwrap();
    let of_span = all.iter().filter(|(number, _)| *number == span.id);
    of_span.map(|(_, to)| to.clone()).collect()
}

/// The spans of a message type.
fn about(mut spans: Vec<RecordedSpan>, message_type: &str) -> Vec<RecordedSpan> {
    let key = "messaging.rabbitmq.destination.routing_key";
    spans.retain(|span| span.field(key) == message_type);
    spans
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_published_below_its_sender_and_handled_below_the_publication() {
    let (spans, world) = traced(recorded).await;
    world.start_consumer(&Calculator::default());
    world.start_relay();
    world.send([5]).await;
    world.settled(1).await;
    let published = about(spans.named("publish"), "calculator.add.v1").remove(0);
    assert_eq!(of(&PARENTS, &published), [context(0, "01")]);
    let handled = spans.named("process").remove(0);
    assert_eq!(of(&PARENTS, &handled), [context(published.id, "01")]);
    for (span, field, value) in [
        (&published, "otel.kind", "producer"),
        (&published, "messaging.operation.type", "send"),
        (
            &published,
            "messaging.destination.name",
            "mercantile.commands:calculator.add.v1",
        ),
        (&handled, "otel.kind", "consumer"),
        (
            &handled,
            "otel.name",
            "process calculator.add.v1:calculator.sums",
        ),
        (&handled, "attempt", "1"),
        (&handled, "error.type", ""),
    ] {
        assert_eq!(span.field(field), value, "{field}");
    }
    // The reply belongs to the same trace.
    let reply = about(spans.named("publish"), "calculator.added.v1").remove(0);
    assert_eq!(of(&PARENTS, &reply), [context(handled.id, "01")]);
    let batches = spans.named("publish batch").len() + spans.named("commit").len();
    assert_eq!(batches, 0, "single messages have no span of a batch");
    eventually("all spans to end", async || {
        spans.all().iter().all(|span| span.ended).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spans_of_a_batch_link_to_each_message() {
    let (spans, world) = traced(recorded).await;
    world.send(101..=130).await;
    world.start_relay();
    eventually("all messages to be published", async || {
        (world.count("outbox").await == 0).then_some(())
    })
    .await;
    let published = about(spans.named("publish"), "calculator.add.v1");
    let batch = spans.named("publish batch").remove(0);
    assert_eq!(batch.field("messaging.batch.message_count"), "30");
    let each: Vec<TraceContext> = published
        .iter()
        .map(|span| context(span.id, "01"))
        .collect();
    assert_eq!(of(&LINKS, &batch), each);
    assert_eq!((batch.parent, of(&PARENTS, &batch)), (None, vec![]));

    world.start_consumer(&Calculator::default());
    world.settled(30).await;
    let commits = spans.named("commit");
    let linked: usize = commits.iter().map(|commit| of(&LINKS, commit).len()).sum();
    let handled = spans.named("process");
    let shared = handled.iter().filter(|span| !of(&LINKS, span).is_empty());
    assert_eq!(linked, shared.clone().count());
    assert!(linked > 1, "30 waiting messages must share commits");
    for span in shared {
        let to = &of(&LINKS, span)[0];
        assert!(commits.iter().any(|commit| context(commit.id, "01") == *to));
    }
    for span in &handled {
        assert!(each.contains(&of(&PARENTS, span)[0]), "{span:?}");
    }
    // Each reply is below its message, also if several shared a commit.
    eventually("all replies are published", async || {
        (about(spans.named("publish"), "calculator.added.v1").len() == 30).then_some(())
    })
    .await;
    let replies = about(spans.named("publish"), "calculator.added.v1");
    let above = replies.iter().map(|reply| of(&PARENTS, reply)[0].clone());
    let mut above: Vec<String> = above.map(|above| above.traceparent).collect();
    let all = handled
        .iter()
        .map(|span| context(span.id, "01").traceparent);
    let mut all: Vec<String> = all.collect();
    above.sort();
    all.sort();
    assert_eq!(above, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_batch_only_the_span_of_the_rejected_message_has_an_error() {
    let (spans, world) = traced(recorded).await;
    world.send((101..=115).chain([13]).chain(116..=130)).await;
    world.start_relay();
    eventually("all messages to be published", async || {
        (world.count("outbox").await == 0).then_some(())
    })
    .await;
    world.start_consumer(&Calculator::default());
    world.settled(30).await;
    let failed = eventually("it failed", async || {
        let mut handled = spans.named("process");
        handled.retain(|span| !span.field("error.type").is_empty());
        (!handled.is_empty()).then_some(handled)
    })
    .await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].field("error.type"), "poison");
    assert_eq!(failed[0].field("otel.status_code"), "ERROR");
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_and_redrives_stay_below_the_same_publication() {
    let (spans, world) = traced(recorded).await;
    let calculator = Calculator::default();
    calculator
        .failures_of_7
        .store(1, std::sync::atomic::Ordering::SeqCst);
    world.start_consumer(&calculator);
    world.start_relay();
    world.send([7]).await;
    world.settled(1).await;
    let tries = spans.named("process");
    let fields = |name| {
        let of_tries = tries
            .iter()
            .map(|span: &RecordedSpan| span.field(name).to_owned());
        of_tries.collect::<Vec<_>>()
    };
    assert_eq!(fields("attempt"), ["1", "2"]);
    assert_eq!(fields("error.type"), ["transient", ""]);
    assert_eq!(fields("otel.status_code"), ["ERROR", ""]);
    assert_eq!(of(&PARENTS, &tries[0]), of(&PARENTS, &tries[1]));

    world.send([13]).await;
    let letters = world.broker.dead_letters(&sums().name);
    for tried in [1, 2] {
        eventually("the message to become a dead letter", async || {
            let poisoned = spans.named("process");
            let poisoned = poisoned
                .iter()
                .filter(|span| span.field("error.type") == "poison");
            (poisoned.count() == tried && letters.count().await.ok()? == 1).then_some(())
        })
        .await;
        if tried == 1 {
            assert_eq!(letters.redrive_all().await.unwrap(), 1);
        }
    }
    let tries = spans.named("process");
    let [.., first, again] = tries.as_slice() else {
        panic!("{tries:?}");
    };
    assert_eq!(of(&PARENTS, first), of(&PARENTS, again));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_is_not_recorded_is_passed_on_without_spans() {
    let (spans, world) = traced(unrecorded).await;
    world.start_consumer(&Calculator::default());
    world.start_relay();
    world.send([5, 6]).await;
    world.settled(2).await;
    for name in ["publish", "publish batch", "commit"] {
        assert!(spans.named(name).is_empty(), "{name}");
    }
    for handled in spans.named("process") {
        assert_eq!(of(&PARENTS, &handled), [context(0, "00")]);
    }
}
