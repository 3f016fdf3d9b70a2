use chassis::shutdown::Stopped;
use chrono::{Duration, Utc};
use testkit::{Behavior, Proxy};

use crate::support::EMAIL;
use crate::support::mail_fixture::{MailFixture, confirmed, confirmed_at};

const SHORT_TIMEOUTS: [(&str, &str); 2] = [
    ("mail.connect_timeout_ms", "400"),
    ("mail.timeout_ms", "400"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_mail_server_only_delays_mails() {
    let mut fixture = MailFixture::without_replica(&SHORT_TIMEOUTS).await;
    let proxy = Proxy::to(fixture.server.address()).await;
    proxy.cut();
    fixture.set("mail.smtp_url", &format!("smtp://{}", proxy.address));
    fixture.start_replica().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.publish(&confirmed(customer)).await;
    fixture
        .wait_for_notifications("status = 'pending' AND attempts >= 3", 1)
        .await;
    assert!(testkit::is_ready(&fixture.replica().running.admin_url()).await);
    proxy.restore();
    fixture.wait_for_notifications("status = 'sent'", 1).await;
    assert_eq!(fixture.server.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_rejection_is_not_retried() {
    for at in ["RCPT", "DATA", "."] {
        let fixture = MailFixture::new().await;
        let customer = fixture.customer(EMAIL, "Ada").await;
        fixture.server.set_behavior(Behavior::Reply(
            at,
            "550 5.1.1 <ada@example.com> no such user",
        ));
        fixture.publish(&confirmed(customer)).await;
        fixture
            .wait_for_notifications("status = 'refused' AND attempts = 1", 1)
            .await;
        fixture.server.set_behavior(Behavior::Accept);
        fixture.publish(&confirmed(customer)).await;
        fixture.wait_for_notifications("status = 'sent'", 1).await;
        assert_eq!(fixture.server.mails().len(), 1, "{at}");
        let why = "SELECT last_error AS value FROM notifications WHERE status = 'refused'";
        let why = fixture.database.text(why).await;
        assert!(why.contains("550") && !why.contains("ada"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_rejection_is_retried() {
    for manner in [
        Behavior::Reply("EHLO", "421 4.3.2 shutting down"),
        Behavior::Reply("RCPT", "451 4.7.1 try again later"),
        Behavior::Reply(".", "452 4.3.1 out of storage"),
        Behavior::DisconnectAt("MAIL"),
        Behavior::DisconnectAt("DATA"),
    ] {
        let fixture = MailFixture::new().await;
        let customer = fixture.customer(EMAIL, "Ada").await;
        fixture.server.set_behavior(manner.clone());
        fixture.publish(&confirmed(customer)).await;
        fixture
            .wait_for_notifications("status = 'pending' AND attempts >= 2", 1)
            .await;
        fixture.server.set_behavior(Behavior::Accept);
        fixture.wait_for_notifications("status = 'sent'", 1).await;
        assert_eq!(fixture.server.mails().len(), 1, "{manner:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_client_does_not_fail_its_mails() {
    for manner in [
        Behavior::Reply("EHLO", "554 5.7.1 rejected"),
        Behavior::Reply("MAIL", "530 5.7.0 authentication required"),
        Behavior::Reply("RCPT", "530 5.7.0 authentication required"),
    ] {
        let fixture = MailFixture::new().await;
        let customer = fixture.customer(EMAIL, "Ada").await;
        fixture.server.set_behavior(manner);
        fixture.publish(&confirmed(customer)).await;
        fixture
            .wait_for_notifications("status = 'pending' AND attempts >= 2", 1)
            .await;
        fixture.server.set_behavior(Behavior::Accept);
        fixture.wait_for_notifications("status = 'sent'", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_connection_is_closed_and_the_mail_retried() {
    for at in ["EHLO", "MAIL", "RCPT", "DATA"] {
        let fixture = MailFixture::with(&SHORT_TIMEOUTS).await;
        let customer = fixture.customer(EMAIL, "Ada").await;
        fixture.server.set_behavior(Behavior::HangAt(at));
        fixture.publish(&confirmed(customer)).await;
        fixture
            .wait_for_notifications("status = 'pending' AND last_error LIKE '%slow%'", 1)
            .await;
        fixture.server.set_behavior(Behavior::Accept);
        fixture.wait_for_notifications("status = 'sent'", 1).await;
        assert_eq!(fixture.server.mails().len(), 1, "{at}");
        assert!(fixture.server.command_count("EHLO") >= 2, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_clear_when_tls_is_required() {
    let mut fixture = MailFixture::without_replica(&[]).await;
    let url = format!("smtp+starttls://u:p@{}", fixture.server.address());
    fixture.set("mail.smtp_url", &url);
    fixture.start_replica().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.publish(&confirmed(customer)).await;
    fixture
        .wait_for_notifications("status = 'pending' AND attempts >= 2", 1)
        .await;
    for command in ["AUTH", "MAIL", "RCPT", "DATA"] {
        assert_eq!(fixture.server.command_count(command), 0, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_of_old_events_fail() {
    let fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    let old = Utc::now() - Duration::hours(49);
    fixture.publish(&confirmed_at(customer, old)).await;
    fixture.wait_for_notifications("status = 'failed'", 1).await;
    assert_eq!(fixture.server.mails().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_process_releases_its_lease() {
    let mut fixture = MailFixture::new().await;
    let customer = fixture.customer(EMAIL, "Ada").await;
    fixture.server.set_behavior(Behavior::HangAt("DATA"));
    fixture.publish(&confirmed(customer)).await;
    fixture.server.wait_for_command("DATA", 1).await;
    assert_eq!(fixture.stop_replica().await, Stopped::Cleanly);
    let back = "notifications WHERE status = 'pending' AND leased_until IS NULL";
    assert_eq!(fixture.database.count(back).await, 1);
}

/// A newer version wrote it and was rolled back, or mail was turned off.
#[tokio::test(flavor = "multi_thread")]
async fn an_undeliverable_notification_fails_after_its_maximum_age() {
    let mut fixture = MailFixture::without_replica(&[]).await;
    let user = "INSERT INTO users VALUES
        ('0199b000-0000-7000-8000-000000000001', 'ada@example.com', 'x', 'Ada', 'customer', now())";
    fixture.database.execute(user).await.unwrap();
    for (id, hours) in [(1, 50), (2, 40)] {
        let insert = format!(
            "INSERT INTO notifications (id, user_id, order_id, event, happened_at) VALUES
                 ('0199b000-0000-7000-8000-00000000000{id}', '0199b000-0000-7000-8000-000000000001',
                  '0199b000-0000-7000-8000-000000000009', '{{\"kind\": \"order_of_the_future\"}}',
                  now() - interval '{hours} hours')"
        );
        fixture.database.execute(&insert).await.unwrap();
    }
    fixture.set("mail.smtp_url", "");
    fixture.start_replica().await;
    fixture.wait_for_notifications("status = 'failed'", 1).await;
    fixture
        .wait_for_notifications("status = 'pending' AND attempts = 0", 1)
        .await;
}
