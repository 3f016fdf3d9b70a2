//! The binary, as a container runs it.

use std::process::{Command, Stdio};

use testkit::{Proxy, eventually};

#[tokio::test]
async fn a_migration_that_waits_for_its_database_ends_on_sigterm() {
    let proxy = Proxy::without_backend().await;
    let url = format!("postgres://payment@{}/payment", proxy.address);
    let mut program = Command::new(env!("CARGO_BIN_EXE_payment"))
        .arg("migrate")
        .env_clear()
        .env("PAYMENT__DATABASE__URL", url)
        .env("PAYMENT__BROKER__URL", "amqp://unused")
        .env("PAYMENT__TOKENS__SECRETS", testkit::TOKEN_SECRET)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("two connection attempts", async || {
        (proxy.accepted() >= 2).then_some(())
    })
    .await;
    assert!(program.try_wait().unwrap().is_none(), "the migration waits");
    let kill = format!("kill -TERM {}", program.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success());
    let status = eventually("the migration to end", async || program.try_wait().unwrap()).await;
    assert_eq!(status.code(), Some(1));
    let stderr = std::io::read_to_string(program.stderr.take().unwrap()).unwrap();
    assert!(stderr.contains("stopped by SIGTERM"), "{stderr}");
}
