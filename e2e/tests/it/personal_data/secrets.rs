//! What the processes are told and must not tell.

use e2e::Settings;

/// What every secret begins with.
pub(super) const SECRET: &str = "zqsecret";

pub(super) const WEBHOOK_SECRET: &str = "zqsecretwebhook";

/// Databases and the broker: `Ways::open_with_passwords(SECRET)`. Here the others: the key that seals
/// signing keys, the provider's, and what webhooks are signed with.
pub(super) const SETTINGS: Settings<'_> = &[
    (
        "user",
        "signing_keys.encryption_key",
        "zqsecretencryption, and long enough for it",
    ),
    ("payment", "provider.secret_key", "zqsecretprovider"),
    ("sandbox", "provider.secret_key", "zqsecretprovider"),
    ("payment", "webhooks.secrets", WEBHOOK_SECRET),
    ("sandbox", "webhooks.secret", WEBHOOK_SECRET),
];
