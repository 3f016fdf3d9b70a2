use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// Stops the consumers of a broker's shared queues for a while, for demonstrations. They resume by themselves.
#[derive(Debug, Default)]
pub struct Pause(watch::Sender<Option<Instant>>);

impl Pause {
    /// Stops them from now on. The last call counts.
    pub fn begin(&self, duration: Duration) {
        self.0.send_replace(Some(Instant::now() + duration));
    }

    /// The time until they resume; `None` while they run.
    pub fn left(&self) -> Option<Duration> {
        let until = *self.0.borrow();
        until
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero())
    }

    /// Resolves once they are paused. Safe to cancel.
    pub(crate) async fn begun(&self) {
        let mut changes = self.0.subscribe();
        while self.left().is_none() {
            // The sender lives as long as `self`.
            let _ = changes.changed().await;
        }
    }

    /// Resolves once they are not paused. Safe to cancel.
    pub(crate) async fn over(&self) {
        let mut changes = self.0.subscribe();
        while let Some(left) = self.left() {
            // A later call may end it earlier.
            let _ = timeout(left, changes.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pause_ends_by_itself_and_the_last_call_counts() {
        let pause = Pause::default();
        pause.over().await;
        assert_eq!(pause.left(), None);
        pause.begin(Duration::from_secs(3_600));
        pause.begun().await;
        assert!(pause.left().is_some());
        let shortened = async { pause.begin(Duration::from_millis(20)) };
        tokio::join!(pause.over(), shortened);
        assert_eq!(pause.left(), None);
    }
}
