//! A change of the e-mail address, confirmed at the new one.

use tonic::Code;

use super::world::{NEW_EMAIL, NEW_PASSWORD, World};
use crate::support::{EMAIL, PASSWORD, named_fields, refresh, refusal, registration};

fn invalid() -> (Code, String) {
    (Code::InvalidArgument, "EMAIL_CHANGE_INVALID".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_at_the_new_address_makes_the_change_and_notifies_the_old_one() {
    let world = World::open().await;
    let other = world.other_session().await;
    let token = world.email_token().await;
    assert_eq!(world.me().await.email, EMAIL, "not before it is confirmed");

    world.confirm_email(&token).await.unwrap();
    let me = world.me().await;
    assert_eq!(me.email, NEW_EMAIL);
    assert!(me.email_verified);
    // The session that asked for it stays.
    let client = world.fixture.client();
    refresh(&client, &world.session.refresh_token)
        .await
        .unwrap();
    assert_eq!(
        refusal(refresh(&client, &other.refresh_token).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    assert!(world.sign_in(EMAIL, PASSWORD).await.is_err());
    world.sign_in(NEW_EMAIL, PASSWORD).await.unwrap();
    let notice = world
        .receive(EMAIL, "your e-mail address was changed")
        .await;
    assert!(!notice.source.contains(NEW_EMAIL), "{}", notice.source);
    assert_eq!(refusal(world.confirm_email(&token).await), invalid());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_was_mailed_to_the_old_address_is_void() {
    let world = World::open().await;
    let token = world.email_token().await;
    let invite = "INSERT INTO staff_invitations (user_id, id, token_hash, staff_groups, expires_at)
                  SELECT id, id, sha256('token'), '{support}', now() + interval '1 day' FROM users";
    world.fixture.database.execute(invite).await.unwrap();
    world.confirm_email(&token).await.unwrap();
    let invitations = world.fixture.database.count("staff_invitations").await;
    assert_eq!(invitations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_mail_leaves_no_copy_of_an_address() {
    let world = World::open().await;
    let token = world.email_token().await;
    world.confirm_email(&token).await.unwrap();
    world
        .receive(EMAIL, "your e-mail address was changed")
        .await;
    world.all_sent().await;
    let copies = "notifications WHERE recipient IS NOT NULL";
    assert_eq!(world.fixture.database.count(copies).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_gets_the_same_answer_and_its_owner_is_notified() {
    let world = World::open().await;
    world.fixture.customer("bob@example.com", "Bob").await;
    for email in ["bob@example.com", "BOB@example.com", NEW_EMAIL] {
        let asked = world.request_email(world.token(), PASSWORD, email);
        asked.await.unwrap();
    }
    let mail = world
        .receive("bob@example.com", "have an account already")
        .await;
    assert!(!mail.text().contains("http"), "{}", mail.text());
    world.all_sent().await;
    let to_bob = world.mails("bob@example.com", "confirm");
    assert!(to_bob.is_empty());
    assert_eq!(world.me().await.email, EMAIL);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_taken_in_the_meantime_is_a_clear_problem() {
    let world = World::open().await;
    let token = world.email_token().await;
    let other = registration(NEW_EMAIL);
    world.fixture.client().register(other).await.unwrap();
    assert_eq!(
        refusal(world.confirm_email(&token).await),
        (Code::AlreadyExists, "EMAIL_TAKEN".to_owned())
    );
    assert_eq!(world.me().await.email, EMAIL);
    refresh(&world.fixture.client(), &world.session.refresh_token)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_password_or_address_voids_the_links_before_it() {
    let world = World::open().await;
    let first = world.email_token().await;
    let reset = world.reset_token().await;
    let changed = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    changed.await.unwrap();
    assert_eq!(refusal(world.confirm_email(&first).await), invalid());

    let asked = world.request_email(world.token(), NEW_PASSWORD, "ada@example.net");
    asked.await.unwrap();
    let mail = world.receive("ada@example.net", "new e-mail").await;
    let token = super::world::token_of(&mail);
    world.confirm_email(&token).await.unwrap();
    let answer = world.reset(&reset, "another-lantern-orbit-43").await;
    assert_eq!(
        refusal(answer),
        (Code::InvalidArgument, "PASSWORD_RESET_INVALID".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_address_needs_the_password_and_another_address() {
    let world = World::open().await;
    let wrong = world.request_email(world.token(), "a wrong password", NEW_EMAIL);
    assert_eq!(
        refusal(wrong.await),
        (Code::PermissionDenied, "PASSWORD_WRONG".to_owned())
    );
    for email in ["no address", " Ada@Example.com ", "\u{430}da@example.com"] {
        let answer = world.request_email(world.token(), PASSWORD, email).await;
        assert_eq!(named_fields(answer), ["email"], "{email}");
    }
    for altered in ["", "no token", "AAAA"] {
        assert_eq!(refusal(world.confirm_email(altered).await), invalid());
    }
    let changes = "notifications WHERE event ->> 'kind' LIKE 'email_change%'";
    assert_eq!(world.fixture.database.count(changes).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_few_mails_of_changes_to_their_address() {
    let changes = [
        ("mail.requests_per_address.burst", "3"),
        ("mail.requests_per_address.per_hour", "1"),
    ];
    let world = World::open_with(&changes).await;
    for _ in 0..6 {
        let asked = world.request_email(world.token(), PASSWORD, NEW_EMAIL);
        asked.await.unwrap();
    }
    let changes = "notifications WHERE event ->> 'kind' = 'email_change_requested'";
    assert_eq!(world.fixture.database.count(changes).await, 3);
}
