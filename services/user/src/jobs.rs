//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use instruments::user::USER_MAILS;
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::config::MailConfig;
use crate::failure::Failure;
use crate::store::Store;

/// Deletes ended sessions and tokens.
pub(crate) async fn sweep_sessions(
    store: Store,
    clock: Clock,
    every: Duration,
    stop: CancellationToken,
) {
    jobs::repeat("session sweep", every, stop, || async {
        let rows = store.sweep_sessions(clock.now()).await?;
        if rows > 0 {
            tracing::info!(rows, "ended sessions deleted");
        }
        Ok::<_, Failure>(())
    })
    .await;
}

/// Deletes mails that ended long ago, and ends those that no postman ever will.
pub(crate) async fn sweep_notices(store: Store, config: MailConfig, stop: CancellationToken) {
    jobs::repeat("notification sweep", config.sweep_every(), stop, || async {
        // Where one is at work, it gives them up itself before that.
        let hours = config.give_up_after_h.saturating_add(1);
        loop {
            let abandoned = store.abandon_notices(hours).await?;
            if abandoned.is_empty() {
                break;
            }
            for kind in &abandoned {
                USER_MAILS.of([kind.as_str(), "failed"]).inc();
            }
            let mails = abandoned.len();
            tracing::warn!(mails, "mails that nobody sent in time are given up");
        }
        let mut deleted = 0;
        loop {
            match store.sweep_notices(config.keep_days).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, "old notifications deleted");
        }
        Ok::<_, persistence::Error>(())
    })
    .await;
}
