//! TLS to Redis: what is trusted, and that plain text is never a substitute.

use std::path::Path;

use redis::{Client, IntoConnectionInfo};
use testkit::{redis_with_tls, server_ca, stranger_ca};

use super::CA_PATH;

fn client(url: &str, ca_path: &Path) -> anyhow::Result<Client> {
    super::client(url.into_connection_info()?, ca_path)
}

/// Why a connection attempt fails, as it is logged.
async fn refused(url: &str, ca_path: &Path) -> String {
    let client = client(url, ca_path).unwrap();
    match client.get_multiplexed_async_connection().await {
        Ok(_) => panic!("it connected"),
        Err(error) => tls::explain(&error.to_string(), CA_PATH),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_server_is_used() {
    let (url, _) = redis_with_tls();
    let client = client(&url, &server_ca()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let pong: String = redis::cmd("PING")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(pong, "PONG");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_ca_is_refused() {
    let (url, _) = redis_with_tls();
    let why = refused(&url, &stranger_ca()).await;
    let expected = format!(
        "certificate verify failed: unknown issuer; `{CA_PATH}` must name the PEM file of the server's CA"
    );
    assert_eq!(why, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_is_refused() {
    let (url, _) = redis_with_tls();
    let why = refused(&url.replace("@localhost:", "@127.0.0.1:"), &server_ca()).await;
    let expected = "certificate verify failed: certificate not valid for name \"127.0.0.1\"";
    assert!(why.contains(expected), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused() {
    let (plain, _) = testkit::redis();
    let url = plain
        .replace("redis://", "rediss://")
        .replace("@127.0.0.1:", "@localhost:");
    let why = refused(&url, &server_ca()).await;
    // Redis waits for the end of a line, so the cause is often a timeout.
    let (_, password) = plain.split_once("//:").unwrap();
    let (password, _) = password.split_once('@').unwrap();
    assert!(!why.contains(password), "{why}");
}

#[test]
fn what_cannot_be_verified_is_refused_at_the_start() {
    let url = "rediss://:secret@localhost";
    let error = client(url, Path::new("absent.pem")).unwrap_err();
    let why = format!("{error:#}");
    assert!(why.contains(CA_PATH) && why.contains("absent.pem"), "{why}");
    let error = client(&format!("{url}/#insecure"), Path::new("")).unwrap_err();
    assert!(error.to_string().contains("#insecure"), "{error}");
}
