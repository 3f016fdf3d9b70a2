//! PostgreSQL, as the process sees it.

use instruments::buckets;

instruments::labels! {
    pub(crate) enum Outcome as "outcome" {
        Committed = "committed",
        RolledBack = "rolled_back",
        Failed = "failed",
    }
}

instruments::metrics! {
    /// What a process exports that has a database.
    pub static METRICS;

    /// Connections that the pool may have
    DATABASE_POOL_CONNECTIONS_MAX: Gauge = "database_pool_connections_max";
    /// Connections that are open and free
    DATABASE_POOL_CONNECTIONS_IDLE: Gauge = "database_pool_connections_idle";
    /// Connections that somebody works with
    DATABASE_POOL_CONNECTIONS_IN_USE: Gauge = "database_pool_connections_in_use";
    /// Tasks that wait for a connection
    DATABASE_POOL_WAITING: Gauge = "database_pool_waiting";
    /// Time that it took to get a connection, opening one included
    DATABASE_POOL_ACQUIRE: Histogram = "database_pool_acquire_seconds", buckets::SHORT;
    /// Times that none could be had within the time-out, or none could be opened
    DATABASE_POOL_ACQUIRE_FAILURES: Counter = "database_pool_acquire_failures_total";
    /// Transactions by how they ended: committed, rolled back by what ran in them, or failed by the database
    DATABASE_TRANSACTIONS: Counter<Outcome> = "database_transactions_total";
    /// Time from getting a connection to the end of the transaction, tries after a conflict included
    DATABASE_TRANSACTION: Histogram = "database_transaction_seconds", buckets::REQUEST;
    /// Transactions run again after a serialization failure, a deadlock or a connection that was dead
    DATABASE_TRANSACTION_RETRIES: Counter = "database_transaction_retries_total";
}
