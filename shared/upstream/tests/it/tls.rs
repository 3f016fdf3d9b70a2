//! mTLS, with a CA of the test.

use std::path::PathBuf;

use ::upstream::{ClientTls, Config, Upstream};
use chassis::grpc::{ServerConfig, ServerTls};
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{AdjustStockRequest, GetProductRequest};
use kernel::UserId;
use testkit::{Authority, Issued, eventually};
use tonic::{Code, Status};

use crate::support::{TestServer, as_caller, reason, upstream_with};

struct Fixture {
    authority: Authority,
    own: Issued,
    server: TestServer,
}

impl Fixture {
    async fn start() -> Self {
        let authority = Authority::new();
        let own = authority.issue(&["localhost"]);
        let config = ServerConfig {
            tls: Some(ServerTls {
                cert_path: own.cert_path.clone(),
                private_key_path: own.private_key_path.clone(),
                client_ca_path: Some(authority.ca_path()),
            }),
            ..ServerConfig::default()
        };
        Self {
            authority,
            own,
            server: TestServer::start_with(config, async |_| Ok(())).await,
        }
    }

    /// A client that trusts this CA.
    fn client(&self, ca_path: PathBuf, own: Option<&Issued>) -> CatalogServiceClient<Upstream> {
        let url = format!("https://localhost:{}", self.server.running.listen.port());
        let upstream = upstream_with("catalog", &url, |config| {
            config.tls = Some(client_tls(ca_path, own));
        });
        CatalogServiceClient::new(upstream)
    }

    fn client_of(&self, own: &Issued) -> CatalogServiceClient<Upstream> {
        self.client(self.authority.ca_path(), Some(own))
    }
}

fn client_tls(ca_path: PathBuf, own: Option<&Issued>) -> ClientTls {
    ClientTls {
        ca_path,
        cert_path: own.map(|own| own.cert_path.clone()),
        private_key_path: own.map(|own| own.private_key_path.clone()),
        domain: None,
    }
}

async fn call(mut client: CatalogServiceClient<Upstream>) -> Result<(), Status> {
    client.get_product(GetProductRequest::default()).await?;
    Ok(())
}

#[tokio::test]
async fn both_sides_are_authenticated_by_certificates() {
    let fixture = Fixture::start().await;
    let gateway = fixture.authority.issue(&["gateway"]);
    call(fixture.client_of(&gateway)).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_certificate_of_the_ca_is_rejected() {
    let fixture = Fixture::start().await;
    let others = Authority::new();
    let stranger = others.issue(&["gateway"]);
    for own in [None, Some(&stranger)] {
        let client = fixture.client(fixture.authority.ca_path(), own);
        let refused = call(client).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{own:?}");
    }
    assert!(fixture.server.seen().is_empty());
}

#[tokio::test]
async fn a_server_without_a_certificate_of_the_ca_is_rejected() {
    let fixture = Fixture::start().await;
    let gateway = fixture.authority.issue(&["gateway"]);
    let stranger = Authority::new();
    let refused = call(fixture.client(stranger.ca_path(), Some(&gateway))).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_certificate_must_be_valid_for_the_host_of_the_url() {
    let fixture = Fixture::start().await;
    let gateway = fixture.authority.issue(&["gateway"]);
    let address = fixture.server.running.listen;
    for (url, trusted) in [("https://localhost:1", true), ("https://catalog:1", false)] {
        let config = Config {
            url: url.to_owned(),
            tls: Some(client_tls(fixture.authority.ca_path(), Some(&gateway))),
            ..Config::default()
        };
        let found = move || std::future::ready(Ok(vec![address]));
        let upstream = Upstream::with_lookup("catalog", &config, found).unwrap();
        let answered = call(CatalogServiceClient::new(upstream)).await;
        assert_eq!(answered.is_ok(), trusted, "{url}: {answered:?}");
    }
    assert_eq!(fixture.server.seen().len(), 1);
}

/// A process that receives the token of staff cannot use it where only the gateway calls.
#[tokio::test]
async fn a_token_is_not_accepted_from_a_process_that_is_no_caller_of_the_rpc() {
    let fixture = Fixture::start().await;
    let token = fixture.server.issuer.token(UserId::generate(), "staff");
    let adjust = async |own: &Issued| {
        let mut client = fixture.client_of(own);
        as_caller(&token, client.adjust_stock(AdjustStockRequest::default())).await
    };
    adjust(&fixture.authority.issue(&["gateway"]))
        .await
        .unwrap();
    let refused = adjust(&fixture.authority.issue(&["order"])).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(reason(&refused), "FORBIDDEN");
    assert_eq!(fixture.server.seen().len(), 1);
}

#[tokio::test]
async fn new_connections_use_renewed_certificates() {
    let fixture = Fixture::start().await;
    let gateway = fixture.authority.issue(&["gateway"]);
    call(fixture.client_of(&gateway)).await.unwrap();

    fixture.authority.renew(&fixture.own, &["catalog"]);
    let client = fixture.client_of(&gateway);
    let refused = call(client.clone()).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Code::Unavailable,
        "the server's is of another host"
    );

    // The client is the same, and so is its file: it is of another process now.
    fixture.authority.renew(&gateway, &["order"]);
    fixture.authority.renew(&fixture.own, &["localhost"]);
    eventually("a connection", async || {
        let refused = call(client.clone()).await.err()?;
        (refused.code() == Code::PermissionDenied).then_some(())
    })
    .await;
}
