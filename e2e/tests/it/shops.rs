//! Settings that several topics open a shop with.

use e2e::Settings;

/// All callers of a test have one address, and some tests make far more calls than a customer.
pub(crate) const WITHOUT_RATE_LIMITS: Settings<'static> =
    &[("gateway", "rate_limit.enabled", "false")];
