use super::{App, Operator};
use crate::domain::{Earlier, Event, RefundRecord, RefundRequest};
use crate::failure::Failure;
use crate::store::NewRefund;

impl App {
    /// Requests a refund for staff, on record. The order is locked, so that concurrent refunds never add up to more
    /// than its total. The same request again returns the same refund.
    pub(crate) async fn refund(
        &self,
        operator: Operator,
        request: RefundRequest,
        fingerprint: [u8; 32],
    ) -> Result<RefundRecord, Failure> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let sold = store.lock_sold(conn, request.order_id).await?;
            operator.check_not_own(&sold)?;
            if let Some(record) = Earlier::replay(&sold.refunds, &request.key, &fingerprint)? {
                return Ok((record, None));
            }
            let (refund, units) = request.decide(&sold)?;
            let action = operator.on_sold("order.refund", &sold, None, Some(refund.amount))?;
            operations::record(conn, &action).await?;
            let new = NewRefund {
                refund,
                key: request.key.clone(),
                fingerprint,
                reason: request.reason.clone(),
                units,
            };
            let record = store.insert_refund(conn, new, now).await?;
            let events = vec![Event::RefundRequested(refund)];
            let change = store.save_one(conn, sold.order, events, now).await?;
            Ok::<_, Failure>((record, Some(change)))
        });
        let (record, change) = work.await?;
        if let Some(change) = change {
            self.committed(&change, now);
        }
        Ok(record)
    }
}
