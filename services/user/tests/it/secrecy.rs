use std::io;
use std::sync::{Arc, Mutex};

use contracts::user::v1::SignOutRequest;
use tracing_subscriber::filter::LevelFilter;

use crate::support::{
    EMAIL, PASSWORD, config, credentials, database, newcomer, refresh, start, status_of,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_secrets_nor_personal_data_are_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_writer(move || writer.clone())
        .init();

    let database = database().await;
    let mut client = start(&database).await.client;
    let first = newcomer(&client).await;
    let second = refresh(&client, &first.refresh_token).await.unwrap();
    status_of(refresh(&client, &first.refresh_token).await);
    status_of(client.sign_in(credentials(EMAIL, "a wrong password")).await);
    let request = SignOutRequest {
        refresh_token: second.refresh_token.clone(),
    };
    client.sign_out(request).await.unwrap();

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("account created"), "the log was caught");
    let hash = database
        .text("SELECT password_hash AS value FROM users")
        .await;
    for secret in [
        PASSWORD,
        "a wrong password",
        EMAIL,
        "Ada Lovelace",
        &hash,
        &first.access_token,
        &first.refresh_token,
        &second.access_token,
        &second.refresh_token,
    ] {
        let lines: Vec<_> = logged
            .lines()
            .filter(|line| line.contains(secret))
            .collect();
        assert!(lines.is_empty(), "{secret} is in the log: {lines:?}");
    }
}

#[test]
fn the_debug_of_the_configuration_shows_no_secret() {
    let config = config("postgres://user:open-sesame@localhost/user", &[]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("open-sesame"));
    assert!(!shown.contains("0123456789abcdef"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_token_and_no_private_key_in_the_clear() {
    let database = database().await;
    let client = start(&database).await.client;
    let session = newcomer(&client).await;
    let stored = database
        .text("SELECT string_agg(row_to_json(t)::text, ' ') AS value FROM refresh_tokens t")
        .await;
    assert!(!stored.contains(&session.refresh_token));
    // A PKCS#8 document of an Ed25519 key begins like this.
    let clear = "SELECT count(*)::text AS value FROM signing_keys \
                 WHERE position('\\x302e020100300506032b6570'::bytea IN sealed_private_key) > 0";
    assert_eq!(database.text(clear).await, "0");
}
