use std::collections::BTreeSet;

use contracts::messages::OrderConfirmed;
use messaging::Envelope;
use testkit::{Manner, Proxy, ReceivedMail, Spans, eventually};

use crate::support::EMAIL;
use crate::support::post::{Post, confirmed};

/// Short enough to wait for.
const SHORT: [(&str, &str); 3] = [
    ("mail.connect_timeout_ms", "400"),
    ("mail.timeout_ms", "1500"),
    ("mail.lease_ms", "2000"),
];

fn ids(mails: &[ReceivedMail]) -> BTreeSet<String> {
    mails.iter().map(|mail| mail.header("Message-ID")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_again_is_no_second_mail() {
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    let first = Envelope::of(&confirmed(customer)).unwrap();
    post.say_all::<OrderConfirmed>(&[&first, &first]).await;
    post.server.has(1).await;
    let next = Envelope::of(&confirmed(customer)).unwrap();
    post.say_all::<OrderConfirmed>(&[&first, &next, &first])
        .await;
    post.server.has(2).await;
    post.noted("status = 'sent'", 2).await;
    assert_eq!(post.server.mails().len(), 2);
    assert_eq!(ids(&post.server.mails()).len(), 2);
}

/// The inbox forgets after days, and the table of mails after weeks; a dead letter waits for a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_inbox_has_forgotten_is_handled_and_no_second_mail() {
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    let first = post.say(&confirmed(customer)).await;
    post.noted("status = 'sent'", 1).await;
    post.database.execute("DELETE FROM inbox").await.unwrap();
    post.say_all::<OrderConfirmed>(&[&first]).await;
    post.handled(1).await;
    assert_eq!(post.server.mails().len(), 1);
    assert_eq!(post.database.count("notifications").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_work_and_send_nothing_twice() {
    const MAILS: usize = 90;
    let mut post = Post::open().await;
    post.start().await;
    post.start().await;
    let customer = post.customer(EMAIL, "Ada").await;
    let news = || Envelope::of(&confirmed(customer)).unwrap();
    let news: Vec<Envelope> = std::iter::repeat_with(news).take(MAILS).collect();
    let all: Vec<&Envelope> = news.iter().collect();
    post.say_all::<OrderConfirmed>(&all).await;
    post.noted("status = 'sent'", 90).await;
    assert_eq!(post.server.mails().len(), MAILS);
    assert_eq!(ids(&post.server.mails()).len(), MAILS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_batch_are_stored_by_one_statement() {
    const MAILS: usize = 60;
    instruments::exemplars::install(|| Some(1));
    let spans = Spans::listen();
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    let event = || Envelope::of(&confirmed(customer)).unwrap();
    let events: Vec<Envelope> = std::iter::repeat_with(event).take(MAILS).collect();
    let all: Vec<&Envelope> = events.iter().collect();
    post.say_all::<OrderConfirmed>(&all).await;
    post.noted("status = 'sent'", 60).await;
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
async fn a_lost_answer_is_a_second_mail_with_the_same_id() {
    let post = Post::open().await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.server.behave(Manner::CutsAt("."));
    post.say(&confirmed(customer)).await;
    post.server.has(1).await;
    post.server.behave(Manner::Takes);
    post.noted("status = 'sent'", 1).await;
    let mails = post.server.mails();
    assert!(mails.len() >= 2);
    assert_eq!(ids(&mails).len(), 1);
    let texts: BTreeSet<String> = mails.iter().map(ReceivedMail::text).collect();
    assert_eq!(texts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_server_took_it_is_a_second_mail_with_the_same_id() {
    let mut post = Post::closed(&SHORT).await;
    let mortal = post.start_mortal().await;
    let first = "INSERT INTO users VALUES
        ('0199b000-0000-7000-8000-000000000001', 'ada@example.com', 'x', 'Ada', 'customer', now())";
    post.database.execute(first).await.unwrap();
    let customer = "0199b000-0000-7000-8000-000000000001".parse().unwrap();
    post.server.behave(Manner::HangsAt("."));
    post.say(&confirmed(customer)).await;
    post.server.was_asked(".", 1).await;
    drop(mortal);
    post.server.behave(Manner::Takes);
    post.noted("status = 'pending' AND attempts = 1", 1).await;
    post.start().await;
    post.noted("status = 'sent'", 1).await;
    let mails = post.server.mails();
    assert_eq!((mails.len(), ids(&mails).len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stumbles_when_a_mail_is_sent_makes_no_second_mail() {
    let mut post = Post::closed(&SHORT).await;
    let (proxy, url) = Proxy::in_front_of(&post.database.url).await;
    post.change("database.url", &url);
    post.change("database.acquire_timeout_ms", "500");
    post.start().await;
    let customer = post.customer(EMAIL, "Ada").await;
    post.server.behave(Manner::HangsAt("."));
    post.say(&confirmed(customer)).await;
    post.server.was_asked(".", 1).await;
    proxy.cut();
    post.server.behave(Manner::Takes);
    let admin = post.replica().running.admin_url();
    eventually("the database to be missed", async || {
        (!testkit::is_ready(&admin).await).then_some(())
    })
    .await;
    proxy.restore();
    post.noted("status = 'sent' AND attempts = 1", 1).await;
    assert_eq!(post.server.mails().len(), 1);
}
