use chassis::status::Details;
use reqwest::{Method, RequestBuilder, Response};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use super::Shop;

/// Calls by path, for tests that go through every row of a table.
impl Shop {
    /// A request to a URL of the gateway, with its query. Redirects are not followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.gateway.url());
        self.http.request(method, url)
    }

    /// Calls a URL of the gateway, such as `/api/v1/cart`. Writes have the body `{}`.
    ///
    /// # Panics
    /// The gateway does not respond.
    pub async fn rest(&self, method: &str, path: &str, token: Option<&str>) -> Response {
        let name = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.request(name, path);
        if matches!(method, "POST" | "PUT" | "PATCH") {
            request = request
                .header("Content-Type", "application/json")
                .body("{}");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.expect("an answer of the gateway")
    }

    /// Calls an RPC of a service with an empty request. Returns the status, and the reason of a failure.
    ///
    /// # Panics
    /// The token is not ASCII.
    pub async fn call_rpc(&self, service: &str, path: &str, token: Option<&str>) -> (Code, String) {
        let url = format!("http://{}", self.to(service).address);
        let endpoint = Endpoint::from_shared(url).expect("a URL");
        let mut client = Grpc::new(endpoint.connect_lazy());
        client.ready().await.expect("a channel is ready at once");
        let mut request = Request::new(());
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().expect("ASCII");
            request.metadata_mut().insert("authorization", value);
        }
        let path: PathAndQuery = path.parse().expect("a path");
        let answer = client
            .unary(request, path, ProstCodec::<(), ()>::default())
            .await;
        match answer {
            Ok(_) => (Code::Ok, String::new()),
            Err(status) => (status.code(), Details::from_status(&status).reason),
        }
    }
}
