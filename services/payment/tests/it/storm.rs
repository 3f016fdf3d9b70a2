//! Everything goes wrong at once: the provider fails, loses answers and stores errors, webhooks come
//! twice, and replicas are killed. In the end every order is as it should be, here and there.

use contracts::messages::{
    Message, PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined,
    PaymentRefunded, PaymentVoided,
};
use serde_json::json;
use testkit::eventually;
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
        ("worker.lease_ms", "1700"),
        ("lookups.lease_ms", "1000"),
        ("lookups.first_wait_ms", "200"),
        ("lookups.challenge_wait_ms", "1000"),
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
            drop(replica);
        }
    };
    tokio::select! {
        () = customers => {}
        () = harm => {}
    }
    shop.control("calm", json!({})).await;
    eventually("everything is asked for", async || {
        let open = "operations WHERE finished_at IS NULL";
        (shop.sql.count(open).await == 0).then_some(())
    })
    .await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    shop.looked().await;

    for (fate, order) in &orders {
        let (status, received, refunded, booked) = fate.end();
        let intents = shop.intents(order).await;
        let reference = format!(
            "SELECT provider_reference AS value FROM payments WHERE id = '{}'",
            order.payment_id
        );
        let reference = shop.sql.text(&reference).await;
        let (live, others): (Vec<_>, Vec<_>) = intents
            .iter()
            .partition(|intent| intent["id"] == reference.as_str());
        assert_eq!(live.len(), 1, "{fate:?} {intents:?}");
        for other in others {
            // Made and never confirmed, behind a stored error: it holds nothing.
            let status = other["status"].as_str().unwrap();
            assert!(
                ["requires_confirmation", "canceled"].contains(&status),
                "{fate:?} {intents:?}"
            );
        }
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
}

/// What the customer and `order` do.
async fn live(shop: &Shop, fate: Fate, order: &Order) {
    let any = |_: &PaymentAuthorized| true;
    match fate {
        Fate::Refunded => {
            insist(shop, order, &order.authorize(), any).await;
            insist(shop, order, &order.capture(), |_: &PaymentCaptured| true).await;
            for minor in [300, 400] {
                let command = order.refund(minor);
                let same = |reply: &PaymentRefunded| reply.refund_id == command.refund_id;
                insist(shop, order, &command, same).await;
            }
        }
        Fate::Voided => {
            insist(shop, order, &order.authorize(), any).await;
            insist(shop, order, &order.void(), |_: &PaymentVoided| true).await;
        }
        Fate::Declined => {
            let declined = |_: &PaymentDeclined| true;
            insist(shop, order, &order.authorize(), declined).await;
        }
        Fate::Challenged => {
            let asked = |_: &PaymentActionRequired| true;
            insist(shop, order, &order.authorize(), asked).await;
            shop.authenticate(order, "succeed").await;
            insist(shop, order, &order.authorize(), any).await;
            insist(shop, order, &order.capture(), |_: &PaymentCaptured| true).await;
        }
        Fate::Abandoned => {
            let asked = |_: &PaymentActionRequired| true;
            insist(shop, order, &order.authorize(), asked).await;
            insist(shop, order, &order.void(), |_: &PaymentVoided| true).await;
        }
        Fate::Held => insist(shop, order, &order.authorize(), any).await,
    }
}

/// Sends a command again and again until it is answered, as `order` does: the message may be in the
/// hands of a replica that was just killed.
async fn insist<M: Message, R: Message>(
    shop: &Shop,
    order: &Order,
    command: &M,
    is_it: impl Fn(&R) -> bool,
) {
    for _ in 0..30 {
        shop.send(command).await;
        for _ in 0..20 {
            if shop.heard::<R>(order.id).iter().any(&is_it) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
    panic!("no {} to {}", R::TYPE, M::TYPE);
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
