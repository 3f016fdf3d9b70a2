mod batches;

use std::time::Duration;

use contracts::messages::*;
use kernel::{OrderId, PaymentId, ReservationId};
use messaging::{Broker, BrokerConfig, Consumer, Envelope, Outgoing, Queue};
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A fake of both participants, catalog and payment: receives every command and event of `order`, and
/// publishes the replies that a test chooses.
pub(crate) struct Participants {
    broker: Broker,
    consumer: Consumer,
    received: Vec<Envelope>,
    text: String,
}

impl Participants {
    pub(crate) async fn start(url: &str) -> Self {
        let broker = Broker::new(&BrokerConfig::at(url.to_owned().into())).unwrap();
        let queue = Queue::new("test.participants")
            .bind::<ReserveStock>()
            .bind::<CommitReservation>()
            .bind::<ReleaseStock>()
            .bind::<AuthorizePayment>()
            .bind::<VoidPayment>()
            .bind::<CapturePayment>()
            .bind::<RefundPayment>()
            .bind::<OrderPlaced>()
            .bind::<OrderActionRequired>()
            .bind::<OrderConfirmed>()
            .bind::<OrderRejected>()
            .bind::<OrderCancelled>()
            .bind::<OrderShipped>()
            .bind::<OrderDelivered>()
            .bind::<OrderRefunded>()
            .bind::<OrderReturnRequested>()
            .bind::<OrderReturnApproved>()
            .bind::<OrderReturnRefused>();
        let mut consumer = broker.consumer(queue);
        timeout(TIMEOUT, consumer.subscribed()).await.unwrap();
        Self {
            broker,
            consumer,
            received: Vec::new(),
            text: String::new(),
        }
    }

    /// The next message of this type about this order. Other messages are kept.
    pub(crate) async fn receive<M: Message>(&mut self, order: &str) -> M {
        loop {
            let found = self
                .received
                .iter()
                .position(|envelope| envelope.is::<M>() && envelope.subject == order);
            if let Some(index) = found {
                return self.received.remove(index).decode().unwrap();
            }
            let next = timeout(TIMEOUT, self.consumer.next_batch(64)).await;
            let batch = next.unwrap_or_else(|_| panic!("no {} about {order}", M::TYPE));
            for delivery in &batch {
                let envelope = delivery.envelope.as_ref().unwrap();
                self.text += &String::from_utf8_lossy(&envelope.data);
            }
            self.received
                .extend(batch.iter().map(|d| d.envelope.clone().unwrap()));
            self.consumer.ack_batch(&batch).await.unwrap();
        }
    }

    /// The number of messages of this type that were received and are not read by the test yet.
    pub(crate) fn unread<M: Message>(&self) -> usize {
        self.received
            .iter()
            .filter(|envelope| envelope.is::<M>())
            .count()
    }

    /// Whether a text was in any message so far.
    pub(crate) fn has_received(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// Publishes a message; returns it, to be published again.
    pub(crate) async fn publish<M: Message>(&self, message: &M) -> Envelope {
        let envelope = Envelope::of(message).unwrap();
        self.publish_again::<M>(envelope.clone()).await;
        envelope
    }

    /// Publishes the same message again, with the same id.
    pub(crate) async fn publish_again<M: Message>(&self, envelope: Envelope) {
        let outgoing = Outgoing {
            exchange: M::KIND.exchange().to_owned(),
            envelope,
        };
        // A test may have cut every connection, this one included.
        let outgoing = [outgoing];
        testkit::eventually("the message is published", async || {
            let results = self.broker.publish_batch(&outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// Replies to the reservation of an order: done.
    pub(crate) async fn reserve(&mut self, order: &str) -> ReserveStock {
        let command: ReserveStock = self.receive(order).await;
        self.publish(&StockReserved {
            order_id: command.order_id,
            reservation_id: command.reservation_id,
            expires_at: command.expires_at,
        })
        .await;
        command
    }

    /// Replies to the authorization of an order: done.
    pub(crate) async fn authorize(&mut self, order: &str) -> AuthorizePayment {
        let command: AuthorizePayment = self.receive(order).await;
        self.reply_authorized(&command).await;
        command
    }

    pub(crate) async fn commit(&mut self, order: &str) {
        let CommitReservation {
            order_id,
            reservation_id,
        } = self.receive(order).await;
        self.publish(&ReservationCommitted {
            order_id,
            reservation_id,
        })
        .await;
    }

    pub(crate) async fn void(&mut self, order: &str) {
        let VoidPayment {
            order_id,
            payment_id,
        } = self.receive(order).await;
        self.publish(&PaymentVoided {
            order_id,
            payment_id,
        })
        .await;
    }

    pub(crate) async fn release(&mut self, order: &str) {
        let ReleaseStock {
            order_id,
            reservation_id,
        } = self.receive(order).await;
        self.publish(&StockReleased {
            order_id,
            reservation_id,
        })
        .await;
    }

    pub(crate) async fn capture(&mut self, order: &str, amount: kernel::Money) {
        let CapturePayment {
            order_id,
            payment_id,
            ..
        } = self.receive(order).await;
        self.publish(&PaymentCaptured {
            order_id,
            payment_id,
            amount,
        })
        .await;
    }

    /// Replies to the authorization of an order: the customer must act first.
    pub(crate) async fn require_action(&mut self, order: &str, url: &str) -> AuthorizePayment {
        let command: AuthorizePayment = self.receive(order).await;
        self.publish_action(&command, url).await;
        command
    }

    /// Publishes where the customer must act.
    pub(crate) async fn publish_action(&self, command: &AuthorizePayment, url: &str) {
        self.publish(&PaymentActionRequired {
            order_id: command.order_id,
            payment_id: command.payment_id,
            redirect_url: url.to_owned(),
        })
        .await;
    }

    /// Replies to this authorization: done.
    pub(crate) async fn reply_authorized(&self, command: &AuthorizePayment) {
        self.publish(&PaymentAuthorized {
            order_id: command.order_id,
            payment_id: command.payment_id,
            amount: command.amount,
        })
        .await;
    }

    /// Publishes that the authorization has expired.
    pub(crate) async fn expire(&self, order_id: OrderId, payment_id: PaymentId) {
        self.publish(&AuthorizationExpired {
            order_id,
            payment_id,
        })
        .await;
    }

    pub(crate) async fn decline(&self, order_id: OrderId, payment_id: PaymentId) {
        self.decline_card(order_id, payment_id, None).await;
    }

    /// Publishes that the card with this fingerprint was declined.
    pub(crate) async fn decline_card(
        &self,
        order_id: OrderId,
        payment_id: PaymentId,
        card: Option<&str>,
    ) {
        let code = "insufficient_funds".to_owned();
        self.publish(&PaymentDeclined {
            order_id,
            payment_id,
            code,
            request_rejected: false,
            card_fingerprint: card.map(str::to_owned),
        })
        .await;
    }

    pub(crate) async fn refuse_stock(&self, order_id: OrderId, reservation_id: ReservationId) {
        let shortage = Shortage {
            sku: "COFFEE".parse().unwrap(),
            requested: kernel::Quantity::new(2).unwrap(),
            available: 1,
        };
        self.publish(&StockRefused {
            order_id,
            reservation_id,
            refusal: StockRefusal::OutOfStock,
            shortages: vec![shortage],
        })
        .await;
    }

    /// Replies to every command of the checkout: done.
    pub(crate) async fn confirm(&mut self, order: &str) {
        self.reserve(order).await;
        self.authorize(order).await;
        self.commit(order).await;
        self.receive::<OrderConfirmed>(order).await;
    }
}
