//! TLS to RabbitMQ: what is trusted, and that plain text is never a substitute.

use std::path::Path;

use lapin::{Connection, ConnectionProperties};
use testkit::{server_ca, stranger_ca, vhost};

use super::{Server, explained};
use crate::error::BrokerError;

async fn connect(url: &str, ca_path: &Path) -> Result<Connection, BrokerError> {
    let server = Server::new(url.parse().unwrap(), ca_path)?;
    Ok(server.connect(ConnectionProperties::default()).await?)
}

async fn refused(url: &str, ca_path: &Path) -> String {
    match connect(url, ca_path).await {
        Ok(_) => panic!("it connected"),
        Err(error) => explained(&error),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_server_is_used() {
    let vhost = vhost().await;
    let connection = connect(&vhost.url_with_tls(), &server_ca()).await.unwrap();
    connection.create_channel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_ca_is_refused() {
    let url = vhost().await.url_with_tls();
    let why = refused(&url, &stranger_ca()).await;
    assert_eq!(
        why,
        "certificate verify failed: unknown issuer; `broker.ca_path` must name the PEM file of the server's CA"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_is_refused() {
    let url = vhost()
        .await
        .url_with_tls()
        .replace("@localhost:", "@127.0.0.1:");
    let why = refused(&url, &server_ca()).await;
    let expected = "certificate verify failed: certificate not valid for name \"127.0.0.1\"";
    assert!(why.contains(expected), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_refused() {
    let vhost = vhost().await;
    let plain = &vhost.url;
    let url = plain
        .replace("amqp://", "amqps://")
        .replace("@127.0.0.1:", "@localhost:");
    let why = refused(&url, &server_ca()).await;
    assert!(why.contains("the URL demands TLS"), "{why}");
    let (_, password) = plain.split_once("administrator:").unwrap();
    let (password, _) = password.split_once('@').unwrap();
    assert!(!why.contains(password), "{why}");
}

#[test]
fn a_file_that_is_no_ca_is_refused_at_the_start() {
    let uri = || "amqps://name:secret@localhost".parse().unwrap();
    let Err(error) = Server::new(uri(), Path::new("absent.pem")) else {
        panic!("it was accepted");
    };
    let why = explained(&error);
    assert!(
        why.contains("broker.ca_path") && why.contains("absent.pem"),
        "{why}"
    );
}
