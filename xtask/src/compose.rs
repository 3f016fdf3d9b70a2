//! `cargo xtask compose`: the shop in containers, as a stranger would run it: built, started, bought from, broken one
//! container at a time, scaled, stopped and started again. It has a project name, ports and volumes of its own, so a
//! shop that runs on this machine is left alone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;

use crate::guide;
use crate::interrupt;
use crate::project::Project;
use crate::skipped::Skipped;
use crate::terminal::{line, status, warning};

mod bare;
mod books;
mod containers;
mod faults;
mod images;
mod replicas;
mod stack;

use stack::Stack;

/// Options of `cargo xtask compose`.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Check images that are there already, such as those of a release, instead of building some
    #[arg(long, value_name = "VERSION")]
    images: Option<String>,

    /// Leave the shop running afterwards
    #[arg(long)]
    keep: bool,
}

/// The step of `cargo xtask ci`: skipped where no engine can run the shop.
pub(crate) fn ci(project: &Project) -> Result<()> {
    match images::obstacle(project)? {
        Some(obstacle) => Err(Skipped(obstacle).into()),
        None => compose(project, &Options::default()),
    }
}

/// Checks everything; what was started is stopped and thrown away whatever happens.
pub(crate) fn compose(project: &Project, options: &Options) -> Result<()> {
    if let Some(obstacle) = images::obstacle(project)? {
        anyhow::bail!(obstacle);
    }
    let mut stack = Stack::new(project, options)?;
    let mut clock = Clock::default();
    for (service, image) in images::get(&mut stack)? {
        warning(format!(
            "{service} is LEFT OUT: {image} is not here and cannot be pulled"
        ));
    }
    if options.images.is_none() {
        clock.time("Built", "the images", || images::build(&stack))?;
    }
    let outcome = check(&stack, &mut clock);
    if outcome.is_err() && !interrupt::requested() {
        stack.show_what_happened();
    }
    if options.keep {
        status("Kept", stack.describe());
    } else {
        stack.throw_away();
    }
    line("");
    clock.report();
    outcome.context("the shop in containers")
}

fn check(stack: &Stack, clock: &mut Clock) -> Result<()> {
    let mut bought = 0;
    clock.time("Started", "the shop, from nothing to healthy", || {
        stack.up(&[])?;
        containers::all_healthy(stack)
    })?;
    clock.time("Bought", "what the README says", || {
        faults::buy(stack, &mut bought)
    })?;
    clock.time("Followed", "orders as the guide says", || {
        guide::follow_in_containers(
            &stack.project,
            stack.gateway_port(),
            stack.sandbox_port(),
            &stack.environment(),
        )
    })?;
    clock.time("Looked", "for rights that nobody needs", || {
        bare::check(stack)?;
        books::closed_to_each_other(stack)
    })?;
    clock.time("Weighed", "the images", || images::weigh(stack))?;
    clock.time("Crashed", "each process, which came back by itself", || {
        faults::crash_each(stack, &mut bought)
    })?;
    clock.time("Killed", "each container, which `up` brought back", || {
        faults::kill_each(stack, &mut bought)
    })?;
    clock.time("Scaled", "to three orders and two payments", || {
        replicas::share_the_work(stack, &mut bought)
    })?;
    clock.time("Closed", "the shop and opened it again", || {
        stack.down()?;
        stack.up(&[])?;
        containers::all_healthy(stack)?;
        faults::buy(stack, &mut bought)
    })?;
    clock.time("Compared", "the books of all services", || {
        books::agree(stack, bought)
    })
}

/// How long each part took.
#[derive(Default)]
struct Clock(Vec<(String, Duration)>);

impl Clock {
    fn time<T>(&mut self, verb: &str, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let begin = Instant::now();
        let done = work().with_context(|| format!("not {}: {what}", verb.to_lowercase()))?;
        let took = begin.elapsed();
        status(verb, format!("{what} in {:.1} s", took.as_secs_f32()));
        self.0
            .push((format!("{} {what}", verb.to_lowercase()), took));
        Ok(done)
    }

    fn report(&self) {
        for (what, took) in &self.0 {
            line(format!("  {:>7.1} s  {what}", took.as_secs_f32()));
        }
    }
}

#[cfg(test)]
mod tests;
