use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::{Databases, broker, facts::connect_read_only, provider::ProviderFacts};
use crate::Addresses;

/// RabbitMQ updates the lengths of queues every five seconds.
const QUEUE_COUNT_AGE: Duration = Duration::from_secs(6);

/// What must be zero: database, description and query.
const COUNTS: [(&str, &str, &str); 10] = [
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
        "unfinished calls to the provider",
        "SELECT count(*) FROM operations WHERE finished_at IS NULL",
    ),
    (
        "catalog",
        "unpublished messages in catalog",
        "SELECT count(*) FROM outbox",
    ),
    (
        "order",
        "unpublished messages in order",
        "SELECT count(*) FROM outbox",
    ),
    (
        "payment",
        "unpublished messages in payment",
        "SELECT count(*) FROM outbox",
    ),
    (
        "user",
        "e-mails to send",
        "SELECT count(*) FROM notifications WHERE finished_at IS NULL",
    ),
    (
        "user",
        "unpublished messages in user",
        "SELECT count(*) FROM outbox",
    ),
];

/// What is still in progress; empty at quiescence. An empty result takes six seconds, because the
/// counts of the broker are delayed.
///
/// # Errors
/// A source cannot be read.
pub async fn pending(addresses: &Addresses) -> Result<Vec<String>> {
    let open = count(addresses).await?;
    if !open.is_empty() {
        return Ok(open);
    }
    sleep(QUEUE_COUNT_AGE).await;
    count(addresses).await
}

/// Authorizations that were canceled and refunds that failed at the provider, which payment has not
/// processed yet: a webhook or a lookup will report them.
async fn unprocessed_changes(addresses: &Addresses) -> Result<usize> {
    let provider = ProviderFacts::read(addresses).await?;
    let payment = connect_read_only(&Databases::of(addresses)?.payment).await?;
    let mut changes = 0;
    let sql = "SELECT provider_reference FROM payments WHERE status = 'authorized'";
    for row in payment.query(sql, &[]).await? {
        let intent: String = row.try_get(0)?;
        let theirs = provider.intents.get(&intent);
        changes += usize::from(theirs.is_some_and(|intent| intent.status == "canceled"));
    }
    let sql = "SELECT provider_reference FROM refunds WHERE status = 'succeeded'";
    for row in payment.query(sql, &[]).await? {
        let refund: String = row.try_get(0)?;
        let theirs = provider.refunds.get(&refund);
        changes += usize::from(theirs.is_some_and(|refund| refund.status == "failed"));
    }
    Ok(changes)
}

async fn count(addresses: &Addresses) -> Result<Vec<String>> {
    let databases = Databases::of(addresses)?;
    let mut open = Vec::new();
    for (service, url) in databases.named() {
        let client = connect_read_only(url).await?;
        for (_, description, sql) in COUNTS.iter().filter(|(owner, ..)| *owner == service) {
            let count: i64 = client.query_one(*sql, &[]).await?.try_get(0)?;
            if count > 0 {
                open.push(format!("{count} {description}"));
            }
        }
    }
    let changes = unprocessed_changes(addresses).await?;
    if changes > 0 {
        open.push(format!("{changes} unprocessed changes at the provider"));
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
