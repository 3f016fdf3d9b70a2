//! A small service with RPCs that the tests control.

use std::sync::Arc;

use chassis::About;
use chassis::auth::{Access, Policy};
use chassis::config::{Source, load};
use chassis::{Running, Shutdown};
use contracts::callers::GATEWAY;
use contracts::operations::v1::audit_service_client::AuditServiceClient;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use contracts::operations::v1::fault_service_client::FaultServiceClient;
use contracts::payment::v1::reconciliation_service_client::ReconciliationServiceClient;
use contracts::payment::v1::reconciliation_service_server::{
    ReconciliationService, ReconciliationServiceServer,
};
use contracts::payment::v1::{
    GetReconciliationRequest, GetReconciliationResponse, ListReconciliationsRequest,
    ListReconciliationsResponse, StartReconciliationRequest, StartReconciliationResponse,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use serde::Deserialize;
use service::{Config, Service};
use testkit::{Issuer, TestDatabase, Vhost};
use tokio::sync::Semaphore;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/user");

/// `GetReconciliation` has no row.
pub(crate) const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.payment.v1.ReconciliationService/StartReconciliation",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.payment.v1.ReconciliationService/ListReconciliations",
        Access::Public,
        GATEWAY,
    ),
]);

#[derive(Debug, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct Own {
    #[garde(dive)]
    pub(crate) user: upstream::Config,
}

/// The configuration of a service called `small`, with nothing set.
pub(crate) fn bare() -> Source {
    Source::defaults(About {
        name: "small",
        version: "0.1.0",
        defaults: include_str!("../../examples/empty.toml"),
    })
}

/// The servers of one test.
pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) vhost: Vhost,
    pub(crate) issuer: Issuer,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = testkit::database("user", async |url| {
            let applied =
                persistence::migrate(&persistence::DatabaseConfig::at(url.into()), MIGRATIONS)
                    .await;
            applied.map(drop)
        });
        Self {
            database: database.await,
            vhost: testkit::vhost().await,
            issuer: Issuer::start().await,
        }
    }

    pub(crate) fn source(&self) -> Source {
        bare()
            .set("database.url", &self.database.url)
            .set("broker.url", &self.vhost.url)
            .set("tokens.secrets", testkit::TOKEN_SECRET)
            .set("user.url", self.issuer.url())
    }

    /// A service with its keys and its policy, to be started.
    pub(crate) fn service(&self) -> Service {
        service(&self.source())
    }
}

pub(crate) fn service(source: &Source) -> Service {
    let config: Config<Own> = load(source).unwrap();
    let (service, own) = Service::new(config, MIGRATIONS, Shutdown::for_tests()).unwrap();
    service
        .metrics(&chassis::metrics::PROCESS)
        .metrics(&chassis::metrics::RPC_SERVER)
        .keys_of(&own.user)
        .unwrap()
        .policy(POLICY)
}

/// RPCs, of which `ListReconciliations` waits for a permit.
#[derive(Clone)]
pub(crate) struct Rpcs(pub(crate) Arc<Semaphore>);

impl Rpcs {
    pub(crate) fn mounted(self) -> ReconciliationServiceServer<Self> {
        ReconciliationServiceServer::new(self)
    }
}

impl Default for Rpcs {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

#[tonic::async_trait]
impl ReconciliationService for Rpcs {
    async fn start_reconciliation(
        &self,
        _: Request<StartReconciliationRequest>,
    ) -> Result<Response<StartReconciliationResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn list_reconciliations(
        &self,
        _: Request<ListReconciliationsRequest>,
    ) -> Result<Response<ListReconciliationsResponse>, Status> {
        self.0.acquire().await.unwrap().forget();
        Ok(Response::new(Default::default()))
    }

    async fn get_reconciliation(
        &self,
        _: Request<GetReconciliationRequest>,
    ) -> Result<Response<GetReconciliationResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
}

pub(crate) fn channel(running: &Running) -> Channel {
    Channel::from_shared(running.url()).unwrap().connect_lazy()
}

pub(crate) fn reconciliations(running: &Running) -> ReconciliationServiceClient<Channel> {
    ReconciliationServiceClient::new(channel(running))
}

pub(crate) fn audit(running: &Running) -> AuditServiceClient<Channel> {
    AuditServiceClient::new(channel(running))
}

pub(crate) fn dead_letters(running: &Running) -> DeadLetterServiceClient<Channel> {
    DeadLetterServiceClient::new(channel(running))
}

pub(crate) fn faults(running: &Running) -> FaultServiceClient<Channel> {
    FaultServiceClient::new(channel(running))
}
