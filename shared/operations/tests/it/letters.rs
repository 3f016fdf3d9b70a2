use contracts::operations::v1::{
    DropDeadLetterRequest, GetDeadLetterRequest, ListDeadLettersRequest,
    RedriveAllDeadLettersRequest, RedriveDeadLetterRequest,
};
use serde_json::Value;
use tonic::Code;
use uuid::Uuid;

use crate::support::{refused, world};

fn redrive(id: &str) -> RedriveDeadLetterRequest {
    RedriveDeadLetterRequest {
        id: id.to_owned(),
        reason: "the pupil is back".to_owned(),
    }
}

fn drop_request(id: &str) -> DropDeadLetterRequest {
    DropDeadLetterRequest {
        id: id.to_owned(),
        reason: "was only a test".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_no_bodies_and_counts_all_letters() {
    let mut world = world().await;
    world.fail(1..=3).await;
    let request = ListDeadLettersRequest { limit: 2 };
    let answer = world.letters.list_dead_letters(request).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!((2, 3), (answer.dead_letters.len(), answer.total));
    let first = &answer.dead_letters[0];
    assert_eq!(
        ("calculator.add.v1", "1", "no such pupil", 1, ""),
        (
            first.r#type.as_str(),
            first.subject.as_str(),
            first.error.as_str(),
            first.attempts,
            first.data.as_str()
        )
    );
    assert!(first.failed_at.is_some());
    let id = first.id.clone();
    let whole = world.letters.get_dead_letter(GetDeadLetterRequest { id });
    let whole = whole.await.unwrap().into_inner().dead_letter.unwrap();
    assert_eq!(r#"{"number":1}"#, whole.data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_is_recorded() {
    let mut world = world().await;
    world.fail([1, 2]).await;
    let id = world.listed().await[1].id.clone();
    let request = redrive(&id);
    world.letters.redrive_dead_letter(request).await.unwrap();
    assert_eq!([2], *world.received(1).await);
    assert_eq!(1, world.listed().await.len());
    let audited = world.audited().await;
    assert_eq!(1, audited.len());
    assert_eq!("dead_letter.redrive", audited[0].kind);
    assert_eq!(id, audited[0].subject);
    assert_eq!(world.actor.to_string(), audited[0].actor_id);
    assert_eq!("the pupil is back", audited[0].reason);
    let detail: Value = serde_json::from_str(&audited[0].detail).unwrap();
    assert_eq!(detail["queue"], "calculator.sums");
    assert_eq!(detail["error"], "no such pupil");
    assert!(detail.get("data").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_of_all_letters_is_recorded() {
    let mut world = world().await;
    world.fail(1..=4).await;
    let reason = "the school is open again".to_owned();
    let answer = world
        .letters
        .redrive_all_dead_letters(RedriveAllDeadLettersRequest { reason })
        .await
        .unwrap();
    assert_eq!(4, answer.into_inner().redriven);
    assert_eq!([1, 2, 3, 4], *world.received(4).await);
    let audited = world.audited().await;
    assert_eq!("dead_letter.redrive_all", audited[0].kind);
    assert_eq!("", audited[0].subject);
    let detail: Value = serde_json::from_str(&audited[0].detail).unwrap();
    assert_eq!(detail["dead_letters"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_letter_remains_in_the_audit() {
    let mut world = world().await;
    world.fail([1, 2]).await;
    let id = world.listed().await[0].id.clone();
    world
        .letters
        .drop_dead_letter(drop_request(&id))
        .await
        .unwrap();
    assert_eq!(1, world.listed().await.len());
    let audited = world.audited().await;
    assert_eq!("dead_letter.drop", audited[0].kind);
    let detail: Value = serde_json::from_str(&audited[0].detail).unwrap();
    assert_eq!(detail["data"], r#"{"number":1}"#);
    assert_eq!(detail["type"], "calculator.add.v1");
    // A second attempt finds no letter and is not recorded.
    let again = world.letters.drop_dead_letter(drop_request(&id)).await;
    assert_eq!(
        (Code::NotFound, "DEAD_LETTER_NOT_FOUND".to_owned(), vec![]),
        refused(again)
    );
    let again = world.letters.redrive_dead_letter(redrive(&id)).await;
    assert_eq!(Code::NotFound, again.unwrap_err().code());
    assert_eq!(1, world.audited().await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_fields_are_named() {
    let mut world = world().await;
    world.fail([1]).await;
    let invalid = |fields: &[&str]| {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        (
            Code::InvalidArgument,
            "VALIDATION_FAILED".to_owned(),
            fields,
        )
    };
    let nothing = RedriveDeadLetterRequest::default();
    let answer = world.letters.redrive_dead_letter(nothing).await;
    assert_eq!(invalid(&["id", "reason"]), refused(answer));
    let too_long = DropDeadLetterRequest {
        id: Uuid::now_v7().to_string(),
        reason: "x".repeat(501),
    };
    let answer = world.letters.drop_dead_letter(too_long).await;
    assert_eq!(invalid(&["reason"]), refused(answer));
    let blank = RedriveAllDeadLettersRequest {
        reason: "  ".to_owned(),
    };
    let answer = world.letters.redrive_all_dead_letters(blank).await;
    assert_eq!(invalid(&["reason"]), refused(answer));
    let no_id = GetDeadLetterRequest {
        id: "first".to_owned(),
    };
    let answer = world.letters.get_dead_letter(no_id).await;
    assert_eq!(invalid(&["id"]), refused(answer));
    assert_eq!(1, world.listed().await.len());
    assert!(world.audited().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_operators_drop_a_letter_once() {
    let world = world().await;
    world.fail([1]).await;
    let id = world.listed().await[0].id.clone();
    let (mut one, mut other) = (world.letters.clone(), world.letters.clone());
    let (one, other) = tokio::join!(
        one.drop_dead_letter(drop_request(&id)),
        other.drop_dead_letter(drop_request(&id)),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(1, world.audited().await.len());
}
