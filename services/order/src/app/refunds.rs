use super::{App, Viewer};
use crate::domain::{Event, RefundRecord, RefundRequest};
use crate::failure::Failure;

impl App {
    /// Requests a refund. The order is locked, so that concurrent refunds never add up to more than its
    /// total. The same request again returns the same refund.
    pub(crate) async fn refund(
        &self,
        viewer: Viewer,
        request: RefundRequest,
        fingerprint: [u8; 32],
    ) -> Result<RefundRecord, Failure> {
        self.visible_to(viewer, request.order_id).await?;
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let order = store.lock_one(conn, request.order_id).await?;
            let earlier = store.earlier_refunds(conn, order.id).await?;
            if let Some(record) = request.replay(&fingerprint, &earlier)? {
                return Ok((record, None));
            }
            let refund = request.decide(&order, &earlier)?;
            let inserted = store.insert_refund(conn, &refund, &request, &fingerprint, now);
            let record = inserted.await?;
            let events = vec![Event::RefundRequested(refund)];
            let change = store.save_one(conn, order, events, now).await?;
            Ok::<_, Failure>((record, Some(change)))
        });
        let (record, change) = work.await?;
        if let Some(change) = change {
            self.committed(&change, now);
        }
        Ok(record)
    }
}
