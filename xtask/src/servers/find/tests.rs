use std::os::unix::fs::PermissionsExt;

use anyhow::Result;

use super::*;

/// A folder with these programs, as the root of a machine.
struct Machine {
    root: PathBuf,
}

impl Machine {
    fn with(name: &str, programs: &[&str]) -> Result<Self> {
        let root =
            std::env::temp_dir().join(format!("mercantile-machine-{name}-{}", std::process::id()));
        let _was_missing = fs::remove_dir_all(&root);
        fs::create_dir_all(&root)?;
        let root = fs::canonicalize(root)?;
        for program in programs {
            let file = root.join(program);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&file, "")?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Self { root })
    }

    fn places(&self) -> Places {
        Places::new(self.root.join("on-path").as_os_str(), &self.root)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _has_ended = fs::remove_dir_all(&self.root);
    }
}

const POSTGRES_15: [&str; 3] = [
    "usr/lib/postgresql/15/bin/postgres",
    "usr/lib/postgresql/15/bin/initdb",
    "usr/lib/postgresql/15/bin/psql",
];

#[test]
fn an_empty_machine_lacks_all_three() -> Result<()> {
    let machine = Machine::with("bare", &[])?;
    let missing = machine.places().binaries();
    assert_eq!(
        missing,
        Err(vec![Missing::Postgres, Missing::RabbitMq, Missing::Redis])
    );
    Ok(())
}

#[test]
fn debian_packages_are_found_without_the_path() -> Result<()> {
    let others = [
        "usr/lib/rabbitmq/bin/rabbitmq-server",
        "usr/sbin/rabbitmq-server",
        "usr/bin/epmd",
        "usr/bin/redis-server",
    ];
    let machine = Machine::with("debian", &[POSTGRES_15.as_slice(), &others].concat())?;
    let Ok(found) = machine.places().binaries() else {
        anyhow::bail!("not found")
    };
    assert_eq!(found.postgres.server(), machine.root.join(POSTGRES_15[0]));
    assert_eq!(found.rabbitmq.server, machine.root.join(others[0]));
    assert_eq!(found.rabbitmq.epmd, machine.root.join(others[2]));
    assert_eq!(found.redis, machine.root.join(others[3]));
    Ok(())
}

#[test]
fn the_newest_complete_postgresql_is_used() -> Result<()> {
    let client_only = ["usr/lib/postgresql/17/bin/psql"];
    let older = [
        "usr/lib/postgresql/9/bin/postgres",
        "usr/lib/postgresql/9/bin/initdb",
        "usr/lib/postgresql/9/bin/psql",
    ];
    let machine = Machine::with(
        "versions",
        &[POSTGRES_15.as_slice(), &client_only, &older].concat(),
    )?;
    let found = machine
        .places()
        .postgres()
        .map(|postgres| postgres.server());
    assert_eq!(found, Some(machine.root.join(POSTGRES_15[0])));
    Ok(())
}

#[test]
fn programs_on_the_path_are_found() -> Result<()> {
    let programs = [
        "postgres",
        "initdb",
        "psql",
        "rabbitmq-server",
        "epmd",
        "valkey-server",
    ];
    let programs = programs.map(|program| format!("on-path/{program}"));
    let machine = Machine::with("path", &programs.each_ref().map(String::as_str))?;
    let Ok(found) = machine.places().binaries() else {
        anyhow::bail!("not found")
    };
    assert_eq!(found.psql(), machine.root.join("on-path/psql"));
    assert_eq!(found.redis, machine.root.join("on-path/valkey-server"));
    Ok(())
}

#[test]
fn a_file_that_is_not_executable_is_ignored() -> Result<()> {
    let machine = Machine::with("mode", &["usr/bin/redis-server"])?;
    fs::set_permissions(
        machine.root.join("usr/bin/redis-server"),
        fs::Permissions::from_mode(0o644),
    )?;
    assert_eq!(machine.places().redis(), None);
    Ok(())
}
