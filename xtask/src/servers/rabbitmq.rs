//! Starts a private RabbitMQ: its own node, port mapper (epmd) and folders.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::find::RabbitMq;
use super::{Access, Data, Requirements, certificate, definitions, free_ports};
use crate::process::Process;
use crate::project::{make_folder, write_private};

/// Starts the port mapper and the broker. They may not respond yet.
///
/// The broker's script would start a port mapper as a daemon that outlives it. This one is a child process.
pub(super) fn start(
    binaries: &RabbitMq,
    requirements: Requirements<'_>,
    access: &Access,
) -> Result<Vec<Process>> {
    let folder = requirements.home.join("rabbitmq");
    make_folder(&folder)?;
    if requirements.data == Data::Temporary {
        let _was_missing = fs::remove_dir_all(folder.join("mnesia"));
    }
    let [epmd_port, dist_port] = free_ports()?;
    let imported = definitions::write(requirements.home, access)?;
    let mut settings = configuration(access, definitions::folder(&imported)?);
    if certificate::is_used(requirements.data) {
        certificate::write(&folder)?;
        settings += &tls(&format!("127.0.0.1:{}", access.amqps_port), &folder);
    }
    write_private(&folder.join("rabbitmq.conf"), &settings)?;
    write_private(
        &folder.join("advanced.config"),
        advanced_configuration(requirements.data),
    )?;
    write_private(&folder.join("plugins"), "[rabbitmq_management].\n")?;
    write_private(&folder.join("rabbitmq-env.conf"), "")?;

    let log = File::create(requirements.home.join("log/epmd.log"))?;
    let mut epmd = Command::new(&binaries.epmd);
    epmd.args(["-port", &epmd_port.to_string(), "-address", "127.0.0.1"]);
    epmd.current_dir(&folder)
        .env("HOME", &folder)
        .stdout(log.try_clone()?)
        .stderr(log);
    let epmd = Process::spawn("epmd", &mut epmd, requirements.home)?;

    let log = File::create(requirements.home.join("log/rabbitmq.log"))?;
    let mut broker = Command::new(&binaries.server);
    without_inherited_settings(&mut broker);
    broker
        .current_dir(&folder)
        .stdout(log.try_clone()?)
        .stderr(log)
        .env("HOME", &folder)
        .env("ERL_EPMD_PORT", epmd_port.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODENAME", "mercantile@localhost")
        .env("RABBITMQ_DIST_PORT", dist_port.to_string())
        .env("RABBITMQ_CONF_ENV_FILE", folder.join("rabbitmq-env.conf"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env(
            "RABBITMQ_ADVANCED_CONFIG_FILE",
            folder.join("advanced.config"),
        )
        .env("RABBITMQ_GENERATED_CONFIG_DIR", folder.join("generated"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_PLUGINS_EXPAND_DIR", folder.join("expanded"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", requirements.home.join("log"))
        .env("RABBITMQ_LOGS", "-")
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        // Erlang's distribution port on loopback only, and no busy waiting.
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
        );
    let broker = Process::spawn("rabbitmq", &mut broker, requirements.home)?;
    Ok(vec![broker, epmd])
}

/// Settings in Erlang's terms, for which `rabbitmq.conf` has no names.
fn advanced_configuration(data: Data) -> &'static str {
    match data {
        // Quorum queues do not wait for the disk.
        Data::Temporary => "[{ra, [{wal_sync_method, none}]}].\n",
        Data::Persistent | Data::CrashSafe | Data::Archived => "[].\n",
    }
}

/// Removes the user's RabbitMQ and Erlang settings.
fn without_inherited_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_string_lossy();
        if inherited.starts_with("RABBITMQ_") || inherited.starts_with("ERL_") {
            command.env_remove(&name);
        }
    }
}

/// A listener for TLS, with the certificate in this folder.
pub(super) fn tls(address: &str, folder: &Path) -> String {
    format!(
        "listeners.ssl.default = {address}\n\
         ssl_options.certfile = {}\n\
         ssl_options.keyfile = {}\n\
         ssl_options.verify = verify_none\n",
        folder.join(certificate::CERTIFICATE).display(),
        folder.join(certificate::PRIVATE_KEY).display()
    )
}

fn configuration(access: &Access, imported: &Path) -> String {
    format!(
        "listeners.tcp.default = 127.0.0.1:{}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {}\n\
         load_definitions = {}\n\
         vm_memory_high_watermark.absolute = 512MiB\n\
         disk_free_limit.absolute = 64MiB\n\
         raft.wal_max_size_bytes = 33554432\n",
        access.amqp_port,
        access.api_port,
        imported.display()
    )
}
