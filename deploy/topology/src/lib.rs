//! The processes of the shop, their ports, and the settings that join them. See `README.md`.

pub mod broker;

/// One process of the shop.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    /// The name of its crate, binary, container, database and `service.name`.
    pub name: &'static str,
    /// The port that it serves on by default.
    pub port: u16,
    /// The port of its probes and metrics by default.
    pub admin_port: u16,
    /// What it speaks on `port`.
    pub protocol: Protocol,
    /// Whether `<name> seed` fills its database with demo data.
    pub has_demo_data: bool,
    /// What it must be configured with, beside its own two addresses: key of its configuration and value.
    pub settings: &'static [(&'static str, Value)],
}

/// What a process speaks to its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC.
    Grpc,
    /// HTTP with JSON or forms.
    Http,
}

/// The value of a setting, resolved by the program that starts the processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// The `postgres://` URL of the process's own role and database.
    Database,
    /// The `amqp://` URL of the broker with the process's own account: [`broker::ACCOUNTS`].
    Broker,
    /// The `redis://` URL.
    Redis,
    /// The base URL of another process, with a path that may be empty.
    Url(&'static str, &'static str),
    /// The address of the shop for browsers and people, with a path that may be empty.
    Public(&'static str),
    /// A secret by name. Processes that name the same secret share it.
    Secret(&'static str),
    /// A file that survives restarts, by name.
    File(&'static str),
    /// The same everywhere.
    Text(&'static str),
}

const BROKER: (&str, Value) = ("broker.url", Value::Broker);
const DATABASE: (&str, Value) = ("database.url", Value::Database);
/// Which RPCs there are is no secret of a shop that is run to be looked at.
const REFLECTION: (&str, Value) = ("grpc.reflection", Value::Text("true"));
/// Traces without a collector, for the operations view.
const SPANS: (&str, Value) = ("telemetry.recent_spans", Value::Text("2000"));
/// Whether a setting is for demonstrations only: of a shop on one machine, and of no other.
#[must_use]
pub fn is_for_demonstrations(key: &str) -> bool {
    key.starts_with("faults.")
}

/// Staff inject faults for a demonstration.
const FAULTS: (&str, Value) = ("faults.allowed", Value::Text("true"));
const USER: (&str, Value) = ("upstreams.user.url", Value::Url("user", ""));
const PROVIDER_KEY: (&str, Value) = ("provider.secret_key", Value::Secret("provider"));

/// Stripe's test payment methods, as far as `sandbox` knows them, comma-separated.
const SANDBOX_METHODS: &str = "pm_card_visa,pm_card_visa_debit,pm_card_mastercard,pm_card_mastercard_debit,\
    pm_card_mastercard_prepaid,pm_card_amex,pm_card_discover,pm_card_diners,pm_card_jcb,\
    pm_card_unionpay,pm_card_us,pm_card_de,pm_card_gb,pm_card_refundFail,pm_card_pendingRefund,\
    pm_card_captureFail,pm_card_captureFailOnce,pm_card_authenticationRequired,\
    pm_card_authenticationRequiredOnSetup,\
    pm_card_authenticationRequiredChargeDeclinedInsufficientFunds,pm_card_threeDSecureRequired,\
    pm_card_threeDSecure2Required,pm_card_threeDSecureRequiredChargeDeclined,\
    pm_card_threeDSecureRequiredProcessingError,pm_card_chargeDeclined,\
    pm_card_chargeDeclinedInsufficientFunds,pm_card_chargeDeclinedLostCard,\
    pm_card_chargeDeclinedStolenCard,pm_card_chargeDeclinedExpiredCard,\
    pm_card_chargeDeclinedIncorrectCvc,pm_card_chargeDeclinedProcessingError,\
    pm_card_chargeDeclinedVelocityLimitExceeded,pm_card_chargeDeclinedFraudulent,\
    pm_card_chargeCustomerFail,pm_card_radarBlock,pm_card_visa_chargeDeclined,\
    pm_card_visa_chargeDeclinedInsufficientFunds,pm_card_visa_chargeDeclinedLostCard,\
    pm_card_visa_chargeDeclinedStolenCard,pm_card_visa_chargeDeclinedExpiredCard,\
    pm_card_visa_chargeDeclinedIncorrectCvc,pm_card_visa_chargeDeclinedProcessingError,\
    pm_card_visa_chargeDeclinedVelocityLimitExceeded,pm_card_visa_chargeDeclinedFraudulent,\
    pm_card_visa_chargeCustomerFail,pm_card_visa_radarBlock";

/// Every process, callees before their callers.
pub const PROCESSES: [Process; 6] = [
    Process {
        name: "user",
        port: 50051,
        admin_port: 9051,
        protocol: Protocol::Grpc,
        has_demo_data: true,
        settings: &[
            DATABASE,
            BROKER,
            REFLECTION,
            SPANS,
            FAULTS,
            ("signing_keys.encryption_key", Value::Secret("signing-keys")),
            ("tokens.secrets", Value::Secret("user-tokens")),
            ("seed.demo_accounts", Value::Text("true")),
            ("mail.order_url", Value::Public("/orders/{order_id}")),
            (
                "mail.verification_url",
                Value::Public("/verify-email?token={token}"),
            ),
            (
                "mail.password_reset_url",
                Value::Public("/reset-password?token={token}"),
            ),
            (
                "mail.email_change_url",
                Value::Public("/confirm-email-change?token={token}"),
            ),
            (
                "mail.invitation_url",
                Value::Public("/staff/invitation?token={token}"),
            ),
        ],
    },
    Process {
        name: "catalog",
        port: 50052,
        admin_port: 9052,
        protocol: Protocol::Grpc,
        has_demo_data: true,
        settings: &[
            DATABASE,
            BROKER,
            ("tokens.secrets", Value::Secret("catalog-tokens")),
            REFLECTION,
            SPANS,
            FAULTS,
            ("cache.redis_url", Value::Redis),
            USER,
        ],
    },
    Process {
        name: "order",
        port: 50053,
        admin_port: 9053,
        protocol: Protocol::Grpc,
        has_demo_data: true,
        settings: &[
            DATABASE,
            BROKER,
            ("tokens.secrets", Value::Secret("order-tokens")),
            REFLECTION,
            SPANS,
            FAULTS,
            ("upstreams.catalog.url", Value::Url("catalog", "")),
            USER,
            ("checkout.payment_methods", Value::Text(SANDBOX_METHODS)),
            // Everybody shares the few cards of the sandbox, and load tests come from one address.
            ("checkout.declines.window_s", Value::Text("1")),
            ("checkout.declines.per_account", Value::Text("10000")),
            ("checkout.declines.per_card", Value::Text("1000000")),
            ("checkout.declines.per_network", Value::Text("1000000")),
            ("seed.demo_codes", Value::Text("true")),
        ],
    },
    Process {
        name: "payment",
        port: 50054,
        admin_port: 9054,
        protocol: Protocol::Grpc,
        has_demo_data: false,
        settings: &[
            DATABASE,
            BROKER,
            ("tokens.secrets", Value::Secret("payment-tokens")),
            REFLECTION,
            SPANS,
            FAULTS,
            USER,
            ("provider.url", Value::Url("sandbox", "")),
            PROVIDER_KEY,
            ("provider.return_url", Value::Public("/orders/{order_id}")),
            ("webhooks.secrets", Value::Secret("webhook")),
        ],
    },
    Process {
        name: "sandbox",
        port: 50055,
        admin_port: 9055,
        protocol: Protocol::Http,
        has_demo_data: false,
        settings: &[
            PROVIDER_KEY,
            ("controls.key", Value::Secret("sandbox-control")),
            ("state.path", Value::File("sandbox.redb")),
            ("webhooks.url", Value::Url("gateway", "/webhooks/stripe")),
            ("webhooks.secret", Value::Secret("webhook")),
        ],
    },
    Process {
        name: "gateway",
        port: 8080,
        admin_port: 9080,
        protocol: Protocol::Http,
        has_demo_data: false,
        settings: &[
            BROKER,
            SPANS,
            ("rate_limit.redis_url", Value::Redis),
            USER,
            ("upstreams.catalog.url", Value::Url("catalog", "")),
            ("upstreams.order.url", Value::Url("order", "")),
            ("upstreams.payment.url", Value::Url("payment", "")),
            ("pages.public_url", Value::Public("")),
            ("pages.demo", Value::Text("true")),
            FAULTS,
            ("faults.sandbox_url", Value::Url("sandbox", "")),
            ("faults.sandbox_key", Value::Secret("sandbox-control")),
        ],
    },
];

impl Process {
    /// The process of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROCESSES.iter().find(|process| process.name == name)
    }

    /// Whether it has a database of its own, and so `<name> migrate`.
    pub fn has_database(&self) -> bool {
        self.settings.contains(&DATABASE)
    }

    /// The key of the address that it serves on.
    pub fn listen_key(&self) -> &'static str {
        match self.protocol {
            Protocol::Grpc => "grpc.listen",
            Protocol::Http => "http.listen",
        }
    }

    /// The environment variable of a key of its configuration: `ORDER__SAGA__TICK_MS` of `saga.tick_ms`.
    pub fn variable(&self, key: &str) -> String {
        variable(self.name, key)
    }
}

/// The environment variable of a key of a process's configuration.
pub fn variable(process: &str, key: &str) -> String {
    format!("{process}__{}", key.replace('.', "__")).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_leads_to_a_process() {
        for process in &PROCESSES {
            for (key, value) in process.settings {
                if let Value::Url(name, _) = value {
                    assert!(Process::named(name).is_some(), "{}: {key}", process.name);
                }
            }
        }
    }

    #[test]
    fn names_and_ports_are_used_once() {
        let mut ports: Vec<u16> = PROCESSES
            .iter()
            .flat_map(|process| [process.port, process.admin_port])
            .collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 2 * PROCESSES.len());
    }

    #[test]
    fn a_variable_carries_the_process_and_the_section() {
        let order = Process::named("order").map(|order| order.variable("saga.tick_ms"));
        assert_eq!(order.as_deref(), Some("ORDER__SAGA__TICK_MS"));
    }
}
