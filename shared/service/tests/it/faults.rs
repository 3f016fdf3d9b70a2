//! Faults for demonstrations: a consumer that stops for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chassis::status::Details;
use contracts::messages::{Kind, Message};
use contracts::operations::v1::{GetFaultsRequest, PauseConsumerRequest};
use diesel_async::AsyncPgConnection;
use kernel::UserId;
use messaging::Queue;
use outbox::{BatchError, Handler, Incoming};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit::{eventually, with_token};
use tonic::Code;

use crate::support::{World, faults, service};

const QUEUE: &str = "calculator.tones";

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Ring {
    number: u32,
}

impl Message for Ring {
    const TYPE: &'static str = "calculator.ring.v1";
    const KIND: Kind = Kind::Command;
    const SOURCE: &'static str = "pupil";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

/// Counts the messages that it handled.
struct Counting(Arc<AtomicUsize>);

impl Handler for Counting {
    type Effects = usize;

    async fn handle(
        &self,
        _: &mut AsyncPgConnection,
        set: &[Incoming],
    ) -> Result<usize, BatchError> {
        Ok(set.len())
    }

    fn committed(&self, count: usize) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}

fn seconds(seconds: u32) -> PauseConsumerRequest {
    PauseConsumerRequest { seconds }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_consumer_leaves_messages_in_its_queue_and_handles_them_afterwards() {
    let world = World::new().await;
    let handled = Arc::new(AtomicUsize::new(0));
    let service = service(&world.source().set("faults.allowed", true)).consume(
        Queue::new(QUEUE).bind::<Ring>(),
        Counting(Arc::clone(&handled)),
    );
    let (database, outbox) = (service.database.clone(), service.outbox.clone());
    let running = service.start().await.unwrap();
    world.vhost.wait_for_bindings(QUEUE, 1).await;
    let token = world.issuer.token(UserId::generate(), "staff");
    let staff = || faults(&running);
    let ring = async |number| {
        let conn = database.get().await.unwrap();
        outbox::enqueue(&conn, &Ring { number }).await.unwrap();
        outbox.wake();
    };
    ring(1).await;
    eventually("a message is handled", async || {
        (handled.load(Ordering::Relaxed) == 1).then_some(())
    })
    .await;

    let paused = staff()
        .pause_consumer(with_token(&token, seconds(60)))
        .await;
    assert!(paused.unwrap().into_inner().paused_until.is_some());
    let state = staff()
        .get_faults(with_token(&token, GetFaultsRequest {}))
        .await;
    let state = state.unwrap().into_inner();
    assert!(state.allowed && state.paused_until.is_some());
    assert_eq!(state.queue, QUEUE);
    let records = "operator_actions WHERE kind = 'consumer.pause' AND subject = 'calculator.tones'";
    assert_eq!(world.database.count(records).await, 1);
    ring(2).await;
    eventually("the message is in the queue", async || {
        (world.database.count("outbox").await == 0).then_some(())
    })
    .await;
    assert_eq!(handled.load(Ordering::Relaxed), 1);

    // The last call counts, and this pause ends by itself.
    staff()
        .pause_consumer(with_token(&token, seconds(1)))
        .await
        .unwrap();
    eventually("the message is handled", async || {
        (handled.load(Ordering::Relaxed) == 2).then_some(())
    })
    .await;
    let state = staff()
        .get_faults(with_token(&token, GetFaultsRequest {}))
        .await;
    assert_eq!(state.unwrap().into_inner().paused_until, None);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_is_paused_for_a_minute_at_most_and_only_where_that_is_allowed() {
    let world = World::new().await;
    let token = world.issuer.token(UserId::generate(), "staff");
    for (allowed, request, code, reason) in [
        (
            false,
            seconds(5),
            Code::FailedPrecondition,
            "FAULTS_NOT_ALLOWED",
        ),
        (
            true,
            seconds(61),
            Code::InvalidArgument,
            "VALIDATION_FAILED",
        ),
    ] {
        let service = service(&world.source().set("faults.allowed", allowed))
            .consume(Queue::new(QUEUE).bind::<Ring>(), Counting(Arc::default()));
        let running = service.start().await.unwrap();
        let refused = faults(&running)
            .pause_consumer(with_token(&token, request))
            .await;
        let status = refused.unwrap_err();
        assert_eq!(status.code(), code);
        assert_eq!(Details::from_status(&status).reason, reason);
        let anonymous = faults(&running).pause_consumer(seconds(5)).await;
        assert_eq!(anonymous.unwrap_err().code(), Code::Unauthenticated);
        running.stop().await;
    }
    assert_eq!(world.database.count("operator_actions").await, 0);
}
