//! A running gateway with fake services, and an HTTP client for it.

use chassis::{
    Running, Shutdown,
    config::{Source, load},
    telemetry,
};
use contracts::user::v1::{
    GetJwksRequest, GetJwksResponse, user_service_client::UserServiceClient,
};
use gateway::{ABOUT, Config};
use kernel::UserId;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;
use testkit::{Issuer, eventually};
use tokio::task::JoinHandle;

use crate::fake::Fake;

/// A gateway in front of fake services.
pub(crate) struct Shop {
    pub(crate) services: Fake,
    pub(crate) gateway: Running,
    pub(crate) issuer: Issuer,
    /// A customer and their access token.
    pub(crate) customer: (UserId, String),
    /// The access token of a staff member.
    pub(crate) staff: String,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Shop {
    /// The default configuration without rate limits and without a broker.
    pub(crate) async fn open() -> Self {
        Self::open_with(|source| source).await
    }

    /// Like [`Shop::open`], with changes to the configuration.
    pub(crate) async fn open_with(configure: impl FnOnce(Source) -> Source) -> Self {
        Self::open_until(Shutdown::for_tests(), configure).await
    }

    /// Like [`Shop::open_with`], with another shutdown.
    pub(crate) async fn open_until(
        shutdown: Shutdown,
        configure: impl FnOnce(Source) -> Source,
    ) -> Self {
        let issuer = Issuer::start().await;
        let services = Fake::default();
        let jwks = published(&issuer).await;
        services.on(move |_: GetJwksRequest| Ok(jwks.clone()));
        let (address, server) = services.serve().await;
        let mut source = Source::defaults(ABOUT)
            .set("http.listen", "127.0.0.1:0")
            .set("http.workers", 2)
            .set("admin.listen", "127.0.0.1:0")
            .set("broker.url", "amqp://127.0.0.1:1/%2f")
            .set("rate_limit.enabled", false)
            .set("telemetry.log", "warn");
        for service in ["user", "catalog", "order", "payment"] {
            source = source.set(
                &format!("upstreams.{service}.url"),
                format!("http://{address}"),
            );
        }
        let config: Config = load(&configure(source)).unwrap();
        // The subscriber is global, so it is never dropped.
        let (name, version) = ("gateway", "test");
        let process = telemetry::Process { name, version };
        let telemetry = telemetry::init(&config.telemetry, process).unwrap();
        std::mem::forget(telemetry);
        let gateway = gateway::start(config, shutdown).await.unwrap();
        let user = UserId::generate();
        let shop = Self {
            customer: (user, issuer.token(user, "customer")),
            staff: issuer.token(UserId::generate(), "staff"),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                // Another package of the workspace enables decompression.
                .no_gzip()
                .build()
                .unwrap(),
            services,
            gateway,
            issuer,
            server,
        };
        eventually("the gateway to be ready", async || {
            shop.is_ready().await.then_some(())
        })
        .await;
        shop
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let url = format!("{}/readyz", self.gateway.admin_url());
        let answer = self.http.get(url).send().await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// Stops all services.
    pub(crate) fn stop_services(&self) {
        self.server.abort();
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http
            .request(method, format!("{}{path}", self.gateway.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        Answer::of(self.request(method, path).json(&body)).await
    }

    /// Sends a request as the customer; without a body if it is null.
    pub(crate) async fn as_customer(&self, method: &str, path: &str, body: Value) -> Answer {
        self.with_token(&self.customer.1, method, path, body).await
    }

    /// Sends a request as staff.
    pub(crate) async fn as_staff(&self, method: &str, path: &str, body: Value) -> Answer {
        self.with_token(&self.staff, method, path, body).await
    }

    /// Sends a change as staff, with the ETag that it is based on.
    pub(crate) async fn change(&self, path: &str, etag: &str, patch: Value) -> Answer {
        let request = self.request("PATCH", path).bearer_auth(&self.staff);
        Answer::of(request.header("If-Match", etag).json(&patch)).await
    }

    async fn with_token(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).bearer_auth(token);
        Answer::of(if body.is_null() {
            request
        } else {
            request.json(&body)
        })
        .await
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn published(issuer: &Issuer) -> GetJwksResponse {
    let channel = tonic::transport::Endpoint::from_shared(issuer.url().to_owned())
        .unwrap()
        .connect_lazy();
    let mut client = UserServiceClient::new(channel);
    client
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner()
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The JSON body; checks the status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.text.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The problem document; checks status, type and required members.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, name: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let document = self.json();
        assert_eq!(document["type"], format!("/problems/{name}"), "{document}");
        assert_eq!(document["status"], status, "{document}");
        for member in ["title", "detail", "instance"] {
            assert!(
                document[member]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{document}"
            );
        }
        document
    }
}
