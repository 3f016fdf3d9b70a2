//! The state survives SIGKILL. The tests run the binary as a process and kill it.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use chassis::{Shutdown, config};
use serde_json::{Value, json};
use testkit::eventually;

use crate::receiver::Receiver;
use crate::support::{
    AUTHORIZATION, Answer, App, CONTROL_KEY, INTENTS, KEY, authorization_with, id_of,
};

/// A sandbox process with its own state file.
struct Process {
    app: Arc<App>,
    child: Child,
    file: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Process {
    async fn start(settings: &[(&'static str, String)]) -> Self {
        let name = App::unique();
        let file = std::env::temp_dir().join(format!("{name}.redb"));
        Self::start_on(file, settings.to_vec()).await
    }

    async fn start_on(file: PathBuf, settings: Vec<(&'static str, String)>) -> Self {
        let address = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
        command
            .arg("serve")
            .env("SANDBOX__HTTP__LISTEN", address.to_string())
            .env("SANDBOX__ADMIN__LISTEN", "127.0.0.1:0")
            .env("SANDBOX__PROVIDER__SECRET_KEY", KEY)
            .env("SANDBOX__CONTROLS__KEY", CONTROL_KEY)
            .env("SANDBOX__STATE__PATH", &file)
            .env("SANDBOX__WEBHOOKS__FIRST_DELAY_MS", "20")
            .env("SANDBOX__WEBHOOKS__MAX_DELAY_MS", "100")
            .envs(settings.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap();
        let app = Arc::new(App::at(format!("http://{address}")));
        eventually("the sandbox answers", async || {
            app.http.get(app.url("/_sandbox/state")).send().await.ok()
        })
        .await;
        Self {
            app,
            child,
            file,
            settings,
        }
    }

    /// Sends SIGKILL and starts another process on the same file.
    async fn kill_and_restart(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (file, settings) = (self.file.clone(), self.settings.clone());
        // Keeps `drop` from removing the file.
        self.file = PathBuf::new();
        Self::start_on(file, settings).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_file(&self.file).ok();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// All state that the API shows.
async fn visible_state(app: &App) -> [Value; 4] {
    let get = async |path: &str| app.get(path).await.body;
    [
        app.state().await,
        get("/v1/payment_intents?limit=100").await,
        get("/v1/refunds?limit=100").await,
        get("/v1/events?limit=100").await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn all_state_survives_a_kill() {
    let unreachable = format!("http://{}/webhooks", free_address());
    let before = Process::start(&[
        ("SANDBOX__WEBHOOKS__URL", unreachable),
        ("SANDBOX__WEBHOOKS__ATTEMPTS", "100000".to_owned()),
    ])
    .await;
    let app = &before.app;
    let authorized = app.post_with_key("k1", INTENTS, &AUTHORIZATION).await;
    let declined_form = authorization_with("pm_card_chargeDeclined");
    let declined = app.post_with_key("k2", INTENTS, &declined_form).await;
    app.control("fail", json!({"next": 1, "status": 500, "mode": "store"}))
        .await;
    let failed = app.post_with_key("k3", INTENTS, &AUTHORIZATION).await;
    let paid = app.paid().await;
    app.refund(&paid).await;
    app.control("latency", json!({"after_ms": 1})).await;
    app.control(
        "fail",
        json!({"next": 5, "status": 503, "operation": "refund"}),
    )
    .await;
    app.control("webhooks", json!({"duplicate": 0.5, "reorder": true}))
        .await;
    app.control("chaos", json!({"latency_ms": 1, "seed": 42}))
        .await;
    let expected = visible_state(app).await;
    assert!(expected[0]["counts"]["pending_deliveries"].as_u64() > Some(0));

    let after = before.kill_and_restart().await;
    let app = &after.app;
    let mut restored = visible_state(app).await;
    // Under chaos each read draws random numbers too.
    restored[0]["faults"]["drawn"] = expected[0]["faults"]["drawn"].clone();
    assert_eq!(restored, expected);
    let replayed = |first: &Answer, again: Answer| {
        assert!(again.replayed);
        assert_eq!((again.status, &again.body), (first.status, &first.body));
    };
    replayed(
        &authorized,
        app.post_with_key("k1", INTENTS, &AUTHORIZATION).await,
    );
    replayed(
        &declined,
        app.post_with_key("k2", INTENTS, &declined_form).await,
    );
    replayed(
        &failed,
        app.post_with_key("k3", INTENTS, &AUTHORIZATION).await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_call_is_stored_whenever_the_process_is_killed() {
    let mut process = Process::start(&[]).await;
    for round in 0..3 {
        let clients: Vec<_> = (0..8)
            .map(|client| {
                let app = Arc::clone(&process.app);
                tokio::spawn(async move {
                    let mut answers = Vec::new();
                    for turn in 0..10_000 {
                        let key = format!("{round}-{client}-{turn}");
                        let request = app
                            .form(INTENTS, &AUTHORIZATION)
                            .header("Idempotency-Key", &key);
                        let Ok(answer) = request.send().await else {
                            return answers;
                        };
                        let Ok(body) = answer.json::<Value>().await else {
                            return answers;
                        };
                        answers.push((key, body));
                    }
                    answers
                })
            })
            .collect();
        let created = round * 50 + 50;
        eventually("some intents are created", async || {
            let counts = process.app.state().await["counts"].clone();
            (counts["payment_intents"].as_i64()? >= created).then_some(())
        })
        .await;
        process = process.kill_and_restart().await;
        for client in clients {
            for (key, body) in client.await.unwrap() {
                let id = id_of(&body);
                assert_eq!(process.app.intent(&id).await, body);
                let again = process
                    .app
                    .post_with_key(&key, INTENTS, &AUTHORIZATION)
                    .await;
                assert!(again.replayed);
                assert_eq!(again.body, body);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_webhooks_are_sent_after_a_kill() {
    let address = free_address();
    let url = format!("http://{address}/webhooks");
    let before = Process::start(&[("SANDBOX__WEBHOOKS__URL", url)]).await;
    before.app.authorize().await;
    let _after = before.kill_and_restart().await;
    let receiver = Receiver::listen(TcpListener::bind(address).unwrap());
    eventually("the events arrive", async || {
        (receiver.received().len() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_fire_after_a_kill() {
    let delay = ("SANDBOX__PROVIDER__REFUND_DELAY_MS", "300".to_owned());
    let before = Process::start(&[delay]).await;
    let intent = before.app.paid_with("pm_card_refundFail").await;
    let refund = before.app.refund(&intent).await;
    let after = before.kill_and_restart().await;
    let path = format!("/v1/refunds/{}", id_of(&refund));
    eventually("the refund fails", async || {
        (after.app.get(&path).await.body["status"] == "failed").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_file_is_locked_by_one_process() {
    let process = Process::start(&[]).await;
    let source = config::Source::defaults(sandbox::ABOUT)
        .set("http.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("state.path", process.file.to_str().unwrap());
    let config = config::load(&source).unwrap();
    let refused = sandbox::start(config, Shutdown::for_tests()).await;
    let error = refused.expect_err("the file is locked").to_string();
    assert!(error.contains("state.path"), "{error}");
}
