//! The parts of the check, in their order, and how long each one took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xtask::terminal::{line, status, warning};
use xtask::{Project, follow_guide_in_containers, interrupt};

use crate::purchase::Purchases;
use crate::stack::Stack;
use crate::{Options, faults, hardening, images, inspect, isolation, reconciliation, replicas};

/// Builds the images, starts the shop and checks it. Removes what it has started, also after a failure.
pub(crate) fn run(project: Project, options: &Options) -> Result<()> {
    let mut stack = Stack::new(project, options)?;
    let mut clock = Clock::default();
    for (service, image) in images::pull(&mut stack)? {
        warning(format!(
            "{service} is LEFT OUT: {image} is not here and cannot be pulled"
        ));
    }
    if options.images.is_none() {
        clock.time("Built", "the images", || images::build(&stack))?;
    }
    let outcome = check(&stack, &mut clock);
    if outcome.is_err() && !interrupt::requested() {
        stack.show_logs();
    }
    if options.keep {
        status("Kept", stack.describe());
    } else {
        stack.remove();
    }
    line("");
    clock.report();
    outcome.context("the shop in containers")
}

fn check(stack: &Stack, clock: &mut Clock) -> Result<()> {
    let mut purchases = Purchases::new(stack);
    clock.time("Started", "the shop, from nothing to healthy", || {
        stack.up(&[])?;
        inspect::all_healthy(stack)
    })?;
    clock.time("Checked", "the purchase of the README", || purchases.make())?;
    clock.time("Checked", "the commands of the guide", || {
        follow_guide_in_containers(
            &stack.project,
            stack.gateway_port(),
            stack.sandbox_port(),
            &stack.environment(),
        )
    })?;
    clock.time("Checked", "the rights of containers and roles", || {
        hardening::check(stack)?;
        isolation::check(stack)
    })?;
    clock.time("Measured", "the images", || images::check_sizes(stack))?;
    clock.time(
        "Crashed",
        "each process, which the engine restarted",
        || faults::crash_each(stack, &mut purchases),
    )?;
    clock.time("Killed", "each container, which `up` restarted", || {
        faults::kill_each(stack, &mut purchases)
    })?;
    clock.time("Scaled", "to three orders and two payments", || {
        replicas::share_the_work(stack, &mut purchases)
    })?;
    clock.time("Restarted", "the shop with its data", || {
        stack.down()?;
        stack.up(&[])?;
        inspect::all_healthy(stack)?;
        purchases.make()
    })?;
    clock.time("Reconciled", "orders, stock and payments", || {
        reconciliation::check(stack, purchases.count())
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
