//! A run from start to report.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clients::Clients;
use crate::cluster::{self, Cluster};
use crate::nemesis::{Nemesis, schedule};
use crate::progress::Progress;
use crate::quiescence::{CHECK_TIMEOUT, READY_TIMEOUT, wait_for_quiescence};
use crate::report::{self, Outcome};
use crate::{FaultKind, Options, Plan, Run, drill, invariants, restore, rolling};

/// Orders placed before the first fault, to measure latency without faults.
const ORDERS_BEFORE: usize = 50;
/// How long the cluster may then take to become quiescent.
const QUIESCENCE_TIMEOUT: Duration = Duration::from_secs(240);

pub(crate) fn main(options: Options) -> ExitCode {
    let progress = Arc::new(Progress::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(execute(options, Arc::clone(&progress))),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            progress.note(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Starts the cluster, runs the proof or the drill, and stops the cluster also after an error.
async fn execute(options: Options, progress: Arc<Progress>) -> Result<bool> {
    let plan = Plan::read(&options.plan)?;
    let kinds = kinds(&options.faults)?;
    let seed = options
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    progress.note(&format!("seed {seed}; logs in {}", plan.logs.display()));
    let replicas = if options.drill {
        cluster::SINGLE
    } else {
        cluster::REPLICATED
    };
    let length = match options.restore {
        true => restore::BUYING,
        false => Duration::try_from_secs_f64(options.minutes * 60.0)?,
    };
    progress.phase("starting the cluster");
    let starting = Cluster::start(&plan, replicas, length, Arc::clone(&progress));
    let cluster = tokio::select! {
        cluster = starting => Arc::new(cluster?),
        interrupted = interrupted() => bail!(interrupted),
    };
    let run = Run {
        addresses: cluster.addresses.clone(),
        seed,
        progress: Arc::clone(&progress),
    };
    let work = async {
        if options.drill {
            Box::pin(drill::drill(&cluster, &run)).await
        } else if options.rolling {
            Box::pin(rolling::rolling(&cluster, &run)).await
        } else if options.restore {
            Box::pin(restore::restore(&options, &plan, &cluster, &run)).await
        } else {
            Box::pin(prove(&options, &kinds, length, &cluster, &run)).await
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = cluster.supervise() => Err(anyhow!("the supervisor of the processes ended")),
        () = progress.show() => Err(anyhow!("the progress display ended")),
        interrupted = interrupted() => Err(anyhow!(interrupted)),
    };
    progress.phase("stopping the cluster");
    cluster.stop().await;
    outcome
}

async fn prove(
    options: &Options,
    kinds: &[FaultKind],
    length: Duration,
    cluster: &Arc<Cluster>,
    run: &Run,
) -> Result<bool> {
    let progress = &run.progress;
    progress.phase("registering clients");
    let clients = Clients::prepare(run)
        .await
        .context("cannot prepare the clients")?;
    progress.phase("measuring latency without faults");
    let without_faults = clients
        .measure(ORDERS_BEFORE)
        .await
        .context("an order failed before the first fault")?;

    progress.phase_for("injecting faults while clients buy", length);
    let planned = schedule(run.seed, length, kinds);
    let nemesis = Nemesis::new(Arc::clone(cluster), Arc::clone(progress));
    let stop = CancellationToken::new();
    let injecting = async {
        nemesis.run(&planned, length).await;
        progress.phase("faults ended; clients finish");
        stop.cancel();
        cluster.wait_until_ready(READY_TIMEOUT).await
    };
    let (ready, ()) = tokio::join!(injecting, clients.run(stop.clone()));

    let recorder = clients.recorder();
    let mut still_pending = Vec::new();
    if let Err(error) = ready {
        still_pending.push(format!("{error:#}"));
    }
    let quiescent_after = wait_for_quiescence(run, QUIESCENCE_TIMEOUT, &mut still_pending).await;
    progress.phase("checking invariants");
    let results = timeout(CHECK_TIMEOUT, invariants::check(&run.addresses, &recorder))
        .await
        .with_context(|| format!("the check takes longer than {} s", CHECK_TIMEOUT.as_secs()))??;
    let outcome = Outcome {
        seed: run.seed,
        duration: length,
        quiescent_after: quiescent_after.filter(|_| still_pending.is_empty()),
        still_pending,
        without_faults,
        faults: nemesis.records(),
        results,
        logs: Plan::read(&options.plan)?.logs,
        tally: recorder.tally(),
    };
    report::print(&outcome);
    report::write(&options.report, &outcome)?;
    Ok(outcome.is_clean())
}

/// The kinds of faults that `names` select: all when it is empty or has `all`, none for `none`.
fn kinds(names: &[String]) -> Result<Vec<FaultKind>> {
    let mut kinds = Vec::new();
    for name in names {
        match name.trim() {
            "none" => {}
            "all" => kinds.extend(FaultKind::value_variants()),
            name => match FaultKind::from_str(name, false) {
                Ok(kind) => kinds.push(kind),
                Err(_) => {
                    let names: Vec<String> = FaultKind::value_variants()
                        .iter()
                        .filter_map(ValueEnum::to_possible_value)
                        .map(|value| value.get_name().to_owned())
                        .collect();
                    bail!(
                        "--faults: `{name}` is not a fault; the faults are {}",
                        names.join(", ")
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

/// Waits for SIGINT, SIGTERM or SIGHUP.
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
    fn fault_names_select_kinds_and_unknown_names_are_rejected() {
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
