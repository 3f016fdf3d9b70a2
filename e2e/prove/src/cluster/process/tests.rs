#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;

use tokio::time::timeout;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A process that logs its argument and its clock offset, then sleeps.
fn process(name: &str) -> Process {
    let home = std::env::temp_dir().join(format!("prove-{name}-{}", std::process::id()));
    fs::create_dir_all(&home).unwrap();
    let binary = home.join("order");
    let script = "#!/bin/sh\necho \"$1 offset:$ORDER__AUTH__CLOCK_OFFSET_S\"\nexec sleep 600\n";
    fs::write(&binary, script).unwrap();
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o700)).unwrap();
    let plan = Plan {
        binaries: home.clone(),
        logs: home.clone(),
        home,
        environments: BTreeMap::new(),
        servers: crate::Servers {
            postgres: String::new(),
            amqp: String::new(),
            rabbitmq_api: String::new(),
            redis: String::new(),
            state: PathBuf::new(),
        },
        recovery: None,
    };
    let unused = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let name = format!("{name}-1");
    let backend = Backend::new(unused);
    Process::new(&plan, name, "order", unused, BTreeMap::new(), backend)
}

/// Supervises the process until it was started `times` times.
async fn supervise_until_started(process: &Process, times: u32) {
    let progress = Progress::default();
    let starts = async {
        while process.starts.load(Ordering::Relaxed) < times || process.has_ended() {
            sleep(POLL_INTERVAL).await;
        }
    };
    let supervised = async {
        tokio::select! {
            () = starts => {}
            () = process.supervise(&progress) => {}
        }
    };
    timeout(TIMEOUT, supervised)
        .await
        .expect("the process is restarted");
}

/// Its state in `/proc`: `T` is stopped.
fn process_state(process: &Process) -> String {
    let pid = process.state().child.as_ref().map(Child::id).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1[..1].to_owned()
}

async fn wait_for_state(process: &Process, is_expected: impl Fn(&str) -> bool) {
    let change = async {
        while !is_expected(&process_state(process)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(TIMEOUT, change).await.expect("the state changes");
}

#[tokio::test]
async fn a_killed_process_restarts_with_its_clock_skew() {
    let process = process("killed");
    process.start().unwrap();
    process.set_skew_s(-45);
    process.kill();
    supervise_until_started(&process, 2).await;
    assert_eq!(process.set_skew_s(0), -45);
    let written = async {
        while !process.log_tail().contains("serve offset:-45") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(TIMEOUT, written)
        .await
        .expect("the process logs its clock offset");
    process.terminate();
    process.kill();
}

#[tokio::test]
async fn a_paused_process_stops_until_it_is_resumed() {
    let process = process("paused");
    process.start().unwrap();
    process.pause();
    wait_for_state(&process, |state| state == "T").await;
    process.resume();
    wait_for_state(&process, |state| state != "T").await;
    process.terminate();
    process.kill();
}
