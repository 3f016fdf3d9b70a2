//! Periodic jobs of a process.

use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::metrics::process::{JOB_RUN, JOB_RUNS};

/// Runs `job` at once and then every `every`, until `stop` is canceled. A running job is not
/// aborted.
///
/// A failure is logged when it first occurs, and the job runs again at the next tick. `name` is for
/// the log and the metrics. `every` must not be zero. Several replicas may run the same job at the
/// same time, so a job takes a lock or is safe to run concurrently.
pub async fn repeat<F, Fut, E>(name: &'static str, every: Duration, stop: CancellationToken, job: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Error + Send + Sync + 'static,
{
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let started = Instant::now();
        let done = job().await;
        JOB_RUN.of(name).observe(started.elapsed());
        JOB_RUNS.of((name, done.is_ok())).inc();
        match done {
            Ok(()) if failing => {
                failing = false;
                tracing::info!(job = name, "the job succeeds again");
            }
            Ok(()) => {}
            Err(error) => {
                let cause = format!("{:#}", anyhow::Error::from(error));
                if failing {
                    tracing::debug!(job = name, cause, "the job still fails");
                } else {
                    failing = true;
                    tracing::warn!(job = name, cause, "the job fails, it will be retried");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    #[tokio::test]
    async fn a_failing_job_runs_again_until_it_is_stopped() {
        let stop = CancellationToken::new();
        let runs = Cell::new(0);
        let job = || async {
            runs.set(runs.get() + 1);
            match runs.get() {
                1 | 2 => Err(io::Error::other("unreachable")),
                3 => Ok(()),
                _ => {
                    stop.cancel();
                    Ok(())
                }
            }
        };
        repeat("test", Duration::from_millis(1), stop.clone(), job).await;
        assert_eq!(runs.get(), 4);
    }
}
