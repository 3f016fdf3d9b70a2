//! One project of `docker compose`: its name, its ports, and the commands that it is given.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::Options;
use crate::command::output;
use crate::project::Project;
use crate::servers::{container_name, free_ports};
use crate::terminal::{line, status};

/// The images of a check carry it, so that those of a shop stay what they are.
const OWN: &str = "check";
/// The published ports, as docker-compose.yml calls them.
const PORTS: [&str; 7] = [
    "GATEWAY_PORT",
    "SANDBOX_PORT",
    "MAIL_PORT",
    "RABBITMQ_PORT",
    "JAEGER_PORT",
    "PROMETHEUS_PORT",
    "GRAFANA_PORT",
];
/// What a person may have set for a shop of her own; a check shall not see it.
const SET_BY_PEOPLE: [&str; 5] = [
    "COMPOSE_PROFILES",
    "COMPOSE_FILE",
    "OTLP_ENDPOINT",
    "MERCANTILE_SECRETS",
    "MERCANTILE_REVISION",
];

/// The shop of this check.
pub(super) struct Stack {
    pub(super) project: Project,
    name: String,
    version: String,
    ports: [u16; PORTS.len()],
    /// Services whose image is not to be had.
    pub(super) left_out: BTreeSet<String>,
    is_kept: bool,
}

impl Stack {
    pub(super) fn new(project: &Project, options: &Options) -> Result<Self> {
        let stack = Self {
            project: project.clone(),
            name: container_name(project.root(), "check"),
            version: options.images.clone().unwrap_or_else(|| OWN.to_owned()),
            ports: free_ports()?,
            left_out: BTreeSet::new(),
            is_kept: options.keep,
        };
        // A check that was killed may have left its shop behind.
        stack.remove_containers()?;
        Ok(stack)
    }

    pub(super) fn gateway_port(&self) -> u16 {
        let [gateway, ..] = self.ports;
        gateway
    }

    /// The project's name, which its containers are labeled with.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The tag of the images.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn sandbox_port(&self) -> u16 {
        let [_, sandbox, ..] = self.ports;
        sandbox
    }

    /// What leads `docker compose` to this project.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let ports = PORTS.iter().zip(self.ports);
        ports
            .map(|(name, port)| (*name, port.to_string()))
            .chain([
                ("COMPOSE_PROJECT_NAME", self.name.clone()),
                // No `.env` of somebody's own shop.
                ("COMPOSE_ENV_FILES", "/dev/null".to_owned()),
                ("MERCANTILE_VERSION", self.version.clone()),
            ])
            .collect()
    }

    /// `docker compose` for this project.
    pub(super) fn compose(&self) -> Command {
        let mut command = Command::new("docker");
        command.current_dir(self.project.root()).arg("compose");
        for name in SET_BY_PEOPLE {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }

    /// Starts what is not running, and waits until everything is healthy and every job has ended well.
    pub(super) fn up(&self, more: &[&str]) -> Result<()> {
        let mut command = self.compose();
        command.args(["up", "--detach", "--wait", "--wait-timeout", "300"]);
        command.args(["--no-build", "--pull", "never"]).args(more);
        for service in &self.left_out {
            command.args(["--scale", &format!("{service}=0")]);
        }
        output(&mut command).map(drop)
    }

    /// Stops and removes the containers; the volumes stay.
    pub(super) fn down(&self) -> Result<()> {
        output(self.compose().arg("down")).map(drop)
    }

    /// What `command` prints inside the container of `service`.
    pub(super) fn inside(&self, service: &str, command: &[&str]) -> Result<String> {
        let mut exec = self.compose();
        output(exec.args(["exec", "-T", service]).args(command))
    }

    /// How to look at a shop that is kept.
    pub(super) fn describe(&self) -> String {
        format!(
            "http://127.0.0.1:{}; `docker compose --project-name {} down --volumes` ends it",
            self.gateway_port(),
            self.name
        )
    }

    /// The state of every container and the last words of those that have something to say.
    pub(super) fn show_what_happened(&self) {
        for arguments in [&["ps", "--all"][..], &["logs", "--no-color", "--tail", "8"]] {
            if let Ok(text) = output(self.compose().args(arguments)) {
                line(text.trim_end());
            }
        }
    }

    /// Removes everything that this check has made.
    pub(super) fn throw_away(&self) {
        status("Removing", "the check's containers, volumes and images");
        let _nothing_there = self.remove_containers();
        self.remove_images();
    }

    /// Those that this check has built; others stay.
    fn remove_images(&self) {
        if self.version == OWN {
            let images = super::images::OURS.map(|name| format!("mercantile/{name}:{OWN}"));
            let mut remove = Command::new("docker");
            remove.args(["image", "rm"]).args(images).process_group(0);
            let _nothing_there = output(&mut remove);
        }
    }

    fn remove_containers(&self) -> Result<()> {
        let mut down = self.compose();
        down.args(["--profile", "*", "down", "--volumes", "--remove-orphans"]);
        // In a process group of its own: Ctrl-C must not end the command that cleans up.
        output(down.args(["--timeout", "2"]).process_group(0)).map(drop)
    }

    /// The root of the checkout.
    pub(super) fn root(&self) -> PathBuf {
        self.project.root().to_owned()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Already gone unless something failed on the way, such as the build.
        if !self.is_kept {
            let _nothing_there = self.remove_containers();
            self.remove_images();
        }
    }
}
