use std::str::FromStr;

use utoipa::ToSchema;

/// A service. Each has its own dead letters and audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Service {
    /// Products and stock.
    #[default]
    Catalog,
    /// Carts and orders.
    Order,
    /// Payments.
    Payment,
    /// Accounts.
    User,
}

impl Service {
    /// The names in paths and query parameters.
    pub(crate) const NAMES: [(&str, Self); 4] = [
        ("catalog", Self::Catalog),
        ("order", Self::Order),
        ("payment", Self::Payment),
        ("user", Self::User),
    ];

    /// The name in paths and query parameters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Order => "order",
            Self::Payment => "payment",
            Self::User => "user",
        }
    }
}

impl FromStr for Service {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        found
            .map(|(_, service)| service)
            .ok_or("must be one of catalog, order, payment, user")
    }
}
