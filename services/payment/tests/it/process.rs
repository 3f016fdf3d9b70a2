//! The program as a container runs it.

use std::process::{Command, Stdio};

use testkit::{Proxy, eventually};

#[tokio::test]
async fn a_migration_that_waits_for_its_database_ends_when_it_is_told_to() {
    let nobody = Proxy::ahead().await;
    let url = format!("postgres://payment@{}/payment", nobody.address);
    let mut program = Command::new(env!("CARGO_BIN_EXE_payment"))
        .arg("migrate")
        .env_clear()
        .env("PAYMENT__DATABASE__URL", url)
        .env("PAYMENT__BROKER__URL", "amqp://nobody")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("it to ask twice", async || {
        (nobody.accepted() >= 2).then_some(())
    })
    .await;
    assert!(program.try_wait().unwrap().is_none(), "it waits");
    let kill = format!("kill -TERM {}", program.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success());
    let status = eventually("it to end", async || program.try_wait().unwrap()).await;
    assert_eq!(status.code(), Some(1));
    let said = std::io::read_to_string(program.stderr.take().unwrap()).unwrap();
    assert!(said.contains("stopped by SIGTERM"), "{said}");
}
