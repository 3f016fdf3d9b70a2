use contracts::user::v1::{FindAccountRequest, GetMeRequest, RegisterRequest, Role};
use futures_util::future::join_all;
use testkit::with_token;
use tonic::Code;

use crate::support::{
    EMAIL, PASSWORD, access_token_of, credentials, database, named_fields, refusal,
    register_and_sign_in, registration, staff_token, start, status_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_account_can_sign_in_and_read_itself() {
    let database = database().await;
    let mut client = start(&database).await.client;

    let registered = client
        .register(registration("  Ada@Example.com "))
        .await
        .unwrap();
    assert_eq!(registered.into_inner().email, EMAIL);

    let session = client
        .sign_in(credentials("ADA@example.com", PASSWORD))
        .await
        .unwrap();
    let session = session.into_inner().session.unwrap();
    let user = session.user.unwrap();
    assert_eq!(user.email, EMAIL);
    assert_eq!(user.display_name, "Ada Lovelace");
    assert_eq!(user.role(), Role::Customer);
    assert!(!user.email_verified);

    let me = client
        .get_me(with_token(&session.access_token, GetMeRequest {}))
        .await
        .unwrap();
    assert_eq!(me.into_inner().user, Some(user));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_an_account_by_any_spelling_of_its_whole_address() {
    let database = database().await;
    let mut client = start(&database).await.client;
    client.register(registration(EMAIL)).await.unwrap();
    let customer = access_token_of(&client, "eve@example.com").await;
    let staff = staff_token(&database, &client).await;
    let find = async |token: &str, email: &str| {
        let email = email.to_owned();
        let request = with_token(token, FindAccountRequest { email });
        client.clone().find_account(request).await
    };
    let id = database
        .text("SELECT id::text AS value FROM users WHERE email = 'ada@example.com'")
        .await;
    for (email, expected) in [
        (EMAIL, id.as_str()),
        (" ADA@Example.COM ", &id),
        ("ada@example.org", ""),
        ("da@example.com", ""),
    ] {
        let found = find(&staff, email).await.unwrap().into_inner();
        assert_eq!(found.id, expected, "{email}");
    }
    for text in ["", "ada", "ada@%"] {
        let refused = find(&staff, text).await;
        assert_eq!(named_fields(refused), ["email"], "{text}");
    }
    let refused = find(&customer, EMAIL).await;
    assert_eq!(
        refusal(refused),
        (Code::PermissionDenied, "FORBIDDEN".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_of_known_and_unknown_addresses_get_the_same_answer() {
    let database = database().await;
    let mut client = start(&database).await.client;
    client.register(registration(EMAIL)).await.unwrap();
    let mut answers = Vec::new();
    for email in ["ADA@EXAMPLE.COM", "BOB@EXAMPLE.COM"] {
        let request = RegisterRequest {
            password: "a password of a stranger".to_owned(),
            ..registration(email)
        };
        answers.push(client.register(request).await.unwrap().into_inner());
    }
    let [known, unknown] = answers.as_slice() else {
        panic!("two answers");
    };
    assert_eq!(known.email, "ada@example.com");
    assert_eq!(unknown.email, "bob@example.com");
    assert_eq!(database.count("users").await, 2);
    // The password that was tried for the known address is a wrong one.
    let tried = client
        .sign_in(credentials(EMAIL, "a password of a stranger"))
        .await;
    assert_eq!(
        refusal(tried),
        (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned())
    );
    client.sign_in(credentials(EMAIL, PASSWORD)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_registration_is_refused_alike_for_known_and_unknown_addresses() {
    let database = database().await;
    let mut client = start(&database).await.client;
    client.register(registration(EMAIL)).await.unwrap();
    for email in [EMAIL, "bob@example.com"] {
        for password in ["short", "Password1234", "aaaaaaaaaaaaaaa"] {
            let request = RegisterRequest {
                password: password.to_owned(),
                ..registration(email)
            };
            assert_eq!(named_fields(client.register(request).await), ["password"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spellings_of_one_address_are_one_account() {
    let database = database().await;
    let mut client = start(&database).await.client;
    for email in ["Ada@b\u{fc}cher.example", "ada@BU\u{308}CHER.example"] {
        let answer = client.register(registration(email)).await.unwrap();
        assert_eq!(answer.into_inner().email, "ada@xn--bcher-kva.example");
    }
    assert_eq!(database.count("users").await, 1);
    let spelled = credentials("ADA@xn--bcher-kva.example", PASSWORD);
    client.sign_in(spelled).await.unwrap();
    // Cyrillic and invisible characters.
    for look_alike in ["\u{430}da@example.com", "ad\u{200b}a@example.com"] {
        let answer = client.register(registration(look_alike)).await;
        assert_eq!(named_fields(answer), ["email"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_registrations_of_one_address_make_one_account() {
    let database = database().await;
    let client = start(&database).await.client;
    let attempts = (0..10).map(|_| {
        let mut client = client.clone();
        async move { client.register(registration(EMAIL)).await }
    });
    for answer in join_all(attempts).await {
        assert_eq!(answer.unwrap().into_inner().email, EMAIL);
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
