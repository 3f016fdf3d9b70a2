use std::collections::BTreeSet;

use contracts::messages::OrderConfirmed;
use messaging::Envelope;
use testkit::{Behavior, Proxy, ReceivedMail, Spans, eventually};

use crate::support::EMAIL;
use crate::support::mail_fixture::{MailFixture, confirmed};

/// Short timeouts, so that the lease expires within the test.
const SHORT_TIMEOUTS: [(&str, &str); 3] = [
    ("mail.connect_timeout_ms", "400"),
    ("mail.timeout_ms", "1500"),
    ("mail.lease_ms", "2000"),
];

fn ids(mails: &[ReceivedMail]) -> BTreeSet<String> {
    mails.iter().map(|mail| mail.header("Message-ID")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_message_sends_no_second_mail() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    let first = Envelope::of(&confirmed(customer)).unwrap();
    fixture
        .publish_all::<OrderConfirmed>(&[&first, &first])
        .await;
    fixture.server.wait_for_mails(1).await;
    let next = Envelope::of(&confirmed(customer)).unwrap();
    fixture
        .publish_all::<OrderConfirmed>(&[&first, &next, &first])
        .await;
    fixture.server.wait_for_mails(2).await;
    fixture.wait_for_notifications("status = 'sent'", 2).await;
    assert_eq!(fixture.server.mails().len(), 2);
    assert_eq!(ids(&fixture.server.mails()).len(), 2);
}

/// Inbox rows are deleted after days, notifications after weeks. A dead letter may be redriven in between.
#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_after_the_inbox_retention_sends_no_second_mail() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    let first = fixture.publish(&confirmed(customer)).await;
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    fixture.database.execute("DELETE FROM inbox").await.unwrap();
    fixture.publish_all::<OrderConfirmed>(&[&first]).await;
    fixture.wait_for_inbox(1).await;
    assert_eq!(fixture.server.mails().len(), 1);
    assert_eq!(fixture.database.count("notifications").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_work_and_send_each_mail_once() {
    const MAILS: usize = 90;
    let mut fixture = MailFixture::new().await;
    fixture.start_replica().await;
    fixture.start_replica().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    let event = || Envelope::of(&confirmed(customer)).unwrap();
    let events: Vec<Envelope> = std::iter::repeat_with(event).take(MAILS).collect();
    let all: Vec<&Envelope> = events.iter().collect();
    fixture.publish_all::<OrderConfirmed>(&all).await;
    fixture.wait_for_notifications("status = 'sent'", 90).await;
    assert_eq!(fixture.server.mails().len(), MAILS);
    assert_eq!(ids(&fixture.server.mails()).len(), MAILS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_batch_are_stored_by_one_statement() {
    const MAILS: usize = 60;
    instruments::exemplars::install(|| Some(1));
    let spans = Spans::listen();
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    let event = || Envelope::of(&confirmed(customer)).unwrap();
    let events: Vec<Envelope> = std::iter::repeat_with(event).take(MAILS).collect();
    let all: Vec<&Envelope> = events.iter().collect();
    fixture.publish_all::<OrderConfirmed>(&all).await;
    fixture.wait_for_notifications("status = 'sent'", 60).await;
    let statements = spans.named("sql");
    let count = |name: &str| {
        let of_name = statements
            .iter()
            .filter(|span| span.field("otel.name").starts_with(name));
        of_name.count()
    };
    let batches = count("INSERT inbox");
    assert!((1..MAILS).contains(&batches), "{batches} batches");
    assert_eq!(count("INSERT notifications"), batches);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_sends_a_second_mail_with_the_same_id() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.server.set_behavior(Behavior::DisconnectAt("."));
    fixture.publish(&confirmed(customer)).await;
    fixture.server.wait_for_mails(1).await;
    fixture.server.set_behavior(Behavior::Accept);
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    let mails = fixture.server.mails();
    assert!(mails.len() >= 2);
    assert_eq!(ids(&mails).len(), 1);
    let texts: BTreeSet<String> = mails.iter().map(ReceivedMail::text).collect();
    assert_eq!(texts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_commit_sends_a_second_mail_with_the_same_id() {
    let mut fixture = MailFixture::without_replica(&SHORT_TIMEOUTS).await;
    let killable = fixture.start_killable().await;
    let first = "INSERT INTO users VALUES
        ('0199b000-0000-7000-8000-000000000001', 'ada@example.com', 'x', 'Ada', 'customer', now())";
    fixture.database.execute(first).await.unwrap();
    let customer = "0199b000-0000-7000-8000-000000000001".parse().unwrap();
    fixture.server.set_behavior(Behavior::HangAt("."));
    fixture.publish(&confirmed(customer)).await;
    fixture.server.wait_for_command(".", 1).await;
    drop(killable);
    fixture.server.set_behavior(Behavior::Accept);
    fixture
        .wait_for_notifications("status = 'pending' AND attempts = 1", 1)
        .await;
    fixture.start_replica().await;
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    let mails = fixture.server.mails();
    assert_eq!((mails.len(), ids(&mails).len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_outage_after_a_mail_sends_no_second_mail() {
    let mut fixture = MailFixture::without_replica(&SHORT_TIMEOUTS).await;
    let (proxy, url) = Proxy::in_front_of(&fixture.database.url).await;
    fixture.set("database.url", &url);
    fixture.set("database.acquire_timeout_ms", "500");
    fixture.start_replica().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.server.set_behavior(Behavior::HangAt("."));
    fixture.publish(&confirmed(customer)).await;
    fixture.server.wait_for_command(".", 1).await;
    proxy.cut();
    fixture.server.set_behavior(Behavior::Accept);
    let admin = fixture.replica().running.admin_url();
    eventually("the service to miss its database", async || {
        (!testkit::is_ready(&admin).await).then_some(())
    })
    .await;
    proxy.restore();
    fixture
        .wait_for_notifications("status = 'sent' AND attempts = 1", 1)
        .await;
    assert_eq!(fixture.server.mails().len(), 1);
}
