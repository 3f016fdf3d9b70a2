//! Tests of `testkit` with the real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use testkit::{Issuer, Proxy, database, eventually, vhost};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::NoTls;

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn migrate(url: String) -> Result<(), tokio_postgres::Error> {
    let client = connect(&url).await;
    client.batch_execute("CREATE TABLE notes (text text)").await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_databases_share_only_their_template() {
    let (one, two) = tokio::join!(database("testkit", migrate), database("testkit", migrate));
    let (a, b) = (connect(&one.url).await, connect(&two.url).await);
    a.batch_execute("INSERT INTO notes VALUES ('mine')")
        .await
        .unwrap();
    let seen = b.query("SELECT text FROM notes", &[]).await.unwrap();
    assert!(seen.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_test_has_its_own_virtual_host() {
    let (one, two) = tokio::join!(vhost(), vhost());
    assert_ne!(one.url, two.url);
    assert_eq!(one.cut_connections().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_cuts_and_restores_a_server() {
    let upstream = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::to(upstream.local_addr().unwrap().to_string()).await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = upstream.accept().await {
            let _ = stream.write_all(b"hello").await;
        }
    });
    let greeting = async || {
        let mut stream = tokio::net::TcpStream::connect(proxy.address).await.ok()?;
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.ok().map(|_| bytes)
    };
    assert_eq!(greeting().await, Some(*b"hello"));
    proxy.cut();
    assert_eq!(greeting().await, None);
    proxy.restore();
    assert_eq!(
        eventually("a greeting of the restored server", greeting).await,
        *b"hello"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_publishes_the_key_it_signs_with() {
    use contracts::user::v1::{GetJwksRequest, user_service_client::UserServiceClient};

    let issuer = Issuer::start().await;
    let mut client = UserServiceClient::connect(issuer.url().to_owned())
        .await
        .unwrap();
    let answer = client
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner();
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&answer.jwks_json).unwrap();
    let token = issuer.token(kernel::UserId::generate(), "staff");
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    rules.set_audience(&["mercantile"]);
    let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &rules)
        .unwrap()
        .claims;
    assert_eq!(claims["role"], "staff");
}
