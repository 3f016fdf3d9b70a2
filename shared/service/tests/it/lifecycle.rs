//! The lifecycle of a service, from start to stop.

use std::net::TcpListener;
use std::sync::Arc;

use chassis::Shutdown;
use chassis::config::load;
use chassis::shutdown::Stopped;
use contracts::operations::v1::ListActionsRequest;
use contracts::payment::v1::{
    GetReconciliationRequest, ListReconciliationsRequest, StartReconciliationRequest,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use kernel::UserId;
use service::Config;
use testkit::{Proxy, eventually, is_ready, with_token};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tonic::{Code, Request};

use crate::support::{MIGRATIONS, Own, Rpcs, World, audit, reconciliations, service};

#[tokio::test(flavor = "multi_thread")]
async fn start_returns_with_both_ports_open() {
    let world = World::new().await;
    let first = world.service().start().await.unwrap();
    let second = world.service().start().await.unwrap();
    let ports = [first.listen, first.admin, second.listen, second.admin];
    for port in ports {
        assert_ne!(port.port(), 0);
        TcpStream::connect(port).await.unwrap();
    }
    assert_eq!(first.stop().await, Stopped::Cleanly);
    assert_eq!(second.stop().await, Stopped::Cleanly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_ready_only_while_postgres_responds() {
    let world = World::new().await;
    let (postgres, url) = Proxy::in_front_of(&world.database.url).await;
    postgres.cut();
    let source = world.source().set("database.url", url);
    let source = source.set("database.acquire_timeout_ms", 200);
    let running = service(&source).start().await.unwrap();
    let admin = running.admin_url();
    assert!(!is_ready(&admin).await);
    postgres.restore();
    let ready = async || is_ready(&admin).await.then_some(());
    eventually("the service to be ready", ready).await;
    postgres.cut();
    let unready = async || (!is_ready(&admin).await).then_some(());
    eventually("the service not to be ready", unready).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_waits_for_its_migrations() {
    let world = World::new().await;
    let mut owner = AsyncPgConnection::establish(&world.database.owner_url)
        .await
        .unwrap();
    let unapply = "UPDATE __diesel_schema_migrations SET version = version || '-not-applied' \
                   WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
    owner.batch_execute(unapply).await.unwrap();
    let (started, mut starts) = mpsc::channel(1);
    let service = world.service().job("job", |stop| async move {
        started.send(()).await.unwrap();
        stop.cancelled().await;
    });
    let running = service.start().await.unwrap();
    let admin = running.admin_url();
    let waits = async || {
        let answer = testkit::readiness(&admin).await;
        let checks = r#""migrations":"not available","postgres":"ok""#;
        answer.contains(checks).then_some(())
    };
    eventually("the service to wait for migrations", waits).await;
    assert!(starts.try_recv().is_err(), "no job runs on an old schema");

    let apply =
        "UPDATE __diesel_schema_migrations SET version = replace(version, '-not-applied', '')";
    owner.batch_execute(apply).await.unwrap();
    starts.recv().await.unwrap();
    let ready = async || is_ready(&admin).await.then_some(());
    eventually("the service to be ready", ready).await;
    assert_eq!(running.stop().await, Stopped::Cleanly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_own_condition_counts_for_readiness() {
    let world = World::new().await;
    let service = world.service().ready("keys", || async { false });
    let running = service.start().await.unwrap();
    let answer = testkit::scrape(&running.admin_url()).await;
    assert!(answer.contains("process_"), "the admin port must respond");
    assert!(!is_ready(&running.admin_url()).await);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap();
    for key in ["admin.listen", "grpc.listen"] {
        let source = world.source().set(key, taken);
        let error = service(&source).start().await.unwrap_err().to_string();
        assert!(
            error.contains(key) && error.contains(&taken.to_string()),
            "{error}"
        );
    }
    drop(listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rpc_without_a_row_in_the_policy_is_denied() {
    let world = World::new().await;
    let service = world.service().rpc(Rpcs::default().mounted());
    let running = service.start().await.unwrap();
    let mut client = reconciliations(&running);
    let listed = client.start_reconciliation(StartReconciliationRequest::default());
    assert!(listed.await.is_ok());
    let staff = world.issuer.token(UserId::generate(), "staff");
    let unlisted = with_token(&staff, GetReconciliationRequest::default());
    let denied = client.get_reconciliation(unlisted).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_has_an_audit_for_staff() {
    let world = World::new().await;
    let running = world.service().start().await.unwrap();
    let mut client = audit(&running);
    let request = ListActionsRequest::default;
    let anonymous = client.list_actions(request()).await.unwrap_err();
    assert_eq!(anonymous.code(), Code::Unauthenticated);
    let customer = world.issuer.token(UserId::generate(), "customer");
    let customer = client.list_actions(with_token(&customer, request())).await;
    assert_eq!(customer.unwrap_err().code(), Code::PermissionDenied);
    let staff = world.issuer.token(UserId::generate(), "staff");
    let listed = client.list_actions(with_token(&staff, request())).await;
    assert!(listed.unwrap().into_inner().actions.is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_stop_after_the_calls_in_flight() {
    let world = World::new().await;
    let rpcs = Rpcs::default();
    let (ended, mut order) = mpsc::channel(2);
    let job_ended = ended.clone();
    let service = world.service().rpc(rpcs.clone().mounted());
    let begun = Arc::new(Notify::new());
    let job_begun = Arc::clone(&begun);
    let service = service.job("job", |stop| async move {
        job_begun.notify_one();
        stop.cancelled().await;
        job_ended.send("job").await.unwrap();
    });
    let running = service.start().await.unwrap();
    let mut client = reconciliations(&running);
    let call = tokio::spawn(async move {
        let request = Request::new(ListReconciliationsRequest::default());
        client.list_reconciliations(request).await.unwrap();
        ended.send("call").await.unwrap();
    });
    eventually("the call to run", async || {
        let metrics = testkit::scrape(&running.admin_url()).await;
        let one = "rpc_server_calls_in_progress 1";
        let mut lines = metrics.lines();
        lines.any(|line| line.starts_with(one)).then_some(())
    })
    .await;
    // Jobs begin when the schema has been compared.
    begun.notified().await;
    running.begin_stop();
    eventually("the port to close", async || {
        TcpStream::connect(running.listen).await.err()
    })
    .await;
    assert!(order.try_recv().is_err(), "the job waits for the call");
    rpcs.0.add_permits(1);
    assert_eq!(running.stopped().await, Stopped::Cleanly);
    call.await.unwrap();
    let mut seen = [order.recv().await, order.recv().await];
    seen.sort();
    assert_eq!(seen, [Some("call"), Some("job")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_early_stops_the_process() {
    let world = World::new().await;
    let service = world.service().job("job", |_stop| async {});
    let running = service.start().await.unwrap();
    assert_eq!(running.stopped().await, Stopped::TaskEnded("job"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_keys_does_not_start() {
    let world = World::new().await;
    let config: Config<Own> = load(&world.source()).unwrap();
    let (service, _own) = service::Service::new(config, MIGRATIONS, Shutdown::for_tests()).unwrap();
    let error = service.start().await.unwrap_err().to_string();
    assert!(error.contains("keys"), "{error}");
}
