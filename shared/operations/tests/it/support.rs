//! The dead letters and the audit of one service, called as an operator.

use chassis::auth::{Caller, Role};
use chassis::status::Details;
use contracts::messages::{Kind, Message};
use contracts::operations::v1::audit_service_client::AuditServiceClient;
use contracts::operations::v1::audit_service_server::AuditServiceServer;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use contracts::operations::v1::dead_letter_service_server::DeadLetterServiceServer;
use contracts::operations::v1::{Action, DeadLetter, ListActionsRequest, ListDeadLettersRequest};
use diesel_async::SimpleAsyncConnection;
use kernel::{Clock, Groups, UserId};
use messaging::{Broker, BrokerConfig, Envelope, Outgoing, Queue};
use operations::{Audit, DeadLetterRpc};
use persistence::{Database, DatabaseConfig, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit::{Proxy, TestDatabase, Vhost};
use tonic::service::interceptor::InterceptedService;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add {
    pub(crate) number: u32,
}

impl Message for Add {
    const TYPE: &'static str = "calculator.add.v1";
    const KIND: Kind = Kind::Command;
    const SOURCE: &'static str = "pupil";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

#[derive(Clone, Copy)]
pub(crate) struct SignedIn(Caller);

impl tonic::service::Interceptor for SignedIn {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.extensions_mut().insert(self.0);
        Ok(request)
    }
}

type Letters =
    DeadLetterServiceClient<InterceptedService<DeadLetterServiceServer<DeadLetterRpc>, SignedIn>>;
type Actions = AuditServiceClient<InterceptedService<AuditServiceServer<Audit>, SignedIn>>;

pub(crate) struct World {
    pub(crate) test_database: TestDatabase,
    _vhost: Vhost,
    pub(crate) database: Database,
    pub(crate) postgres: Proxy,
    pub(crate) rabbitmq: Proxy,
    /// Not through the proxy.
    pub(crate) broker: Broker,
    pub(crate) actor: UserId,
    pub(crate) letters: Letters,
    pub(crate) actions: Actions,
}

pub(crate) fn sums() -> Queue {
    Queue::new("calculator.sums").bind::<Add>()
}

pub(crate) async fn world() -> World {
    let test_database = testkit::database("operations", async |url| prepare(&url).await).await;
    let vhost = testkit::vhost().await;
    let (postgres, database_url) = Proxy::in_front_of(&test_database.url).await;
    let (rabbitmq, broker_url) = Proxy::in_front_of(&vhost.url).await;
    let mut config = DatabaseConfig::at(database_url.into());
    config.acquire_timeout_ms = 500;
    let database = Database::new(&config).unwrap();
    let mut config = BrokerConfig::at(broker_url.into());
    config.reconnect_max_ms = 200;
    config.connect_timeout_ms = 1_000;
    let operated = Broker::new(&config).unwrap();
    let broker = Broker::new(&BrokerConfig::at(vhost.url.as_str().into())).unwrap();
    let actor = UserId::generate();
    let signed_in = SignedIn(Caller {
        user_id: actor,
        role: Role::Staff,
        session_id: Uuid::now_v7(),
        groups: Groups::ALL,
        authenticated_at: 0,
        second_factor: true,
    });
    let letters = operations::dead_letters(database.clone(), &operated, &sums());
    let secret = tokens::Config::with_secret(testkit::TOKEN_SECRET);
    let pages = tokens::Pages::new(tokens::Keys::new(&secret), Clock::system());
    let audit = operations::audit(database.clone(), pages);
    broker.connected().await;
    operated.connected().await;
    broker.consumer(sums()).subscribed().await;
    World {
        letters: DeadLetterServiceClient::new(InterceptedService::new(letters, signed_in)),
        actions: AuditServiceClient::new(InterceptedService::new(audit, signed_in)),
        test_database,
        _vhost: vhost,
        database,
        postgres,
        rabbitmq,
        broker,
        actor,
    }
}

async fn prepare(url: &str) -> Result<(), Error> {
    let database = Database::new(&DatabaseConfig::at(url.into()))?;
    let mut conn = database.get().await?;
    let table = include_str!("../../../../migrations/order/20261128000002_operator_actions/up.sql");
    conn.batch_execute(table).await?;
    let records =
        include_str!("../../../../migrations/order/20261129130420_staff_action_records/up.sql");
    conn.batch_execute(records).await?;
    let rights =
        include_str!("../../../../migrations/order/20261129204000_operator_actions_rights/up.sql");
    Ok(conn.batch_execute(rights).await?)
}

impl World {
    /// Sends one message for each number and moves all of them to the dead letters.
    pub(crate) async fn fail(&self, numbers: impl IntoIterator<Item = u32>) {
        let batch: Vec<Outgoing> = numbers
            .into_iter()
            .map(|number| Outgoing {
                exchange: Add::KIND.exchange().to_owned(),
                envelope: Envelope::of(&Add { number }).unwrap(),
            })
            .collect();
        for result in self.broker.publish_batch(&batch).await {
            result.unwrap();
        }
        let mut consumer = self.broker.consumer(sums());
        for _ in batch {
            let received = consumer.next_batch(1).await;
            consumer.dead_letter(&received[0], "no such pupil").await;
        }
    }

    pub(crate) async fn listed(&self) -> Vec<DeadLetter> {
        let request = ListDeadLettersRequest { limit: 100 };
        let answer = self.letters.clone().list_dead_letters(request).await;
        answer.unwrap().into_inner().dead_letters
    }

    /// The entries of the audit, newest first.
    pub(crate) async fn audited(&self) -> Vec<Action> {
        let request = ListActionsRequest::default();
        let answer = self.actions.clone().list_actions(request).await;
        answer.unwrap().into_inner().actions
    }

    /// Receives `count` messages as first tries and returns their numbers, sorted.
    pub(crate) async fn received(&self, count: usize) -> Vec<u32> {
        let mut consumer = self.broker.consumer(sums());
        let mut numbers = Vec::new();
        while numbers.len() < count {
            for delivery in consumer.next_batch(10).await {
                assert_eq!(1, delivery.attempt);
                let Add { number } = delivery.envelope.as_ref().unwrap().decode().unwrap();
                numbers.push(number);
                consumer.ack(&delivery).await.unwrap();
            }
        }
        numbers.sort_unstable();
        numbers
    }
}

/// The code, the reason and the fields of an error response.
pub(crate) fn refused<T: std::fmt::Debug>(
    answer: Result<Response<T>, Status>,
) -> (Code, String, Vec<String>) {
    let status = answer.unwrap_err();
    let rejection = Details::from_status(&status);
    let fields = rejection.fields.into_iter().map(|(field, _)| field);
    (status.code(), rejection.reason, fields.collect())
}
