//! Many faults at once: the provider fails, loses answers and stores errors, webhooks arrive twice, and replicas
//! are killed. At the end every order has its expected state, in the ledger and at the provider.

use contracts::messages::{
    Message, PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined,
    PaymentRefunded, PaymentVoided,
};
use serde_json::json;
use testkit::eventually;
use tokio::time::{Duration, sleep};

use crate::support::{Order, Shop};

const ORDERS: usize = 24;

/// The commands for an order, and so its expected end.
#[derive(Debug, Clone, Copy)]
enum Scenario {
    Refunded,
    Voided,
    Declined,
    Challenged,
    Abandoned,
    Authorized,
}

const SCENARIOS: [Scenario; 6] = [
    Scenario::Refunded,
    Scenario::Voided,
    Scenario::Declined,
    Scenario::Challenged,
    Scenario::Abandoned,
    Scenario::Authorized,
];

impl Scenario {
    fn card(self) -> &'static str {
        match self {
            Self::Declined => "pm_card_chargeDeclined",
            Self::Challenged | Self::Abandoned => "pm_card_authenticationRequired",
            Self::Refunded | Self::Voided | Self::Authorized => "pm_card_visa",
        }
    }

    /// Status of the intent, captured amount, refunded amount, kinds of bookings.
    fn expected(self) -> (&'static str, i64, i64, &'static str) {
        match self {
            Self::Refunded => ("succeeded", 1299, 700, "authorize capture refund refund"),
            Self::Voided => ("canceled", 0, 0, "authorize void"),
            Self::Declined => ("requires_payment_method", 0, 0, ""),
            Self::Challenged => ("succeeded", 1299, 0, "authorize capture"),
            Self::Abandoned => ("canceled", 0, 0, ""),
            Self::Authorized => ("requires_capture", 0, 0, "authorize"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_charges_twice_or_loses_a_payment() {
    let shop = Shop::start_with(&[
        ("provider.timeout_ms", "800"),
        ("worker.lease_ms", "1700"),
        ("lookups.lease_ms", "1000"),
        ("lookups.first_wait_ms", "200"),
        ("lookups.challenge_wait_ms", "1000"),
        ("lookups.poll_ms", "100"),
    ])
    .await;
    let faults = json!({"error_rate": 0.3, "lost_answer_rate": 0.25, "latency_ms": 30, "seed": 7});
    shop.control("chaos", faults).await;
    let orders: Vec<_> = (0..ORDERS)
        .map(|nth| SCENARIOS[nth % SCENARIOS.len()])
        .map(|scenario| (scenario, Order::new(scenario.card())))
        .collect();

    let customers = async {
        let all = orders
            .iter()
            .map(|(scenario, order)| run(&shop, *scenario, order));
        join_all(all).await;
    };
    let nemesis = async {
        loop {
            let replica = shop.start_killable().await;
            sleep(Duration::from_millis(400)).await;
            drop(replica);
        }
    };
    tokio::select! {
        () = customers => {}
        () = nemesis => {}
    }
    shop.control("calm", json!({})).await;
    eventually("no operation is open", async || {
        let open = "operations WHERE finished_at IS NULL";
        (shop.sql.count(open).await == 0).then_some(())
    })
    .await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    shop.wait_for_lookups().await;

    for (scenario, order) in &orders {
        let (status, received, refunded, booked) = scenario.expected();
        let intents = shop.intents(order).await;
        let reference = format!(
            "SELECT provider_reference AS value FROM payments WHERE id = '{}'",
            order.payment_id
        );
        let reference = shop.sql.text(&reference).await;
        let (own, others): (Vec<_>, Vec<_>) = intents
            .iter()
            .partition(|intent| intent["id"] == reference.as_str());
        assert_eq!(own.len(), 1, "{scenario:?} {intents:?}");
        for other in others {
            // Created behind a stored error and never confirmed: it holds no money.
            let status = other["status"].as_str().unwrap();
            assert!(
                ["requires_confirmation", "canceled"].contains(&status),
                "{scenario:?} {intents:?}"
            );
        }
        assert_eq!(own[0]["status"], status, "{scenario:?}");
        assert_eq!(own[0]["amount_received"], received, "{scenario:?}");
        let refunds = shop.refunds(order).await;
        let sum: i64 = refunds
            .iter()
            .map(|refund| refund["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(sum, refunded, "{scenario:?}");
        assert_eq!(shop.booked(order).await, booked, "{scenario:?}");
    }
}

/// What the customer and the order service do.
async fn run(shop: &Shop, scenario: Scenario, order: &Order) {
    let any = |_: &PaymentAuthorized| true;
    match scenario {
        Scenario::Refunded => {
            send_until_reply(shop, order, &order.authorize(), any).await;
            send_until_reply(shop, order, &order.capture(), |_: &PaymentCaptured| true).await;
            for minor in [300, 400] {
                let command = order.refund(minor);
                let same = |reply: &PaymentRefunded| reply.refund_id == command.refund_id;
                send_until_reply(shop, order, &command, same).await;
            }
        }
        Scenario::Voided => {
            send_until_reply(shop, order, &order.authorize(), any).await;
            send_until_reply(shop, order, &order.void(), |_: &PaymentVoided| true).await;
        }
        Scenario::Declined => {
            let declined = |_: &PaymentDeclined| true;
            send_until_reply(shop, order, &order.authorize(), declined).await;
        }
        Scenario::Challenged => {
            let required = |_: &PaymentActionRequired| true;
            send_until_reply(shop, order, &order.authorize(), required).await;
            shop.authenticate(order, "succeed").await;
            send_until_reply(shop, order, &order.authorize(), any).await;
            send_until_reply(shop, order, &order.capture(), |_: &PaymentCaptured| true).await;
        }
        Scenario::Abandoned => {
            let required = |_: &PaymentActionRequired| true;
            send_until_reply(shop, order, &order.authorize(), required).await;
            send_until_reply(shop, order, &order.void(), |_: &PaymentVoided| true).await;
        }
        Scenario::Authorized => send_until_reply(shop, order, &order.authorize(), any).await,
    }
}

/// Sends a command repeatedly until its reply arrives, as `order` does: a replica that was just killed may have
/// received the message.
async fn send_until_reply<M: Message, R: Message>(
    shop: &Shop,
    order: &Order,
    command: &M,
    is_reply: impl Fn(&R) -> bool,
) {
    for _ in 0..30 {
        shop.send(command).await;
        for _ in 0..20 {
            if shop.received::<R>(order.id).iter().any(&is_reply) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
    panic!("no {} to {}", R::TYPE, M::TYPE);
}

/// Polls all futures concurrently.
async fn join_all(all: impl Iterator<Item = impl Future<Output = ()>>) {
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
