use kernel::{OrderId, UserId};
use persistence::Error;

use super::App;
use crate::domain::Payment;

impl App {
    /// The payment of an order; `None` unless the caller is its customer or staff.
    pub(crate) async fn payment_of(
        &self,
        order_id: OrderId,
        user_id: UserId,
        is_staff: bool,
    ) -> Result<Option<Payment>, Error> {
        let payment = self.store.payment_of(order_id).await?;
        Ok(payment.filter(|payment| is_staff || payment.belongs_to(user_id)))
    }
}
