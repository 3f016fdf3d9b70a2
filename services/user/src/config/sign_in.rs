use std::time::Duration;

use garde::Validate;
use serde::Deserialize;

use crate::domain::Throttle;

/// How many wrong passwords are let through.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SignInConfig {
    /// Per network of a client.
    #[garde(dive)]
    pub network: ThrottleConfig,
    /// Per account, from devices that never signed in to it.
    #[garde(dive)]
    pub account: ThrottleConfig,
    /// Per device that signed in to the account before.
    #[garde(dive)]
    pub device: ThrottleConfig,
    /// Days for which a device is known after a sign-in.
    #[garde(range(min = 1, max = 3_650))]
    pub device_days: u32,
    /// Seconds between two deletions of what no longer counts.
    #[garde(range(min = 1, max = 86_400))]
    pub sweep_every_s: u32,
}

/// A limit: some at once, then some per hour.
#[derive(Debug, Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ThrottleConfig {
    /// At once.
    #[garde(range(min = 1, max = 1_000_000))]
    pub burst: u32,
    /// Per hour after that.
    #[garde(range(min = 1, max = 1_000_000))]
    pub per_hour: u32,
}

impl ThrottleConfig {
    pub(crate) fn throttle(self) -> Throttle {
        Throttle::new(self.burst, self.per_hour)
    }
}

impl SignInConfig {
    pub(crate) fn device_lifetime(&self) -> chrono::Duration {
        chrono::Duration::days(self.device_days.into())
    }

    pub(crate) fn sweep_every(&self) -> Duration {
        Duration::from_secs(self.sweep_every_s.into())
    }
}
