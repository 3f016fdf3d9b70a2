//! Reads of payments.

use kernel::{OrderId, UserId};
use persistence::Error;

use super::App;
use crate::domain::Payment;

impl App {
    /// The payment of an order. Without `staff` rights only its own customer sees it.
    pub(crate) async fn payment_of(
        &self,
        order_id: OrderId,
        user_id: UserId,
        is_staff: bool,
    ) -> Result<Option<Payment>, Error> {
        let payment = self.store.payment_of(order_id).await?;
        Ok(payment.filter(|payment| is_staff || payment.is_of(user_id)))
    }
}
