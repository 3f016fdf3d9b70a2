//! `cargo xtask demo`: simulated customers shop in the running shop. `e2e/demo` does the work.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::command::{self, build, target_folder};
use crate::interrupt;
use crate::project::Project;
use crate::state::State;
use crate::terminal::status;
use crate::up::processes::environment_of;

/// Longer than the simulated customers take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// Orders that begin per minute, 1 to 600
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    orders_per_minute: u32,

    /// How long, such as 90s, 10m or 2h; without it, until Ctrl-C
    #[arg(long = "for", value_name = "TIME")]
    duration: Option<String>,
}

/// Lets customers shop until the time is over, or an interrupt, which is no error.
pub(crate) fn demo(project: &Project, options: &Options) -> Result<()> {
    let home = project.private().join("up");
    let state = State::load(&home).filter(|state| state.ready && state.supervisor.is_running());
    let port = state
        .and_then(|state| state.gateway)
        .context("the shop is not running; start it with `cargo xtask up`")?;
    let provider = environment_of(&home, "payment")?.remove("PAYMENT__PROVIDER__URL");
    ensure!(
        provider.is_some_and(|url| url.starts_with("http://127.0.0.1:")),
        "the demo pays with the cards of the sandbox; start the shop without `--provider stripe`"
    );
    build(project, false, &["demo"])?;
    let program = target_folder(project)?.join("debug/demo");
    let shop = format!("http://127.0.0.1:{port}");
    let rate = options.orders_per_minute.to_string();
    status(
        "Shopping",
        format!("at {shop}, {rate} orders per minute; Ctrl-C stops"),
    );
    let mut command = Command::new(program);
    command.args(["--shop", &shop, "--orders-per-minute", &rate]);
    if let Some(duration) = &options.duration {
        command.args(["--for", duration]);
    }
    let end = command::status(&mut command, STOP_TIMEOUT)?;
    ensure!(end.success(), "the demo failed ({end})");
    let why = match interrupt::requested() {
        true => "the demo; the shop goes on",
        false => "the demo: its time is over; the shop goes on",
    };
    status("Stopped", why);
    Ok(())
}
