#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;

use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// A process that does nothing but write down how it was started.
fn stall(name: &str) -> Stall {
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
    };
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let name = format!("{name}-1");
    let backend = Backend::new(nobody);
    Stall::new(&plan, name, "order", nobody, BTreeMap::new(), backend)
}

/// Looks after it until it was started so often.
async fn started(stall: &Stall, times: u32) {
    let live = Live::default();
    let often = async {
        while stall.starts.load(Ordering::Relaxed) < times || stall.has_ended() {
            sleep(LOOK).await;
        }
    };
    let both = async {
        tokio::select! {
            () = often => {}
            () = stall.look_after(&live) => {}
        }
    };
    timeout(PATIENCE, both).await.expect("it is started again");
}

/// The letter of its state in the process table.
fn letter(stall: &Stall) -> String {
    let pid = stall.state().child.as_ref().map(Child::id).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1[..1].to_owned()
}

async fn becomes(stall: &Stall, wanted: impl Fn(&str) -> bool) {
    let change = async {
        while !wanted(&letter(stall)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, change).await.expect("its state changes");
}

#[tokio::test]
async fn what_was_killed_is_started_again_with_the_clock_it_was_given() {
    let stall = stall("killed");
    stall.start().unwrap();
    stall.set_skew(-45);
    stall.kill();
    started(&stall, 2).await;
    assert_eq!(stall.set_skew(0), -45);
    let written = async {
        while !stall.last_words().contains("serve offset:-45") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, written)
        .await
        .expect("it says how it was started");
    stall.ask_to_stop();
    stall.kill();
}

#[tokio::test]
async fn what_was_frozen_stands_until_it_is_thawed() {
    let stall = stall("frozen");
    stall.start().unwrap();
    stall.freeze();
    becomes(&stall, |letter| letter == "T").await;
    stall.thaw();
    becomes(&stall, |letter| letter != "T").await;
    stall.ask_to_stop();
    stall.kill();
}
