use chassis::shutdown::Stopped;
use chrono::{Duration, Utc};
use testkit::{Manner, Proxy};

use crate::support::EMAIL;
use crate::support::post::{Post, confirmed, confirmed_at};

const SHORT: [(&str, &str); 2] = [
    ("mail.connect_timeout_ms", "400"),
    ("mail.timeout_ms", "400"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_makes_mails_late_and_nothing_else() {
    let mut post = Post::closed(&SHORT).await;
    let proxy = Proxy::to(post.server.address()).await;
    proxy.cut();
    post.change("mail.smtp_url", &format!("smtp://{}", proxy.address));
    post.start().await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.say(&confirmed(customer)).await;
    post.noted("status = 'pending' AND attempts >= 3", 1).await;
    assert!(testkit::is_ready(&post.replica().running.admin_url()).await);
    proxy.restore();
    post.noted("status = 'sent'", 1).await;
    assert_eq!(post.server.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_for_good_is_not_tried_again() {
    for at in ["RCPT", "DATA", "."] {
        let post = Post::open().await;
        let customer = post.customer(EMAIL, "Ada").await;
        post.server
            .behave(Manner::Says(at, "550 5.1.1 <ada@example.com> no such user"));
        post.say(&confirmed(customer)).await;
        post.noted("status = 'refused' AND attempts = 1", 1).await;
        post.server.behave(Manner::Takes);
        post.say(&confirmed(customer)).await;
        post.noted("status = 'sent'", 1).await;
        assert_eq!(post.server.mails().len(), 1, "{at}");
        let why = "SELECT last_error AS value FROM notifications WHERE status = 'refused'";
        let why = post.database.text(why).await;
        assert!(why.contains("550") && !why.contains("ada"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_take_now_is_tried_again() {
    for manner in [
        Manner::Says("EHLO", "421 4.3.2 shutting down"),
        Manner::Says("RCPT", "451 4.7.1 come back later"),
        Manner::Says(".", "452 4.3.1 out of storage"),
        Manner::CutsAt("MAIL"),
        Manner::CutsAt("DATA"),
    ] {
        let post = Post::open().await;
        let customer = post.customer(EMAIL, "Ada").await;
        post.server.behave(manner.clone());
        post.say(&confirmed(customer)).await;
        post.noted("status = 'pending' AND attempts >= 2", 1).await;
        post.server.behave(Manner::Takes);
        post.noted("status = 'sent'", 1).await;
        assert_eq!(post.server.mails().len(), 1, "{manner:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_let_us_in_refuses_no_mail() {
    for manner in [
        Manner::Says("EHLO", "554 5.7.1 go away"),
        Manner::Says("MAIL", "530 5.7.0 authentication required"),
        Manner::Says("RCPT", "530 5.7.0 authentication required"),
    ] {
        let post = Post::open().await;
        let customer = post.customer(EMAIL, "Ada").await;
        post.server.behave(manner);
        post.say(&confirmed(customer)).await;
        post.noted("status = 'pending' AND attempts >= 2", 1).await;
        post.server.behave(Manner::Takes);
        post.noted("status = 'sent'", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_left_and_its_connection_not_used_again() {
    for at in ["EHLO", "MAIL", "RCPT", "DATA"] {
        let post = Post::open_with(&SHORT).await;
        let customer = post.customer(EMAIL, "Ada").await;
        post.server.behave(Manner::HangsAt(at));
        post.say(&confirmed(customer)).await;
        post.noted("status = 'pending' AND last_error LIKE '%slow%'", 1)
            .await;
        post.server.behave(Manner::Takes);
        post.noted("status = 'sent'", 1).await;
        assert_eq!(post.server.mails().len(), 1, "{at}");
        assert!(post.server.asked("EHLO") >= 2, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_clear_to_a_server_that_must_speak_tls() {
    let mut post = Post::closed(&[]).await;
    let url = format!("smtp+starttls://u:p@{}", post.server.address());
    post.change("mail.smtp_url", &url);
    post.start().await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.say(&confirmed(customer)).await;
    post.noted("status = 'pending' AND attempts >= 2", 1).await;
    for command in ["AUTH", "MAIL", "RCPT", "DATA"] {
        assert_eq!(post.server.asked(command), 0, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_news_are_given_up() {
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    let old = Utc::now() - Duration::hours(49);
    post.say(&confirmed_at(customer, old)).await;
    post.noted("status = 'failed'", 1).await;
    assert_eq!(post.server.mails().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_puts_its_mail_back() {
    let mut post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.server.behave(Manner::HangsAt("DATA"));
    post.say(&confirmed(customer)).await;
    post.server.was_asked("DATA", 1).await;
    assert_eq!(post.stop().await, Stopped::Cleanly);
    let back = "notifications WHERE status = 'pending' AND leased_until IS NULL";
    assert_eq!(post.database.count(back).await, 1);
}

/// A newer version wrote it and was rolled back, or mail was switched off.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_nobody_can_send_does_not_wait_for_ever() {
    let mut post = Post::closed(&[]).await;
    let user = "INSERT INTO users VALUES
        ('0199b000-0000-7000-8000-000000000001', 'ada@example.com', 'x', 'Ada', 'customer', now())";
    post.database.execute(user).await.unwrap();
    for (id, hours) in [(1, 50), (2, 40)] {
        let notice = format!(
            "INSERT INTO notifications (id, user_id, order_id, event, happened_at) VALUES
                 ('0199b000-0000-7000-8000-00000000000{id}', '0199b000-0000-7000-8000-000000000001',
                  '0199b000-0000-7000-8000-000000000009', '{{\"kind\": \"order_sung_about\"}}',
                  now() - interval '{hours} hours')"
        );
        post.database.execute(&notice).await.unwrap();
    }
    post.change("mail.smtp_url", "");
    post.start().await;
    post.noted("status = 'failed'", 1).await;
    post.noted("status = 'pending' AND attempts = 0", 1).await;
}
