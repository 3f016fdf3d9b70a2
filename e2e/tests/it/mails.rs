//! What customers read about their orders.

use e2e::{Customer, Settings, Shop};
use serde_json::json;
use testkit::{MailServer, ReceivedMail, eventually};

const CHALLENGE: &str = "pm_card_threeDSecure2Required";

struct Reader {
    shop: Shop,
    server: MailServer,
    customer: Customer,
}

impl Reader {
    async fn open() -> Self {
        let server = MailServer::start().await;
        let settings: Settings<'_> = &[
            ("user", "mail.smtp_url", server.url().leak()),
            ("user", "mail.from", "The Shop <orders@shop.example>"),
        ];
        let shop = Shop::open_with(settings).await;
        shop.broker.bound("user.notifications", 7).await;
        shop.product("RING", 1_500, 5).await;
        let customer = shop.customer().await;
        Self {
            shop,
            server,
            customer,
        }
    }

    /// The mail about an order with this in its subject. There is one.
    async fn reads(&self, order: &str, subject: &str) -> ReceivedMail {
        let of_order = || {
            let mails = self.server.mails().into_iter();
            let about = |mail: &ReceivedMail| {
                mail.text().contains(order) && mail.header("Subject").contains(subject)
            };
            mails.filter(about).collect::<Vec<_>>()
        };
        let mail = eventually(&format!("a mail `{subject}`"), async || of_order().pop()).await;
        assert_eq!(of_order().len(), 1, "{subject}");
        mail
    }

    async fn by_staff(&self, order: &str, what: &str, body: serde_json::Value) {
        let path = format!("/orders/{order}/{what}");
        self.shop.staff().await.post(&path, body).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reads_of_everything_that_happens_to_her_order() {
    let mut reader = Box::pin(Reader::open()).await;
    let order = reader.customer.buy("RING", 1, "pm_card_visa").await;
    let confirmed = reader.reads(&order, "confirmed").await;
    let me = reader.customer.get("/me").await;
    assert_eq!(confirmed.to, [me["email"].as_str().unwrap()]);
    let bought = reader.customer.wait_for(&order, "confirmed").await;
    let total = &bought["totals"]["total"]["minor_units"];
    let cents = total.as_i64().unwrap();
    let says = format!("{}.{:02} EUR", cents / 100, cents % 100);
    assert!(confirmed.text().contains(&says), "{}", confirmed.text());

    let parcel = json!({"tracking_number": "TRACK-1"});
    reader.by_staff(&order, "shipment", parcel).await;
    let shipped = reader.reads(&order, "on its way").await;
    assert!(shipped.text().contains("TRACK-1"), "{}", shipped.text());
    reader.customer.wait_for(&order, "shipped").await;
    reader.by_staff(&order, "delivery", json!({})).await;
    reader.reads(&order, "has arrived").await;
    let refund = reader.customer.request_refund(&order, Some(100), "mail");
    refund.await.ok();
    let refunded = reader.reads(&order, "refund").await;
    assert!(refunded.text().contains("1.00 EUR"), "{}", refunded.text());
    assert_eq!(reader.server.mails().len(), 4);
    reader.shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reads_why_she_gets_nothing() {
    let mut reader = Box::pin(Reader::open()).await;
    let declined = reader
        .customer
        .buy("RING", 1, "pm_card_chargeDeclined")
        .await;
    let mail = reader.reads(&declined, "could not be completed").await;
    assert!(mail.text().contains("declined"), "{}", mail.text());

    let order = reader.customer.buy("RING", 1, "pm_card_visa").await;
    reader.customer.wait_for(&order, "confirmed").await;
    let path = format!("/orders/{order}/cancellation");
    reader.customer.post(&path, json!({})).await.ok();
    let mail = reader.reads(&order, "cancelled").await;
    assert!(mail.text().contains("as you asked"), "{}", mail.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_called_when_her_bank_asks_for_her() {
    let mut reader = Box::pin(Reader::open()).await;
    let order = reader.customer.buy("RING", 1, CHALLENGE).await;
    let mail = reader.reads(&order, "confirm your payment").await;
    assert!(mail.text().contains("You have until"), "{}", mail.text());
    let waiting = reader.customer.get(&format!("/orders/{order}")).await;
    let url = waiting["next_action"]["redirect_url"].as_str().unwrap();
    assert!(!mail.source.contains(url), "whoever has it may act for her");
}
