/// Where an order is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    /// The checkout is running.
    Pending,
    /// Stock is committed and the amount is held.
    Confirmed,
    /// The checkout did not succeed; everything was undone.
    Rejected,
    /// Called off; everything was undone.
    Cancelled,
    /// Paid and on its way.
    Shipped,
    /// Arrived.
    Delivered,
}

impl Status {
    /// True when nothing can lead out of it.
    #[cfg(test)]
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled | Self::Delivered)
    }
}

/// Why a checkout failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    OutOfStock,
    StockTimedOut,
    PaymentDeclined,
    PaymentTimedOut,
    ReservationExpired,
}

impl Reason {
    /// The word on the wire and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out_of_stock",
            Self::StockTimedOut => "stock_timed_out",
            Self::PaymentDeclined => "payment_declined",
            Self::PaymentTimedOut => "payment_timed_out",
            Self::ReservationExpired => "reservation_expired",
        }
    }
}

/// Who called an order off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Customer,
    Staff,
}

impl By {
    /// The word on the wire and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "by_customer",
            Self::Staff => "by_staff",
        }
    }
}

/// What an order comes to once everything is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Reject(Reason),
    Cancel(By),
}

impl Verdict {
    /// All there are.
    pub(crate) const ALL: [Self; 7] = [
        Self::Reject(Reason::OutOfStock),
        Self::Reject(Reason::StockTimedOut),
        Self::Reject(Reason::PaymentDeclined),
        Self::Reject(Reason::PaymentTimedOut),
        Self::Reject(Reason::ReservationExpired),
        Self::Cancel(By::Customer),
        Self::Cancel(By::Staff),
    ];

    /// The word on the wire and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reject(reason) => reason.as_str(),
            Self::Cancel(by) => by.as_str(),
        }
    }
}
