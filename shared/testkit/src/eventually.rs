use std::time::Duration;

use tokio::time::{Instant, sleep};

const DEADLINE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(15);

/// Calls `poll` repeatedly until it returns a value.
///
/// # Panics
/// It returns none within 20 s. `what` describes the awaited condition.
pub async fn eventually<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(Instant::now() < deadline, "timed out waiting for: {what}");
        sleep(PAUSE).await;
    }
}
