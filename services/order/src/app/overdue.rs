use chassis::telemetry::{self, TraceContext};
use chrono::{DateTime, Utc};
use kernel::OrderId;
use tracing::Span;

use super::{App, counters};
use crate::domain::{Change, Event};
use crate::failure::Failure;
use crate::store::code;

impl App {
    /// Continues every saga and refund whose reply is overdue. Replicas that do so at the same time take
    /// different rows.
    pub(crate) async fn continue_overdue(&self) -> Result<(), Failure> {
        loop {
            let now = self.clock.now();
            // A failure of one kind does not stop the other.
            let (sagas, refunds) = (
                self.overdue_sagas(now).await,
                self.overdue_refunds(now).await,
            );
            let done = [&sagas, &refunds];
            let changes = || done.into_iter().flatten().flatten();
            changes().for_each(|change| counters::count(change, now));
            let found = changes().next().is_some();
            if found {
                self.outbox.wake();
            }
            sagas.and(refunds)?;
            if !found {
                return Ok(());
            }
        }
    }

    async fn overdue_sagas(&self, now: DateTime<Utc>) -> Result<Vec<Change>, Failure> {
        let (store, timing) = (self.store.clone(), self.timing);
        let work = self.store.database.transaction(async move |conn| {
            let overdue = store.overdue_sagas(conn, now).await?;
            let changes = overdue.into_iter().map(|(mut order, trace)| {
                let span = continue_span(order.step.map_or("nothing", code), order.id, trace);
                let events = order.reply_overdue(&timing);
                order.apply(&events);
                Change {
                    order,
                    events,
                    span,
                }
            });
            let changes: Vec<Change> = changes.collect();
            store.save(conn, &changes, now).await?;
            Ok::<_, Failure>(changes)
        });
        work.await
    }

    async fn overdue_refunds(&self, now: DateTime<Utc>) -> Result<Vec<Change>, Failure> {
        let store = self.store.clone();
        let work = self.store.database.transaction(async move |conn| {
            let overdue = store.overdue_refunds(conn, now).await?;
            let changes = overdue.into_iter().map(|(order, refund, trace)| Change {
                span: continue_span("refund", order.id, trace),
                events: vec![Event::RefundRequested(refund.again())],
                order,
            });
            let changes: Vec<Change> = changes.collect();
            store.save(conn, &changes, now).await?;
            Ok::<_, Failure>(changes)
        });
        work.await
    }
}

/// The span in which an overdue step is requested again or undone. It continues the trace that placed the
/// order.
fn continue_span(step: &str, order: OrderId, trace: Option<TraceContext>) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "continue",
        otel.name = format!("continue {step}"),
        step,
        order_id = %order,
    );
    if let Some(trace) = trace {
        telemetry::set_parent(&span, &trace);
    }
    span
}
