use contracts::user::v1::{GetMeRequest, RegisterRequest, Role};
use futures_util::future::join_all;
use testkit::with_token;
use tonic::Code;

use crate::support::{
    EMAIL, PASSWORD, credentials, database, named_fields, refusal, register_and_sign_in,
    registration, start, status_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_account_can_sign_in_and_read_itself() {
    let database = database().await;
    let mut client = start(&database).await.client;

    let registered = client
        .register(registration("  Ada@Example.com "))
        .await
        .unwrap();
    let registered = registered.into_inner().user.unwrap();
    assert_eq!(registered.email, EMAIL);
    assert_eq!(registered.display_name, "Ada Lovelace");
    assert_eq!(registered.role(), Role::Customer);

    let session = client
        .sign_in(credentials("ADA@example.com", PASSWORD))
        .await
        .unwrap();
    let session = session.into_inner().session.unwrap();
    assert_eq!(session.user.as_ref(), Some(&registered));

    let me = client
        .get_me(with_token(&session.access_token, GetMeRequest {}))
        .await
        .unwrap();
    assert_eq!(me.into_inner().user, Some(registered));
}

#[tokio::test(flavor = "multi_thread")]
async fn e_mail_addresses_are_not_case_sensitive() {
    let database = database().await;
    let mut client = start(&database).await.client;
    client.register(registration(EMAIL)).await.unwrap();
    let again = client.register(registration("ADA@EXAMPLE.COM")).await;
    assert_eq!(
        refusal(again),
        (Code::AlreadyExists, "EMAIL_TAKEN".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_registrations_of_one_email_one_succeeds() {
    let database = database().await;
    let client = start(&database).await.client;
    let attempts = (0..10).map(|_| {
        let mut client = client.clone();
        async move { client.register(registration(EMAIL)).await }
    });
    let (registered, rejected): (Vec<_>, Vec<_>) = join_all(attempts)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!(registered.len(), 1);
    for answer in rejected {
        assert_eq!(refusal(answer).1, "EMAIL_TAKEN");
    }
    assert_eq!(database.count("users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_field_of_a_registration_is_reported() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let wrong = RegisterRequest {
        email: "ada".to_owned(),
        password: "short".to_owned(),
        display_name: "x".repeat(101),
    };
    let refused = status_of(client.register(wrong).await);
    assert_eq!(
        named_fields::<()>(Err(refused.clone())),
        ["email", "password", "display_name"]
    );
    assert_eq!(
        refusal::<()>(Err(refused)),
        (Code::InvalidArgument, "VALIDATION_FAILED".to_owned())
    );
    assert_eq!(database.count("users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_email_get_the_same_response() {
    let database = database().await;
    let mut client = start(&database).await.client;
    client.register(registration(EMAIL)).await.unwrap();
    let wrong = status_of(client.sign_in(credentials(EMAIL, "not my password")).await);
    let unknown = status_of(
        client
            .sign_in(credentials("bob@example.com", PASSWORD))
            .await,
    );
    let impossible = status_of(
        client
            .sign_in(credentials("not an address", PASSWORD))
            .await,
    );
    for status in [&unknown, &impossible] {
        assert_eq!(status.code(), wrong.code());
        assert_eq!(status.message(), wrong.message());
        assert_eq!(status.details(), wrong.details());
    }
    let expected = (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned());
    assert_eq!(refusal::<()>(Err(wrong)), expected);
    assert_eq!(database.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn overlong_credentials_are_rejected() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let answer = client.sign_in(credentials("", &"x".repeat(129))).await;
    assert_eq!(named_fields(answer), ["email", "password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_not_found_with_a_valid_token() {
    let database = database().await;
    let mut client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    database.execute("DELETE FROM users").await.unwrap();
    let answer = client
        .get_me(with_token(&session.access_token, GetMeRequest {}))
        .await;
    assert_eq!(
        refusal(answer),
        (Code::NotFound, "ACCOUNT_NOT_FOUND".to_owned())
    );
}
