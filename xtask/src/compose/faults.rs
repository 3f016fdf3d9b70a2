//! What happens when a process dies, and when somebody kills a container.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::containers;
use super::stack::Stack;
use crate::command::output;
use crate::interrupt;
use crate::process::wait_until;
use crate::readme;
use crate::terminal::line;

/// How long a container may take to come back, and the shop to sell again.
const PATIENCE: Duration = Duration::from_secs(90);

/// Buys what the README says, as soon as the shop sells.
pub(super) fn buy(stack: &Stack, bought: &mut u32) -> Result<()> {
    let mut last = None;
    let sold = || match readme::buy_quietly(&stack.project, stack.gateway_port()) {
        Ok(()) => true,
        Err(error) => {
            last = Some(error);
            false
        }
    };
    let outcome = wait_until("a purchase", PATIENCE, interrupt::check, sold);
    if let (Err(error), Some(last)) = (outcome, last) {
        return Err(last.context(error));
    }
    *bought += 1;
    Ok(())
}

/// A process that dies is started again by the engine, and the shop sells on. Killed from the engine's own machine:
/// `docker kill` means that someone wants it dead, and the engine leaves it so.
pub(super) fn crash_each(stack: &Stack, bought: &mut u32) -> Result<()> {
    for service in containers::services(stack)? {
        let begin = Instant::now();
        for victim in containers::of(stack, &service)? {
            kill_process(victim.state.pid)?;
            let back = || {
                let now = containers::of(stack, &service).unwrap_or_default();
                now.iter().any(|it| {
                    it.id == victim.id && it.restart_count > victim.restart_count && it.is_well()
                })
            };
            wait_until(&service, PATIENCE, interrupt::check, back)
                .with_context(|| format!("{service} crashed and did not come back"))?;
        }
        buy(stack, bought).with_context(|| format!("after the crash of {service}"))?;
        tell(&service, begin);
    }
    Ok(())
}

/// The engine's machine is not always this one, so a container that sees its processes does it.
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

/// After `docker compose kill` of any one, `docker compose up` makes the shop whole.
pub(super) fn kill_each(stack: &Stack, bought: &mut u32) -> Result<()> {
    for service in containers::services(stack)? {
        let begin = Instant::now();
        output(stack.compose().args(["kill", &service]))?;
        // Nothing that must survive is in these: the shop sells without them.
        if ["redis", "mail", "jaeger"].contains(&service.as_str()) {
            buy(stack, bought).with_context(|| format!("without {service}"))?;
        }
        stack.up(&[])?;
        containers::all_healthy(stack)?;
        buy(stack, bought).with_context(|| format!("after {service} was killed"))?;
        tell(&service, begin);
    }
    Ok(())
}

fn tell(service: &str, begin: Instant) {
    line(format!(
        "{:>12} {service:<10} {:>5.1} s until a purchase worked again",
        "",
        begin.elapsed().as_secs_f32()
    ));
}
