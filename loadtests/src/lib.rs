//! A load generator for the shop: users that browse and buy, at a bounded rate, for a bounded time.

use std::sync::Arc;

use anyhow::{Context, Result};
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction, TransactionFunction};
use goose::{GooseAttack, GooseError};
use reqwest::Url;

mod account;
mod browse;
mod checkout;
mod counters;
mod fixture;
pub mod floods;
mod http_client;
mod rate_limiter;
mod report;
mod request;
mod rng;
mod settings;
mod target;
mod users;
mod workload;

pub use report::{Report, Row};
pub use settings::Settings;

use fixture::Fixture;

/// A Goose transaction that gets the fixture.
macro_rules! transaction {
    ($fixture:expr, $name:expr, $function:path) => {{
        let fixture = Arc::clone($fixture);
        let function: TransactionFunction =
            Arc::new(move |user| Box::pin($function(user, Arc::clone(&fixture))));
        Transaction::new(function).set_name($name)
    }};
}

/// Runs the load test and returns its report.
///
/// # Errors
/// The run cannot start: a setting is invalid, the target is not allowed, or the shop does not answer.
/// Requests that fail during the run are in the report.
pub async fn run(settings: &Settings) -> Result<Report> {
    settings.check()?;
    let base = target::base(&settings.target, settings.i_own_this_host)?;
    target::resolve(&base, settings.i_own_this_host).await?;
    let fixture = Arc::new(Fixture::set_up(settings, &base).await?);
    let attack = attack(settings, &base, &fixture).context("cannot build the scenarios")?;
    // Goose's future is large.
    let metrics = Box::pin(attack.execute())
        .await
        .context("the load test did not run")?;
    Ok(Report::of(&metrics, &fixture.counters, settings))
}

/// Ends the run early, as Ctrl-C does: each user completes its transaction.
pub fn stop() {
    goose::trigger_killswitch("stop requested");
}

fn attack(
    settings: &Settings,
    base: &Url,
    fixture: &Arc<Fixture>,
) -> Result<GooseAttack, GooseError> {
    let mut attack = GooseAttack::initialize_with_config(configuration(settings, base))?;
    for (scenario, users) in [
        (browsing(settings, fixture)?, settings.browsers),
        (checkout(settings, fixture)?, settings.buyers),
    ] {
        if let Ok(weight @ 1..) = usize::try_from(users) {
            attack = attack.register_scenario(scenario.set_weight(weight)?);
        }
    }
    Ok(attack)
}

/// Goose without its telnet and WebSocket controllers, and without its own tables.
fn configuration(settings: &Settings, base: &Url) -> GooseConfiguration {
    let mut goose = GooseConfiguration::default();
    goose.host = Some(base.to_string());
    goose.users = usize::try_from(settings.users()).ok();
    goose.increase_rate = Some(settings.increase_rate().to_string());
    goose.run_time = Some(format!("{}s", settings.seconds));
    let report = settings.report.iter();
    goose.report_file = report.map(|file| file.display().to_string()).collect();
    goose.no_reset_metrics = true;
    goose.no_print_metrics = true;
    goose.no_telnet = true;
    // The report counts errors; Goose would print a line for each.
    goose.quiet = 3;
    goose
}

fn browsing(settings: &Settings, fixture: &Arc<Fixture>) -> Result<Scenario, GooseError> {
    let (shortest, longest) = settings.think_time();
    let mut scenario = Scenario::new("browse")
        .set_wait_time(shortest, longest)?
        .register_transaction(transaction!(fixture, report::START, browse::start).set_on_start());
    let transactions = [
        transaction!(fixture, "", browse::view_product),
        transaction!(fixture, "", browse::list_category),
        transaction!(fixture, "", browse::search),
        transaction!(fixture, "", browse::list_categories),
    ];
    for (transaction, (name, share)) in transactions.into_iter().zip(workload::BROWSE) {
        scenario = scenario.register_transaction(transaction.set_name(name).set_weight(share)?);
    }
    Ok(scenario)
}

fn checkout(settings: &Settings, fixture: &Arc<Fixture>) -> Result<Scenario, GooseError> {
    let (shortest, longest) = settings.think_time();
    let scenario = Scenario::new("checkout")
        .set_wait_time(shortest, longest)?
        .register_transaction(transaction!(fixture, report::START, checkout::start).set_on_start())
        .register_transaction(transaction!(fixture, "sign in", checkout::sign_in).set_sequence(1))
        .register_transaction(
            transaction!(fixture, report::WAIT_FOR_PERMIT, checkout::wait_for_permit)
                .set_sequence(2),
        )
        .register_transaction(
            transaction!(fixture, "check out", checkout::check_out).set_sequence(3),
        );
    Ok(scenario)
}
