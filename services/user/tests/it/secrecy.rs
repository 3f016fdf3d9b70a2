use contracts::user::v1::SignOutRequest;

use crate::support::log::Log;
use crate::support::{
    EMAIL, PASSWORD, config, credentials, database, manual_clock, refresh, register_and_sign_in,
    start, start_with, status_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn neither_secrets_nor_personal_data_are_logged() {
    let log = Log::capture();

    let database = database().await;
    let clock = manual_clock();
    let mut client = start_with(&database, clock.clone(), &[]).await.client;
    let first = register_and_sign_in(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();
    refresh(&client, &first.refresh_token).await.unwrap();
    clock.advance(chrono::Duration::seconds(10));
    status_of(refresh(&client, &first.refresh_token).await);
    status_of(client.sign_in(credentials(EMAIL, "a wrong password")).await);
    let request = SignOutRequest {
        refresh_token: second.refresh_token.clone(),
    };
    client.sign_out(request).await.unwrap();

    let logged = log.text();
    assert!(
        logged.contains("account created"),
        "the log was not captured"
    );
    let hash = database
        .text("SELECT password_hash AS value FROM users")
        .await;
    log.assert_lacks(&[
        PASSWORD,
        "a wrong password",
        EMAIL,
        "Ada Lovelace",
        &hash,
        &first.access_token,
        &first.refresh_token,
        &second.access_token,
        &second.refresh_token,
    ]);
}

#[test]
fn the_debug_of_the_configuration_shows_no_secret() {
    let config = config("postgres://user:open-sesame@localhost/user", &[]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("open-sesame"));
    assert!(!shown.contains("0123456789abcdef"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_token_and_no_private_key_in_clear() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = register_and_sign_in(&client).await;
    let stored = database
        .text("SELECT string_agg(row_to_json(t)::text, ' ') AS value FROM refresh_tokens t")
        .await;
    assert!(!stored.contains(&session.refresh_token));
    // The first bytes of an Ed25519 key in PKCS#8.
    let clear = "SELECT count(*)::text AS value FROM signing_keys \
                 WHERE position('\\x302e020100300506032b6570'::bytea IN sealed_private_key) > 0";
    assert_eq!(database.text(clear).await, "0");
}
