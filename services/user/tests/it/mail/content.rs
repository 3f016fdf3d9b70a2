use chrono::{DateTime, Utc};
use contracts::messages::*;
use kernel::{OrderId, RefundId, UserId};
use testkit::ReceivedMail;

use crate::support::EMAIL;
use crate::support::post::{Post, confirmed, euros};

const LINK: (&str, &str) = ("mail.order_url", "https://shop.example/orders/{order_id}");

/// The mail about an order.
fn about(mails: &[ReceivedMail], order: OrderId) -> &ReceivedMail {
    let order = order.to_string();
    let mut of_order = mails.iter().filter(|mail| mail.text().contains(&order));
    let mail = of_order.next().unwrap();
    assert!(of_order.next().is_none(), "one mail for one piece of news");
    mail
}

/// One piece of news of every kind, each of an order of its own, and what its mail must say.
async fn tell_everything(
    post: &Post,
    customer_id: UserId,
    at: DateTime<Utc>,
) -> Vec<(OrderId, &'static str, &'static str)> {
    let order = OrderId::generate;
    let mut told = Vec::new();
    macro_rules! tell {
        ($message:ident { $($field:ident: $value:expr),* }, $subject:literal, $says:literal) => {{
            let order_id = order();
            post.say(&$message { order_id, customer_id, at, $($field: $value),* }).await;
            told.push((order_id, $subject, $says));
        }};
    }
    tell!(
        OrderActionRequired {
            expires_at: at + chrono::Duration::minutes(10)
        },
        "please confirm your payment",
        "You have until"
    );
    tell!(
        OrderConfirmed {
            total: euros(4_597)
        },
        "your order is confirmed",
        "45.97 EUR are held"
    );
    tell!(
        OrderRejected {
            reason: "out_of_stock".to_owned()
        },
        "your order could not be completed",
        "sold out"
    );
    tell!(
        OrderCancelled {
            reason: "by_customer".to_owned()
        },
        "your order is cancelled",
        "as you asked"
    );
    tell!(
        OrderShipped {
            tracking_number: "00340434161094021501".to_owned()
        },
        "your order is on its way",
        "00340434161094021501"
    );
    tell!(
        OrderDelivered {},
        "your order has arrived",
        "We hope you like it"
    );
    tell!(
        OrderRefunded {
            refund_id: RefundId::generate(),
            amount: euros(5)
        },
        "your refund is on its way",
        "0.05 EUR"
    );
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_news_arrives_and_says_what_happened() {
    let post = Post::open_with(&[LINK]).await;
    let customer = post.customer(EMAIL, "Zoë O'Neil").await;
    let told = tell_everything(&post, customer, Utc::now()).await;
    let mails = post.server.has(told.len()).await;
    for (order, subject, says) in told {
        let mail = about(&mails, order);
        assert_eq!(mail.header("Subject"), format!("Tea & Søn: {subject}"));
        let link = format!("https://shop.example/orders/{order}");
        for part in ["Zoë O'Neil", says, &link, "Tea & Søn"] {
            assert!(mail.text().contains(part), "{part}: {}", mail.text());
        }
        for part in [says, &format!("<a href=\"{link}\">"), "Tea &amp; Søn"] {
            assert!(mail.html().contains(part), "{part}: {}", mail.html());
        }
    }
    post.noted("status = 'sent' AND attempts = 1", 7).await;
    assert_eq!(post.server.mails().len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_for_its_customer_alone_and_nobody_answers_it() {
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada Lovelace").await;
    post.customer("grace@example.com", "Grace Hopper").await;
    let news = confirmed(customer);
    let envelope = post.say(&news).await;
    let mail = post.server.has(1).await.remove(0);
    assert_eq!(mail.from, "orders@shop.example");
    assert_eq!(mail.to, [EMAIL]);
    assert_eq!(mail.header("To"), format!("\"Ada Lovelace\" <{EMAIL}>"));
    assert!(mail.header("From").contains("Tea & Søn"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let id = format!("<{}@shop.example>", envelope.id);
    assert_eq!(mail.header("Message-ID"), id);
    let date = DateTime::parse_from_rfc2822(&mail.header("Date")).unwrap();
    assert_eq!(date.timestamp(), news.at.timestamp());
    assert!(!mail.text().contains("http"), "no link that leads nowhere");
    assert!(mail.source.is_ascii(), "any server can take it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_carries_nothing_but_a_name() {
    let post = Post::open().await;
    let evil = "Ada\nBcc: everybody@example.com";
    let customer = post.customer(EMAIL, evil).await;
    let other = post.customer("b@example.com", "Win at evil.example").await;
    post.say(&confirmed(customer)).await;
    post.say(&confirmed(other)).await;
    let mails = post.server.has(2).await;
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
async fn one_connection_carries_one_mail_after_the_other() {
    let post = Post::open_with(&[("mail.concurrency", "1")]).await;
    let customer = post.customer(EMAIL, "Ada").await;
    for count in 1..=5 {
        post.say(&confirmed(customer)).await;
        post.server.has(count).await;
    }
    assert_eq!(post.server.asked("EHLO"), 1);
}
