//! The command `payment reconcile`: runs a reconciliation and prints its report.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use persistence::Database;
use service::ServiceConfig;
use tokio_util::sync::CancellationToken;

use super::Reconciler;
use crate::config::Config;
use crate::domain::{Difference, NewRun, Origin, Run, RunStatus};
use crate::store::Store;

/// Exit code: there are differences.
const DIFFERENCES: u8 = 1;
/// Exit code: the reconciliation could not be carried out.
const NOT_RUN: u8 = 2;
const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// Time between two lines of progress when stderr is not a terminal, so that a line cannot be overwritten.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// More differences than a reconciliation records.
const MAX_LINES: i64 = 100_000;
const USAGE: &str = "usage: payment reconcile [--from TIME] [--until TIME], \
                     where TIME is 2026-01-31 or 2026-01-31T12:00:00Z";

/// Runs a reconciliation and prints its differences as a table on stdout, and its progress on stderr. The
/// exit code is 0 if both sides agree, 1 if there are differences, 2 if it could not be carried out.
pub async fn reconcile(config: Config, arguments: Vec<String>) -> ExitCode {
    match run(config, &arguments).await {
        Ok(code) => code,
        Err(error) => {
            write_stderr(&format!("payment: {error:#}\n"));
            ExitCode::from(NOT_RUN)
        }
    }
}

async fn run(config: Config, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let ServiceConfig {
        database,
        own: config,
        ..
    } = config.own;
    let (from, until) = times(arguments)?;
    let reconciler = Reconciler::new(&config, Database::new(&database)?)?;
    let mut new = reconciler.new_run(Origin::Command);
    if let Some(until) = until {
        new.from = until - (new.until - new.from);
        new.until = until;
    }
    new.from = from.unwrap_or(new.from);
    ensure!(new.from < new.until, "--from must be before --until");
    let requested = reconciler.store.request_run(new).await;
    let (run, is_new) = requested.context("cannot request a reconciliation")?;
    if !is_new {
        follow_instead(&run, from.or(until))?;
    }
    let stop = CancellationToken::new();
    let worker = tokio::spawn(reconciler.clone().run(stop.clone()));
    let ended = watch(&reconciler.store, run).await;
    stop.cancel();
    worker.await.context("the reconciliation was aborted")?;
    let ended = ended?;
    if let RunStatus::Failed(error) = ended.status() {
        bail!("the reconciliation failed: {error}");
    }
    report(&reconciler, &ended, &new).await
}

/// Follows the reconciliation that already runs, unless the command names another window.
fn follow_instead(running: &Run, time: Option<DateTime<Utc>>) -> anyhow::Result<()> {
    let (id, from, until) = (
        running.id,
        text(running.window_from),
        text(running.window_until),
    );
    ensure!(
        time.is_none(),
        "the reconciliation {id} of {from} until {until} is running, and only one may run at a time: try again later"
    );
    write_stderr(&format!(
        "following the reconciliation {id}, which is already running\n"
    ));
    Ok(())
}

/// Prints the progress until the reconciliation ends, on any replica.
async fn watch(store: &Store, run: Run) -> anyhow::Result<Run> {
    let overwrites = std::io::stderr().is_terminal();
    let (from, until) = (text(run.window_from), text(run.window_until));
    write_stderr(&format!(
        "reconciling {from} until {until}, id {}\n",
        run.id
    ));
    let mut shown = None::<Instant>;
    loop {
        let run = store
            .run(run.id)
            .await
            .context("cannot read the progress of the reconciliation")?;
        let run = run.context("the reconciliation was deleted")?;
        let is_over = run.status() != RunStatus::Running;
        let due = shown.is_none_or(|at| overwrites || at.elapsed() >= LINE_INTERVAL);
        if is_over || due {
            let end = if overwrites && !is_over { "\r" } else { "\n" };
            write_stderr(&format!(
                "{} intents read, {} payments compared{end}",
                run.intents, run.payments
            ));
            shown = Some(Instant::now());
        }
        if is_over {
            return Ok(run);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

async fn report(reconciler: &Reconciler, run: &Run, new: &NewRun) -> anyhow::Result<ExitCode> {
    let found = reconciler.store.differences(run.id, MAX_LINES).await;
    let found = found.context("cannot read the differences")?;
    let seconds = (reconciler.clock.now() - new.now).num_seconds();
    let mut out = table(&found);
    let summary = match found.len() {
        0 => "everything agrees".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    writeln!(
        out,
        "{} payments and {} intents compared in {seconds} s: {summary}",
        run.payments, run.intents
    )?;
    let _closed = std::io::stdout().write_all(out.as_bytes());
    Ok(match found.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(DIFFERENCES),
    })
}

/// One line per difference, in columns.
fn table(found: &[Difference]) -> String {
    if found.is_empty() {
        return String::new();
    }
    let or_dash = |text: String| match text.as_str() {
        "" => "-".to_owned(),
        _ => text,
    };
    let head = ["KIND", "ORDER", "PAYMENT", "PROVIDER", "OURS", "THEIRS"].map(str::to_owned);
    let lines = found.iter().map(|one| {
        let order = one.order_id.map(|id| id.to_string()).unwrap_or_default();
        let payment = one.payment_id.map(|id| id.to_string()).unwrap_or_default();
        [
            one.kind.name().to_owned(),
            order,
            payment,
            one.reference.clone().unwrap_or_default(),
            one.ours.clone(),
            one.theirs.clone(),
        ]
        .map(or_dash)
    });
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(lines).collect();
    let mut widths = [0; 6];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut out = String::new();
    for line in lines {
        let cells = line.iter().zip(widths);
        let padded: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(padded.join("  ").trim_end());
        out.push('\n');
    }
    out
}

type Times = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn times(arguments: &[String]) -> anyhow::Result<Times> {
    let (mut from, mut until) = (None, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument.as_str(), arguments.next().map(String::as_str)),
        };
        let slot = match name {
            "--from" => &mut from,
            "--until" => &mut until,
            other => bail!("`{other}` is not an option; {USAGE}"),
        };
        let value = value.with_context(|| format!("{name} needs a time; {USAGE}"))?;
        *slot = Some(time(value).with_context(|| format!("`{value}` is not a time; {USAGE}"))?);
    }
    Ok((from, until))
}

/// A date is midnight UTC of that day.
fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc());
    }
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn write_stderr(text: &str) {
    let _closed = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn times_are_dates_or_timestamps() {
        let line = "--from 2026-01-31 --until=2026-02-01T12:00:00+02:00";
        let (from, until) = times(&words(line)).unwrap();
        assert_eq!(text(from.unwrap()), "2026-01-31T00:00:00Z");
        assert_eq!(text(until.unwrap()), "2026-02-01T10:00:00Z");
        assert_eq!(times(&[]).unwrap(), (None, None));
    }

    #[test]
    fn an_invalid_argument_is_named() {
        for (line, named) in [
            ("--form 2026-01-31", "--form"),
            ("--from yesterday", "yesterday"),
            ("--until", "--until"),
        ] {
            let error = times(&words(line)).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
