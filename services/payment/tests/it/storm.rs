//! Everything goes wrong at once: the provider fails, loses answers and stores errors, webhooks come
//! twice, and replicas are killed. In the end every order is as it should be, here and there.

use contracts::messages::{
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided,
};
use serde_json::json;
use tokio::time::{Duration, sleep};

use crate::support::{Order, Shop};

const ORDERS: usize = 24;

/// What becomes of an order.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Refunded,
    Voided,
    Declined,
    Challenged,
    Abandoned,
    Held,
}

const FATES: [Fate; 6] = [
    Fate::Refunded,
    Fate::Voided,
    Fate::Declined,
    Fate::Challenged,
    Fate::Abandoned,
    Fate::Held,
];

impl Fate {
    fn card(self) -> &'static str {
        match self {
            Self::Declined => "pm_card_chargeDeclined",
            Self::Challenged | Self::Abandoned => "pm_card_authenticationRequired",
            Self::Refunded | Self::Voided | Self::Held => "pm_card_visa",
        }
    }

    /// Status of the intent, received, refunded, what is booked.
    fn end(self) -> (&'static str, i64, i64, &'static str) {
        match self {
            Self::Refunded => ("succeeded", 1299, 700, "authorize capture refund refund"),
            Self::Voided => ("canceled", 0, 0, "authorize void"),
            Self::Declined => ("requires_payment_method", 0, 0, ""),
            Self::Challenged => ("succeeded", 1299, 0, "authorize capture"),
            Self::Abandoned => ("canceled", 0, 0, ""),
            Self::Held => ("requires_capture", 0, 0, "authorize"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_nobody_is_charged_twice_and_nothing_is_lost() {
    let shop = Shop::open_with(&[
        ("provider.timeout_ms", "800"),
        ("worker.lease_ms", "1000"),
        ("lookups.lease_ms", "1000"),
        ("lookups.first_wait_ms", "200"),
        ("lookups.poll_ms", "100"),
    ])
    .await;
    let chaos = json!({"error_rate": 0.3, "lost_answer_rate": 0.25, "latency_ms": 30, "seed": 7});
    shop.control("chaos", chaos).await;
    let orders: Vec<_> = (0..ORDERS)
        .map(|nth| FATES[nth % FATES.len()])
        .map(|fate| (fate, Order::new(fate.card())))
        .collect();

    let customers = async {
        let all = orders.iter().map(|(fate, order)| live(&shop, *fate, order));
        futures(all).await;
    };
    let harm = async {
        loop {
            let replica = shop.start_mortal().await;
            sleep(Duration::from_millis(400)).await;
            replica.kill();
        }
    };
    tokio::select! {
        () = customers => {}
        () = harm => {}
    }
    shop.control("calm", json!({})).await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    shop.looked().await;

    for (fate, order) in &orders {
        let (status, received, refunded, booked) = fate.end();
        let intents = shop.intents(order).await;
        let live: Vec<_> = intents
            .iter()
            .filter(|intent| {
                // Made and never confirmed, behind a stored error: it holds nothing.
                intent["status"] != "requires_confirmation"
            })
            .collect();
        assert_eq!(live.len(), 1, "{fate:?} {intents:?}");
        assert_eq!(live[0]["status"], status, "{fate:?}");
        assert_eq!(live[0]["amount_received"], received, "{fate:?}");
        let back = shop.refunds(order).await;
        let back: i64 = back
            .iter()
            .map(|refund| refund["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(back, refunded, "{fate:?}");
        assert_eq!(shop.booked(order).await, booked, "{fate:?}");
    }
    let open = "operations WHERE finished_at IS NULL";
    assert_eq!(shop.sql.count(open).await, 0);
}

/// What the customer and `order` do.
async fn live(shop: &Shop, fate: Fate, order: &Order) {
    shop.send(&order.authorize()).await;
    match fate {
        Fate::Refunded => {
            let _: PaymentAuthorized = shop.reply(order.id, 1).await;
            let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
            shop.send(&order.refund(300)).await;
            shop.send(&order.refund(400)).await;
            let _: PaymentRefunded = shop.reply(order.id, 2).await;
        }
        Fate::Voided => {
            let _: PaymentAuthorized = shop.reply(order.id, 1).await;
            let _: PaymentVoided = shop.ask(order.id, &order.void()).await;
        }
        Fate::Declined => {
            let _: PaymentDeclined = shop.reply(order.id, 1).await;
        }
        Fate::Challenged => {
            let _: PaymentActionRequired = shop.reply(order.id, 1).await;
            shop.authenticate(order, "succeed").await;
            let _: PaymentAuthorized = shop.reply(order.id, 1).await;
            let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
        }
        Fate::Abandoned => {
            let _: PaymentActionRequired = shop.reply(order.id, 1).await;
            let _: PaymentVoided = shop.ask(order.id, &order.void()).await;
        }
        Fate::Held => {
            let _: PaymentAuthorized = shop.reply(order.id, 1).await;
        }
    }
}

/// All of them, at once.
async fn futures(all: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(move |context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
