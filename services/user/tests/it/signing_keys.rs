use std::collections::BTreeSet;

use chassis::{auth::Keys, config::load, status::Details};
use chrono::Duration;
use contracts::user::v1::{GetJwksRequest, GetMeRequest, RotateSigningKeyRequest};
use futures_util::future::join_all;
use jsonwebtoken::decode_header;
use kernel::Clock;
use serde_json::Value;
use testkit::TestDatabase;
use testkit::with_token;
use tonic::Code;

use crate::support::{
    Client, EMAIL, PASSWORD, credentials, database, late_clock, manual_clock, refresh, refusal,
    register_and_sign_in, sign_in, source, staff_token, start, start_with, status_of,
};

async fn jwks(client: &Client) -> String {
    let answer = client.clone().get_jwks(GetJwksRequest {}).await.unwrap();
    answer.into_inner().jwks_json
}

pub(crate) async fn kids(client: &Client) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&jwks(client).await).unwrap();
    let keys = document["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn kid_of(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// Verifies a token with the published keys, like another process.
pub(crate) async fn verified(client: &Client, token: &str) -> Result<(), String> {
    let keys = Keys::fixed(&chassis::auth::Config::default(), &jwks(client).await).unwrap();
    match keys.verify(token).await {
        Ok(_) => Ok(()),
        Err(reject) => Err(reject.reason().to_owned()),
    }
}

/// Rotates the key as staff; returns the id of the new key.
pub(crate) async fn rotate(database: &TestDatabase, client: &Client) -> String {
    let token = staff_token(database, client).await;
    let request = with_token(&token, RotateSigningKeyRequest {});
    client
        .clone()
        .rotate_signing_key(request)
        .await
        .unwrap()
        .into_inner()
        .kid
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_verifies_with_the_published_keys() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    let keys = Keys::fixed(&chassis::auth::Config::default(), &jwks(&client).await).unwrap();
    let caller = keys.verify(&session.access_token).await.unwrap();
    assert_eq!(caller.user_id.to_string(), session.user.unwrap().id);
    assert!(caller.groups.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_access_token_is_rejected() {
    let database = database().await;
    let mut client = start_with(&database, late_clock(), &[]).await.client;
    let session = register_and_sign_in(&client).await;
    assert_eq!(
        verified(&client, &session.access_token).await,
        Err("TOKEN_EXPIRED".to_owned())
    );
    let answer = client
        .get_me(with_token(&session.access_token, GetMeRequest {}))
        .await;
    assert_eq!(
        refusal(answer),
        (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modified_access_token_is_rejected() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    let (head, signature) = session.access_token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{flipped}{}", &signature[1..]);
    let answer = client.get_me(with_token(&forged, GetMeRequest {})).await;
    assert_eq!(
        refusal(answer),
        (Code::Unauthenticated, "TOKEN_INVALID".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_published_before_it_signs_and_the_old_key_until_its_tokens_expire() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let old = register_and_sign_in(&client).await;
    let old_kid = kid_of(&old.access_token);

    let new_kid = rotate(&database, &client).await;
    assert_eq!(
        kids(&client).await,
        BTreeSet::from([old_kid.clone(), new_kid.clone()])
    );
    assert_eq!(
        kid_of(&sign_in(&client).await.access_token),
        old_kid,
        "a published key signs before its activation"
    );

    clock.advance(Duration::minutes(10));
    assert_eq!(kid_of(&sign_in(&client).await.access_token), new_kid);
    assert_eq!(verified(&client, &old.access_token).await, Ok(()));

    clock.advance(Duration::minutes(20));
    testkit::eventually("the old key to be retired", async || {
        (kids(&client).await == BTreeSet::from([new_kid.clone()])).then_some(())
    })
    .await;
    assert_eq!(
        verified(&client, &old.access_token).await,
        Err("TOKEN_INVALID".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rotation_returns_the_pending_key() {
    let database = database().await;
    let client = start(&database).await.client;
    let token = staff_token(&database, &client).await;
    let answers = join_all((0..5).map(|_| {
        let mut client = client.clone();
        let request = with_token(&token, RotateSigningKeyRequest {});
        async move {
            client
                .rotate_signing_key(request)
                .await
                .unwrap()
                .into_inner()
                .kid
        }
    }))
    .await;
    assert_eq!(answers.iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(database.count("signing_keys").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_by_schedule() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let first = kid_of(&register_and_sign_in(&client).await.access_token);
    clock.advance(Duration::days(30));
    let second = testkit::eventually("a second key", async || {
        kids(&client).await.into_iter().find(|kid| *kid != first)
    })
    .await;
    clock.advance(Duration::minutes(10));
    assert_eq!(kid_of(&sign_in(&client).await.access_token), second);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_share_one_key() {
    let database = database().await;
    let replicas = join_all((0..4).map(|_| start(&database))).await;
    let mut seen = BTreeSet::new();
    for replica in &replicas {
        seen.extend(kids(&replica.client).await);
    }
    assert_eq!(seen.len(), 1);

    let (one, other) = (&replicas[0].client, &replicas[1].client);
    let session = register_and_sign_in(one).await;
    let me = with_token(&session.access_token, GetMeRequest {});
    assert!(other.clone().get_me(me).await.is_ok());
    assert!(refresh(other, &session.refresh_token).await.is_ok());

    let new_kid = rotate(&database, one).await;
    testkit::eventually("the other replica to publish the new key", async || {
        kids(other).await.contains(&new_kid).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_switch_to_the_new_key_at_the_same_time() {
    let database = database().await;
    let clock = manual_clock();
    let one = start_with(&database, clock.clone(), &[]).await.client;
    let other = start_with(&database, clock.clone(), &[]).await.client;
    register_and_sign_in(&one).await;
    let new_kid = rotate(&database, &one).await;
    testkit::eventually("the key on both replicas", async || {
        kids(&other).await.contains(&new_kid).then_some(())
    })
    .await;
    clock.advance(Duration::minutes(10));
    for client in [&one, &other] {
        assert_eq!(kid_of(&sign_in(client).await.access_token), new_kid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_encryption_key_nothing_is_signed_and_the_keys_are_kept() {
    let database = database().await;
    register_and_sign_in(&start(&database).await.client).await;
    let changes = [(
        "signing_keys.encryption_key",
        "another-secret-of-at-least-32-letters",
    )];
    let mut client = start_with(&database, Clock::system(), &changes)
        .await
        .client;
    let status = status_of(client.sign_in(credentials(EMAIL, PASSWORD)).await);
    assert_eq!(status.code(), Code::Unavailable);
    let rejection = Details::from_status(&status);
    assert!(
        !rejection.message.contains("encryption"),
        "the cause is exposed: {rejection:?}"
    );
    assert_eq!(database.count("signing_keys").await, 1);
}

#[test]
fn invalid_values_are_rejected_by_name() {
    for (key, value) in [
        ("signing_keys.encryption_key", "too short"),
        ("signing_keys.activation_delay_s", "1"),
        ("sessions.access_token_s", "0"),
        ("sessions.access_token_s", "3601"),
        ("passwords.memory_kib", "1"),
    ] {
        let source = source("postgres://nobody@127.0.0.1:1/none", &[(key, value)]);
        let error = load::<user::Config>(&source).unwrap_err();
        assert!(error.to_string().contains(key), "{key}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_were_deleted_are_replaced() {
    let database = database().await;
    let client = start(&database).await.client;
    let old = kid_of(&register_and_sign_in(&client).await.access_token);
    database.execute("DELETE FROM signing_keys").await.unwrap();
    let new = testkit::eventually("a new key", async || {
        kids(&client).await.into_iter().find(|kid| *kid != old)
    })
    .await;
    assert_eq!(kid_of(&sign_in(&client).await.access_token), new);
}
