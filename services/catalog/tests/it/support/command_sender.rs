//! Sends commands like `order`, and records the replies and events of `catalog`.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use contracts::messages::{
    CommitRefused, CommitReservation, Message, ProductChanged, ReleaseStock, ReservationCommitted,
    ReserveStock, StockLine, StockRefused, StockReleased, StockReserved,
};
use kernel::{Clock, OrderId, Quantity, ReservationId};
use messaging::{Binding, Broker, BrokerConfig, Envelope, FanOut, Notice, Outgoing, Queue};
use testkit::Vhost;

use super::Shop;

/// A shop with a broker and a sender of commands.
pub(crate) struct CommandSender {
    pub(crate) shop: Shop,
    broker: Broker,
    received: Arc<Mutex<Vec<Envelope>>>,
    _vhost: Vhost,
}

impl CommandSender {
    pub(crate) async fn start() -> Self {
        Self::start_with(Clock::system(), &[]).await
    }

    pub(crate) async fn start_with(clock: Clock, changes: &[(&str, &str)]) -> Self {
        let vhost = testkit::vhost().await;
        let broker = Broker::new(&BrokerConfig::at(vhost.url.clone().into())).unwrap();
        // A subscription waits for the queue of `order`, which must receive the replies.
        broker
            .consumer(Queue::new("order.replies"))
            .subscribed()
            .await;
        let mut fan_out = broker.fan_out(
            "test",
            vec![
                Binding::to::<StockReserved>(),
                Binding::to::<StockRefused>(),
                Binding::to::<StockReleased>(),
                Binding::to::<ReservationCommitted>(),
                Binding::to::<CommitRefused>(),
                Binding::to::<ProductChanged>(),
            ],
        );
        assert!(matches!(fan_out.next().await, Notice::Subscribed));
        let received = Arc::default();
        tokio::spawn(listen(fan_out, Arc::clone(&received)));
        let account = vhost.account("catalog").await;
        let mut all: Vec<(&str, &str)> = vec![("broker.url", &account)];
        all.extend(changes);
        Self {
            shop: Shop::start_with(clock, &all).await,
            broker,
            received,
            _vhost: vhost,
        }
    }

    /// Sends a command as a new message; waits until its queue exists.
    pub(crate) async fn send<M: Message>(&self, command: &M) {
        self.send_all(&[outgoing(command)]).await;
    }

    pub(crate) async fn send_envelope<M: Message>(&self, envelope: Envelope) {
        let exchange = M::KIND.exchange().to_owned();
        self.send_all(&[Outgoing { exchange, envelope }]).await;
    }

    /// Publishes the messages as one batch, in this order.
    pub(crate) async fn send_all(&self, outgoing: &[Outgoing]) {
        testkit::eventually("the commands are routed", async || {
            let results = self.broker.publish_batch(outgoing).await;
            results.iter().all(Result::is_ok).then_some(())
        })
        .await;
    }

    /// All received messages of a type.
    pub(crate) fn received<M: Message>(&self) -> Vec<M> {
        let received = self.received.lock().unwrap();
        received
            .iter()
            .filter(|envelope| envelope.is::<M>())
            .map(|envelope| envelope.decode().unwrap())
            .collect()
    }

    /// Waits for the n-th message of a type that matches, from 1.
    pub(crate) async fn wait_for<M: Message>(&self, nth: usize, matches: impl Fn(&M) -> bool) -> M {
        testkit::eventually(M::TYPE, async || {
            self.received::<M>()
                .into_iter()
                .filter(|m| matches(m))
                .nth(nth - 1)
        })
        .await
    }

    /// Sends a reserve and waits for its reply.
    pub(crate) async fn reserved(&self, lines: &[(&str, u32)]) -> ReserveStock {
        let command = reserve(lines);
        self.send(&command).await;
        let id = command.reservation_id;
        self.wait_for::<StockReserved>(1, |m| m.reservation_id == id)
            .await;
        command
    }

    /// Reserves and commits.
    pub(crate) async fn sold(&self, lines: &[(&str, u32)]) -> ReserveStock {
        let command = self.reserved(lines).await;
        self.send(&commit(&command)).await;
        let id = command.reservation_id;
        self.wait_for::<ReservationCommitted>(1, |m| m.reservation_id == id)
            .await;
        command
    }

    /// Waits for a dead letter; returns the number of dead letters.
    pub(crate) async fn dead_letters(&self) -> usize {
        let dead = self.broker.dead_letters("catalog.commands");
        testkit::eventually("a dead letter", async || {
            let letters = dead.list(10).await.ok()?;
            (!letters.is_empty()).then_some(letters.len())
        })
        .await
    }

    /// On hand and reserved.
    pub(crate) async fn units(&self, sku: &str) -> (u32, u32) {
        let stock = self.shop.stock(sku).await;
        (stock.on_hand, stock.reserved)
    }
}

async fn listen(mut fan_out: FanOut, received: Arc<Mutex<Vec<Envelope>>>) {
    loop {
        if let Notice::Event(envelope) = fan_out.next().await {
            received.lock().unwrap().push(envelope);
        }
    }
}

pub(crate) fn outgoing<M: Message>(message: &M) -> Outgoing {
    Outgoing {
        exchange: M::KIND.exchange().to_owned(),
        envelope: Envelope::of(message).unwrap(),
    }
}

pub(crate) fn reserve(lines: &[(&str, u32)]) -> ReserveStock {
    reserve_until(lines, Utc::now() + Duration::minutes(10))
}

pub(crate) fn reserve_until(lines: &[(&str, u32)], expires_at: DateTime<Utc>) -> ReserveStock {
    let line = |(sku, units): &(&str, u32)| StockLine {
        sku: sku.parse().unwrap(),
        quantity: Quantity::new(*units).unwrap(),
    };
    ReserveStock {
        order_id: OrderId::generate(),
        reservation_id: ReservationId::generate(),
        lines: lines.iter().map(line).collect(),
        expires_at,
    }
}

pub(crate) fn commit(reserve: &ReserveStock) -> CommitReservation {
    CommitReservation {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
    }
}

pub(crate) fn release(reserve: &ReserveStock) -> ReleaseStock {
    ReleaseStock {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
    }
}
