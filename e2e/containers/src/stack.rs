//! The Compose project of the check: its name, its ports and its commands. A shop that already runs on this machine has
//! another name, other ports and other volumes.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use xtask::command::output;
use xtask::terminal::{line, status};
use xtask::{Project, container_name, free_ports, key_file};

use crate::Options;

/// The tag of the images that a check builds. Those of other shops keep their tags.
const OWN_VERSION: &str = "check";
/// The variables of docker-compose.yml for published ports.
const PORTS: [&str; 7] = [
    "GATEWAY_PORT",
    "SANDBOX_PORT",
    "MAIL_PORT",
    "RABBITMQ_PORT",
    "JAEGER_PORT",
    "PROMETHEUS_PORT",
    "GRAFANA_PORT",
];
/// Variables that a person may have set for their own shop. The check removes them.
const REMOVED_VARIABLES: [&str; 5] = [
    "COMPOSE_PROFILES",
    "COMPOSE_FILE",
    "OTLP_ENDPOINT",
    "MERCANTILE_SECRETS",
    "MERCANTILE_REVISION",
];

/// The shop under test.
pub(crate) struct Stack {
    pub(crate) project: Project,
    name: String,
    version: String,
    ports: [u16; PORTS.len()],
    /// The key of the sandbox's controls, which the guide uses.
    control_key: PathBuf,
    /// Services whose image is not available. They get no container.
    pub(crate) left_out: BTreeSet<String>,
    is_kept: bool,
}

impl Stack {
    pub(crate) fn new(project: Project, options: &Options) -> Result<Self> {
        let stack = Self {
            name: container_name(project.root(), "check"),
            control_key: key_file(&project, "sandbox-control")?,
            project,
            version: options
                .images
                .clone()
                .unwrap_or_else(|| OWN_VERSION.to_owned()),
            ports: free_ports()?,
            left_out: BTreeSet::new(),
            is_kept: options.keep,
        };
        // A check that was killed leaves its containers behind.
        stack.remove_containers()?;
        Ok(stack)
    }

    pub(crate) fn gateway_port(&self) -> u16 {
        let [gateway, ..] = self.ports;
        gateway
    }

    /// The project's name. Its containers have it as a label.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The tag of the images.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn sandbox_port(&self) -> u16 {
        let [_, sandbox, ..] = self.ports;
        sandbox
    }

    /// Variables that select this project for `docker compose`.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let ports = PORTS.iter().zip(self.ports);
        ports
            .map(|(name, port)| (*name, port.to_string()))
            .chain([
                ("COMPOSE_PROJECT_NAME", self.name.clone()),
                // Not the `.env` of another shop.
                ("COMPOSE_ENV_FILES", "/dev/null".to_owned()),
                ("MERCANTILE_VERSION", self.version.clone()),
                (
                    "SANDBOX_CONTROL_KEY_FILE",
                    self.control_key.display().to_string(),
                ),
            ])
            .collect()
    }

    /// `docker compose` for this project.
    pub(crate) fn compose(&self) -> Command {
        let mut command = Command::new("docker");
        command.current_dir(self.project.root()).arg("compose");
        for name in REMOVED_VARIABLES {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }

    /// Starts what is not running, and waits until everything is healthy and every job has succeeded.
    pub(crate) fn up(&self, options: &[&str]) -> Result<()> {
        let mut command = self.compose();
        command.args(["up", "--detach", "--wait", "--wait-timeout", "300"]);
        command
            .args(["--no-build", "--pull", "never"])
            .args(options);
        for service in &self.left_out {
            command.args(["--scale", &format!("{service}=0")]);
        }
        output(&mut command).map(drop)
    }

    /// Stops and removes the containers; the volumes stay.
    pub(crate) fn down(&self) -> Result<()> {
        output(self.compose().arg("down")).map(drop)
    }

    /// Runs `command` in the container of `service` and returns its output.
    pub(crate) fn exec(&self, service: &str, command: &[&str]) -> Result<String> {
        let mut exec = self.compose();
        output(exec.args(["exec", "-T", service]).args(command))
    }

    /// How to reach and remove a shop that is kept.
    pub(crate) fn describe(&self) -> String {
        format!(
            "http://127.0.0.1:{}; `docker compose --project-name {} down --volumes` removes it",
            self.gateway_port(),
            self.name
        )
    }

    /// Prints the state of every container and the end of its log.
    pub(crate) fn show_logs(&self) {
        for arguments in [&["ps", "--all"][..], &["logs", "--no-color", "--tail", "8"]] {
            if let Ok(text) = output(self.compose().args(arguments)) {
                line(text.trim_end());
            }
        }
    }

    /// Removes everything that this check has created.
    pub(crate) fn remove(&self) {
        status("Removing", "the check's containers, volumes and images");
        let _already_gone = self.remove_containers();
        self.remove_images();
    }

    /// Removes the images that this check has built; others stay.
    fn remove_images(&self) {
        if self.version == OWN_VERSION {
            let images = topology::PROCESSES
                .map(|process| format!("mercantile/{}:{OWN_VERSION}", process.name));
            let mut remove = Command::new("docker");
            remove.args(["image", "rm"]).args(images).process_group(0);
            let _already_gone = output(&mut remove);
        }
    }

    fn remove_containers(&self) -> Result<()> {
        let mut down = self.compose();
        down.args(["--profile", "*", "down", "--volumes", "--remove-orphans"]);
        // In a process group of its own: Ctrl-C must not end the command that cleans up.
        output(down.args(["--timeout", "2"]).process_group(0)).map(drop)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // There is something to remove only after an early failure, such as that of the build.
        if !self.is_kept {
            let _already_gone = self.remove_containers();
            self.remove_images();
        }
    }
}
