//! Waits until nothing is in progress.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::{Run, invariants};

/// How long processes and servers may take to be ready after the last fault.
pub(crate) const READY_TIMEOUT: Duration = Duration::from_secs(90);
/// How long one check for quiescence, or the final check, may take.
pub(crate) const CHECK_TIMEOUT: Duration = Duration::from_secs(180);
/// Time between two checks for quiescence.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The time until nothing is pending; `None` at the deadline, with what is pending then.
pub(crate) async fn wait_for_quiescence(
    run: &Run,
    limit: Duration,
    still_pending: &mut Vec<String>,
) -> Option<Duration> {
    let begin = Instant::now();
    run.progress.phase("waiting for quiescence");
    loop {
        let pending = timeout(CHECK_TIMEOUT, invariants::pending(&run.addresses)).await;
        let pending = match pending {
            Ok(Ok(pending)) => pending,
            Ok(Err(error)) => vec![format!("{error:#}")],
            Err(_) => vec![format!(
                "the check for quiescence takes longer than {} s",
                CHECK_TIMEOUT.as_secs()
            )],
        };
        if pending.is_empty() {
            return Some(begin.elapsed());
        }
        run.progress
            .phase(&format!("waiting for quiescence: {}", pending.join(", ")));
        if begin.elapsed() > limit {
            still_pending.extend(pending);
            return None;
        }
        sleep(POLL_INTERVAL).await;
    }
}
