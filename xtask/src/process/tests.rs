use super::*;

type Outcome = anyhow::Result<()>;

/// A shell that starts a grandchild and, like a daemon, never waits for it.
fn family(home: &Path) -> Result<Process> {
    Process::spawn(
        "family",
        Command::new("sh").args(["-c", "sleep 600 & exec sleep 600"]),
        home,
    )
}

fn home(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("mercantile-{name}-{}", std::process::id()))
}

#[test]
fn stopping_a_process_takes_its_children_with_it() -> Outcome {
    let home = home("stop");
    let process = family(&home)?;
    wait_until(
        "the grandchild",
        Duration::from_secs(10),
        || Ok(()),
        || leftovers(&home).len() == 2,
    )?;
    stop_all(vec![process], Duration::from_secs(10));
    wait_until(
        "the end",
        Duration::from_secs(10),
        || Ok(()),
        || leftovers(&home).is_empty(),
    )
}

#[test]
fn a_process_that_ignores_the_signal_is_killed() -> Outcome {
    let home = home("ignore");
    let stubborn = "trap '' TERM; while :; do sleep 600; done";
    let mut process = Process::spawn("stubborn", Command::new("sh").args(["-c", stubborn]), &home)?;
    wait_until(
        "the trap",
        Duration::from_secs(10),
        || Ok(()),
        || leftovers(&home).len() == 2,
    )?;
    assert!(process.exited().is_none());
    stop_all(vec![process], Duration::from_millis(50));
    wait_until(
        "the end",
        Duration::from_secs(10),
        || Ok(()),
        || leftovers(&home).is_empty(),
    )
}

#[test]
fn another_process_with_the_same_pid_is_left_alone() -> Outcome {
    let home = home("recycled");
    let process = family(&home)?;
    let recycled = Identity {
        started: "another boot/1".to_owned(),
        ..process.identity.clone()
    };
    assert!(!recycled.is_running());
    stop_strangers(&[recycled], Duration::from_millis(1));
    assert!(process.identity.is_running());
    stop_all(vec![process], Duration::from_secs(10));
    Ok(())
}

#[test]
fn leftovers_are_found_by_their_mark_and_stopped() -> Outcome {
    let home = home("leftover");
    let mut process = family(&home)?;
    wait_until(
        "the grandchild",
        Duration::from_secs(10),
        || Ok(()),
        || leftovers(&home).len() == 2,
    )?;
    process.child.kill()?;
    process.child.wait()?;
    let orphans = leftovers(&home);
    assert!(!orphans.is_empty());
    stop_marked(&home);
    assert!(leftovers(&home).is_empty());
    Ok(())
}
