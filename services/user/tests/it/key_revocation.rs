use std::collections::BTreeSet;

use chrono::Duration;
use contracts::user::v1::{GetMeRequest, RevokeSigningKeyRequest};
use testkit::{TestDatabase, with_token};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::signing_keys::{kid_of, kids, rotate, verified};
use crate::support::{
    Client, access_token_of, config, database, manual_clock, named_fields, refresh, refusal,
    register_and_sign_in, sign_in, staff_token, start, start_with,
};

/// Revokes a key; returns the id of the one that signs now.
async fn revoke(client: &Client, token: &str, kid: &str) -> Result<String, Status> {
    let request = RevokeSigningKeyRequest {
        kid: kid.to_owned(),
        reason: "the key was in a log".to_owned(),
    };
    let answer = client
        .clone()
        .revoke_signing_key(with_token(token, request))
        .await?;
    Ok(answer.into_inner().kid)
}

async fn revoke_as_staff(database: &TestDatabase, client: &Client, kid: &str) -> String {
    let token = staff_token(database, client).await;
    revoke(client, &token, kid).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_removed_at_once_and_its_sessions_go_on_by_refresh() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    let leaked = kid_of(&session.access_token);

    let signing = revoke_as_staff(&database, &client, &leaked).await;

    assert_eq!(kids(&client).await, BTreeSet::from([signing.clone()]));
    assert_eq!(
        verified(&client, &session.access_token).await,
        Err("TOKEN_INVALID".to_owned())
    );
    let refreshed = refresh(&client, &session.refresh_token).await.unwrap();
    assert_eq!(kid_of(&refreshed.access_token), signing);
    assert_eq!(verified(&client, &refreshed.access_token).await, Ok(()));
    let recorded = "operator_actions WHERE kind = 'signing_key.revoke' AND subject = ";
    assert_eq!(
        database.count(&format!("{recorded}'{leaked}'")).await,
        1,
        "the revocation is not on record"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_itself_and_its_other_replicas_follow_a_revocation() {
    let database = database().await;
    let changes = [("auth.refresh_s", "1")];
    let clock = kernel::Clock::system();
    let one = start_with(&database, clock.clone(), &changes).await.client;
    let other = start_with(&database, clock, &changes).await.client;
    let session = register_and_sign_in(&one).await;
    let leaked = kid_of(&session.access_token);
    for replica in [&one, &other] {
        let me = with_token(&session.access_token, GetMeRequest {});
        replica.clone().get_me(me).await.unwrap();
    }
    revoke_as_staff(&database, &one, &leaked).await;
    for replica in [&one, &other] {
        testkit::eventually("the token of the revoked key to be refused", async || {
            let me = with_token(&session.access_token, GetMeRequest {});
            let refused = replica.clone().get_me(me).await.err()?;
            (refused.code() == Code::Unauthenticated).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_key_signs_at_once_in_place_of_a_revoked_one() {
    let database = database().await;
    let client = start_with(&database, manual_clock(), &[]).await.client;
    let leaked = kid_of(&register_and_sign_in(&client).await.access_token);
    let pending = rotate(&database, &client).await;
    let signing = revoke_as_staff(&database, &client, &leaked).await;
    assert_eq!(signing, pending);
    assert_eq!(kid_of(&sign_in(&client).await.access_token), pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_goes_on_after_a_revocation() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let leaked = kid_of(&register_and_sign_in(&client).await.access_token);
    let first = revoke_as_staff(&database, &client, &leaked).await;
    clock.advance(Duration::days(30));
    testkit::eventually("the next key", async || {
        kids(&client).await.into_iter().find(|kid| *kid != first)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_revokes_and_only_a_key_that_exists() {
    let database = database().await;
    let client = start(&database).await.client;
    let customer = access_token_of(&client, "ada@example.com").await;
    let kid = kid_of(&customer);
    assert_eq!(
        refusal(revoke(&client, &customer, &kid).await),
        (Code::PermissionDenied, "FORBIDDEN".to_owned())
    );
    let staff = staff_token(&database, &client).await;
    for unknown in [Uuid::now_v7().to_string(), "no id".to_owned()] {
        assert_eq!(
            refusal(revoke(&client, &staff, &unknown).await),
            (Code::NotFound, "SIGNING_KEY_NOT_FOUND".to_owned())
        );
    }
    let request = RevokeSigningKeyRequest {
        kid: kid.clone(),
        reason: String::new(),
    };
    let without_reason = client
        .clone()
        .revoke_signing_key(with_token(&staff, request))
        .await;
    assert_eq!(named_fields(without_reason), ["reason"]);
    assert_eq!(kids(&client).await, BTreeSet::from([kid]));
    assert_eq!(database.count("operator_actions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_from_the_command_line() {
    let database = database().await;
    let client = start(&database).await.client;
    let leaked = kid_of(&register_and_sign_in(&client).await.access_token);
    let run = async |arguments: &[&str]| {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        user::revoke_signing_key(config(&database.url, &[]), arguments).await
    };
    run(&[&leaked]).await.unwrap_err();
    run(&["no id", "it leaked"]).await.unwrap_err();
    run(&[&leaked, "it leaked"]).await.unwrap();
    testkit::eventually("the replica to drop the key", async || {
        (!kids(&client).await.contains(&leaked)).then_some(())
    })
    .await;
    run(&[&leaked, "it leaked"]).await.unwrap_err();
}
