//! A run from start to end.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::customers::Customers;
use crate::harm::{Harm, schedule};
use crate::house::{self, House};
use crate::live::Live;
use crate::report::{self, Outcome};
use crate::{FaultKind, Options, Plan, Run, drill, invariants};

/// Orders placed before any harm, to see how fast the shop is.
const UNLOADED: usize = 50;
/// How long everything may take to be ready again after the harm.
const WHOLE: Duration = Duration::from_secs(90);
/// How long the shop may then take to come to rest.
const QUIET: Duration = Duration::from_secs(240);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_secs(1);
/// How long a look and the final check may take.
const CHECK: Duration = Duration::from_secs(180);

pub(crate) fn main(options: Options) -> ExitCode {
    let live = Arc::new(Live::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(whole(options, Arc::clone(&live))),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            live.note(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Opens the house, runs what is wanted in it, and closes it, whatever happens.
async fn whole(options: Options, live: Arc<Live>) -> Result<bool> {
    let plan = Plan::read(&options.plan)?;
    let kinds = kinds(&options.faults)?;
    let seed = options
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    live.note(&format!("seed {seed}; logs in {}", plan.logs.display()));
    let replicas = if options.drill {
        house::SINGLE
    } else {
        house::MANY
    };
    let length = Duration::try_from_secs_f64(options.minutes * 60.0)?;
    live.phase("starting the shop");
    let opened = House::open(&plan, replicas, length, Arc::clone(&live));
    let house = tokio::select! {
        house = opened => Arc::new(house?),
        interrupted = interrupted() => bail!(interrupted),
    };
    let run = Run {
        addresses: house.addresses.clone(),
        seed,
        live: Arc::clone(&live),
    };
    let story = async {
        if options.drill {
            Box::pin(drill::drill(&house, &run)).await
        } else {
            Box::pin(prove(&options, &kinds, length, &house, &run)).await
        }
    };
    let outcome = tokio::select! {
        outcome = story => outcome,
        () = house.look_after() => Err(anyhow::anyhow!("nobody looks after the processes")),
        () = live.show() => Err(anyhow::anyhow!("the display ended")),
        interrupted = interrupted() => Err(anyhow::anyhow!(interrupted)),
    };
    live.phase("closing the shop");
    house.close().await;
    outcome
}

async fn prove(
    options: &Options,
    kinds: &[FaultKind],
    length: Duration,
    house: &Arc<House>,
    run: &Run,
) -> Result<bool> {
    let live = &run.live;
    live.phase("letting customers in");
    let customers = Customers::prepare(run).await.context("no customers")?;
    live.phase("measuring the shop that is left alone");
    let unloaded = customers.measure(UNLOADED).await.context("no orders")?;

    live.phase_for("shopping and harm", length);
    let planned = schedule(run.seed, length, kinds);
    let harm = Harm::new(Arc::clone(house), Arc::clone(live));
    let closing_time = CancellationToken::new();
    let harming = async {
        harm.run(&planned, length).await;
        live.phase("no more harm; customers finish");
        closing_time.cancel();
        house.wait_until_whole(WHOLE).await
    };
    let (whole, ()) = tokio::join!(harming, customers.run(closing_time.clone()));

    live.phase("waiting for quiet");
    let begin = Instant::now();
    let witness = customers.witness();
    let mut never_quiet = Vec::new();
    if let Err(error) = whole {
        never_quiet.push(format!("{error:#}"));
    }
    let quiet_after = loop {
        let pending = timeout(CHECK, invariants::pending(&run.addresses, &witness)).await;
        let pending = match pending {
            Ok(Ok(pending)) => pending,
            Ok(Err(error)) => vec![format!("{error:#}")],
            Err(_) => vec!["a look at the shop takes too long".to_owned()],
        };
        if pending.is_empty() {
            break Some(begin.elapsed());
        }
        live.phase(&format!("waiting for quiet: {}", pending.join(", ")));
        if begin.elapsed() > QUIET {
            never_quiet.extend(pending);
            break None;
        }
        sleep(LOOK).await;
    };
    live.phase("checking");
    let judgment = timeout(CHECK, invariants::check(&run.addresses, &witness))
        .await
        .context("the check takes too long")??;
    let outcome = Outcome {
        seed: run.seed,
        harmed: length,
        quiet_after: quiet_after.filter(|_| never_quiet.is_empty()),
        never_quiet,
        unloaded,
        faults: harm.records(),
        judgment,
        logs: Plan::read(&options.plan)?.logs,
        tally: witness.tally(),
    };
    report::print(&outcome);
    report::write(&options.report, &outcome)?;
    Ok(outcome.is_clean())
}

/// The kinds of harm that are wanted: all, unless some are named.
fn kinds(names: &[String]) -> Result<Vec<FaultKind>> {
    let mut kinds = Vec::new();
    for name in names {
        match name.trim() {
            "none" => {}
            "all" => kinds.extend(FaultKind::value_variants()),
            name => match FaultKind::from_str(name, false) {
                Ok(kind) => kinds.push(kind),
                Err(_) => {
                    let known: Vec<String> = FaultKind::value_variants()
                        .iter()
                        .filter_map(ValueEnum::to_possible_value)
                        .map(|value| value.get_name().to_owned())
                        .collect();
                    bail!(
                        "no fault is called `{name}`; there are {}",
                        known.join(", ")
                    )
                }
            },
        }
    }
    Ok(if names.is_empty() {
        FaultKind::value_variants().to_vec()
    } else {
        kinds
    })
}

/// Waits for a signal to stop.
async fn interrupted() -> &'static str {
    let signals = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let mut waiting: Vec<_> = signals
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    let any = waiting.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures_util::future::select_all(any).await;
    "interrupted"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_faults_are_taken_and_unknown_names_refused() {
        let names = |text: &str| kinds(&text.split(',').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(kinds(&[]).ok().map(|all| all.len()), Some(16));
        assert!(names("none").is_ok_and(|none| none.is_empty()));
        assert!(
            names("kill,crash_postgres")
                .is_ok_and(|two| two == [FaultKind::Kill, FaultKind::CrashPostgres])
        );
        assert!(names("kil").is_err());
    }
}
