//! The secrets in the configuration.

use e2e::Settings;

/// Prefix of every secret.
pub(super) const SECRET: &str = "zqsecret";

pub(super) const WEBHOOK_SECRET: &str = "zqsecretwebhook";

const TOKEN_SECRET: &str = "zqsecrettokens and long enough for them";

/// All secrets except the passwords of databases and broker, which `Proxies::open_with_passwords` sets.
pub(super) const SETTINGS: Settings<'_> = &[
    (
        "user",
        "signing_keys.encryption_key",
        "zqsecretencryption, and long enough for it",
    ),
    ("user", "tokens.secrets", TOKEN_SECRET),
    ("catalog", "tokens.secrets", TOKEN_SECRET),
    ("order", "tokens.secrets", TOKEN_SECRET),
    ("payment", "tokens.secrets", TOKEN_SECRET),
    ("payment", "provider.secret_key", "zqsecretprovider"),
    ("sandbox", "provider.secret_key", "zqsecretprovider"),
    ("payment", "webhooks.secrets", WEBHOOK_SECRET),
    ("sandbox", "webhooks.secret", WEBHOOK_SECRET),
];
