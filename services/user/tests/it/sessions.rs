use chrono::Duration;
use contracts::user::v1::{Role, SignOutRequest};
use futures_util::future::join_all;
use tonic::Code;

use crate::support::{
    Client, database, manual_clock, refresh, refusal, register_and_sign_in, sign_in, start,
    start_with,
};

fn invalid() -> (Code, String) {
    (Code::Unauthenticated, "SESSION_INVALID".to_owned())
}

fn reused() -> (Code, String) {
    (Code::Unauthenticated, "SESSION_REUSED".to_owned())
}

async fn sign_out(client: &Client, token: &str) {
    let request = SignOutRequest {
        refresh_token: token.to_owned(),
    };
    client.clone().sign_out(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_issues_new_tokens_for_the_same_account() {
    let database = database().await;
    let client = start(&database).await.client;
    let first = register_and_sign_in(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(second.user, first.user);
    let third = refresh(&client, &second.refresh_token).await.unwrap();
    assert_eq!(third.user, first.user);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_uses_the_current_role() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    database
        .execute("UPDATE users SET role = 'staff'")
        .await
        .unwrap();
    let session = refresh(&client, &session.refresh_token).await.unwrap();
    assert_eq!(session.user.unwrap().role(), Role::Staff);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_refresh_token_revokes_its_session() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let first = register_and_sign_in(&client).await;
    let other_family = sign_in(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();

    clock.advance(Duration::seconds(10));
    assert_eq!(
        refusal(refresh(&client, &first.refresh_token).await),
        reused()
    );
    assert_eq!(
        refusal(refresh(&client, &second.refresh_token).await),
        invalid()
    );
    assert_eq!(
        refusal(refresh(&client, &first.refresh_token).await),
        reused()
    );
    assert!(refresh(&client, &other_family.refresh_token).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refreshes_with_one_token_yield_one_successor() {
    let database = database().await;
    let replicas = [start(&database).await.client, start(&database).await.client];
    let session = register_and_sign_in(&replicas[0]).await;
    let attempts = (0..8).map(|attempt| refresh(&replicas[attempt % 2], &session.refresh_token));
    let granted = join_all(attempts).await;
    let granted: Vec<_> = granted.into_iter().map(Result::unwrap).collect();
    let (first, others) = granted.split_first().unwrap();
    for other in others {
        assert_eq!(other.refresh_token, first.refresh_token);
        assert_eq!(other.refresh_expires_at, first.refresh_expires_at);
        assert_eq!(other.user, first.user);
    }
    let unspent = database
        .count("refresh_tokens WHERE spent_at IS NULL")
        .await;
    assert_eq!(unspent, 1, "one next token was issued");
    assert!(refresh(&replicas[1], &first.refresh_token).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_response_a_refresh_is_repeated_for_10_seconds() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let first = register_and_sign_in(&client).await;
    let lost = refresh(&client, &first.refresh_token).await.unwrap();
    clock.advance(Duration::milliseconds(9_999));
    let repeated = refresh(&client, &first.refresh_token).await.unwrap();
    assert_eq!(repeated.refresh_token, lost.refresh_token);
    assert_eq!(repeated.refresh_expires_at, lost.refresh_expires_at);
    let next = refresh(&client, &repeated.refresh_token).await.unwrap();
    assert_ne!(next.refresh_token, repeated.refresh_token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_refresh_does_not_continue_a_session_that_was_signed_out() {
    let database = database().await;
    let client = start(&database).await.client;
    let first = register_and_sign_in(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();
    sign_out(&client, &second.refresh_token).await;
    assert_eq!(
        refusal(refresh(&client, &first.refresh_token).await),
        invalid()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_refresh_whose_successor_cannot_be_derived_is_a_reuse() {
    let database = database().await;
    let client = start(&database).await.client;
    let first = register_and_sign_in(&client).await;
    refresh(&client, &first.refresh_token).await.unwrap();
    // As if a replica with another server key had issued the successor.
    database
        .execute("UPDATE refresh_tokens SET token_hash = sha256('another') WHERE spent_at IS NULL")
        .await
        .unwrap();
    assert_eq!(
        refusal(refresh(&client, &first.refresh_token).await),
        reused()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_30_days_without_a_refresh() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let session = register_and_sign_in(&client).await;
    clock.advance(Duration::days(29));
    let session = refresh(&client, &session.refresh_token).await.unwrap();
    clock.advance(Duration::days(29));
    let session = refresh(&client, &session.refresh_token).await.unwrap();
    clock.advance(Duration::days(30));
    assert_eq!(
        refusal(refresh(&client, &session.refresh_token).await),
        invalid()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_90_days_however_often_it_is_refreshed() {
    let database = database().await;
    let clock = manual_clock();
    let client = start_with(&database, clock.clone(), &[]).await.client;
    let mut session = register_and_sign_in(&client).await;
    let end = clock.now() + Duration::days(90);
    for _ in 0..4 {
        clock.advance(Duration::days(20));
        session = refresh(&client, &session.refresh_token).await.unwrap();
    }
    let expires_at = session.refresh_expires_at.unwrap();
    assert_eq!(expires_at.seconds, end.timestamp());
    clock.advance(Duration::days(10));
    assert_eq!(
        refusal(refresh(&client, &session.refresh_token).await),
        invalid()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_only_its_session() {
    let database = database().await;
    let client = start(&database).await.client;
    let first = register_and_sign_in(&client).await;
    let other = sign_in(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();
    // Any token of the session can sign out, also a spent one.
    sign_out(&client, &first.refresh_token).await;
    assert_eq!(
        refusal(refresh(&client, &second.refresh_token).await),
        invalid()
    );
    assert!(refresh(&client, &other.refresh_token).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_is_idempotent_and_accepts_unknown_tokens() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    for token in [
        &session.refresh_token,
        &session.refresh_token,
        "not-a-token",
        "",
    ] {
        sign_out(&client, token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_were_never_issued_are_invalid() {
    let database = database().await;
    let client = start(&database).await.client;
    register_and_sign_in(&client).await;
    for token in ["", "not-a-token", &"A".repeat(43), &"x".repeat(10_000)] {
        assert_eq!(refusal(refresh(&client, token).await), invalid());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_deletes_expired_sessions_only() {
    let database = database().await;
    let clock = manual_clock();
    let changes = [("sessions.sweep_every_s", "1")];
    let client = start_with(&database, clock.clone(), &changes).await.client;
    register_and_sign_in(&client).await;
    clock.advance(Duration::days(20));
    let running = sign_in(&client).await;
    clock.advance(Duration::days(10));
    testkit::eventually("the ended session to be swept", async || {
        let left = database.count("sessions").await;
        (left == 1).then_some(())
    })
    .await;
    assert_eq!(database.count("refresh_tokens").await, 1);
    assert!(refresh(&client, &running.refresh_token).await.is_ok());
}
