use std::collections::BTreeSet;

use anyhow::Result;
use tokio_postgres::Client;

/// Something in a database that refuses what must not be.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) service: &'static str,
    /// Name of the constraint, unique index or trigger.
    pub(crate) name: &'static str,
    /// It is there, valid and switched on.
    pub(crate) stands: bool,
}

/// By service; the inbox's key is everybody's.
const GUARDS: [(&str, &[&str]); 4] = [
    (
        "catalog",
        &[
            "inbox_pkey",
            "stock_on_hand_in_range",
            "stock_reserved_within_on_hand",
            "reservations_pkey",
        ],
    ),
    (
        "order",
        &[
            "inbox_pkey",
            "idempotency_keys_pkey",
            "orders_total",
            "refunds_idempotency",
            "refunds_amount",
        ],
    ),
    (
        "payment",
        &[
            "inbox_pkey",
            "payments_order_id",
            "payments_refunded_within_captured",
            "operations_once",
            "ledger_transactions_once",
            "ledger_transactions_balanced",
            "ledger_entries_balanced",
            "ledger_transactions_append_only",
            "ledger_entries_append_only",
        ],
    ),
    ("user", &["inbox_pkey", "notifications_pkey"]),
];

pub(super) async fn read(service: &'static str, client: &Client) -> Result<Vec<Guard>> {
    let sql = "SELECT conname::text FROM pg_constraint WHERE convalidated AND contype <> 't'
               UNION SELECT relname::text FROM pg_index JOIN pg_class ON oid = indexrelid
                     WHERE indisunique AND indisvalid
               UNION SELECT tgname::text FROM pg_trigger
                     WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal";
    let mut there = BTreeSet::new();
    for row in client.query(sql, &[]).await? {
        there.insert(row.try_get::<_, String>(0)?);
    }
    let names = GUARDS.iter().filter(|(owner, _)| *owner == service);
    Ok(names
        .flat_map(|(_, names)| names.iter())
        .map(|&name| Guard {
            service,
            name,
            stands: there.contains(name),
        })
        .collect())
}
