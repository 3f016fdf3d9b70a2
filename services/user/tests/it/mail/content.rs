use chrono::{DateTime, Utc};
use contracts::messages::*;
use kernel::{OrderId, RefundId, ReturnId, UserId};
use testkit::ReceivedMail;

use crate::support::EMAIL;
use crate::support::mail_fixture::{MailFixture, confirmed, euros};

const LINK: (&str, &str) = ("mail.order_url", "https://shop.example/orders/{order_id}");

/// The mail about an order.
fn about(mails: &[ReceivedMail], order: OrderId) -> &ReceivedMail {
    let order = order.to_string();
    let mut of_order = mails.iter().filter(|mail| mail.text().contains(&order));
    let mail = of_order.next().unwrap();
    assert!(
        of_order.next().is_none(),
        "more than one mail for one event"
    );
    mail
}

/// Publishes one event of each kind. Returns the order, the subject and a part of the text of each mail.
async fn publish_every_kind(
    fixture: &MailFixture,
    customer_id: UserId,
    at: DateTime<Utc>,
) -> Vec<(OrderId, &'static str, &'static str)> {
    let order = OrderId::generate;
    let mut published = Vec::new();
    macro_rules! publish {
        ($message:ident { $($field:ident: $value:expr),* }, $subject:literal, $text:literal) => {{
            let order_id = order();
            fixture.publish(&$message { order_id, customer_id, at, $($field: $value),* }).await;
            published.push((order_id, $subject, $text));
        }};
    }
    publish!(
        OrderActionRequired {
            expires_at: at + chrono::Duration::minutes(10)
        },
        "please confirm your payment",
        "You have until"
    );
    publish!(
        OrderConfirmed {
            total: euros(4_597)
        },
        "your order is confirmed",
        "45.97 EUR is authorized"
    );
    publish!(
        OrderRejected {
            reason: "out_of_stock".to_owned()
        },
        "your order could not be completed",
        "sold out"
    );
    publish!(
        OrderCancelled {
            reason: "by_customer".to_owned()
        },
        "your order is canceled",
        "as you requested"
    );
    publish!(
        OrderShipped {
            tracking_number: "00340434161094021501".to_owned()
        },
        "your order is on its way",
        "00340434161094021501"
    );
    publish!(
        OrderDelivered {},
        "your order has arrived",
        "We hope you like it"
    );
    publish!(
        OrderRefunded {
            refund_id: RefundId::generate(),
            amount: euros(5)
        },
        "your refund is on its way",
        "0.05 EUR"
    );
    publish!(
        OrderReturnRequested {
            return_id: ReturnId::generate()
        },
        "we have received your return request",
        "decide about it soon"
    );
    publish!(
        OrderReturnApproved {
            return_id: ReturnId::generate(),
            amount: euros(7)
        },
        "your return is accepted",
        "0.07 EUR"
    );
    publish!(
        OrderReturnRefused {
            return_id: ReturnId::generate()
        },
        "your return is not accepted",
        "open the order to read why"
    );
    published
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_event_becomes_its_mail() {
    let fixture = MailFixture::with(&[LINK]).await;
    let customer = fixture.customer(EMAIL, "Zoë O'Neil").await;
    let published = publish_every_kind(&fixture, customer, Utc::now()).await;
    let mails = fixture.server.wait_for_mails(published.len()).await;
    for (order, subject, expected) in published {
        let mail = about(&mails, order);
        assert_eq!(mail.header("Subject"), format!("Tea & Søn: {subject}"));
        let link = format!("https://shop.example/orders/{order}");
        for part in ["Zoë O'Neil", expected, &link, "Tea & Søn"] {
            assert!(mail.text().contains(part), "{part}: {}", mail.text());
        }
        for part in [expected, &format!("<a href=\"{link}\">"), "Tea &amp; Søn"] {
            assert!(mail.html().contains(part), "{part}: {}", mail.html());
        }
    }
    fixture
        .wait_for_notifications("status = 'sent' AND attempts = 1", 10)
        .await;
    assert_eq!(fixture.server.mails().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_has_its_customer_as_only_recipient_and_is_auto_submitted() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada Lovelace").await;
    fixture.customer("grace@example.com", "Grace Hopper").await;
    let event = confirmed(customer);
    let envelope = fixture.publish(&event).await;
    let mail = fixture.server.wait_for_mails(1).await.remove(0);
    assert_eq!(mail.from, "orders@shop.example");
    assert_eq!(mail.to, [EMAIL]);
    assert_eq!(mail.header("To"), format!("\"Ada Lovelace\" <{EMAIL}>"));
    assert!(mail.header("From").contains("Tea & Søn"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let id = format!("<{}@shop.example>", envelope.id);
    assert_eq!(mail.header("Message-ID"), id);
    let date = DateTime::parse_from_rfc2822(&mail.header("Date")).unwrap();
    assert_eq!(date.timestamp(), event.at.timestamp());
    assert!(
        !mail.text().contains("http"),
        "a link without mail.order_url"
    );
    assert!(mail.source.is_ascii(), "8BITMIME must not be required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_name_injects_no_header_and_no_link() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    // Registration refuses this name now; an earlier release stored it.
    let evil = "UPDATE users SET display_name = E'Ada\\nBcc: everybody@example.com'";
    fixture.database.execute(evil).await.unwrap();
    let other = fixture
        .customer("b@example.com", "Win at evil.example")
        .await;
    fixture.publish(&confirmed(customer)).await;
    fixture.publish(&confirmed(other)).await;
    let mails = fixture.server.wait_for_mails(2).await;
    for mail in mails {
        let names = mail.headers();
        assert_eq!(names.len(), 8, "{names:?}");
        assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")));
        assert_eq!(mail.to.len(), 1);
        assert!(!mail.source.contains("everybody") && !mail.source.contains("evil"));
        assert!(mail.text().starts_with("Hello,\n"), "{}", mail.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consecutive_mails_share_one_connection() {
    let fixture = MailFixture::with(&[("mail.concurrency", "1")]).await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    for count in 1..=5 {
        fixture.publish(&confirmed(customer)).await;
        fixture.server.wait_for_mails(count).await;
    }
    assert_eq!(fixture.server.command_count("EHLO"), 1);
}
