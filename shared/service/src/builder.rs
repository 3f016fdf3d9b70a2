use std::convert::Infallible;
use std::future::Future;

use anyhow::Context;
use chassis::admin::{self, Readiness};
use chassis::auth::{self, Keys, Policy};
use chassis::config::InForce;
use chassis::grpc::{Server, ServerConfig};
use chassis::{Running, Shutdown};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use instruments::Set;
use kernel::Clock;
use messaging::{Broker, Queue};
use outbox::{Handler, Outbox};
use persistence::{Database, EmbeddedMigrations};
use tokens::Pages;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use upstream::Upstream;

use crate::config::Config;
use crate::schema::Schema;

/// Builds a service and starts it.
///
/// Every service has a database, a broker connection, an outbox with its relay, the audit and the state of the
/// process for its operators, a gRPC port and an admin port. It is ready while PostgreSQL responds and has all migrations; its jobs start
/// then, so `serve` and `migrate` may be started in any order. The broker is not a condition, because messages wait in the
/// outbox.
pub struct Service {
    /// The database of the service.
    pub database: Database,
    /// The broker, for fan-out subscriptions.
    pub broker: Broker,
    /// The outbox, to wake its relay after a commit.
    pub outbox: Outbox,
    /// Issuer and audience of the access tokens.
    pub auth: auth::Config,
    /// The keys of page tokens and other tokens that clients return.
    pub tokens: tokens::Keys,
    in_force: InForce,
    revision: String,
    shutdown: Shutdown,
    schema: Schema,
    admin: admin::Config,
    grpc: ServerConfig,
    readiness: Readiness,
    policy: Policy,
    keys: Option<Keys>,
    allows_faults: bool,
    rpcs: Vec<Rpc>,
    tasks: Vec<(&'static str, BoxFuture<'static, ()>)>,
}

/// Mounts one generated service.
type Rpc = Box<dyn FnOnce(Server) -> Server + Send>;

impl Service {
    /// Prepares database, broker and outbox without waiting for them. Also returns the service's
    /// own configuration.
    ///
    /// # Errors
    /// The URL of the database or of the broker is not valid.
    pub fn new<Own>(
        config: Config<Own>,
        migrations: EmbeddedMigrations,
        shutdown: Shutdown,
    ) -> anyhow::Result<(Self, Own)> {
        let (in_force, revision) = (config.in_force, config.telemetry.revision);
        let (admin, config) = (config.admin, config.own);
        let database = Database::new(&config.database)?;
        let broker = Broker::new(&config.broker)?;
        let outbox = Outbox::new(database.clone(), broker.clone(), config.outbox);
        let schema = Schema::new(database.clone(), migrations);
        let readiness = Readiness::new(&admin, &shutdown)
            .check("postgres", {
                let database = database.clone();
                move || {
                    let database = database.clone();
                    async move { database.is_reachable().await }
                }
            })
            .check("migrations", {
                let schema = schema.clone();
                move || std::future::ready(schema.is_current())
            });
        let service = Self {
            in_force,
            revision,
            shutdown,
            schema,
            admin,
            grpc: config.grpc,
            auth: config.auth,
            tokens: tokens::Keys::new(&config.tokens),
            readiness,
            policy: operations::POLICY,
            keys: None,
            allows_faults: config.faults.allowed,
            rpcs: Vec::new(),
            tasks: Vec::new(),
            database,
            broker,
            outbox,
        };
        let relay = service.outbox.clone();
        let pages = Pages::new(service.tokens.clone(), Clock::system());
        let audit = operations::audit(service.database.clone(), pages);
        let service = service
            .job("outbox relay", |stop| relay.run(stop))
            .rpc(audit);
        Ok((service, config.own))
    }

    /// Exports these metrics: the service's own, and those of the crates that it uses.
    #[must_use]
    pub fn metrics(self, metrics: &Set) -> Self {
        instruments::register(metrics);
        self
    }

    /// Verifies access tokens with the keys that the upstream `user` publishes.
    ///
    /// # Errors
    /// The URL or the TLS files cannot be used.
    pub fn keys_of(mut self, user: &upstream::Config) -> anyhow::Result<Self> {
        let user = Upstream::new("user", user)?;
        self.keys = Some(Keys::remote(&self.auth, user, &self.shutdown));
        Ok(self)
    }

    /// Verifies access tokens with the keys of a JWKS document that the service reads itself.
    #[must_use]
    pub fn keys_from<F, Fut>(mut self, source: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<String>> + Send + 'static,
    {
        self.keys = Some(Keys::from_source(&self.auth, source, &self.shutdown));
        self
    }

    /// Adds the rows that say who may call the service's own RPCs. An RPC without a row is denied.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy.and(&self.policy);
        self
    }

    /// Mounts a generated service: `.rpc(OrderServiceServer::new(handlers))`.
    #[must_use]
    pub fn rpc<S>(mut self, rpc: S) -> Self
    where
        S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.rpcs.push(Box::new(|server| server.service(rpc)));
        self
    }

    /// Handles the messages of the service's queue, and mounts the RPCs for its dead letters and its faults. A
    /// service has one queue.
    #[must_use]
    pub fn consume<H: Handler>(self, queue: Queue, handler: H) -> Self {
        let (database, broker) = (self.database.clone(), self.broker.clone());
        let outbox = self.outbox.clone();
        let dead_letters = operations::dead_letters(database.clone(), &broker, &queue);
        let faults =
            operations::faults(database.clone(), broker.clone(), &queue, self.allows_faults);
        self.rpc(dead_letters).rpc(faults).job("consumer", |stop| {
            outbox::consume(database, broker, queue, handler, outbox, stop)
        })
    }

    /// Adds a background job that runs as long as the process, once the database has all migrations. It must end soon
    /// after the token is canceled. If it ends earlier, the process shuts down.
    #[must_use]
    pub fn job<Job>(
        mut self,
        name: &'static str,
        job: impl FnOnce(CancellationToken) -> Job,
    ) -> Self
    where
        Job: Future + Send + 'static,
    {
        let job = job(self.shutdown.token()).map(drop);
        let (schema, stop) = (self.schema.clone(), self.shutdown.token());
        let job = async move {
            tokio::select! {
                () = schema.current() => job.await,
                () = stop.cancelled() => {}
            }
        };
        self.tasks.push((name, job.boxed()));
        self
    }

    /// Adds a condition of readiness.
    #[must_use]
    pub fn ready<F, Fut>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        self.readiness = self.readiness.check(name, check);
        self
    }

    /// Opens the admin port, starts the background jobs and opens the gRPC port. Returns once both
    /// ports are open. Database, broker and upstreams may be unreachable: the service uses them once
    /// they respond.
    ///
    /// # Errors
    /// A port is taken, the TLS files cannot be used, or no keys were given.
    pub async fn start(self) -> anyhow::Result<Running> {
        let keys = self
            .keys
            .context("a service needs keys: `keys_of` or `keys_from`")?;
        let admin = admin::serve(&self.admin, self.readiness.clone(), &self.shutdown).await?;
        for (name, task) in self.tasks {
            self.shutdown.spawn(name, task);
        }
        let system = operations::system(
            self.in_force,
            self.revision,
            self.readiness.clone(),
            self.policy.clone(),
            self.database,
        );
        let server = Server::new(
            &self.grpc,
            self.policy,
            keys,
            self.readiness,
            &self.shutdown,
        );
        let mount = |server, rpc: Rpc| rpc(server);
        let server = self.rpcs.into_iter().fold(server.service(system), mount);
        let listen = server.serve().await?;
        Ok(Running::new(listen, admin, self.shutdown))
    }
}
