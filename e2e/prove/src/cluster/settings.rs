//! Settings that differ from the defaults: small pools, because there are many processes, and short
//! waits, so that the cluster becomes quiescent soon after the last fault.

use std::time::Duration;

use topology::variable;

/// The demo account of the staff.
pub(super) fn staff() -> (String, String) {
    (
        "staff@example.com".to_owned(),
        "correct-horse-battery-staff".to_owned(),
    )
}

const USER: &[(&str, &str)] = &[
    ("database.pool_size", "6"),
    // Hundreds of clients sign in on a small machine.
    ("passwords.memory_kib", "64"),
    ("passwords.iterations", "1"),
    ("passwords.per_network", "64"),
    // Clients must refresh their tokens while faults are injected.
    ("sessions.access_token_s", "150"),
];

const CATALOG: &[(&str, &str)] = &[("database.pool_size", "8")];

const ORDER: &[(&str, &str)] = &[
    ("database.pool_size", "8"),
    // All clients share a few cards and one address.
    ("checkout.declines.window_s", "1"),
    ("checkout.declines.per_account", "10000"),
    ("checkout.declines.per_card", "1000000"),
    ("checkout.declines.per_network", "1000000"),
    ("saga.reserve_wait_ms", "3000"),
    ("saga.authorize_wait_ms", "4000"),
    ("saga.authentication_wait_ms", "20000"),
    ("saga.insist_wait_ms", "3000"),
    ("saga.insist_wait_max_ms", "15000"),
    ("saga.reservation_margin_ms", "30000"),
    ("saga.tick_ms", "500"),
];

const PAYMENT: &[(&str, &str)] = &[
    ("database.pool_size", "8"),
    ("provider.timeout_ms", "3000"),
    ("provider.connect_timeout_ms", "1000"),
    ("worker.concurrency", "16"),
    ("worker.lease_ms", "9000"),
    ("worker.max_delay_ms", "4000"),
    // Webhooks are dropped, so lookups must find what they would have reported, and soon.
    ("lookups.lease_ms", "8000"),
    ("lookups.first_wait_ms", "2000"),
    ("lookups.challenge_wait_ms", "8000"),
    ("lookups.authorization_scan_s", "5"),
    ("reconciliation.settle_ms", "1000"),
    ("reconciliation.confirm_after_ms", "3000"),
    ("reconciliation.lease_ms", "10000"),
    ("reconciliation.poll_ms", "1000"),
];

const SANDBOX: &[(&str, &str)] = &[
    ("provider.refund_delay_ms", "3000"),
    ("webhooks.max_delay_ms", "4000"),
];

/// All clients, and the provider's webhooks, come from one IP address.
const GATEWAY: &[(&str, &str)] = &[
    ("rate_limit.api.per_ip.per_minute", "600000"),
    ("rate_limit.api.per_ip.burst", "100000"),
    ("rate_limit.identity.per_ip.per_minute", "60000"),
    ("rate_limit.identity.per_ip.burst", "10000"),
    ("rate_limit.webhook.per_ip.per_minute", "60000"),
    ("rate_limit.webhook.per_ip.burst", "10000"),
];

/// Longer than the interval of readiness probes, so that the proxies notice the end of a process before it closes its port.
const LAME_DUCK_MS: &str = "2500";

/// Payment looks up an open authorization once per fifth of the run. A webhook about its end may be
/// lost; more lookups of thousands of authorizations would overload the provider.
const LOOKUPS_PER_RUN: u64 = 5;
const LOOKUP_INTERVAL_S: std::ops::RangeInclusive<u64> = 15..=90;

/// The environment variables of one process, for a run of this length.
pub(super) fn of(service: &str, length: Duration) -> Vec<(String, String)> {
    let settings = match service {
        "user" => USER,
        "catalog" => CATALOG,
        "order" => ORDER,
        "payment" => PAYMENT,
        "sandbox" => SANDBOX,
        _ => GATEWAY,
    };
    let variables = settings
        .iter()
        .map(|(key, value)| (variable(service, key), (*value).to_owned()));
    let mut variables: Vec<_> = variables.collect();
    variables.push((
        variable(service, "shutdown.lame_duck_ms"),
        LAME_DUCK_MS.to_owned(),
    ));
    if service == "payment" {
        let seconds = (length.as_secs() / LOOKUPS_PER_RUN)
            .clamp(*LOOKUP_INTERVAL_S.start(), *LOOKUP_INTERVAL_S.end());
        for key in [
            "lookups.authorization_age_s",
            "lookups.authorization_wait_s",
        ] {
            variables.push((variable(service, key), seconds.to_string()));
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_setting_is_a_key_of_its_default_configuration() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (folder, settings) in [
            ("services/user", USER),
            ("services/catalog", CATALOG),
            ("services/order", ORDER),
            ("services/payment", PAYMENT),
            ("sandbox", SANDBOX),
        ] {
            let file = root.join(folder).join("config/default.toml");
            let defaults = fs::read_to_string(&file).unwrap_or_default();
            for (key, _) in settings {
                let has_key = key.rsplit_once('.').is_some_and(|(section, name)| {
                    let header = format!("[{section}]\n");
                    defaults
                        .split_once(&header)
                        .and_then(|(_, rest)| rest.split("\n[").next())
                        .is_some_and(|keys| keys.contains(&format!("{name} =")))
                });
                assert!(has_key, "{folder}/config/default.toml has no {key}");
            }
        }
    }
}
