//! Reads the process table: `/proc` if it exists, else `ps`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Identity, MARK};

/// The start time of a process, only for comparison. `None` if it has ended or is a zombie.
pub(super) fn started(pid: i32) -> Option<String> {
    if !Path::new("/proc/self/stat").exists() {
        return started_by_ps(pid);
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let ticks = start_ticks(&stat)?;
    // Ticks count from the boot.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}/{ticks}", boot.trim()))
}

/// Field 22 of `/proc/<pid>/stat`. The name in field 2 may contain spaces and parentheses.
fn start_ticks(stat: &str) -> Option<&str> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        None
    } else {
        fields.nth(18)
    }
}

fn started_by_ps(pid: i32) -> Option<String> {
    let output = Command::new("ps")
        .args(["-o", "stat=,lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, started) = text.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// The marked processes of the run in `home`, with any parent. Empty without `/proc`.
pub(crate) fn leftovers(home: &Path) -> Vec<Identity> {
    let mark = format!("{MARK}={}", home.display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
        {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            found.extend(Identity::of(name.trim(), pid));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::start_ticks;

    const REST: &str = "1 9 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 9 9";

    #[test]
    fn the_start_time_is_found_after_a_name_with_parentheses() {
        assert_eq!(start_ticks(&format!("12 (a) b (c) S {REST}")), Some("777"));
    }

    #[test]
    fn a_zombie_is_not_running() {
        assert_eq!(start_ticks(&format!("12 (sh) Z {REST}")), None);
    }
}
