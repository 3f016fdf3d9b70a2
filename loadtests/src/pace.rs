use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Lets so many through in a second, one after the other, until the end.
#[derive(Debug)]
pub(crate) struct Pace {
    gap: Duration,
    end: Instant,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32, end: Instant) -> Self {
        Self {
            gap: Duration::from_secs(1) / per_second.max(1),
            end,
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the caller's turn; false when it would come after the end. Turns that nobody took are
    /// lost: a shop that was slow is not flooded afterwards.
    pub(crate) async fn turn(&self) -> bool {
        let mine = {
            let mut next = self.next.lock().await;
            let mine = (*next).max(Instant::now());
            if mine >= self.end {
                return false;
            }
            *next = mine + self.gap;
            mine
        };
        sleep_until(mine).await;
        true
    }

    /// Whether the end has come.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_one_after_the_other_and_none_after_the_end() {
        let begin = Instant::now();
        let end = begin + Duration::from_secs(3_600);
        let pace = Pace::new(200, end);
        for _ in 0..5 {
            assert!(pace.turn().await);
        }
        // The fifth has waited four gaps, at least.
        assert!(begin.elapsed() >= Duration::from_millis(20));
        assert!(!pace.is_over());

        let over = Pace::new(200, begin);
        assert!(!over.turn().await);
        assert!(over.is_over());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_turn_after_the_end() {
        let pace = Pace::new(1, Instant::now() + Duration::from_millis(900));
        assert!(pace.turn().await);
        // The next turn would be after the end: refused at once.
        assert!(!pace.turn().await);
    }
}
