//! Replies to many orders at once.

use std::collections::HashSet;

use contracts::messages::*;
use kernel::{OrderId, ReservationId};
use messaging::{Envelope, Outgoing};
use testkit::eventually;
use tokio::time::timeout;

use super::{Participants, TIMEOUT};

impl Participants {
    /// Receives the next batch and replies twice to every command of a checkout: done. Returns how many more
    /// orders are confirmed.
    pub(crate) async fn reply_to_all_twice(&mut self) -> usize {
        let (_, before) = self.distinct::<OrderConfirmed>();
        // Another replica publishes what a crashed one had leased, once the lease has expired.
        let next = timeout(2 * TIMEOUT, self.consumer.next_batch(64)).await;
        let batch = next.expect("a further message");
        let received: Vec<Envelope> = batch.iter().map(|d| d.envelope.clone().unwrap()).collect();
        let replies: Vec<Outgoing> = received.iter().filter_map(reply).collect();
        self.publish_all(&replies).await;
        self.publish_all(&replies).await;
        self.received.extend(received);
        self.consumer.ack_batch(&batch).await.unwrap();
        self.distinct::<OrderConfirmed>().1 - before
    }

    /// The number of messages of this type, and of the orders they are about. A duplicate does not count.
    pub(crate) fn distinct<M: Message>(&self) -> (usize, usize) {
        let of_type = || self.received.iter().filter(|envelope| envelope.is::<M>());
        let ids: HashSet<_> = of_type().map(|envelope| envelope.id).collect();
        let orders: HashSet<_> = of_type().map(|envelope| &envelope.subject).collect();
        (ids.len(), orders.len())
    }

    /// Replies to these commits: done. A reply about an unknown order follows each.
    pub(crate) async fn commit_among_poison(&self, commands: &[CommitReservation]) {
        let mut replies = Vec::new();
        for command in commands {
            replies.push(event(&ReservationCommitted {
                order_id: command.order_id,
                reservation_id: command.reservation_id,
            }));
            replies.push(event(&ReservationCommitted {
                order_id: OrderId::generate(),
                reservation_id: ReservationId::generate(),
            }));
        }
        self.publish_all(&replies).await;
    }

    /// Replies to these reservations in one batch: done.
    pub(crate) async fn reserve_all(&self, commands: &[ReserveStock]) {
        let replies = commands.iter().map(|command| {
            event(&StockReserved {
                order_id: command.order_id,
                reservation_id: command.reservation_id,
                expires_at: command.expires_at,
            })
        });
        self.publish_all(&replies.collect::<Vec<_>>()).await;
    }

    /// Refuses these reservations in one batch: everything is out of stock.
    pub(crate) async fn refuse_all(&self, commands: &[ReserveStock]) {
        let replies = commands.iter().map(|command| {
            event(&StockRefused {
                order_id: command.order_id,
                reservation_id: command.reservation_id,
                refusal: StockRefusal::OutOfStock,
                shortages: Vec::new(),
            })
        });
        self.publish_all(&replies.collect::<Vec<_>>()).await;
    }

    async fn publish_all(&self, messages: &[Outgoing]) {
        eventually("the messages are published", async || {
            let results = self.broker.publish_batch(messages).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }
}

fn reply(received: &Envelope) -> Option<Outgoing> {
    if received.is::<ReserveStock>() {
        let command: ReserveStock = received.decode().unwrap();
        return Some(event(&StockReserved {
            order_id: command.order_id,
            reservation_id: command.reservation_id,
            expires_at: command.expires_at,
        }));
    }
    if received.is::<AuthorizePayment>() {
        let command: AuthorizePayment = received.decode().unwrap();
        return Some(event(&PaymentAuthorized {
            order_id: command.order_id,
            payment_id: command.payment_id,
            amount: command.amount,
        }));
    }
    if received.is::<CommitReservation>() {
        let command: CommitReservation = received.decode().unwrap();
        return Some(event(&ReservationCommitted {
            order_id: command.order_id,
            reservation_id: command.reservation_id,
        }));
    }
    None
}

fn event<M: Message>(message: &M) -> Outgoing {
    Outgoing {
        exchange: M::KIND.exchange().to_owned(),
        envelope: Envelope::of(message).unwrap(),
    }
}
