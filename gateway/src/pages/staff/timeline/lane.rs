/// A lifeline of the diagram, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// The customer, and staff: both come through the gateway.
    People,
    Order,
    Catalog,
    Payment,
    /// Only spans show the payment provider.
    Provider,
    User,
}

impl Lane {
    /// The lane of a service that acts in a timeline.
    pub(super) fn of_service(name: &str) -> Option<Self> {
        match name {
            "gateway" => Some(Self::People),
            "order" => Some(Self::Order),
            "catalog" => Some(Self::Catalog),
            "payment" => Some(Self::Payment),
            "user" => Some(Self::User),
            _ => None,
        }
    }

    /// The name on its head.
    pub(super) const fn title(self, has_staff: bool) -> &'static str {
        match self {
            Self::People if has_staff => "Customer, staff",
            Self::People => "Customer",
            Self::Order => "order",
            Self::Catalog => "catalog",
            Self::Payment => "payment",
            Self::Provider => "provider",
            Self::User => "user",
        }
    }

    /// The name in a sentence: `order to catalog`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::People => "gateway",
            _ => self.title(false),
        }
    }

    /// What it does for an order.
    pub(super) const fn role(self) -> &'static str {
        match self {
            Self::People => "at the gateway",
            Self::Order => "runs the saga",
            Self::Catalog => "holds the stock",
            Self::Payment => "moves the money",
            Self::Provider => "charges the card",
            Self::User => "writes the mail",
        }
    }

    /// The share of the width between it and the lane on its left. Between order and catalog are the longest names.
    pub(super) const fn gap(self) -> i32 {
        match self {
            Self::People => 0,
            Self::Order => 16,
            Self::Catalog => 21,
            Self::Payment | Self::Provider => 14,
            Self::User => 13,
        }
    }
}
