//! What RabbitMQ imports at each start, before it accepts connections: its users with the passwords of this run, and what each
//! process may do.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use topology::broker::{ACCOUNTS, definitions};

use super::Access;
use crate::project::{make_folder, write_private};
use crate::secrets::Secrets;

/// The user of xtask and of the management pages.
pub(super) const ADMINISTRATOR: &str = "administrator";

/// The password of each process's account.
pub(super) type Passwords = Vec<(&'static str, String)>;

/// The secret with the password of a process's account.
pub(crate) fn secret_of(process: &str) -> String {
    format!("broker-{process}")
}

pub(super) fn passwords(secrets: &mut Secrets) -> Result<Passwords> {
    let of = |process| Ok((process, secrets.get(&secret_of(process))?));
    ACCOUNTS
        .iter()
        .map(|account| account.process)
        .map(of)
        .collect()
}

/// Writes the files into a folder of the run. RabbitMQ imports all files of a folder, in the order of their names.
pub(super) fn write(home: &Path, access: &Access) -> Result<[PathBuf; 2]> {
    let folder = home.join("rabbitmq-definitions");
    make_folder(&folder)?;
    let files = ["10-users.json", "20-accounts.json"].map(|name| folder.join(name));
    write_private(&files[0], &users(access))?;
    write_private(&files[1], &definitions("/", str::to_owned))?;
    Ok(files)
}

/// The folder of the files.
pub(super) fn folder(files: &[PathBuf; 2]) -> Result<&Path> {
    files[0].parent().context("the files have a folder")
}

fn users(access: &Access) -> String {
    let user = |name: &str, password: &str, tags: &str| json!({"name": name, "password": password, "tags": tags});
    let mut users = vec![user(
        ADMINISTRATOR,
        &access.rabbitmq_password,
        "administrator",
    )];
    let accounts = access.broker_passwords.iter();
    users.extend(accounts.map(|(process, password)| user(process, password, "")));
    json!({
        "vhosts": [{"name": "/"}],
        "users": users,
        "permissions": [{
            "user": ADMINISTRATOR, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*",
        }],
    })
    .to_string()
}
