use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use kernel::Clock;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};
use topology::broker::definitions;

use crate::{at_drop::at_drop, eventually, server, unique};

/// The queue of [`Vhost::record_messages`].
const RECORDER: &str = "recorder";
/// The password of [`Vhost::account`].
const PASSWORD: &str = "test";

/// How long a virtual host that no test uses is kept, in seconds.
///
/// RabbitMQ starts a process for the dead letters of each quorum queue. If the queue is deleted while this process starts,
/// it crashes, and with it the supervisor of all of them: no new quorum queue of the node works any more
/// (<https://github.com/rabbitmq/rabbitmq-server/issues/16652>). So a queue is not deleted in its first seconds.
const SETTLED_S: i64 = 10;
/// Begins the description of a virtual host that no test uses. The time of its end follows, in seconds since 1970.
const ENDED: &str = "ended ";

/// A RabbitMQ virtual host for one test. Some time after this value is dropped, another test deletes it.
#[derive(Debug)]
pub struct Vhost {
    /// Its name.
    pub name: String,
    /// The `amqp://` URL of the virtual host, for a user with all permissions.
    pub url: String,
    users: Mutex<BTreeSet<String>>,
}

/// A new virtual host with the shared exchanges of `topology`, and nothing else.
///
/// # Panics
/// There is no RabbitMQ server with the management plugin.
pub async fn vhost() -> Vhost {
    let name = unique("test");
    call(Method::PUT, &format!("vhosts/{name}"), json!({})).await;
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    let user = api().username().to_owned();
    call(Method::PUT, &format!("permissions/{name}/{user}"), all).await;
    let exchanges = json!({"exchanges": described(&name)["exchanges"]});
    call(Method::POST, "definitions", exchanges).await;
    let url = format!(
        "{}/{name}",
        server("MERCANTILE_TEST_AMQP").trim_end_matches('/')
    );
    Vhost {
        name,
        url,
        users: Mutex::default(),
    }
}

/// What the deployments import, for this virtual host. Users are unique at the server, so their names begin with it.
fn described(vhost: &str) -> Value {
    let json = definitions(vhost, |process| format!("{vhost}.{process}"));
    serde_json::from_str(&json).expect("the definitions are JSON")
}

impl Vhost {
    /// Waits until a queue has at least this many bindings to shared exchanges: an event that is published before
    /// the first start of its consumer is refused.
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
            let bindings: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
            // Not those to its retries.
            let is_shared = |binding: &&Value| {
                let source = binding["source"].as_str().unwrap_or_default();
                source.starts_with("mercantile.")
            };
            (bindings.iter().filter(is_shared).count() >= count).then_some(())
        })
        .await;
    }

    /// The `amqps://` URL of the virtual host.
    pub fn url_with_tls(&self) -> String {
        let server = server("MERCANTILE_TEST_AMQPS");
        format!("{}/{}", server.trim_end_matches('/'), self.name)
    }

    /// The URL of the virtual host with the account of a process, which has the permissions of `topology`. The account is
    /// created at the first call.
    ///
    /// # Panics
    /// The process has no account, or the management API does not respond.
    pub async fn account(&self, process: &str) -> String {
        self.account_with_password(process, PASSWORD).await
    }

    /// The same with an own password.
    ///
    /// # Panics
    /// The process has no account, or the management API does not respond.
    pub async fn account_with_password(&self, process: &str, password: &str) -> String {
        let user = format!("{}.{process}", self.name);
        let all = described(&self.name);
        let of_user = |key: &str| {
            let entries = all[key].as_array().expect("a list").iter();
            let own: Vec<_> = entries.filter(|entry| entry["user"] == user).collect();
            assert!(!own.is_empty(), "{process} has no account at the broker");
            json!(own)
        };
        let account = json!({
            "users": [{"name": user, "password": password, "tags": ""}],
            "permissions": of_user("permissions"),
            "topic_permissions": of_user("topic_permissions"),
        });
        call(Method::POST, "definitions", account).await;
        let (scheme, rest) = self.url.split_once("://").expect("a URL");
        let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
        let url = format!("{scheme}://{user}:{password}@{server}");
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.insert(user);
        url
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
    pub async fn recorded_messages(&self) -> Vec<Value> {
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
        let connections = list(&format!("vhosts/{}/connections", self.name)).await;
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

/// What the management API lists at a path.
async fn list(path: &str) -> Vec<Value> {
    let (client, request) = request(Method::GET, path);
    let listed = client
        .execute(request.build().expect("valid"))
        .await
        .expect("the management API responds");
    let text = listed.text().await.expect("text");
    serde_json::from_str(&text).expect("a list")
}

async fn call(method: Method, path: &str, body: Value) {
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
        let users = self.users.get_mut().unwrap_or_else(PoisonError::into_inner);
        let users = std::mem::take(users);
        at_drop(async move {
            if !users.is_empty() {
                call(Method::POST, "users/bulk-delete", json!({ "users": users })).await;
            }
            let now = Clock::system().now().timestamp();
            let description = format!("{ENDED}{now}");
            call(Method::PUT, &path, json!({ "description": description })).await;
            delete_settled(now).await;
        });
    }
}

/// Deletes the virtual hosts that no test has used for [`SETTLED_S`].
async fn delete_settled(now: i64) {
    for vhost in list("vhosts").await {
        let ended = vhost["description"].as_str().unwrap_or_default();
        let ended = ended.strip_prefix(ENDED).and_then(|at| at.parse().ok());
        let is_settled = ended.is_some_and(|at: i64| now >= at + SETTLED_S);
        if let (true, Some(name)) = (is_settled, vhost["name"].as_str()) {
            let (client, request) = request_segments(Method::DELETE, &["vhosts", name]);
            // Another test may delete it at the same time.
            let _deleted = client.execute(request.build().expect("valid")).await;
        }
    }
}
