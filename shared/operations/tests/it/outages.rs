use contracts::operations::v1::{
    DropDeadLetterRequest, ListDeadLettersRequest, RedriveDeadLetterRequest,
};
use testkit::eventually;
use tonic::Code;

use crate::support::{refused, world};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_unreachable_nothing_is_done_or_recorded() {
    let mut world = world().await;
    world.fail([1]).await;
    let id = world.listed().await[0].id.clone();
    world.rabbitmq.cut();
    let unavailable = (Code::Unavailable, "UNAVAILABLE".to_owned(), vec![]);
    let list = ListDeadLettersRequest::default();
    assert_eq!(
        unavailable,
        refused(world.letters.list_dead_letters(list).await)
    );
    let request = RedriveDeadLetterRequest {
        id,
        reason: "try".to_owned(),
    };
    let answer = world.letters.redrive_dead_letter(request.clone()).await;
    assert_eq!(unavailable, refused(answer));
    assert!(world.audited().await.is_empty());
    world.rabbitmq.restore();
    eventually("redriven", async || {
        let mut letters = world.letters.clone();
        letters.redrive_dead_letter(request.clone()).await.ok()
    })
    .await;
    assert_eq!([1], *world.received(1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_cannot_be_recorded_is_not_done() {
    let mut world = world().await;
    world.fail([1]).await;
    let id = world.listed().await[0].id.clone();
    world.postgres.cut();
    let request = DropDeadLetterRequest {
        id: id.clone(),
        reason: "was only a test".to_owned(),
    };
    let answer = world.letters.drop_dead_letter(request).await;
    assert_eq!(Code::Unavailable, answer.unwrap_err().code());
    // The letter was put back.
    let listed = eventually("the letter", async || {
        Some(world.listed().await).filter(|listed| !listed.is_empty())
    })
    .await;
    assert_eq!(id, listed[0].id);
}
