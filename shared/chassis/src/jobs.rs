//! Scheduled work of a process.

use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::metrics::process::{JOB_RUN, JOB_RUNS};

/// Runs `job` now and again after each `every`, until `stop`. A job that runs is not cut off.
///
/// A failure is logged once, when it begins; the job is tried again at the next turn. `name` is for
/// the log and the metrics. `every` must be above zero. Any number of replicas may run the same job, so it takes a
/// lock or is harmless when two run at once.
pub async fn repeat<F, Fut, E>(name: &'static str, every: Duration, stop: CancellationToken, job: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Error + Send + Sync + 'static,
{
    let mut turns = tokio::time::interval(every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    while stop.run_until_cancelled(turns.tick()).await.is_some() {
        let started = Instant::now();
        let done = job().await;
        JOB_RUN.of(name).observe(started.elapsed());
        JOB_RUNS.of((name, done.is_ok())).inc();
        match done {
            Ok(()) if failing => {
                failing = false;
                tracing::info!(job = name, "works again");
            }
            Ok(()) => {}
            Err(error) => {
                let cause = format!("{:#}", anyhow::Error::from(error));
                if failing {
                    tracing::debug!(job = name, cause, "still failing");
                } else {
                    failing = true;
                    tracing::warn!(job = name, cause, "failing, will be tried again");
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
    async fn a_job_that_fails_is_tried_again_until_the_end() {
        let stop = CancellationToken::new();
        let runs = Cell::new(0);
        let job = || async {
            runs.set(runs.get() + 1);
            match runs.get() {
                1 | 2 => Err(io::Error::other("away")),
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
