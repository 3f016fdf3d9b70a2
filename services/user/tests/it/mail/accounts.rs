use contracts::messages::{Message, OrderConfirmed};
use contracts::operations::v1::ListDeadLettersRequest;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use kernel::UserId;
use messaging::Envelope;
use testkit::{Behavior, with_token};
use tonic::transport::Channel;

use crate::support::log::Log;
use crate::support::mail_fixture::{MailFixture, confirmed};
use crate::support::{EMAIL, staff_token};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_gets_no_mail_and_keeps_no_notification() {
    let fixture = MailFixture::new().await;
    let erased = fixture.customer(EMAIL, "Ada").await;
    let other = fixture.customer("grace@example.com", "Grace").await;
    fixture
        .server
        .set_behavior(Behavior::Reply("RCPT", "451 4.7.1 try again later"));
    fixture.publish(&confirmed(erased)).await;
    fixture
        .wait_for_notifications("status = 'pending' AND attempts >= 1", 1)
        .await;
    let erase = format!("DELETE FROM users WHERE id = '{erased}'");
    fixture.database.execute(&erase).await.unwrap();
    fixture.wait_for_notifications("true", 0).await;
    fixture.server.set_behavior(Behavior::Accept);
    // Later events find no account.
    fixture.publish(&confirmed(erased)).await;
    fixture.publish(&confirmed(UserId::generate())).await;
    fixture.publish(&confirmed(other)).await;
    fixture.wait_for_inbox(4).await;
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    let mails = fixture.server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["grace@example.com"]);
    let metrics = testkit::scrape(&fixture.replica().running.admin_url()).await;
    let skipped = r#"user_mails_total{kind="order_confirmed",outcome="skipped"} 2"#;
    assert!(metrics.contains(skipped), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_mail_off_events_are_consumed_and_dropped() {
    let mut fixture = MailFixture::with(&[("mail.smtp_url", "")]).await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.publish(&confirmed(customer)).await;
    fixture.wait_for_inbox(1).await;
    fixture.wait_for_notifications("true", 0).await;
    let url = fixture.server.url();
    fixture.set("mail.smtp_url", &url);
    fixture.stop_replica().await;
    fixture.start_replica().await;
    fixture.publish(&confirmed(customer)).await;
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    assert_eq!(
        fixture.server.mails().len(),
        1,
        "events before mail was on must not be sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn old_finished_notifications_are_deleted() {
    let fixture = MailFixture::with(&[("mail.sweep_every_s", "1")]).await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.publish(&confirmed(customer)).await;
    fixture.publish(&confirmed(customer)).await;
    fixture.wait_for_notifications("status = 'sent'", 2).await;
    let age = "UPDATE notifications SET finished_at = now() - interval '31 days'
               WHERE id = (SELECT min(id::text)::uuid FROM notifications)";
    fixture.database.execute(age).await.unwrap();
    fixture.wait_for_notifications("true", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undecodable_event_becomes_a_dead_letter() {
    let fixture = MailFixture::new().await;
    let mut envelope = Envelope::of(&confirmed(UserId::generate())).unwrap();
    envelope.data = b"{\"order_id\": 1}".to_vec();
    fixture.publish_all::<OrderConfirmed>(&[&envelope]).await;
    let staff = staff_token(&fixture.database, &fixture.client()).await;
    let url = fixture.replica().running.url();
    let channel = Channel::from_shared(url).unwrap().connect_lazy();
    let dead_letters = DeadLetterServiceClient::new(channel);
    let dead_letter = testkit::eventually("a dead letter", async || {
        let request = with_token(&staff, ListDeadLettersRequest { limit: 10 });
        let listed = dead_letters.clone().list_dead_letters(request).await.ok()?;
        listed.into_inner().dead_letters.pop()
    })
    .await;
    assert_eq!(dead_letter.r#type, OrderConfirmed::TYPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_contains_no_name_and_no_address_of_a_recipient() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada Lovelace").await;
    // After the statement of the fixture, which has the name and the address.
    let log = Log::capture();
    let replies = [
        ("550 5.1.1 <ada@example.com> no such user", "refused"),
        (
            "451 4.7.1 <ada@example.com> Ada Lovelace try again",
            "pending",
        ),
    ];
    for (reply, status) in replies {
        fixture.server.set_behavior(Behavior::Reply("RCPT", reply));
        fixture.publish(&confirmed(customer)).await;
        fixture
            .wait_for_notifications(&format!("status = '{status}' AND attempts > 0"), 1)
            .await;
    }
    fixture.server.set_behavior(Behavior::Accept);
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    let logged = log.text();
    assert!(
        logged.contains("e-mail is rejected permanently"),
        "{logged}"
    );
    log.assert_lacks(&[EMAIL, "Ada Lovelace"]);
}
