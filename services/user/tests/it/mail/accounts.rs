use contracts::messages::{Message, OrderConfirmed};
use contracts::operations::v1::ListDeadLettersRequest;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use kernel::UserId;
use messaging::Envelope;
use testkit::{Manner, with_token};
use tonic::transport::Channel;

use crate::support::log::Log;
use crate::support::post::{Post, confirmed};
use crate::support::{EMAIL, staff_token};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_erased_gets_no_mail_and_leaves_none_behind() {
    let post = Post::open().await;
    let erased = post.customer(EMAIL, "Ada").await;
    let other = post.customer("grace@example.com", "Grace").await;
    post.server
        .behave(Manner::Says("RCPT", "451 4.7.1 come back later"));
    post.say(&confirmed(erased)).await;
    post.noted("status = 'pending' AND attempts >= 1", 1).await;
    let erase = format!("DELETE FROM users WHERE id = '{erased}'");
    post.database.execute(&erase).await.unwrap();
    post.noted("true", 0).await;
    post.server.behave(Manner::Takes);
    // News that come later find no account.
    post.say(&confirmed(erased)).await;
    post.say(&confirmed(UserId::generate())).await;
    post.say(&confirmed(other)).await;
    post.handled(4).await;
    post.noted("status = 'sent'", 1).await;
    let mails = post.server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["grace@example.com"]);
    let metrics = testkit::scrape(&post.replica().running.admin_url()).await;
    let skipped = r#"user_mails_total{kind="order_confirmed",outcome="skipped"} 2"#;
    assert!(metrics.contains(skipped), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_news_are_heard_and_forgotten() {
    let mut post = Post::open_with(&[("mail.smtp_url", "")]).await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.say(&confirmed(customer)).await;
    post.handled(1).await;
    post.noted("true", 0).await;
    let url = post.server.url();
    post.change("mail.smtp_url", &url);
    post.stop().await;
    post.start().await;
    post.say(&confirmed(customer)).await;
    post.noted("status = 'sent'", 1).await;
    assert_eq!(post.server.mails().len(), 1, "old news stay forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_ended_long_ago_are_deleted() {
    let post = Post::open_with(&[("mail.sweep_every_s", "1")]).await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.say(&confirmed(customer)).await;
    post.say(&confirmed(customer)).await;
    post.noted("status = 'sent'", 2).await;
    let age = "UPDATE notifications SET finished_at = now() - interval '31 days'
               WHERE id = (SELECT min(id::text)::uuid FROM notifications)";
    post.database.execute(age).await.unwrap();
    post.noted("true", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_cannot_be_read_are_dead_letters_for_staff_to_see() {
    let post = Post::open().await;
    let mut envelope = Envelope::of(&confirmed(UserId::generate())).unwrap();
    envelope.data = b"{\"order_id\": 1}".to_vec();
    post.say_all::<OrderConfirmed>(&[&envelope]).await;
    let staff = staff_token(&post.database, &post.client()).await;
    let url = post.replica().running.url();
    let channel = Channel::from_shared(url).unwrap().connect_lazy();
    let letters = DeadLetterServiceClient::new(channel);
    let letter = testkit::eventually("a dead letter", async || {
        let request = with_token(&staff, ListDeadLettersRequest { limit: 10 });
        let listed = letters.clone().list_dead_letters(request).await.ok()?;
        listed.into_inner().dead_letters.pop()
    })
    .await;
    assert_eq!(letter.r#type, OrderConfirmed::TYPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_leave_no_name_and_no_address_in_the_log() {
    let log = Log::caught();
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada Lovelace").await;
    let quotes = [
        ("550 5.1.1 <ada@example.com> no such user", "refused"),
        (
            "451 4.7.1 <ada@example.com> Ada Lovelace come back",
            "pending",
        ),
    ];
    for (says, status) in quotes {
        post.server.behave(Manner::Says("RCPT", says));
        post.say(&confirmed(customer)).await;
        post.noted(&format!("status = '{status}' AND attempts > 0"), 1)
            .await;
    }
    post.server.behave(Manner::Takes);
    post.noted("status = 'sent'", 1).await;
    let logged = log.text();
    assert!(logged.contains("a mail is refused for good"), "{logged}");
    log.lacks(&[EMAIL, "Ada Lovelace"]);
}
