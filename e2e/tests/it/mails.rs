//! The e-mails that customers get about their orders.

use e2e::{Customer, Settings, Shop};
use serde_json::json;
use testkit::{MailServer, ReceivedMail, eventually};

const CHALLENGE: &str = "pm_card_threeDSecure2Required";

struct Mailbox {
    shop: Shop,
    server: MailServer,
    customer: Customer,
}

impl Mailbox {
    async fn open() -> Self {
        let server = MailServer::start().await;
        let settings: Settings<'_> = &[
            ("user", "mail.smtp_url", server.url().leak()),
            ("user", "mail.from", "The Shop <orders@shop.example>"),
        ];
        let shop = Shop::open_with(settings).await;
        shop.product("RING", 1_500, 5).await;
        let customer = shop.customer().await;
        Self {
            shop,
            server,
            customer,
        }
    }

    /// Waits for the only e-mail about an order with this text in its subject.
    async fn receive(&self, order: &str, subject: &str) -> ReceivedMail {
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

    async fn call_as_staff(&self, order: &str, path: &str, body: serde_json::Value) {
        let path = format!("/staff/orders/{order}/{path}");
        self.shop.staff().await.post(&path, body).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_an_order_is_mailed_to_its_customer() {
    let mut mailbox = Box::pin(Mailbox::open()).await;
    let order = mailbox.customer.buy("RING", 1, "pm_card_visa").await;
    let confirmed = mailbox.receive(&order, "confirmed").await;
    let me = mailbox.customer.get("/me").await;
    assert_eq!(confirmed.to, [me["email"].as_str().unwrap()]);
    let bought = mailbox.customer.wait_for(&order, "confirmed").await;
    let total = &bought["totals"]["total"]["minor_units"];
    let cents = total.as_i64().unwrap();
    let amount = format!("{}.{:02} EUR", cents / 100, cents % 100);
    assert!(confirmed.text().contains(&amount), "{}", confirmed.text());

    let parcel = json!({"tracking_number": "TRACK-1"});
    mailbox.call_as_staff(&order, "shipment", parcel).await;
    let shipped = mailbox.receive(&order, "on its way").await;
    assert!(shipped.text().contains("TRACK-1"), "{}", shipped.text());
    mailbox.customer.wait_for(&order, "shipped").await;
    mailbox.call_as_staff(&order, "delivery", json!({})).await;
    mailbox.receive(&order, "has arrived").await;
    let staff = mailbox.shop.staff().await;
    let refund = staff.request_refund(&order, Some(100), "mail");
    refund.await.ok();
    let refunded = mailbox.receive(&order, "refund").await;
    assert!(refunded.text().contains("1.00 EUR"), "{}", refunded.text());
    // And one about the registration.
    assert_eq!(mailbox.server.mails().len(), 5);
    mailbox.shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_and_cancellations_are_mailed_with_their_reason() {
    let mut mailbox = Box::pin(Mailbox::open()).await;
    let declined = mailbox
        .customer
        .buy("RING", 1, "pm_card_chargeDeclined")
        .await;
    let mail = mailbox.receive(&declined, "could not be completed").await;
    assert!(mail.text().contains("declined"), "{}", mail.text());

    let order = mailbox.customer.buy("RING", 1, "pm_card_visa").await;
    mailbox.customer.wait_for(&order, "confirmed").await;
    let path = format!("/orders/{order}/cancellation");
    mailbox.customer.post(&path, json!({})).await.ok();
    let mail = mailbox.receive(&order, "canceled").await;
    assert!(mail.text().contains("as you requested"), "{}", mail.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_mailed_without_its_url() {
    let mut mailbox = Box::pin(Mailbox::open()).await;
    let order = mailbox.customer.buy("RING", 1, CHALLENGE).await;
    let mail = mailbox.receive(&order, "confirm your payment").await;
    assert!(mail.text().contains("You have until"), "{}", mail.text());
    let waiting = mailbox.customer.get(&format!("/orders/{order}")).await;
    let url = waiting["next_action"]["redirect_url"].as_str().unwrap();
    assert!(
        !mail.source.contains(url),
        "anyone who has the URL can complete the challenge"
    );
}
