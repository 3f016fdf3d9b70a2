//! A process from its command line to its exit code: `examples/minimal.rs`.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// Cargo places examples next to the directory of the tests.
fn minimal() -> Command {
    let test = std::env::current_exe().unwrap();
    let folder: PathBuf = test.parent().and_then(|deps| deps.parent()).unwrap().into();
    let mut command = Command::new(folder.join("examples").join("minimal"));
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    (status.code(), text(&stdout), text(&stderr))
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Kills the process even if the test fails.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test]
async fn a_process_starts_passes_its_healthcheck_and_stops() {
    let address = free_address().to_string();
    let command = |task| {
        let mut command = minimal();
        command.arg(task).env("MINIMAL__ADMIN__LISTEN", &address);
        command
    };
    let (code, _, stderr) = run(&mut command("healthcheck"));
    assert_eq!(code, Some(1), "no process is running yet");
    assert!(
        stderr.contains(&address) && stderr.contains("is the process running?"),
        "{stderr}"
    );

    let mut process = Started(command("serve").spawn().unwrap());
    testkit::eventually("the process to be ready", async || {
        (run(&mut command("healthcheck")).0 == Some(0)).then_some(())
    })
    .await;

    let (code, _, stderr) = run(&mut command("serve"));
    assert_eq!(code, Some(1), "the port is in use");
    assert!(
        stderr.contains("cannot listen on") && stderr.contains("admin.listen"),
        "{stderr}"
    );

    let pid = process.0.id().to_string();
    let kill = format!("kill -TERM {pid}");
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let status =
        testkit::eventually("the process to end", async || process.0.try_wait().unwrap()).await;
    assert_eq!(status.code(), Some(0));
}

#[test]
fn an_invalid_key_of_the_configuration_is_named_at_the_start() {
    let (code, _, stderr) = run(minimal().arg("serve").env("MINIMAL__ADMIN__LISTN", "x"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("admin.listn  unknown key"), "{stderr}");
    assert!(stderr.contains("MINIMAL__ADMIN__LISTN"), "{stderr}");
}

#[test]
fn the_effective_configuration_is_printed_without_secrets() {
    let url = "amqp://shop:hunter2@mq:5672";
    let (code, shown, _) = run(minimal().arg("config").env("MINIMAL__UPSTREAM_URL", url));
    assert_eq!(code, Some(0));
    assert!(
        shown.contains("mq:5672") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn an_unknown_command_prints_the_help() {
    let (code, _, stderr) = run(minimal().arg("migrate"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("`migrate` is not a command"), "{stderr}");
    assert!(stderr.contains("usage: minimal <command>"), "{stderr}");
    let (code, help, _) = run(minimal().arg("--help"));
    assert_eq!(code, Some(0));
    assert!(help.contains("healthcheck"), "{help}");
}
