mod crowd;

use std::time::Duration;

use contracts::messages::*;
use kernel::{OrderId, PaymentId, ReservationId};
use messaging::{Broker, BrokerConfig, Consumer, Envelope, Outgoing, Queue};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Catalog and payment as the saga knows them: hears every command and every event of `order`, and
/// answers as a test says.
pub(crate) struct Participants {
    broker: Broker,
    consumer: Consumer,
    heard: Vec<Envelope>,
    everything: String,
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
            .bind::<OrderRefunded>();
        let mut consumer = broker.consumer(queue);
        timeout(PATIENCE, consumer.subscribed()).await.unwrap();
        Self {
            broker,
            consumer,
            heard: Vec::new(),
            everything: String::new(),
        }
    }

    /// The next message of this type about this order; others are kept for later.
    pub(crate) async fn hear<M: Message>(&mut self, order: &str) -> M {
        loop {
            let found = self
                .heard
                .iter()
                .position(|envelope| envelope.is::<M>() && envelope.subject == order);
            if let Some(index) = found {
                return self.heard.remove(index).decode().unwrap();
            }
            let next = timeout(PATIENCE, self.consumer.next_batch(64)).await;
            let batch = next.unwrap_or_else(|_| panic!("no {} about {order}", M::TYPE));
            for delivery in &batch {
                let envelope = delivery.envelope.as_ref().unwrap();
                self.everything += &String::from_utf8_lossy(&envelope.data);
            }
            self.heard
                .extend(batch.iter().map(|d| d.envelope.clone().unwrap()));
            self.consumer.ack_batch(&batch).await.unwrap();
        }
    }

    /// How many messages of this type were heard and not asked for by a test yet.
    pub(crate) fn unasked<M: Message>(&self) -> usize {
        self.heard
            .iter()
            .filter(|envelope| envelope.is::<M>())
            .count()
    }

    /// Whether a text was in any message so far.
    pub(crate) fn ever_heard(&self, text: &str) -> bool {
        self.everything.contains(text)
    }

    /// Says something on the broker; answers with the message, to be said again.
    pub(crate) async fn say<M: Message>(&self, message: &M) -> Envelope {
        let envelope = Envelope::of(message).unwrap();
        self.say_again::<M>(envelope.clone()).await;
        envelope
    }

    /// Says the very same message, with the same id.
    pub(crate) async fn say_again<M: Message>(&self, envelope: Envelope) {
        let outgoing = Outgoing {
            exchange: M::KIND.exchange().to_owned(),
            envelope,
        };
        // A test may have cut every connection, this one included.
        let outgoing = [outgoing];
        testkit::eventually("the message is taken", async || {
            let results = self.broker.publish_batch(&outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// Holds the stock that an order asks for.
    pub(crate) async fn reserve(&mut self, order: &str) -> ReserveStock {
        let command: ReserveStock = self.hear(order).await;
        self.say(&StockReserved {
            order_id: command.order_id,
            reservation_id: command.reservation_id,
            expires_at: command.expires_at,
        })
        .await;
        command
    }

    /// Holds the amount that an order asks for.
    pub(crate) async fn authorize(&mut self, order: &str) -> AuthorizePayment {
        let command: AuthorizePayment = self.hear(order).await;
        self.hold(&command).await;
        command
    }

    pub(crate) async fn commit(&mut self, order: &str) {
        let CommitReservation {
            order_id,
            reservation_id,
        } = self.hear(order).await;
        self.say(&ReservationCommitted {
            order_id,
            reservation_id,
        })
        .await;
    }

    pub(crate) async fn void(&mut self, order: &str) {
        let VoidPayment {
            order_id,
            payment_id,
        } = self.hear(order).await;
        self.say(&PaymentVoided {
            order_id,
            payment_id,
        })
        .await;
    }

    pub(crate) async fn release(&mut self, order: &str) {
        let ReleaseStock {
            order_id,
            reservation_id,
        } = self.hear(order).await;
        self.say(&StockReleased {
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
        } = self.hear(order).await;
        self.say(&PaymentCaptured {
            order_id,
            payment_id,
            amount,
        })
        .await;
    }

    /// Needs the customer before the amount can be held.
    pub(crate) async fn need_customer(&mut self, order: &str, url: &str) -> AuthorizePayment {
        let command: AuthorizePayment = self.hear(order).await;
        self.send_customer(&command, url).await;
        command
    }

    /// Says where the customer must go.
    pub(crate) async fn send_customer(&self, command: &AuthorizePayment, url: &str) {
        self.say(&PaymentActionRequired {
            order_id: command.order_id,
            payment_id: command.payment_id,
            redirect_url: url.to_owned(),
        })
        .await;
    }

    /// Answers an authorization that was asked for before.
    pub(crate) async fn hold(&self, command: &AuthorizePayment) {
        self.say(&PaymentAuthorized {
            order_id: command.order_id,
            payment_id: command.payment_id,
            amount: command.amount,
        })
        .await;
    }

    /// Lets the held amount go without being asked.
    pub(crate) async fn expire(&self, order_id: OrderId, payment_id: PaymentId) {
        self.say(&AuthorizationExpired {
            order_id,
            payment_id,
        })
        .await;
    }

    pub(crate) async fn decline(&self, order_id: OrderId, payment_id: PaymentId) {
        let code = "insufficient_funds".to_owned();
        self.say(&PaymentDeclined {
            order_id,
            payment_id,
            code,
        })
        .await;
    }

    pub(crate) async fn refuse_stock(&self, order_id: OrderId, reservation_id: ReservationId) {
        let shortage = Shortage {
            sku: "COFFEE".parse().unwrap(),
            requested: kernel::Quantity::new(2).unwrap(),
            available: 1,
        };
        self.say(&StockRefused {
            order_id,
            reservation_id,
            refusal: StockRefusal::OutOfStock,
            shortages: vec![shortage],
        })
        .await;
    }

    /// Says yes to everything that the checkout asks.
    pub(crate) async fn confirm(&mut self, order: &str) {
        self.reserve(order).await;
        self.authorize(order).await;
        self.commit(order).await;
        self.hear::<OrderConfirmed>(order).await;
    }
}
