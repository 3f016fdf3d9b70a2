//! The shop recovers from the crash of each process and from the kill of each container.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xtask::command::output;
use xtask::terminal::line;
use xtask::{interrupt, wait_until};

use crate::inspect;
use crate::purchase::Purchases;
use crate::stack::Stack;

/// How long a container may take to run again.
const TIMEOUT: Duration = Duration::from_secs(90);

/// The engine restarts a process that crashes, and the shop accepts orders again. The signal comes from the engine's own
/// machine, because the engine does not restart a container after `docker kill`.
pub(crate) fn crash_each(stack: &Stack, purchases: &mut Purchases<'_>) -> Result<()> {
    for service in inspect::services(stack)? {
        let begin = Instant::now();
        for crashed in inspect::of(stack, &service)? {
            kill_process(crashed.state.pid)?;
            let is_restarted = || {
                let now = inspect::of(stack, &service).unwrap_or_default();
                now.iter().any(|it| {
                    it.id == crashed.id
                        && it.restart_count > crashed.restart_count
                        && it.is_healthy()
                })
            };
            wait_until(&service, TIMEOUT, interrupt::check, is_restarted)
                .with_context(|| format!("{service} crashed and was not restarted"))?;
        }
        purchases
            .make()
            .with_context(|| format!("after the crash of {service}"))?;
        report(&service, begin);
    }
    Ok(())
}

/// The engine may run on another machine, so a container in that machine's PID namespace sends the signal.
fn kill_process(pid: u32) -> Result<()> {
    let mut helper = Command::new("docker");
    helper.args([
        "run",
        "--rm",
        "--pid",
        "host",
        "--network",
        "none",
        "--user",
        "0",
    ]);
    helper.args([
        "--pull",
        "never",
        "--entrypoint",
        "bash",
        "postgres:17",
        "-c",
    ]);
    output(helper.arg(format!("kill -9 {pid}"))).map(drop)
}

/// After `docker compose kill` of each service, `docker compose up` restarts it.
pub(crate) fn kill_each(stack: &Stack, purchases: &mut Purchases<'_>) -> Result<()> {
    for service in inspect::services(stack)? {
        let begin = Instant::now();
        output(stack.compose().args(["kill", &service]))?;
        // These keep nothing that must survive: the shop accepts orders without them.
        if ["redis", "mail", "jaeger"].contains(&service.as_str()) {
            purchases
                .make()
                .with_context(|| format!("without {service}"))?;
        }
        stack.up(&[])?;
        inspect::all_healthy(stack)?;
        purchases
            .make()
            .with_context(|| format!("after {service} was killed"))?;
        report(&service, begin);
    }
    Ok(())
}

fn report(service: &str, begin: Instant) {
    line(format!(
        "{:>12} {service:<10} {:>5.1} s until a purchase worked again",
        "",
        begin.elapsed().as_secs_f32()
    ));
}
