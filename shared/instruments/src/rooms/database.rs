//! PostgreSQL, as the process sees it.

use super::{SERVICES, SHORT, WAITED_FOR, room};
use crate::Label;

const OUTCOME: Label = Label::one_of("outcome", &["committed", "rolled_back", "failed"]);

room! {
    /// Connections that the pool may have
    DATABASE_POOL_CONNECTIONS_MAX: Gauge<0> = new("database_pool_connections_max", [], SERVICES);
    /// Connections that are open and free
    DATABASE_POOL_CONNECTIONS_IDLE: Gauge<0> = new("database_pool_connections_idle", [], SERVICES);
    /// Connections that somebody works with
    DATABASE_POOL_CONNECTIONS_IN_USE: Gauge<0> =
        new("database_pool_connections_in_use", [], SERVICES);
    /// Tasks that wait for a connection
    DATABASE_POOL_WAITING: Gauge<0> = new("database_pool_waiting", [], SERVICES);
    /// Time that it took to get a connection, opening one included
    DATABASE_POOL_ACQUIRE: Histogram<0> =
        new("database_pool_acquire_seconds", [], SERVICES, SHORT);
    /// Times that none could be had within the time-out, or none could be opened
    DATABASE_POOL_ACQUIRE_FAILURES: Counter<0> =
        new("database_pool_acquire_failures_total", [], SERVICES);
    /// Transactions by how they ended: committed, rolled back by what ran in them, or failed by the database
    DATABASE_TRANSACTIONS: Counter<1> = new("database_transactions_total", [OUTCOME], SERVICES);
    /// Time from getting a connection to the end of the transaction, tries after a conflict included
    DATABASE_TRANSACTION: Histogram<0> =
        new("database_transaction_seconds", [], SERVICES, WAITED_FOR);
    /// Transactions run again after a serialization failure, a deadlock or a connection that was dead
    DATABASE_TRANSACTION_RETRIES: Counter<0> =
        new("database_transaction_retries_total", [], SERVICES);
}
