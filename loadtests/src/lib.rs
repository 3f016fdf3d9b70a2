//! Load for the shop: people who look around and people who buy, at a bounded rate, for a bounded time.

use std::sync::Arc;

use anyhow::{Context, Result};
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};
use reqwest::Url;

mod account;
mod browse;
mod checkout;
mod connection;
mod dice;
mod exchange;
mod mix;
mod pace;
mod people;
mod report;
mod settings;
mod tally;
mod target;
mod town;

pub use report::{Report, Row};
pub use settings::Settings;

use town::Town;

/// A step of a scenario, which is told the town.
macro_rules! step {
    ($town:expr, $name:expr, $function:path) => {{
        let town = Arc::clone($town);
        let function: TransactionFunction =
            Arc::new(move |user| Box::pin($function(user, Arc::clone(&town))));
        Transaction::new(function).set_name($name)
    }};
}

/// Sends people into the shop, and says how they fared.
///
/// # Errors
/// When it could not be run: a target that is somebody else's, a shop that is not there. What fails
/// while people shop is in the report.
pub async fn run(settings: &Settings) -> Result<Report> {
    settings.check()?;
    let base = target::base(&settings.target, settings.i_own_this_host)?;
    target::resolve(&base, settings.i_own_this_host).await?;
    let town = Arc::new(Town::open(settings, &base).await?);
    let attack = attack(settings, &base, &town).context("the scenarios")?;
    // Boxed: Goose's future is large.
    let metrics = Box::pin(attack.execute())
        .await
        .context("the load test did not run")?;
    Ok(Report::of(&metrics, &town.tally, settings))
}

/// Ends a run before its time, as Ctrl-C does: everybody finishes the step that she is at.
pub fn stop() {
    goose::trigger_killswitch("it was told to stop");
}

fn attack(settings: &Settings, base: &Url, town: &Arc<Town>) -> Result<GooseAttack, GooseError> {
    let mut attack = GooseAttack::initialize_with_config(configuration(settings, base))?;
    for (scenario, people) in [
        (browsing(settings, town)?, settings.browsers),
        (checkout(settings, town)?, settings.buyers),
    ] {
        if let Ok(weight @ 1..) = usize::try_from(people) {
            attack = attack.register_scenario(scenario.set_weight(weight)?);
        }
    }
    Ok(attack)
}

/// Goose without its doors (telnet, WebSocket) and without its own tables.
fn configuration(settings: &Settings, base: &Url) -> GooseConfiguration {
    let mut goose = GooseConfiguration::default();
    goose.host = Some(base.to_string());
    goose.users = usize::try_from(settings.people()).ok();
    goose.increase_rate = Some(settings.arrivals_per_second().to_string());
    goose.run_time = Some(format!("{}s", settings.seconds));
    let report = settings.report.iter();
    goose.report_file = report.map(|file| file.display().to_string()).collect();
    goose.no_reset_metrics = true;
    goose.no_print_metrics = true;
    goose.no_telnet = true;
    // Errors are in the report, with their counts: not a line for each.
    goose.quiet = 3;
    goose
}

fn browsing(settings: &Settings, town: &Arc<Town>) -> Result<Scenario, GooseError> {
    let (least, most) = settings.pauses();
    let mut scenario = Scenario::new("browse")
        .set_wait_time(least, most)?
        .register_transaction(step!(town, "come in", browse::arrive).set_on_start());
    let steps = [
        step!(town, "", browse::product),
        step!(town, "", browse::shelf),
        step!(town, "", browse::search),
        step!(town, "", browse::categories),
    ];
    for (step, (name, share)) in steps.into_iter().zip(mix::BROWSE) {
        scenario = scenario.register_transaction(step.set_name(name).set_weight(share)?);
    }
    Ok(scenario)
}

fn checkout(settings: &Settings, town: &Arc<Town>) -> Result<Scenario, GooseError> {
    let (least, most) = settings.pauses();
    let scenario = Scenario::new("checkout")
        .set_wait_time(least, most)?
        .register_transaction(step!(town, "come in", checkout::arrive).set_on_start())
        .register_transaction(step!(town, "sign in", checkout::sign_in).set_sequence(1))
        .register_transaction(step!(town, report::QUEUE, checkout::queue).set_sequence(2))
        .register_transaction(step!(town, "check out", checkout::check_out).set_sequence(3));
    Ok(scenario)
}
