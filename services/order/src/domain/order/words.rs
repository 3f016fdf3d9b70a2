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
    /// The customer did not do what her bank wanted, or the provider let the amount go.
    PaymentExpired,
    ReservationExpired,
    /// An operator gave it up.
    Compensated,
}

impl Reason {
    /// The word on the wire and in the order's row.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out_of_stock",
            Self::StockTimedOut => "stock_timed_out",
            Self::PaymentDeclined => "payment_declined",
            Self::PaymentTimedOut => "payment_timed_out",
            Self::PaymentExpired => "payment_expired",
            Self::ReservationExpired => "reservation_expired",
            Self::Compensated => "compensated",
        }
    }
}

/// Who, or what, called an order off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Customer,
    Staff,
    /// The provider let the held amount go before it was taken.
    Expiry,
}

impl By {
    /// The word on the wire and in the order's row.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "by_customer",
            Self::Staff => "by_staff",
            Self::Expiry => "payment_expired",
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
    pub(crate) const ALL: [Self; 10] = [
        Self::Reject(Reason::OutOfStock),
        Self::Reject(Reason::StockTimedOut),
        Self::Reject(Reason::PaymentDeclined),
        Self::Reject(Reason::PaymentTimedOut),
        Self::Reject(Reason::PaymentExpired),
        Self::Reject(Reason::ReservationExpired),
        Self::Reject(Reason::Compensated),
        Self::Cancel(By::Customer),
        Self::Cancel(By::Staff),
        Self::Cancel(By::Expiry),
    ];

    /// The word on the wire and in the order's row. Rejections and cancellations share one.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reject(reason) => reason.as_str(),
            Self::Cancel(by) => by.as_str(),
        }
    }

    /// The word in the saga's row: each has its own.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Cancel(By::Expiry) => "authorization_expired",
            other => other.as_str(),
        }
    }
}
