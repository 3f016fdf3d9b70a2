use super::{App, Viewer};
use crate::domain::{RefundRecord, RefundRequest};
use crate::failure::Failure;
use crate::store::NewRefund;

impl App {
    /// Requests a refund.
    pub(crate) async fn refund(
        &self,
        viewer: Viewer,
        request: RefundRequest,
        fingerprint: [u8; 32],
    ) -> Result<RefundRecord, Failure> {
        self.visible_to(viewer, request.order_id).await?;
        let new = NewRefund {
            request,
            fingerprint,
        };
        let refund = self.store.request_refund(new, self.clock.now()).await?;
        self.outbox.wake();
        Ok(refund)
    }
}
