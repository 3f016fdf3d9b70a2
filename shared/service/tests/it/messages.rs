//! The relay, the consumer and the dead letters of a service.

use contracts::messages::{Kind, Message};
use contracts::operations::v1::ListDeadLettersRequest;
use diesel_async::AsyncPgConnection;
use kernel::UserId;
use messaging::Queue;
use outbox::{BatchError, Handler, HandlerError, Incoming};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit::{eventually, with_token};
use tonic::Code;

use crate::support::{World, dead_letters};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Add {
    number: u32,
}

impl Message for Add {
    const TYPE: &'static str = "calculator.add.v1";
    const KIND: Kind = Kind::Command;
    const SOURCE: &'static str = "pupil";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

/// Rejects every message as poison.
struct Refusing;

impl Handler for Refusing {
    type Effects = ();

    async fn handle(&self, _: &mut AsyncPgConnection, _: &[Incoming]) -> Result<(), BatchError> {
        Err(HandlerError::poison("no such number").into())
    }

    fn committed(&self, (): ()) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_the_outbox_that_cannot_be_handled_is_listed_as_a_dead_letter() {
    let world = World::new().await;
    let queue = Queue::new("calculator.sums").bind::<Add>();
    let service = world.service().consume(queue, Refusing);
    let (database, outbox) = (service.database.clone(), service.outbox.clone());
    let running = service.start().await.unwrap();
    world.vhost.wait_for_bindings("calculator.sums", 1).await;
    let conn = database.get().await.unwrap();
    outbox::enqueue(&conn, &Add { number: 7 }).await.unwrap();
    outbox.wake();

    let staff = world.issuer.token(UserId::generate(), "staff");
    let mut client = dead_letters(&running);
    let letter = eventually("a dead letter", async || {
        let request = with_token(&staff, ListDeadLettersRequest::default());
        let listed = client.clone().list_dead_letters(request).await.ok()?;
        listed.into_inner().dead_letters.pop()
    })
    .await;
    assert_eq!(letter.r#type, "calculator.add.v1");
    let anonymous = client.list_dead_letters(ListDeadLettersRequest::default());
    assert_eq!(anonymous.await.unwrap_err().code(), Code::Unauthenticated);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_queue_has_no_dead_letters() {
    let world = World::new().await;
    let running = world.service().start().await.unwrap();
    let staff = world.issuer.token(UserId::generate(), "staff");
    let request = with_token(&staff, ListDeadLettersRequest::default());
    let refused = dead_letters(&running).list_dead_letters(request).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unimplemented);
    running.stop().await;
}
