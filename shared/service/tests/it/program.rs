//! The command line of a service: `examples/empty.rs`.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use testkit::TestDatabase;

/// Cargo places examples next to the directory of the tests.
fn empty(arguments: &[&str], database: &TestDatabase) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder: PathBuf = test.parent().and_then(|deps| deps.parent()).unwrap().into();
    let mut command = Command::new(folder.join("examples").join("empty"));
    command
        .args(arguments)
        .env_clear()
        .env("EMPTY__DATABASE__URL", &database.owner_url)
        .env("EMPTY__BROKER__URL", "amqp://127.0.0.1:1/none")
        .env("EMPTY__TOKENS__SECRETS", testkit::TOKEN_SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A database without tables.
async fn database() -> TestDatabase {
    testkit::database("empty", async |_url| Ok::<_, String>(())).await
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_migrations_both_succeed() {
    let database = database().await;
    let spawn = || empty(&["migrate"], &database).spawn().unwrap();
    let both = [spawn(), spawn()];
    for one in both {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(database.count("operator_actions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_with_an_argument_fails_and_changes_nothing() {
    let database = database().await;
    let output = empty(&["migrate", "again"], &database).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = stderr(&output);
    assert!(stderr.contains("`migrate` takes no arguments"), "{stderr}");
    let tables = "SELECT count(*)::text AS value FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(database.text(tables).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_uses_tls_if_the_url_demands_it() {
    let database = database().await;
    let migrate = || {
        let mut command = empty(&["migrate"], &database);
        command.env("EMPTY__DATABASE__URL", database.owner_url_with_tls());
        command
    };
    let trusted = migrate()
        .env("EMPTY__DATABASE__CA_PATH", testkit::server_ca())
        .output()
        .unwrap();
    assert!(trusted.status.success(), "{}", stderr(&trusted));
    assert_eq!(database.count("operator_actions").await, 0);

    // It does not wait for the certificate to change.
    let refused = migrate()
        .env("EMPTY__DATABASE__CA_PATH", testkit::stranger_ca())
        .output()
        .unwrap();
    let stderr = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("certificate verify failed: unknown issuer; `database.ca_path`"),
        "{stderr}"
    );
}

/// The system's CAs are those of `SSL_CERT_FILE`, if it is set.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_the_cas_of_the_system_are_trusted() {
    let database = database().await;
    for (ca, is_trusted) in [
        (testkit::server_ca(), true),
        (testkit::stranger_ca(), false),
    ] {
        let output = empty(&["migrate"], &database)
            .env("EMPTY__DATABASE__URL", database.owner_url_with_tls())
            .env("SSL_CERT_FILE", &ca)
            .output()
            .unwrap();
        let stderr = stderr(&output);
        assert_eq!(output.status.success(), is_trusted, "{stderr}");
        assert_eq!(stderr.contains("unknown issuer"), !is_trusted, "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_lists_the_commands() {
    let database = database().await;
    let output = empty(&["--help"], &database).output().unwrap();
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    for command in ["serve", "migrate", "healthcheck", "config"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}
