use contracts::operations::v1::{ListActionsRequest, ListDeadLettersRequest};
use diesel_async::SimpleAsyncConnection;
use kernel::UserId;
use operations::{Action, Reason, record};
use persistence::{Database, DatabaseConfig, Error};
use serde_json::json;
use tonic::Code;

use crate::support::{World, refused, world};

fn retry(subject: &str) -> Action {
    Action::new("saga.retry", subject, UserId::generate())
        .reason(Reason::parse(" the provider is back ").unwrap())
        .detail(r#"{"step":"authorize"}"#.to_owned())
}

async fn page(world: &World, page_token: &str) -> (Vec<String>, String) {
    let request = ListActionsRequest {
        page_size: 2,
        page_token: page_token.to_owned(),
        ..ListActionsRequest::default()
    };
    let answer = world.actions.clone().list_actions(request).await.unwrap();
    let answer = answer.into_inner();
    let subjects = answer.actions.into_iter().map(|action| action.subject);
    (subjects.collect(), answer.next_page_token)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_recorded_in_the_transaction_that_does_it() {
    let world = world().await;
    let rolled_back = world
        .database
        .transaction(async |conn| {
            record(conn, &retry("1")).await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(rolled_back.is_err());
    assert!(world.audited().await.is_empty());
    let committed = world
        .database
        .transaction(async |conn| record(conn, &retry("2")).await);
    let id = committed.await.unwrap();
    let audited = world.audited().await;
    assert_eq!(1, audited.len());
    assert_eq!(id.to_string(), audited[0].id);
    assert_eq!("the provider is back", audited[0].reason);
    assert_eq!(r#"{"step":"authorize"}"#, audited[0].detail);
    assert!(audited[0].at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_newest_first_and_contain_each_action_once() {
    let world = world().await;
    let mut conn = world.database.get().await.unwrap();
    for subject in ["1", "2", "3", "4"] {
        record(&mut conn, &retry(subject)).await.unwrap();
    }
    let (first, token) = page(&world, "").await;
    assert_eq!(["4", "3"], *first);
    // Newer actions do not shift the later pages.
    record(&mut conn, &retry("5")).await.unwrap();
    let (second, end) = page(&world, &token).await;
    assert_eq!(["2", "1"], *second);
    assert_eq!("", end);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_has_what_the_action_changed() {
    let world = world().await;
    let mut conn = world.database.get().await.unwrap();
    let action = Action::new("product.update", "TEA", UserId::generate()).changed(
        json!({"name": "Tea", "price": 100}),
        json!({"name": "Tea", "price": 90}),
    );
    record(&mut conn, &action).await.unwrap();
    let audited = world.audited().await;
    assert_eq!(audited[0].before, r#"{"price":100}"#);
    assert_eq!(audited[0].after, r#"{"price":90}"#);
    assert_eq!(audited[0].reason, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_filtered_by_kind_subject_actor_and_time() {
    let world = world().await;
    let mut conn = world.database.get().await.unwrap();
    let (one, other) = (UserId::generate(), UserId::generate());
    for action in [
        Action::new("stock.adjust", "TEA", one),
        Action::new("stock.adjust", "COFFEE", other),
        Action::new("product.update", "TEA", other),
    ] {
        record(&mut conn, &action).await.unwrap();
    }
    let listed = async |request: ListActionsRequest| {
        let answer = world.actions.clone().list_actions(request).await.unwrap();
        let actions = answer.into_inner().actions.into_iter();
        let named = actions.map(|action| format!("{} {}", action.kind, action.subject));
        named.collect::<Vec<_>>()
    };
    let all = ListActionsRequest::default;
    let kind = "stock.adjust".to_owned();
    let by_kind = listed(ListActionsRequest { kind, ..all() }).await;
    assert_eq!(by_kind, ["stock.adjust COFFEE", "stock.adjust TEA"]);
    let subject = "TEA".to_owned();
    let by_subject = listed(ListActionsRequest { subject, ..all() }).await;
    assert_eq!(by_subject, ["product.update TEA", "stock.adjust TEA"]);
    let actor_id = one.to_string();
    let by_actor = listed(ListActionsRequest { actor_id, ..all() }).await;
    assert_eq!(by_actor, ["stock.adjust TEA"]);
    let epoch = Some(prost_types::Timestamp::default());
    let before = listed(ListActionsRequest {
        until: epoch,
        ..all()
    })
    .await;
    assert!(before.is_empty());
    let after = listed(ListActionsRequest {
        since: epoch,
        ..all()
    })
    .await;
    assert_eq!(after.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_cannot_be_changed_or_removed() {
    let world = world().await;
    let mut service = world.database.get().await.unwrap();
    record(&mut service, &retry("1")).await.unwrap();
    let owner = DatabaseConfig::at(world.test_database.owner_url.as_str().into());
    let mut owner = Database::new(&owner).unwrap().get().await.unwrap();
    for statement in [
        "UPDATE operator_actions SET reason = 'another'",
        "DELETE FROM operator_actions",
        "TRUNCATE operator_actions",
    ] {
        let refused = service.batch_execute(statement).await.unwrap_err();
        let denied = "permission denied for table operator_actions";
        assert_eq!(refused.to_string(), denied, "{statement}");
        let refused = owner.batch_execute(statement).await.unwrap_err();
        let text = refused.to_string();
        let is_refused = text == denied || text.contains("append-only");
        assert!(is_refused, "{statement}: {text}");
    }
    // The service cannot remove what refuses it either.
    for statement in [
        "ALTER TABLE operator_actions DISABLE TRIGGER ALL",
        "DROP TRIGGER operator_actions_append_only ON operator_actions",
        "DROP TABLE operator_actions",
        "CREATE TABLE copies (id uuid)",
        "SET session_replication_role = replica",
        "SET ROLE test_owner",
    ] {
        let refused = service.batch_execute(statement).await;
        assert!(refused.is_err(), "{statement} is accepted");
    }
    assert_eq!(world.audited().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_page_token_is_rejected() {
    let mut world = world().await;
    let request = ListActionsRequest {
        page_size: 0,
        page_token: "next".to_owned(),
        ..ListActionsRequest::default()
    };
    let answer = world.actions.list_actions(request).await;
    assert_eq!(
        (
            Code::InvalidArgument,
            "PAGE_TOKEN_INVALID".to_owned(),
            vec![]
        ),
        refused(answer)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_size_above_the_maximum_is_rejected_with_its_field() {
    let mut world = world().await;
    let invalid = |field: &str| {
        let fields = vec![field.to_owned()];
        (
            Code::InvalidArgument,
            "VALIDATION_FAILED".to_owned(),
            fields,
        )
    };
    let mut request = ListActionsRequest {
        page_size: 100,
        page_token: String::new(),
        ..ListActionsRequest::default()
    };
    assert!(world.actions.list_actions(request.clone()).await.is_ok());
    request.page_size = 101;
    let answer = world.actions.list_actions(request).await;
    assert_eq!(invalid("page_size"), refused(answer));
    let request = ListDeadLettersRequest { limit: 101 };
    let answer = world.letters.list_dead_letters(request).await;
    assert_eq!(invalid("limit"), refused(answer));
}
