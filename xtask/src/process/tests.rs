use super::*;

type Outcome = anyhow::Result<()>;

/// A child with a child of its own, for which it does not wait.
fn shell_with_child(home: &Path) -> Result<Process> {
    Process::spawn(
        "shell",
        Command::new("sh").args(["-c", "sleep 600 & exec sleep 600"]),
        home,
    )
}

fn home(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("mercantile-{name}-{}", std::process::id()))
}

#[test]
fn stopping_a_process_stops_its_children() -> Outcome {
    let home = home("stop");
    let process = shell_with_child(&home)?;
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
    let script = "trap '' TERM; while :; do sleep 600; done";
    let mut process = Process::spawn(
        "ignores-term",
        Command::new("sh").args(["-c", script]),
        &home,
    )?;
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
fn a_process_that_reuses_the_pid_is_not_stopped() -> Outcome {
    let home = home("reused");
    let process = shell_with_child(&home)?;
    let reused = Identity {
        started: "another boot/1".to_owned(),
        ..process.identity.clone()
    };
    assert!(!reused.is_running());
    stop_recorded(&[reused], Duration::from_millis(1));
    assert!(process.identity.is_running());
    stop_all(vec![process], Duration::from_secs(10));
    Ok(())
}

#[test]
fn leftovers_are_found_by_their_variable_and_stopped() -> Outcome {
    let home = home("leftover");
    let mut process = shell_with_child(&home)?;
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
