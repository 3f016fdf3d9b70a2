//! Starts a private Redis without persistence: the shop may lose its data at any time.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Access, Requirements, certificate};
use crate::process::Process;
use crate::project::{make_folder, write_private};

/// Starts the server. It may not respond yet.
pub(super) fn start(
    binary: &Path,
    requirements: Requirements<'_>,
    access: &Access,
) -> Result<Process> {
    let folder = requirements.home.join("redis");
    make_folder(&folder)?;
    let settings = folder.join("redis.conf");
    // In a file, because every user of the machine can read arguments.
    let mut text = configuration(access);
    if certificate::is_used(requirements.data) {
        certificate::write(&folder)?;
        text += &tls(access.rediss_port, &folder);
    }
    write_private(&settings, &text)?;
    let log = File::create(requirements.home.join("log/redis.log"))?;
    let mut command = Command::new(binary);
    command
        .arg(&settings)
        .current_dir(&folder)
        .stdout(log.try_clone()?)
        .stderr(log);
    Process::spawn("redis", &mut command, requirements.home)
}

/// A port for TLS, with the certificate in this folder.
pub(super) fn tls(port: u16, folder: &Path) -> String {
    format!(
        "tls-port {port}\ntls-cert-file {}\ntls-key-file {}\ntls-auth-clients no\n",
        folder.join(certificate::CERTIFICATE).display(),
        folder.join(certificate::PRIVATE_KEY).display()
    )
}

fn configuration(access: &Access) -> String {
    format!(
        "bind 127.0.0.1\nport {}\nrequirepass {}\ndaemonize no\nsave \"\"\nappendonly no\n\
         maxmemory 128mb\nmaxmemory-policy allkeys-lru\n",
        access.redis_port, access.redis_password
    )
}
