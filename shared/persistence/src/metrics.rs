//! Metrics of the pool and of transactions.

use instruments::buckets;

instruments::labels! {
    pub(crate) enum Outcome as "outcome" {
        Committed = "committed",
        RolledBack = "rolled_back",
        Failed = "failed",
    }
}

instruments::metrics! {
    /// Metrics of a process with a database.
    pub static METRICS;

    /// Most connections of the pool
    DATABASE_POOL_CONNECTIONS_MAX: Gauge = "database_pool_connections_max";
    /// Open connections that are free
    DATABASE_POOL_CONNECTIONS_IDLE: Gauge = "database_pool_connections_idle";
    /// Connections in use
    DATABASE_POOL_CONNECTIONS_IN_USE: Gauge = "database_pool_connections_in_use";
    /// Tasks that wait for a connection
    DATABASE_POOL_WAITING: Gauge = "database_pool_waiting";
    /// Time to get a connection, including opening one
    DATABASE_POOL_ACQUIRE: Histogram = "database_pool_acquire_seconds", buckets::SHORT;
    /// Failures to get a connection: none was free within the timeout, or none could be opened
    DATABASE_POOL_ACQUIRE_FAILURES: Counter = "database_pool_acquire_failures_total";
    /// Transactions by outcome: committed, rolled back by the body, or failed because of the database
    DATABASE_TRANSACTIONS: Counter<Outcome> = "database_transactions_total";
    /// Time from getting a connection to the end of the transaction, retries included
    DATABASE_TRANSACTION: Histogram = "database_transaction_seconds", buckets::REQUEST;
    /// Retries of transactions after a serialization failure, a deadlock or a broken connection
    DATABASE_TRANSACTION_RETRIES: Counter = "database_transaction_retries_total";
}
