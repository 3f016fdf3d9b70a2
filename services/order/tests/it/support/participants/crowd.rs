//! Answers to many orders at once.

use std::collections::HashSet;

use contracts::messages::*;
use kernel::{OrderId, ReservationId};
use messaging::{Envelope, Outgoing};
use testkit::eventually;
use tokio::time::timeout;

use super::{PATIENCE, Participants};

impl Participants {
    /// Takes what comes next and says yes to every command of a checkout, each time twice. Tells how
    /// many orders it heard to be confirmed for the first time.
    pub(crate) async fn answer_everything_twice(&mut self) -> usize {
        let (_, before) = self.distinct::<OrderConfirmed>();
        // What a replica was sending when it died, another one sends after a while.
        let next = timeout(2 * PATIENCE, self.consumer.next_batch(64)).await;
        let batch = next.expect("more to come");
        let heard: Vec<Envelope> = batch.iter().map(|d| d.envelope.clone().unwrap()).collect();
        let answers: Vec<Outgoing> = heard.iter().filter_map(yes).collect();
        self.publish(&answers).await;
        self.publish(&answers).await;
        self.heard.extend(heard);
        self.consumer.ack_batch(&batch).await.unwrap();
        self.distinct::<OrderConfirmed>().1 - before
    }

    /// How many messages of this type were heard, and about how many orders. The same message twice
    /// is one.
    pub(crate) fn distinct<M: Message>(&self) -> (usize, usize) {
        let of_type = || self.heard.iter().filter(|envelope| envelope.is::<M>());
        let ids: HashSet<_> = of_type().map(|envelope| envelope.id).collect();
        let orders: HashSet<_> = of_type().map(|envelope| &envelope.subject).collect();
        (ids.len(), orders.len())
    }

    /// Says yes to these commits, with an answer about an unknown order after each.
    pub(crate) async fn confirm_among_poison(&self, commands: &[CommitReservation]) {
        let mut said = Vec::new();
        for command in commands {
            said.push(event(&ReservationCommitted {
                order_id: command.order_id,
                reservation_id: command.reservation_id,
            }));
            said.push(event(&ReservationCommitted {
                order_id: OrderId::generate(),
                reservation_id: ReservationId::generate(),
            }));
        }
        self.publish(&said).await;
    }

    /// Answers these reservations, all at once.
    pub(crate) async fn reserve_all(&self, commands: &[ReserveStock]) {
        let answers = commands.iter().map(|command| {
            event(&StockReserved {
                order_id: command.order_id,
                reservation_id: command.reservation_id,
                expires_at: command.expires_at,
            })
        });
        self.publish(&answers.collect::<Vec<_>>()).await;
    }

    async fn publish(&self, messages: &[Outgoing]) {
        eventually("the messages are taken", async || {
            let results = self.broker.publish_batch(messages).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }
}

fn yes(heard: &Envelope) -> Option<Outgoing> {
    if heard.is::<ReserveStock>() {
        let command: ReserveStock = heard.decode().unwrap();
        return Some(event(&StockReserved {
            order_id: command.order_id,
            reservation_id: command.reservation_id,
            expires_at: command.expires_at,
        }));
    }
    if heard.is::<AuthorizePayment>() {
        let command: AuthorizePayment = heard.decode().unwrap();
        return Some(event(&PaymentAuthorized {
            order_id: command.order_id,
            payment_id: command.payment_id,
            amount: command.amount,
        }));
    }
    if heard.is::<CommitReservation>() {
        let command: CommitReservation = heard.decode().unwrap();
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
