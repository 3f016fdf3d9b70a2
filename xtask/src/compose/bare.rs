//! No container of ours has rights that it does not need.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use super::containers::{self, Container};
use super::images::OURS;
use super::stack::Stack;
use crate::command::output;

/// Published on this machine: the door, and pages of tools.
const PUBLISHED: [&str; 7] = [
    "gateway",
    "sandbox",
    "mail",
    "rabbitmq",
    "jaeger",
    "prometheus",
    "grafana",
];
/// In every value of deploy/docker/secrets that is one.
const SECRET: &str = "development-only";

/// Looks at every container of the check.
pub(super) fn check(stack: &Stack) -> Result<()> {
    for container in containers::all(stack)? {
        limited(&container)?;
        published(&container)?;
        keeps_secrets(&container)?;
        let is_ours = OURS
            .iter()
            .any(|name| container.service().starts_with(name));
        if is_ours {
            locked(&container)?;
        }
    }
    OURS.iter().try_for_each(|service| no_shell(stack, service))
}

fn limited(container: &Container) -> Result<()> {
    let limits = &container.host_config;
    ensure!(
        limits.memory > 0 && limits.nano_cpus > 0 && limits.pids_limit.is_some_and(|pids| pids > 0),
        "{} has no limit of memory, processors or processes",
        container.service()
    );
    let drops_all = limits.cap_drop.as_deref() == Some(&["ALL".to_owned()]);
    let options = limits.security_opt.as_deref().unwrap_or_default();
    ensure!(
        drops_all
            && options
                .iter()
                .any(|option| option.starts_with("no-new-privileges")),
        "{} may gain rights",
        container.service()
    );
    Ok(())
}

fn locked(container: &Container) -> Result<()> {
    ensure!(
        container.config.user == "65532:65532",
        "{} runs as `{}`",
        container.service(),
        container.config.user
    );
    ensure!(
        container.host_config.readonly_rootfs,
        "{} can write to its root file system",
        container.service()
    );
    Ok(())
}

fn published(container: &Container) -> Result<()> {
    let bindings = container.host_config.port_bindings.iter().flatten();
    for binding in bindings.flat_map(|(_, bindings)| bindings.iter().flatten()) {
        ensure!(
            PUBLISHED.contains(&container.service()) && binding.host_ip == "127.0.0.1",
            "{} is published on {}",
            container.service(),
            binding.host_ip
        );
    }
    Ok(())
}

fn keeps_secrets(container: &Container) -> Result<()> {
    let shown = container
        .config
        .env
        .iter()
        .find(|variable| variable.contains(SECRET));
    ensure!(
        shown.is_none(),
        "the environment of {} holds a secret",
        container.service()
    );
    Ok(())
}

fn no_shell(stack: &Stack, service: &str) -> Result<()> {
    for shell in ["sh", "bash", "busybox"] {
        if stack.inside(service, &[shell, "-c", "true"]).is_ok() {
            bail!("{service} has a shell: {shell}");
        }
    }
    // The same way works for what is there, so the above does not fail for another reason.
    stack.inside(service, &[&format!("/{service}"), "healthcheck"])?;
    let image = format!("mercantile/{service}:{}", stack.version());
    let labels = "{{json .Config.Labels}}";
    let labels =
        output(Command::new("docker").args(["image", "inspect", "--format", labels, &image]))?;
    for label in [
        "title",
        "description",
        "version",
        "revision",
        "source",
        "licenses",
        "created",
    ] {
        ensure!(
            labels.contains(&format!("org.opencontainers.image.{label}")),
            "{image} has no label `{label}`"
        );
    }
    Ok(())
}
