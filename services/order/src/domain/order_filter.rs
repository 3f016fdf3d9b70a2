use chrono::{DateTime, Utc};

use super::order::Status;
use super::order_number::OrderNumber;

/// Which orders a list has: those that match everything that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OrderFilter {
    pub(crate) status: Option<Status>,
    pub(crate) number: Option<OrderNumber>,
    /// Placed from this time on.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Placed before this time.
    pub(crate) until: Option<DateTime<Utc>>,
}
