use std::collections::BTreeSet;

use anyhow::Result;
use tokio_postgres::Client;

/// A constraint, unique index or trigger with which a database protects an invariant.
#[derive(Debug)]
pub(crate) struct Constraint {
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    /// It exists, is valid and enabled.
    pub(crate) in_force: bool,
}

/// Names by service.
const CONSTRAINTS: [(&str, &[&str]); 4] = [
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
            "discount_codes_uses",
            "discount_uses_pkey",
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

pub(super) async fn read(service: &'static str, client: &Client) -> Result<Vec<Constraint>> {
    let sql = "SELECT conname::text FROM pg_constraint WHERE convalidated AND contype <> 't'
               UNION SELECT relname::text FROM pg_index JOIN pg_class ON oid = indexrelid
                     WHERE indisunique AND indisvalid
               UNION SELECT tgname::text FROM pg_trigger
                     WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal";
    let mut found = BTreeSet::new();
    for row in client.query(sql, &[]).await? {
        found.insert(row.try_get::<_, String>(0)?);
    }
    let names = CONSTRAINTS.iter().filter(|(owner, _)| *owner == service);
    Ok(names
        .flat_map(|(_, names)| names.iter())
        .map(|&name| Constraint {
            service,
            name,
            in_force: found.contains(name),
        })
        .collect())
}
