//! A reset of a forgotten password, with a token from an e-mail.

use chrono::{Duration, Utc};
use contracts::user::v1::account_service_client::AccountServiceClient;
use contracts::user::v1::{RequestPasswordResetRequest, ResetPasswordRequest};
use futures_util::future::join_all;
use kernel::Clock;
use tonic::{Code, Request};

use super::world::{NEW_PASSWORD, World, token_of};
use crate::support::{
    EMAIL, PASSWORD, config, named_fields, refresh, refusal, register_and_sign_in, start,
    start_config,
};

fn invalid() -> (Code, String) {
    (Code::InvalidArgument, "PASSWORD_RESET_INVALID".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_replaces_the_password_ends_all_sessions_and_confirms_the_address() {
    let world = World::open().await;
    assert!(!world.me().await.email_verified);
    let token = world.reset_token().await;
    world.reset(&token, NEW_PASSWORD).await.unwrap();

    let client = world.fixture.client();
    assert_eq!(
        refusal(refresh(&client, &world.session.refresh_token).await),
        (Code::Unauthenticated, "SESSION_INVALID".to_owned())
    );
    assert!(world.sign_in(EMAIL, PASSWORD).await.is_err());
    let session = world.sign_in(EMAIL, NEW_PASSWORD).await.unwrap();
    assert!(session.user.unwrap().email_verified);
    world.receive(EMAIL, "your password was reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_once_and_an_altered_one_never() {
    let world = World::open().await;
    let token = world.reset_token().await;
    for altered in ["", "no token", &token[1..], &format!("{token}A")] {
        assert_eq!(refusal(world.reset(altered, NEW_PASSWORD).await), invalid());
    }
    // A password that is refused does not use it up.
    let refused = world.reset(&token, "Password1234").await;
    assert_eq!(named_fields(refused), ["new_password"]);
    let attempts = (0..4).map(|_| world.reset(&token, NEW_PASSWORD));
    let answers = join_all(attempts).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(refusal(world.reset(&token, PASSWORD).await), invalid());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_dies_with_any_change_of_the_password() {
    let world = World::open().await;
    let token = world.reset_token().await;
    let changed = world.change_password(world.token(), PASSWORD, NEW_PASSWORD);
    changed.await.unwrap();
    let answer = world.reset(&token, "another-lantern-orbit-43").await;
    assert_eq!(refusal(answer), invalid());
    world.sign_in(EMAIL, NEW_PASSWORD).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_valid_for_an_hour() {
    let world = World::open().await;
    let token = world.reset_token().await;
    let clock = Clock::manual(Utc::now() + Duration::minutes(58));
    let later = start_config(config(&world.fixture.database.url, &[]), clock.clone()).await;
    let reset = async || {
        let request = ResetPasswordRequest {
            token: token.clone(),
            new_password: NEW_PASSWORD.to_owned(),
        };
        let mut client = AccountServiceClient::new(later.channel.clone());
        client.reset_password(request).await.map(drop)
    };
    clock.advance(Duration::minutes(2));
    assert_eq!(refusal(reset().await), invalid());
    clock.advance(Duration::minutes(-2));
    reset().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_get_the_same_answer_and_only_the_owner_a_mail() {
    let world = World::open().await;
    for email in [EMAIL, "ADA@EXAMPLE.COM", "nobody@example.com"] {
        world.request_reset(email).await.unwrap();
    }
    let refused = world.request_reset("no address").await;
    assert_eq!(named_fields(refused), ["email"]);
    world.receive(EMAIL, "reset your password").await;
    world.all_sent().await;
    let mails = world.fixture.server.mails();
    assert!(mails.iter().all(|mail| mail.to == [EMAIL]));
    assert_eq!(world.mails(EMAIL, "reset your password").len(), 2);
    assert_eq!(world.fixture.database.count("users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_and_a_network_get_few_mails_and_nobody_learns_of_it() {
    let changes = [
        ("mail.requests_per_address.burst", "3"),
        ("mail.requests_per_address.per_hour", "1"),
        ("mail.registrations_per_network.burst", "6"),
        ("mail.registrations_per_network.per_hour", "1"),
    ];
    let world = World::open_with(&changes).await;
    let ask = async |email: &str, network: &str| {
        let email = email.to_owned();
        let mut request = Request::new(RequestPasswordResetRequest { email });
        let network = network.parse().unwrap();
        request.metadata_mut().insert("x-client-network", network);
        world
            .account()
            .request_password_reset(request)
            .await
            .unwrap();
    };
    for number in 0..6 {
        ask(EMAIL, &format!("198.18.0.{number}")).await;
    }
    let resets = "notifications WHERE event ->> 'kind' = 'password_reset_requested'";
    assert_eq!(world.fixture.database.count(resets).await, 3);
    // A network has its limit over all addresses.
    world.fixture.customer("bob@example.com", "Bob").await;
    for number in 0..6 {
        ask(&format!("nobody-{number}@example.com"), "203.0.113.9").await;
    }
    ask("bob@example.com", "203.0.113.9").await;
    assert_eq!(world.fixture.database.count(resets).await, 3);
    ask("bob@example.com", "203.0.113.10").await;
    assert_eq!(world.fixture.database.count(resets).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_the_second_factor_of_staff() {
    let world = World::open().await;
    let factor =
        "INSERT INTO second_factors (user_id, sealed_secret) SELECT id, '\\x00' FROM users";
    world.fixture.database.execute(factor).await.unwrap();
    let promote = "UPDATE users SET role = 'staff', staff_groups = '{support}'";
    world.fixture.database.execute(promote).await.unwrap();
    let token = world.reset_token().await;
    world.reset(&token, NEW_PASSWORD).await.unwrap();
    let kept = "second_factors WHERE sealed_secret IS NOT NULL";
    assert_eq!(world.fixture.database.count(kept).await, 1);
    let staff = "users WHERE role = 'staff' AND staff_groups = '{support}'";
    assert_eq!(world.fixture.database.count(staff).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_leads_where_the_configuration_says() {
    let world = World::open().await;
    world.reset_token().await;
    let mail = world.receive(EMAIL, "reset your password").await;
    let link = format!("https://shop.example/reset#{}", token_of(&mail));
    assert!(mail.html().contains(&format!("<a href=\"{link}\"")));
    assert!(!mail.html().contains("<img"), "{}", mail.html());
    assert!(!mail.text().contains("Lovelace"), "{}", mail.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mail_off_a_reset_is_accepted_and_nothing_is_stored() {
    let database = crate::support::database().await;
    let service = start(&database).await;
    register_and_sign_in(&service.client).await;
    let mut client = AccountServiceClient::new(service.channel.clone());
    for email in [EMAIL, "nobody@example.com"] {
        let email = email.to_owned();
        let request = RequestPasswordResetRequest { email };
        client.request_password_reset(request).await.unwrap();
    }
    assert_eq!(database.count("notifications").await, 0);
}
