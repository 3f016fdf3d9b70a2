//! `cargo xtask deploy cluster`: the overlay `local` in a cluster of kind, with its images. It buys by the commands of the
//! README, replaces every pod and drains a node under load, and requires that no request fails.

use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::command::{output, run};
use crate::project::Project;
use crate::servers::{docker_answers, free_ports};
use crate::skipped::Skipped;
use crate::terminal::{line, status, warning};
use crate::{interrupt, readme, wait_until};

const CLUSTER: &str = "mercantile-check";
const NAMESPACE: &str = "mercantile";
const FOLDER: &str = "deploy/kubernetes";
const PROCESSES: [&str; 5] = ["gateway", "user", "catalog", "order", "payment"];
/// Built besides the processes.
const OTHERS: [&str; 2] = ["sandbox", "loadtests"];
const SERVERS: [&str; 5] = [
    "statefulset/postgres",
    "statefulset/rabbitmq",
    "statefulset/sandbox",
    "deployment/redis",
    "deployment/mail",
];
/// A label of `kind.yaml`.
const DRAINED: &str = "--selector=mercantile.example/node=drained";

/// Options of `cargo xtask deploy cluster`.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave the cluster running afterwards; `kind delete cluster --name mercantile-check` removes it
    #[arg(long)]
    keep: bool,
}

/// Runs the check in a cluster of its own, and removes the cluster.
///
/// # Errors
/// [`Skipped`] if this machine cannot have a cluster.
pub(super) fn cluster(project: &Project, options: &Options) -> Result<()> {
    if let Some(obstacle) = obstacle() {
        return Err(Skipped(obstacle).into());
    }
    let cluster = Cluster { project };
    let outcome = cluster.create().and_then(|()| cluster.check());
    if outcome.is_err() && !interrupt::requested() {
        cluster.describe();
    }
    if !options.keep {
        let deleted = output(Command::new("kind").args(["delete", "cluster", "--name", CLUSTER]));
        if let Err(error) = deleted {
            warning(format!("{error:#}"));
        }
    }
    outcome
}

fn obstacle() -> Option<String> {
    for (program, argument) in [("kind", "version"), ("kubectl", "--help")] {
        if output(Command::new(program).arg(argument)).is_err() {
            return Some(format!("there is no {program}"));
        }
    }
    (!docker_answers()).then(|| "no Docker engine answers".to_owned())
}

struct Cluster<'a> {
    project: &'a Project,
}

impl Cluster<'_> {
    /// Makes the images and a cluster that has them.
    fn create(&self) -> Result<()> {
        let images = PROCESSES.into_iter().chain(OTHERS);
        let images: Vec<String> = images.map(|it| format!("mercantile/{it}:dev")).collect();
        status("Building", "the images");
        run(self
            .command("docker")
            .args(["compose", "--profile", "load", "build", "load", "sandbox"])
            .args(PROCESSES))?;
        let configuration = format!("{FOLDER}/tests/cluster/kind.yaml");
        run(self
            .command("kind")
            .args(["create", "cluster", "--name", CLUSTER, "--wait", "3m"])
            .args(["--config", &configuration]))?;
        run(self
            .command("kind")
            .args(["load", "docker-image", "--name", CLUSTER])
            .args(images))
    }

    fn check(&self) -> Result<()> {
        // Servers have one replica and a volume of their node, so they stay.
        self.kubectl(&["cordon", DRAINED])?;
        self.apply("base/namespace", &[])?;
        for folder in ["servers", "migrations", ""] {
            // A pod that breaks the profile of its namespace is a warning.
            let refuse = ["--dry-run=server", "--warnings-as-errors"];
            self.apply(&format!("overlays/local/{folder}"), &refuse)?;
        }
        status("Checked", "the overlay against the API server");
        self.apply("overlays/local/servers", &[])?;
        self.wait_for(&SERVERS)?;
        self.kubectl(&["uncordon", DRAINED])?;
        self.apply("overlays/local/migrations", &[])?;
        let jobs = [
            "--for=condition=Complete",
            "job",
            "--selector=app.kubernetes.io/component=migration",
        ];
        self.in_namespace(&["wait", "--timeout=5m"], &jobs)?;
        self.apply("overlays/local", &[])?;
        self.wait_for_processes()?;
        self.in_namespace(&["exec", "deployment/catalog", "--"], &["/catalog", "seed"])?;
        self.buy()?;

        self.apply("tests/cluster", &[])?;
        self.wait_for_processes()?;
        self.apply("tests/cluster/load", &[])?;
        self.load("--for=jsonpath={.status.ready}=1", "5m")?;
        for process in PROCESSES {
            let deployment = format!("deployment/{process}");
            self.in_namespace(&["rollout", "restart"], &[&deployment])?;
            self.wait_for(&[&deployment])?;
            status("Replaced", format!("every pod of {process}"));
        }
        let drain = [
            "drain",
            DRAINED,
            "--ignore-daemonsets",
            "--delete-emptydir-data",
            "--timeout=5m",
        ];
        self.kubectl(&drain)?;
        self.wait_for_processes()?;
        status("Drained", "a node");
        self.finish_load()?;
        self.buy()
    }

    /// Buys by the commands of the README.
    fn buy(&self) -> Result<()> {
        let [port] = free_ports()?;
        let mut forward = Running(
            self.command("kubectl")
                .args(["--namespace", NAMESPACE, "port-forward", "service/gateway"])
                .arg(format!("{port}:8080"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .context("cannot run kubectl port-forward")?,
        );
        let ended = || -> Result<()> {
            interrupt::check()?;
            if let Some(status) = forward.0.try_wait()? {
                bail!("kubectl port-forward ended ({status})");
            }
            Ok(())
        };
        let ready = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        wait_until("the gateway", Duration::from_secs(30), ended, ready)?;
        line(readme::purchase(self.project, port)?.trim_end());
        status("Bought", "by the commands of README.md");
        Ok(())
    }

    /// Requires that the load lasted until now, and that none of its requests fails.
    fn finish_load(&self) -> Result<()> {
        let active = self.kubectl(&[
            "--namespace=load",
            "get",
            "job/load",
            "--output=jsonpath={.status.active}",
        ])?;
        let passed = self.load("--for=condition=Complete", "20m");
        line(self.kubectl(&["--namespace=load", "logs", "job/load", "--tail=60"])?);
        ensure!(
            active == "1",
            "the load ended before the node was drained; raise --seconds in {FOLDER}/tests/cluster/load"
        );
        passed.context("requests failed while pods were replaced and a node was drained")?;
        status("Checked", "no request failed");
        Ok(())
    }

    /// Waits for a condition of the load. A load that has failed never completes, so its failure ends the wait too.
    fn load(&self, condition: &str, timeout: &str) -> Result<()> {
        let timeout = format!("--timeout={timeout}");
        let failed = "jsonpath={.status.failed}";
        let mut wait = self.command("kubectl");
        wait.args(["--namespace=load", "wait", "job/load", &timeout, condition]);
        let mut waiting = Running(wait.stdin(Stdio::null()).spawn().context("kubectl wait")?);
        loop {
            if let Some(status) = waiting.0.try_wait()? {
                ensure!(status.success(), "the load: {condition} ({status})");
                return Ok(());
            }
            interrupt::check()?;
            let output = format!("--output={failed}");
            let failed = self.kubectl(&["--namespace=load", "get", "job/load", &output])?;
            ensure!(failed.is_empty() || failed == "0", "the load has failed");
            std::thread::sleep(Duration::from_secs(2));
        }
    }

    fn wait_for_processes(&self) -> Result<()> {
        self.wait_for(&PROCESSES.map(|process| format!("deployment/{process}")))
    }

    fn wait_for(&self, workloads: &[impl AsRef<str>]) -> Result<()> {
        for workload in workloads {
            let workload = workload.as_ref();
            self.in_namespace(&["rollout", "status", "--timeout=5m"], &[workload])?;
        }
        Ok(())
    }

    fn apply(&self, folder: &str, options: &[&str]) -> Result<()> {
        let folder = format!("{FOLDER}/{folder}");
        run(self
            .command("kubectl")
            .args(["apply", "--kustomize", &folder])
            .args(options))
    }

    fn in_namespace(&self, verb: &[&str], arguments: &[&str]) -> Result<()> {
        run(self
            .command("kubectl")
            .args(["--namespace", NAMESPACE])
            .args(verb)
            .args(arguments))
    }

    fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        output(self.command("kubectl").args(arguments))
    }

    /// Prints what the cluster has, after a failure.
    fn describe(&self) {
        for arguments in [
            ["get", "pods", "--all-namespaces", "--output=wide"],
            [
                "get",
                "events",
                "--all-namespaces",
                "--sort-by=.lastTimestamp",
            ],
        ] {
            match self.kubectl(&arguments) {
                Ok(text) => line(text),
                Err(error) => warning(format!("{error:#}")),
            }
        }
    }

    /// A program in the root of the workspace. kubectl uses this cluster, whatever the context of the user is.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.project.root());
        if program == "kubectl" {
            command.args(["--context", &format!("kind-{CLUSTER}")]);
        }
        command
    }
}

/// A child that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _has_ended = self.0.kill();
        let _status = self.0.wait();
    }
}
