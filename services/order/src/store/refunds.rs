use chassis::telemetry;
use chrono::{DateTime, Utc};
use contracts::messages::{OrderRefunded, RefundPayment};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Money, OrderId, RefundId};
use outbox::Messages;
use tracing::Span;
use uuid::Uuid;

use super::codes::{code, unreadable};
use super::due::{pursuit, traces};
use super::record::note;
use super::rows::{RefundRow, int, money};
use super::transitions::lock;
use super::{Store, Transaction};
use crate::domain::{Error, Order, RefundRecord, RefundRequest, RefundStatus, refund_entry};
use crate::failure::Failure;
use crate::schema::{orders, refunds};

/// Refunds that one transaction asks for again.
const BATCH: i64 = 50;

/// A refund to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewRefund {
    pub(crate) request: RefundRequest,
    pub(crate) fingerprint: [u8; 32],
}

impl Store {
    /// Writes the refund and asks payment for it. The order is locked meanwhile, so that refunds at
    /// the same time never add up to too much. The same key again gives the same refund.
    pub(crate) async fn request_refund(
        &self,
        new: NewRefund,
        now: DateTime<Utc>,
    ) -> Result<RefundRecord, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let request = &new.request;
                let order = lock(conn, request.order_id)
                    .await?
                    .ok_or(Error::OrderNotFound)?;
                if let Some(earlier) = earlier(conn, &new).await? {
                    return Ok(earlier);
                }
                let (refunded, times) = refunded(conn, order.id, order.total).await?;
                let amount = request.amount(order.status, order.total, refunded, times)?;
                let id = RefundId::generate();
                let row: RefundRow = diesel::insert_into(refunds::table)
                    .values((
                        refunds::id.eq(id.as_uuid()),
                        refunds::order_id.eq(order.id.as_uuid()),
                        refunds::idempotency_key.eq(&request.key),
                        refunds::fingerprint.eq(new.fingerprint.as_slice()),
                        refunds::amount_minor.eq(amount.minor_units()),
                        refunds::currency.eq(amount.currency().code()),
                        refunds::reason.eq(&request.reason),
                        refunds::status.eq(code(RefundStatus::Requested)),
                        refunds::attempts.eq(1),
                        refunds::next_attempt_at.eq(now + timing.wait_for_refund(1)),
                        refunds::created_at.eq(now),
                        refunds::updated_at.eq(now),
                    ))
                    .returning(RefundRow::as_returning())
                    .get_result(conn)
                    .await?;
                let command = RefundPayment {
                    order_id: order.id,
                    payment_id: order.payment_id,
                    refund_id: id,
                    amount,
                };
                outbox::enqueue(conn, &command).await?;
                let entry = refund_entry(
                    "order",
                    "refund_requested",
                    format!("Refund of {amount} requested"),
                );
                note(&*conn, order.id, &[entry], now).await?;
                Ok(row.record()?)
            })
            .await
    }

    /// Lets payment's answer to a refund take effect, inside the consumer's transaction; `failure`
    /// is the provider's code. A refund that succeeded can fail later, when the provider takes its
    /// word back; one that failed stays so. Any other second answer changes nothing. Says whether it
    /// changed something.
    pub(crate) async fn refund_answered(
        &self,
        conn: &mut Transaction,
        id: RefundId,
        failure: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, Failure> {
        use RefundStatus::{Failed, Requested, Succeeded};
        let (status, from): (_, &[_]) = match failure {
            None => (Succeeded, &[code(Requested)]),
            Some(_) => (Failed, &[code(Requested), code(Succeeded)]),
        };
        let open = refunds::table
            .find(id.as_uuid())
            .filter(refunds::status.eq_any(from));
        let row: Option<RefundRow> = diesel::update(open)
            .set((
                refunds::status.eq(code(status)),
                refunds::next_attempt_at.eq(None::<DateTime<Utc>>),
                refunds::updated_at.eq(now),
            ))
            .returning(RefundRow::as_returning())
            .get_result(conn)
            .await
            .optional()?;
        let Some(row) = row else {
            return Ok(false);
        };
        let (order_id, amount) = (row.order_id, money(row.amount_minor, &row.currency)?);
        let entry = match failure {
            None => refund_entry("payment", "refunded", format!("{amount} refunded")),
            Some(code) => refund_entry(
                "payment",
                "refund_failed",
                format!("Refund of {amount} failed: {code}"),
            ),
        };
        note(&*conn, order_id.into(), &[entry], now).await?;
        if failure.is_none() {
            let customer: Uuid = orders::table
                .find(order_id)
                .select(orders::customer_id)
                .first(conn)
                .await?;
            let event = OrderRefunded {
                order_id: order_id.into(),
                customer_id: customer.into(),
                at: now,
                refund_id: id,
                amount,
            };
            outbox::enqueue(conn, &event).await?;
        }
        Ok(true)
    }

    /// Asks again for some refunds whose answer is overdue; says how many. Any number of replicas may
    /// do so at once.
    pub(crate) async fn ask_for_refunds_again(&self, now: DateTime<Utc>) -> Result<usize, Failure> {
        let timing = self.timing;
        self.database
            .transaction(async move |conn| {
                let rows: Vec<(RefundRow, Uuid)> = refunds::table
                    .inner_join(orders::table)
                    .filter(refunds::next_attempt_at.le(now))
                    .order(refunds::next_attempt_at)
                    .select((RefundRow::as_select(), orders::payment_id))
                    .limit(BATCH)
                    .for_no_key_update()
                    .skip_locked()
                    .load(conn)
                    .await?;
                let count = rows.len();
                for (row, _) in &rows {
                    let attempts = u32::try_from(row.attempts)
                        .map_err(unreadable)?
                        .saturating_add(1);
                    diesel::update(refunds::table.find(row.id))
                        .set((
                            refunds::attempts.eq(int(attempts)),
                            refunds::next_attempt_at.eq(now + timing.wait_for_refund(attempts)),
                        ))
                        .execute(conn)
                        .await?;
                }
                ask_again(conn, rows).await?;
                Ok::<_, Failure>(count)
            })
            .await
    }
}

/// The refunds of a locked order that wait for an answer, with its payment.
pub(super) async fn open_refunds(
    conn: &mut AsyncPgConnection,
    order: &Order,
) -> Result<Vec<(RefundRow, Uuid)>, Failure> {
    let rows: Vec<RefundRow> = refunds::table
        .filter(refunds::order_id.eq(order.id.as_uuid()))
        .filter(refunds::status.eq(code(RefundStatus::Requested)))
        .order(refunds::id)
        .select(RefundRow::as_select())
        .load(conn)
        .await?;
    let payment = order.payment_id.as_uuid();
    Ok(rows.into_iter().map(|row| (row, payment)).collect())
}

/// Asks payment for refunds once more.
pub(super) async fn ask_again(
    conn: &AsyncPgConnection,
    rows: Vec<(RefundRow, Uuid)>,
) -> Result<(), Failure> {
    let mut messages = Messages::new();
    let traces = traces(conn, rows.iter().map(|(row, _)| row.order_id)).await?;
    for (row, payment_id) in rows {
        let message = RefundPayment {
            order_id: row.order_id.into(),
            payment_id: payment_id.into(),
            refund_id: row.id.into(),
            amount: money(row.amount_minor, &row.currency)?,
        };
        let trace = traces.get(&row.order_id).cloned().flatten();
        // Somebody who asks by hand has a trace of her own.
        let span = match telemetry::current_context() {
            Some(_) => Span::current(),
            None => pursuit("refund", row.order_id, trace),
        };
        span.in_scope(|| messages.add(&message))?;
    }
    Ok(messages.enqueue(conn).await?)
}

/// The refund that was asked for with this key before.
async fn earlier(
    conn: &mut AsyncPgConnection,
    new: &NewRefund,
) -> Result<Option<RefundRecord>, Failure> {
    let row: Option<(Vec<u8>, RefundRow)> = refunds::table
        .filter(refunds::order_id.eq(new.request.order_id.as_uuid()))
        .filter(refunds::idempotency_key.eq(&new.request.key))
        .select((refunds::fingerprint, RefundRow::as_select()))
        .first(conn)
        .await
        .optional()?;
    match row {
        None => Ok(None),
        Some((fingerprint, row)) if fingerprint == new.fingerprint => Ok(Some(row.record()?)),
        Some(_) => Err(Error::KeyReused.into()),
    }
}

/// What was asked back before and did not fail, and how often anything was asked back.
async fn refunded(
    conn: &mut AsyncPgConnection,
    order: OrderId,
    captured: Money,
) -> Result<(Money, usize), Failure> {
    let rows: Vec<(String, i64)> = refunds::table
        .filter(refunds::order_id.eq(order.as_uuid()))
        .select((refunds::status, refunds::amount_minor))
        .load(conn)
        .await?;
    let times = rows.len();
    let currency = captured.currency();
    let amounts = rows
        .into_iter()
        .filter(|(status, _)| status != code(RefundStatus::Failed))
        .map(|(_, minor)| Money::new(minor, currency));
    let refunded = Money::sum(currency, amounts).map_err(Error::from)?;
    Ok((refunded, times))
}
