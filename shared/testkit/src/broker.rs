use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::json;

use crate::{at_drop::at_drop, eventually, server, unique};

/// The queue of [`Vhost::listen_in`].
const SPY: &str = "spy";

/// A virtual host of the test's own on RabbitMQ; deleted with this value.
#[derive(Debug)]
pub struct Vhost {
    /// Its name.
    pub name: String,
    /// `amqp://` URL that ends in the name.
    pub url: String,
}

/// A new, empty virtual host.
///
/// # Panics
/// Without a RabbitMQ server that has the management plugin.
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
    /// Waits until a queue takes at least so many types of messages: an event that is published
    /// before its listener's first start goes nowhere.
    ///
    /// # Panics
    /// When it does not after 20 seconds, or the management API does not answer.
    pub async fn bound(&self, queue: &str, types: usize) {
        let path = format!("queues/{}/{queue}/bindings", self.name);
        eventually(&format!("{queue} bound"), async || {
            let (client, request) = request(Method::GET, &path);
            let listed = client
                .execute(request.build().expect("valid"))
                .await
                .expect("answers");
            let text = listed.text().await.expect("text");
            let bindings: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
            let named = bindings.iter().filter(|binding| binding["source"] != "");
            (named.count() >= types).then_some(())
        })
        .await;
    }

    /// The URL of a new user of the broker who may do everything here and nothing elsewhere.
    ///
    /// # Panics
    /// When the management API does not answer.
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

    /// From now on keeps a copy of every message that is published to an exchange with one of these
    /// routing keys; [`Vhost::overheard`] has them.
    ///
    /// # Panics
    /// When there is no such exchange after 20 seconds.
    pub async fn listen_in(&self, exchange: &str, keys: &[&str]) {
        let queue = format!("queues/{}/{SPY}", self.name);
        call(Method::PUT, &queue, json!({"durable": true})).await;
        let path = format!("exchanges/{}/{exchange}", self.name);
        eventually(&format!("{exchange} exists"), async || {
            let (client, request) = request(Method::GET, &path);
            let answer = client.execute(request.build().ok()?).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        let path = format!("bindings/{}/e/{exchange}/q/{SPY}", self.name);
        for key in keys {
            call(Method::POST, &path, json!({"routing_key": key})).await;
        }
    }

    /// What was published since, headers and all, as the management API shows it. Takes it away.
    ///
    /// # Panics
    /// When the management API does not answer.
    pub async fn overheard(&self) -> Vec<serde_json::Value> {
        let path = format!("queues/{}/{SPY}/get", self.name);
        let (client, request) = request(Method::POST, &path);
        let all = json!({"count": 10_000, "ackmode": "ack_requeue_false", "encoding": "auto"});
        let request = request.json(&all).build().expect("valid");
        let answer = client.execute(request).await.expect("answers");
        answer.json().await.expect("a list of messages")
    }

    /// Has the broker close every connection to this virtual host; answers how many there were.
    ///
    /// # Panics
    /// When the management API does not answer.
    pub async fn cut_connections(&self) -> usize {
        let path = format!("vhosts/{}/connections", self.name);
        let (client, request) = request(Method::GET, &path);
        let listed = client
            .execute(request.build().expect("valid"))
            .await
            .expect("answers");
        let text = listed.text().await.expect("text");
        let connections: Vec<serde_json::Value> =
            serde_json::from_str(&text).expect("a list of connections");
        for connection in &connections {
            let name = connection["name"].as_str().expect("connections have names");
            let (client, request) = request_segments(Method::DELETE, &["connections", name]);
            let answer = client
                .execute(request.build().expect("valid"))
                .await
                .expect("answers");
            assert!(
                answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND,
                "closing a connection: {}",
                answer.status()
            );
        }
        connections.len()
    }
}

/// The management API, with the credentials of the user that the tests are.
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
        Err(error) => panic!("RabbitMQ's management API for tests does not answer: {error}"),
    }
}

impl Drop for Vhost {
    fn drop(&mut self) {
        let path = format!("vhosts/{}", self.name);
        let user = format!("users/{}", self.name);
        at_drop(async move {
            call(Method::DELETE, &path, json!({})).await;
            let (client, request) = request(Method::DELETE, &user);
            // Most have no user of their own.
            let _missing = client.execute(request.build().expect("valid")).await;
        });
    }
}
