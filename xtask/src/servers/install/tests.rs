use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::*;

#[test]
fn the_advice_names_only_missing_servers() {
    let text = advice(&[Missing::Redis]);
    assert!(text.contains("apt-get install redis-server\n"));
    assert!(text.contains("brew install redis\n"));
    assert!(!text.contains("postgres") && !text.contains("rabbitmq"));
}

/// A machine whose `apt-get` and `systemctl` record their calls. A package brings the unit of its name.
struct Machine {
    root: PathBuf,
}

const APT_GET: &str = r#"#!/bin/sh
echo "apt-get $*" >> "$ROOT/calls"
[ ! -e "$ROOT/usr/sbin/policy-rc.d" ] || cp "$ROOT/usr/sbin/policy-rc.d" "$ROOT/policy-during"
[ "$1" = install ] || exit 0
[ ! -e "$ROOT/apt-fails" ] || exit 100
for package in "$@"; do
    case "$package" in rabbitmq-server | redis-server) touch "$ROOT/units/$package.service" ;; esac
done
"#;
const SYSTEMCTL: &str = r#"#!/bin/sh
if [ "$1" = cat ]; then [ -e "$ROOT/units/$2" ]; else echo "systemctl $*" >> "$ROOT/calls"; fi
"#;

impl Machine {
    fn with_units(name: &str, units: &[&str]) -> Result<Self> {
        let name = format!("mercantile-install-{name}-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let _was_missing = fs::remove_dir_all(&root);
        for folder in ["run/systemd/system", "usr/sbin", "units", "bin"] {
            fs::create_dir_all(root.join(folder))?;
        }
        for (program, text) in [("apt-get", APT_GET), ("systemctl", SYSTEMCTL)] {
            let file = root.join("bin").join(program);
            fs::write(&file, text)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        }
        for unit in units {
            fs::write(root.join("units").join(unit), "")?;
        }
        Ok(Self { root })
    }

    /// Runs the script; returns whether it succeeded.
    fn install(&self, packages: &[&str]) -> Result<bool> {
        let root = self.root.to_str().context("UTF-8")?;
        let path = std::env::var("PATH")?;
        let ended = Command::new("sh")
            .args(["-c", &script(root), "install-packages"])
            .args(packages)
            .env("PATH", format!("{root}/bin:{path}"))
            .env("ROOT", root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        Ok(ended.success())
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.root.join("calls")).unwrap_or_default()
    }

    fn file(&self, path: impl AsRef<Path>) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _has_ended = fs::remove_dir_all(&self.root);
    }
}

#[test]
fn daemons_of_new_packages_start_neither_now_nor_at_boot() -> Result<()> {
    let machine = Machine::with_units("new", &[])?;
    assert!(machine.install(&["rabbitmq-server", "redis-server"])?);
    let calls = machine.calls();
    assert!(calls.contains("--no-remove --no-upgrade"), "{calls}");
    assert!(calls.contains("systemctl disable --quiet rabbitmq-server.service"));
    assert!(calls.contains("systemctl disable --quiet redis-server.service"));
    let during = machine.file("policy-during").unwrap_or_default();
    assert!(during.contains("exit 101"), "{during}");
    Ok(())
}

#[test]
fn a_daemon_that_was_installed_before_is_left_alone() -> Result<()> {
    let machine = Machine::with_units("before", &["redis-server.service", "epmd.socket"])?;
    assert!(machine.install(&["rabbitmq-server"])?);
    let calls = machine.calls();
    assert!(calls.contains("disable --quiet rabbitmq-server.service"));
    for own in ["redis-server", "epmd.socket"] {
        assert!(!calls.contains(own), "{calls}");
    }
    Ok(())
}

#[test]
fn an_installation_leaves_no_files_behind_even_if_it_fails() -> Result<()> {
    for fails in [false, true] {
        let machine = Machine::with_units(&format!("files-{fails}"), &[])?;
        if fails {
            fs::write(machine.root.join("apt-fails"), "")?;
        }
        assert_eq!(machine.install(&["postgresql"])?, !fails);
        assert_eq!(machine.file("usr/sbin/policy-rc.d"), None);
        let cluster = "etc/postgresql-common/createcluster.d/mercantile.conf";
        assert_eq!(machine.file(cluster), None);
        assert_eq!(machine.calls().contains("disable"), !fails);
    }
    Ok(())
}

#[test]
fn a_policy_of_the_machines_owner_stays() -> Result<()> {
    let machine = Machine::with_units("policy", &[])?;
    let own = "#!/bin/sh\nexit 0\n";
    fs::write(machine.root.join("usr/sbin/policy-rc.d"), own)?;
    assert!(machine.install(&["redis-server"])?);
    assert_eq!(machine.file("usr/sbin/policy-rc.d").as_deref(), Some(own));
    Ok(())
}
