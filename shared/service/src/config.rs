//! The sections that every service has.

use chassis::config::{FromSections, Invalid, Sections};
use chassis::{auth, grpc, process};
use garde::util::nested_path;
use garde::{Path, Report, Validate};
use messaging::BrokerConfig;
use outbox::OutboxConfig;
use persistence::DatabaseConfig;
use serde::Deserialize;

/// The configuration of a service: the sections of every process, those of every service, and its own.
pub type Config<Own> = process::Config<ServiceConfig<Own>>;

/// The sections that every service has, and its own.
#[derive(Debug, Clone)]
pub struct ServiceConfig<Own> {
    /// The gRPC port.
    pub grpc: grpc::ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// The broker.
    pub broker: BrokerConfig,
    /// How long a handled message is known.
    pub outbox: OutboxConfig,
    /// Issuer and audience of the access tokens.
    pub auth: auth::Config,
    /// The secrets of page tokens and other tokens that clients return.
    pub tokens: tokens::Config,
    /// Faults for demonstrations.
    pub faults: FaultConfig,
    /// All other sections.
    pub own: Own,
}

/// Faults for demonstrations: staff stop the consumer for a while.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultConfig {
    /// Whether staff may.
    pub allowed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    grpc: grpc::ServerConfig,
    database: DatabaseConfig,
    broker: BrokerConfig,
    outbox: OutboxConfig,
    auth: auth::Config,
    tokens: tokens::Config,
    faults: FaultConfig,
}

impl<Own: Validate<Context = ()>> Validate for ServiceConfig<Own> {
    type Context = ();

    fn validate_into(&self, ctx: &(), mut parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        self.grpc
            .validate_into(ctx, &mut nested_path!(parent, "grpc"), report);
        self.database
            .validate_into(ctx, &mut nested_path!(parent, "database"), report);
        self.broker
            .validate_into(ctx, &mut nested_path!(parent, "broker"), report);
        self.outbox
            .validate_into(ctx, &mut nested_path!(parent, "outbox"), report);
        self.auth
            .validate_into(ctx, &mut nested_path!(parent, "auth"), report);
        self.tokens
            .validate_into(ctx, &mut nested_path!(parent, "tokens"), report);
        self.own.validate_into(ctx, parent, report);
    }
}

impl<Own: FromSections> FromSections for ServiceConfig<Own> {
    fn from_sections(mut sections: Sections) -> Result<Self, Invalid> {
        let common = sections.take(&[
            "grpc", "database", "broker", "outbox", "auth", "tokens", "faults",
        ])?;
        let Common {
            grpc,
            database,
            broker,
            outbox,
            auth,
            tokens,
            faults,
        } = common;
        let own = Own::from_sections(sections)?;
        Ok(Self {
            grpc,
            database,
            broker,
            outbox,
            auth,
            tokens,
            faults,
            own,
        })
    }
}
