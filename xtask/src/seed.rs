//! `cargo xtask seed`: demo data or many products for the running shop.

use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::command::run;
use crate::project::Project;
use crate::state::State;
use crate::up::processes::{environment_of, owner_of};

/// Options of `cargo xtask seed`.
#[derive(Args)]
pub(crate) struct Options {
    /// Generate this many products instead of the demo catalog
    #[arg(long, value_name = "N")]
    products: Option<u64>,
}

/// Seeds the running shop.
pub(crate) fn seed(project: &Project, options: &Options) -> Result<()> {
    let home = project.private().join("up");
    let state = State::load(&home).filter(|state| state.ready && state.supervisor.is_running());
    // The binaries of the running shop: they match its schema.
    let binaries = state
        .and_then(|state| state.binaries)
        .context("the shop is not running; start it with `cargo xtask up`")?;
    let arguments = options
        .products
        .map(|products| vec!["--products".to_owned(), products.to_string()]);
    // A load of many products builds indexes again, which is a change of the schema.
    let is_load = arguments.is_some();
    let names: &[&str] = if is_load {
        &["catalog"]
    } else {
        &["user", "catalog", "order"]
    };
    for name in names {
        let mut command = Command::new(binaries.join(name));
        command
            .arg("seed")
            .args(arguments.iter().flatten())
            .envs(environment_of(&home, name)?);
        if is_load {
            command.envs(environment_of(&home, &owner_of(name))?);
        }
        run(&mut command)?;
    }
    Ok(())
}
