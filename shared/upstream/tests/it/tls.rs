//! mTLS. `certs/README.md` describes the certificates.

use std::path::PathBuf;

use ::upstream::{ClientTls, Config, Upstream};
use chassis::grpc::{ServerConfig, ServerTls};
use contracts::catalog::v1::GetProductRequest;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use tonic::{Code, Status};

use crate::support::{TestServer, upstream_with};

fn cert(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/certs")
        .join(name)
}

async fn server() -> TestServer {
    let config = ServerConfig {
        tls: Some(ServerTls {
            cert_path: cert("server.pem"),
            private_key_path: cert("server-key.pem"),
            client_ca_path: Some(cert("ca.pem")),
        }),
        ..ServerConfig::default()
    };
    TestServer::start_with(config, async |_| Ok(())).await
}

async fn call(server: &TestServer, ca: &str, own: Option<&str>) -> Result<(), Status> {
    let url = format!("https://localhost:{}", server.running.listen.port());
    let upstream = upstream_with("catalog", &url, |config| {
        config.tls = Some(ClientTls {
            ca_path: cert(ca),
            cert_path: own.map(|own| cert(&format!("{own}.pem"))),
            private_key_path: own.map(|own| cert(&format!("{own}-key.pem"))),
            domain: None,
        });
    });
    let mut client = CatalogServiceClient::new(upstream);
    client.get_product(GetProductRequest::default()).await?;
    Ok(())
}

#[tokio::test]
async fn both_sides_are_authenticated_by_certificates() {
    let server = server().await;
    call(&server, "ca.pem", Some("client")).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_certificate_of_the_ca_is_rejected() {
    let server = server().await;
    for own in [None, Some("stranger")] {
        let refused = call(&server, "ca.pem", own).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{own:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_server_without_a_certificate_of_the_ca_is_rejected() {
    let server = server().await;
    let refused = call(&server, "stranger.pem", Some("client"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_certificate_must_be_valid_for_the_host_of_the_url() {
    let server = server().await;
    let address = server.running.listen;
    for (url, trusted) in [("https://localhost:1", true), ("https://catalog:1", false)] {
        let config = Config {
            url: url.to_owned(),
            tls: Some(ClientTls {
                ca_path: cert("ca.pem"),
                cert_path: Some(cert("client.pem")),
                private_key_path: Some(cert("client-key.pem")),
                domain: None,
            }),
            ..Config::default()
        };
        let found = move || std::future::ready(Ok(vec![address]));
        let upstream = Upstream::with_lookup("catalog", &config, found).unwrap();
        let mut client = CatalogServiceClient::new(upstream);
        let answered = client.get_product(GetProductRequest::default()).await;
        assert_eq!(answered.is_ok(), trusted, "{url}: {answered:?}");
    }
    assert_eq!(server.seen().len(), 1);
}
