//! A private Redis that keeps nothing: it may be flushed at any moment and no one loses anything.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Access, Wanted};
use crate::process::Process;
use crate::project::{make_folder, write_private};

/// Starts the server; it may not answer yet.
pub(super) fn start(binary: &Path, wanted: Wanted<'_>, access: &Access) -> Result<Process> {
    let folder = wanted.home.join("redis");
    make_folder(&folder)?;
    let settings = folder.join("redis.conf");
    // In a file, because arguments can be read by everyone on the machine.
    write_private(&settings, &configuration(access))?;
    let log = File::create(wanted.home.join("log/redis.log"))?;
    let mut command = Command::new(binary);
    command
        .arg(&settings)
        .current_dir(&folder)
        .stdout(log.try_clone()?)
        .stderr(log);
    Process::spawn("redis", &mut command, wanted.home)
}

fn configuration(access: &Access) -> String {
    format!(
        "bind 127.0.0.1\nport {}\nrequirepass {}\ndaemonize no\nsave \"\"\nappendonly no\n\
         maxmemory 128mb\nmaxmemory-policy allkeys-lru\n",
        access.redis_port, access.redis_password
    )
}
