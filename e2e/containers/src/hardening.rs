//! No container has rights, ports or secrets that it does not need.

use std::process::Command;

use anyhow::{Result, bail, ensure};
use xtask::command::output;

use crate::inspect::{self, Container};
use crate::stack::Stack;

/// Services that may publish ports, on the loopback interface: the API and web pages.
const PUBLISHED: [&str; 7] = [
    "gateway",
    "sandbox",
    "mail",
    "rabbitmq",
    "jaeger",
    "prometheus",
    "grafana",
];
/// Part of every secret value in deploy/docker/secrets.
const SECRET: &str = "development-only";

/// Checks every container and image of the shop.
pub(crate) fn check(stack: &Stack) -> Result<()> {
    for container in inspect::all(stack)? {
        has_limits(&container)?;
        publishes_loopback_only(&container)?;
        has_no_secret_in_environment(&container)?;
        // The jobs of a process have its name, too: `order-migrate`.
        let is_ours = topology::PROCESSES
            .iter()
            .any(|process| container.service().starts_with(process.name));
        if is_ours {
            is_unprivileged(&container)?;
        }
    }
    topology::PROCESSES.iter().try_for_each(|process| {
        has_no_shell(stack, process.name)?;
        has_labels(stack, process.name)
    })
}

fn has_limits(container: &Container) -> Result<()> {
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

fn is_unprivileged(container: &Container) -> Result<()> {
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

fn publishes_loopback_only(container: &Container) -> Result<()> {
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

fn has_no_secret_in_environment(container: &Container) -> Result<()> {
    let secret = container
        .config
        .env
        .iter()
        .find(|variable| variable.contains(SECRET));
    ensure!(
        secret.is_none(),
        "the environment of {} holds a secret",
        container.service()
    );
    Ok(())
}

fn has_no_shell(stack: &Stack, service: &str) -> Result<()> {
    for shell in ["sh", "bash", "busybox"] {
        if stack.exec(service, &[shell, "-c", "true"]).is_ok() {
            bail!("{service} has a shell: {shell}");
        }
    }
    // A program that exists runs, so the shells are missing and `exec` works.
    stack
        .exec(service, &[&format!("/{service}"), "healthcheck"])
        .map(drop)
}

fn has_labels(stack: &Stack, service: &str) -> Result<()> {
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
