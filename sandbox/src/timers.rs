//! What happens by itself after some time: holds run out, refunds fail or settle.

use std::time::Duration;

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::book::{Page, Timer, millis};
use crate::error::ApiError;
use crate::life;
use crate::model::Status;
use crate::provider::Provider;

/// Between two looks for what is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Timers of one transaction.
const AT_A_TIME: usize = 64;

/// Does what is due until the process stops.
pub(crate) async fn run(provider: web::Data<Provider>, stop: CancellationToken) {
    loop {
        // A failure was logged where it happened; the next look tries again.
        ring(&provider).ok();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

fn ring(provider: &Provider) -> Result<(), ApiError> {
    let due = provider.look()?.timers(millis(provider.now()), AT_A_TIME)?;
    if due.is_empty() {
        return Ok(());
    }
    provider.write(|page| {
        for (place, timer) in &due {
            page.unschedule(place)?;
            happen(page, timer)?;
        }
        Ok(())
    })
}

/// Does it, unless it does not apply any more.
fn happen(page: &mut Page<'_>, timer: &Timer) -> Result<(), ApiError> {
    match timer {
        Timer::Expire(id) => match page.intent(id) {
            Ok(mut intent) if intent.status == Status::RequiresCapture => {
                life::expire(page, &mut intent)
            }
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        },
        Timer::Settle(id) => match page.refund(id) {
            Ok(mut refund) if refund.later.is_some() => life::settle(page, &mut refund),
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        },
    }
}
