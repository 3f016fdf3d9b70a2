//! A change of the password by its owner.

use tonic::Code;

use super::world::{NEW_PASSWORD, World};
use crate::support::{EMAIL, PASSWORD, named_fields, refresh, refusal, status_of};

fn wrong() -> (Code, String) {
    (Code::PermissionDenied, "PASSWORD_WRONG".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions_and_notifies_the_owner() {
    let world = World::open().await;
    let other = world.other_session().await;
    let client = world.fixture.client();
    let changed = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    changed.await.unwrap();

    assert_eq!(
        refusal(refresh(&client, &other.refresh_token).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    refresh(&client, &world.session.refresh_token)
        .await
        .unwrap();
    assert!(world.sign_in(EMAIL, PASSWORD).await.is_err());
    world.sign_in(EMAIL, NEW_PASSWORD).await.unwrap();
    let notice = world.receive(EMAIL, "your password was changed").await;
    assert!(notice.text().contains("reset the password at once"));
    assert!(!notice.text().contains("http"), "{}", notice.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_follows_the_rules_of_a_registration() {
    let world = World::open().await;
    for new in [
        "short",
        "Password1234",
        "ada.lovelace.1815",
        "aaaaaaaaaaaaaaa",
    ] {
        let answer = world.change_password(world.token(), PASSWORD, new).await;
        assert_eq!(named_fields(answer), ["new_password"], "{new}");
    }
    let answer = world.change_password(world.token(), "", "short").await;
    assert_eq!(named_fields(answer), ["current_password", "new_password"]);
    world.sign_in(EMAIL, PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_current_password_is_limited_like_a_failed_sign_in() {
    let world = World::open().await;
    for _ in 0..10 {
        let answer = world.change_password(world.token(), "a wrong password", NEW_PASSWORD);
        assert_eq!(refusal(answer.await), wrong());
    }
    // The right one, too, and a sign-in from the same place.
    let answer = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    let status = status_of(answer.await);
    let details = chassis::status::Details::from_status(&status);
    assert_eq!(details.reason, "SIGN_IN_THROTTLED");
    assert!(details.retry_after.is_some());
    let throttled = (Code::ResourceExhausted, "SIGN_IN_THROTTLED".to_owned());
    assert_eq!(refusal(world.sign_in(EMAIL, PASSWORD).await), throttled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_changes_no_password() {
    let world = World::open().await;
    let other = world.other_session().await;
    let changed = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    changed.await.unwrap();
    // Its access token is still valid.
    let answer = world.change_password(&other.access_token, NEW_PASSWORD, PASSWORD);
    assert_eq!(
        refusal(answer.await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    world.sign_in(EMAIL, NEW_PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_succeeds() {
    let world = World::open().await;
    let other = world.other_session().await;
    let (one, two) = tokio::join!(
        world.change_password(world.token(), PASSWORD, NEW_PASSWORD),
        world.change_password(&other.access_token, PASSWORD, "another-lantern-orbit-43"),
    );
    assert_eq!(i32::from(one.is_ok()) + i32::from(two.is_ok()), 1);
    let new = if one.is_ok() {
        NEW_PASSWORD
    } else {
        "another-lantern-orbit-43"
    };
    world.sign_in(EMAIL, new).await.unwrap();
}
