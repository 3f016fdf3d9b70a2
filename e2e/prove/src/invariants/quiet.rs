use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::{Databases, broker, facts::look_into, provider::ProviderFacts};
use crate::{Addresses, witness::Witness};

/// The broker counts its queues every five seconds.
const COUNTS_ARE_OLD: Duration = Duration::from_secs(6);

/// What is counted, with what it is called.
const OPEN: [(&str, &str, &str); 10] = [
    (
        "order",
        "orders pending",
        "SELECT count(*) FROM orders WHERE status = 'pending'",
    ),
    (
        "order",
        "sagas in flight",
        "SELECT count(*) FROM sagas WHERE status <> 'done'",
    ),
    (
        "order",
        "refunds open",
        "SELECT count(*) FROM refunds WHERE status = 'requested'",
    ),
    (
        "catalog",
        "reservations held",
        "SELECT count(*) FROM reservations WHERE state = 'held'",
    ),
    (
        "payment",
        "calls to the provider owed",
        "SELECT count(*) FROM operations WHERE finished_at IS NULL",
    ),
    (
        "catalog",
        "unsent messages in catalog",
        "SELECT count(*) FROM outbox",
    ),
    (
        "order",
        "unsent messages in order",
        "SELECT count(*) FROM outbox",
    ),
    (
        "payment",
        "unsent messages in payment",
        "SELECT count(*) FROM outbox",
    ),
    (
        "user",
        "mails to send",
        "SELECT count(*) FROM notifications WHERE finished_at IS NULL",
    ),
    (
        "user",
        "unsent messages in user",
        "SELECT count(*) FROM outbox",
    ),
];

/// What is still going on; empty once all is quiet. Takes some seconds when all seems quiet, because
/// the broker's counts are that old.
///
/// # Errors
/// When a source does not answer.
pub async fn pending(addresses: &Addresses, _witness: &Witness) -> Result<Vec<String>> {
    let open = look(addresses).await?;
    if !open.is_empty() {
        return Ok(open);
    }
    sleep(COUNTS_ARE_OLD).await;
    look(addresses).await
}

/// Payments with a hold that the provider let go, or a refund that came to another end, and that do not
/// know it yet: they hear of it by a webhook, or when they look.
async fn news(addresses: &Addresses) -> Result<usize> {
    let provider = ProviderFacts::read(addresses).await?;
    let payment = look_into(&Databases::of(addresses)?.payment).await?;
    let mut news = 0;
    let sql = "SELECT provider_reference FROM payments WHERE status = 'authorized'";
    for row in payment.query(sql, &[]).await? {
        let intent: String = row.try_get(0)?;
        let theirs = provider.intents.get(&intent);
        news += usize::from(theirs.is_some_and(|intent| intent.status == "canceled"));
    }
    let sql = "SELECT provider_reference FROM refunds WHERE status = 'succeeded'";
    for row in payment.query(sql, &[]).await? {
        let refund: String = row.try_get(0)?;
        let theirs = provider.refunds.get(&refund);
        news += usize::from(theirs.is_some_and(|refund| refund.status == "failed"));
    }
    Ok(news)
}

async fn look(addresses: &Addresses) -> Result<Vec<String>> {
    let databases = Databases::of(addresses)?;
    let mut open = Vec::new();
    for (service, url) in databases.named() {
        let client = look_into(url).await?;
        for (_, what, sql) in OPEN.iter().filter(|(owner, ..)| *owner == service) {
            let count: i64 = client.query_one(*sql, &[]).await?.try_get(0)?;
            if count > 0 {
                open.push(format!("{count} {what}"));
            }
        }
    }
    let news = news(addresses).await?;
    if news > 0 {
        open.push(format!("{news} payments whose provider has news"));
    }
    let queues = broker::read(addresses).await?;
    for queue in queues
        .iter()
        .filter(|queue| !queue.holds_dead_letters() && queue.messages > 0)
    {
        open.push(format!("{} messages in {}", queue.messages, queue.name));
    }
    Ok(open)
}
