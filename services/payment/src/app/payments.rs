use kernel::{OrderId, UserId};

use super::App;
use crate::domain::Payment;
use crate::failure::Failure;

impl App {
    /// The payment of an order; `None` unless the caller is its customer, or reads any.
    pub(crate) async fn payment_of(
        &self,
        order_id: OrderId,
        user_id: UserId,
        reads_any: bool,
    ) -> Result<Option<Payment>, Failure> {
        let payment = self.store.payment_of(order_id).await?;
        Ok(payment.filter(|payment| reads_any || payment.belongs_to(user_id)))
    }
}
