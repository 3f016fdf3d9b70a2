//! Runs due timers: authorizations expire, refunds reach their final status.

use std::time::Duration;

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::error::ApiError;
use crate::lifecycle;
use crate::model::Status;
use crate::provider::Provider;
use crate::store::{Timer, Transaction, millis};

const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Most timers of one transaction.
const BATCH_SIZE: usize = 64;

/// Runs due timers until the process stops.
pub(crate) async fn run(provider: web::Data<Provider>, stop: CancellationToken) {
    loop {
        // Errors are logged where they occur; the next round tries again.
        fire_due(&provider).ok();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}

fn fire_due(provider: &Provider) -> Result<(), ApiError> {
    let due = provider
        .read()?
        .timers(millis(provider.now()), BATCH_SIZE)?;
    if due.is_empty() {
        return Ok(());
    }
    provider.write(|transaction| {
        for (due_key, timer) in &due {
            transaction.unschedule(due_key)?;
            fire(transaction, timer)?;
        }
        Ok(())
    })
}

/// Runs the transition, unless the object is removed or no longer in the state for it.
fn fire(transaction: &mut Transaction<'_>, timer: &Timer) -> Result<(), ApiError> {
    match timer {
        Timer::Expire(id) => match transaction.intent(id) {
            Ok(mut intent) if intent.status == Status::RequiresCapture => {
                lifecycle::expire(transaction, &mut intent)
            }
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        },
        Timer::Settle(id) => match transaction.refund(id) {
            Ok(mut refund) if refund.later.is_some() => lifecycle::settle(transaction, &mut refund),
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        },
    }
}
