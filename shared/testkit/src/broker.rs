use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::json;

use crate::{at_drop::at_drop, eventually, server, unique};

/// The queue of [`Vhost::record_messages`].
const RECORDER: &str = "recorder";

/// A RabbitMQ virtual host for one test; deleted when this value is dropped.
#[derive(Debug)]
pub struct Vhost {
    /// Its name.
    pub name: String,
    /// The `amqp://` URL of the virtual host.
    pub url: String,
}

/// A new, empty virtual host.
///
/// # Panics
/// There is no RabbitMQ server with the management plugin.
pub async fn vhost() -> Vhost {
    let name = unique("test");
    call(Method::PUT, &format!("vhosts/{name}"), json!({})).await;
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    let user = api().username().to_owned();
    call(Method::PUT, &format!("permissions/{name}/{user}"), all).await;
    let url = format!(
        "{}/{name}",
        server("MERCANTILE_TEST_AMQP").trim_end_matches('/')
    );
    Vhost { name, url }
}

impl Vhost {
    /// Waits until a queue has at least this many bindings: an event that is published before the first
    /// start of its consumer is unrouted.
    ///
    /// # Panics
    /// It has fewer after 20 s, or the management API does not respond.
    pub async fn wait_for_bindings(&self, queue: &str, count: usize) {
        let path = format!("queues/{}/{queue}/bindings", self.name);
        eventually(&format!("{queue} bound"), async || {
            let (client, request) = request(Method::GET, &path);
            let listed = client
                .execute(request.build().expect("valid"))
                .await
                .expect("the management API responds");
            let text = listed.text().await.expect("text");
            let bindings: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
            let named = bindings.iter().filter(|binding| binding["source"] != "");
            (named.count() >= count).then_some(())
        })
        .await;
    }

    /// The `amqps://` URL of the virtual host.
    pub fn url_with_tls(&self) -> String {
        let server = server("MERCANTILE_TEST_AMQPS");
        format!("{}/{}", server.trim_end_matches('/'), self.name)
    }

    /// The URL for a new RabbitMQ user with all permissions, in this virtual host only.
    ///
    /// # Panics
    /// The management API does not respond.
    pub async fn user(&self, password: &str) -> String {
        let name = &self.name;
        let user = json!({"password": password, "tags": ""});
        call(Method::PUT, &format!("users/{name}"), user).await;
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        call(Method::PUT, &format!("permissions/{name}/{name}"), all).await;
        let (scheme, rest) = self.url.split_once("://").expect("a URL");
        let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
        format!("{scheme}://{name}:{password}@{server}")
    }

    /// From now on copies every message that is published to an exchange with one of these routing keys;
    /// [`Vhost::recorded_messages`] returns them.
    ///
    /// # Panics
    /// The exchange does not exist after 20 s.
    pub async fn record_messages(&self, exchange: &str, keys: &[&str]) {
        let queue = format!("queues/{}/{RECORDER}", self.name);
        call(Method::PUT, &queue, json!({"durable": true})).await;
        let path = format!("exchanges/{}/{exchange}", self.name);
        eventually(&format!("{exchange} exists"), async || {
            let (client, request) = request(Method::GET, &path);
            let answer = client.execute(request.build().ok()?).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        let path = format!("bindings/{}/e/{exchange}/q/{RECORDER}", self.name);
        for key in keys {
            call(Method::POST, &path, json!({"routing_key": key})).await;
        }
    }

    /// Returns and removes the recorded messages with their headers, as the management API shows them.
    ///
    /// # Panics
    /// The management API does not respond.
    pub async fn recorded_messages(&self) -> Vec<serde_json::Value> {
        let path = format!("queues/{}/{RECORDER}/get", self.name);
        let (client, request) = request(Method::POST, &path);
        let all = json!({"count": 10_000, "ackmode": "ack_requeue_false", "encoding": "auto"});
        let request = request.json(&all).build().expect("valid");
        let answer = client
            .execute(request)
            .await
            .expect("the management API responds");
        answer.json().await.expect("a list of messages")
    }

    /// Makes the broker close every connection to this virtual host; returns their number.
    ///
    /// # Panics
    /// The management API does not respond.
    pub async fn cut_connections(&self) -> usize {
        let path = format!("vhosts/{}/connections", self.name);
        let (client, request) = request(Method::GET, &path);
        let listed = client
            .execute(request.build().expect("valid"))
            .await
            .expect("the management API responds");
        let text = listed.text().await.expect("text");
        let connections: Vec<serde_json::Value> =
            serde_json::from_str(&text).expect("a list of connections");
        for connection in &connections {
            let name = connection["name"].as_str().expect("connections have names");
            let (client, request) = request_segments(Method::DELETE, &["connections", name]);
            let answer = client
                .execute(request.build().expect("valid"))
                .await
                .expect("the management API responds");
            assert!(
                answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND,
                "closing a connection: {}",
                answer.status()
            );
        }
        connections.len()
    }
}

/// The URL of the management API, with credentials.
fn api() -> Url {
    let api = server("MERCANTILE_TEST_RABBITMQ_API");
    api.parse().expect("MERCANTILE_TEST_RABBITMQ_API is a URL")
}

fn request(method: Method, path: &str) -> (Client, RequestBuilder) {
    request_segments(method, &path.split('/').collect::<Vec<_>>())
}

fn request_segments(method: Method, segments: &[&str]) -> (Client, RequestBuilder) {
    let mut url = api();
    let (user, password) = (
        url.username().to_owned(),
        url.password().unwrap_or_default().to_owned(),
    );
    url.set_username("").expect("http URLs have users");
    url.set_password(None).expect("http URLs have passwords");
    url.path_segments_mut()
        .expect("http URLs have paths")
        .clear()
        .push("api")
        .extend(segments);
    let client = Client::new();
    let request = client.request(method, url).basic_auth(user, Some(password));
    (client, request)
}

async fn call(method: Method, path: &str, body: serde_json::Value) {
    let (client, request) = request(method, path);
    let request = request.json(&body).build().expect("valid request");
    match client.execute(request).await {
        Ok(answer) if answer.status().is_success() => {}
        Ok(answer) => panic!("RabbitMQ's management API, {path}: {}", answer.status()),
        Err(error) => panic!("RabbitMQ's management API for tests does not respond: {error}"),
    }
}

impl Drop for Vhost {
    fn drop(&mut self) {
        let path = format!("vhosts/{}", self.name);
        let user = format!("users/{}", self.name);
        at_drop(async move {
            call(Method::DELETE, &path, json!({})).await;
            let (client, request) = request(Method::DELETE, &user);
            // Most virtual hosts have no user.
            let _missing = client.execute(request.build().expect("valid")).await;
        });
    }
}
