use std::sync::Arc;

use chassis::shutdown::{Config, Shutdown, Stopped};
use contracts::catalog::v1::CreateCategoryRequest;
use tokio::sync::Semaphore;

use crate::support::TestServer;

fn short() -> Config {
    Config {
        lame_duck_ms: 0,
        drain_ms: 50,
        stop_ms: 50,
    }
}

#[tokio::test]
async fn calls_in_flight_finish_while_the_listener_is_closed() {
    let gate = Arc::new(Semaphore::new(0));
    let handler_gate = Arc::clone(&gate);
    let server = TestServer::start(move |_| {
        let gate = Arc::clone(&handler_gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(())
        }
    })
    .await;
    let mut client = server.client();
    let running = tokio::spawn(async move {
        client
            .create_category(CreateCategoryRequest::default())
            .await
    });
    testkit::eventually("the call to run", async || {
        (!server.seen().is_empty()).then_some(())
    })
    .await;

    server.shutdown.begin();
    let address = server.running.listen;
    testkit::eventually("the listener to close", async || {
        tokio::net::TcpStream::connect(address).await.err()
    })
    .await;
    assert!(!running.is_finished());
    gate.add_permits(1);
    running.await.unwrap().unwrap();
    assert_eq!(server.running.stopped().await, Stopped::Cleanly);
}

#[tokio::test]
async fn background_tasks_stop_after_the_servers_drained() {
    let shutdown = Shutdown::for_tests();
    let token = shutdown.token();
    let (drained, mut order) = tokio::sync::mpsc::channel(2);
    let after = drained.clone();
    let server = shutdown.clone();
    shutdown.spawn_server("server", async move {
        server.draining().await;
        drained.send("server").await.unwrap();
    });
    shutdown.spawn("relay", async move {
        token.cancelled().await;
        after.send("relay").await.unwrap();
    });
    shutdown.begin();
    assert_eq!(shutdown.stopped().await, Stopped::Cleanly);
    assert_eq!(
        (order.recv().await, order.recv().await),
        (Some("server"), Some("relay"))
    );
}

#[tokio::test]
async fn a_background_task_that_ends_early_stops_the_process() {
    let shutdown = Shutdown::for_tests();
    shutdown.spawn("relay", async {});
    assert_eq!(shutdown.stopped().await, Stopped::TaskEnded("relay"));
}

#[tokio::test]
async fn a_background_task_that_panics_stops_the_process() {
    let shutdown = Shutdown::for_tests();
    shutdown.spawn("consumer", async { panic!("for the test") });
    assert_eq!(shutdown.stopped().await, Stopped::TaskEnded("consumer"));
    assert!(shutdown.is_requested());
}

#[tokio::test]
async fn work_that_does_not_end_is_aborted_at_the_deadline() {
    let shutdown = Shutdown::new(&short());
    shutdown.spawn("stuck", std::future::pending::<()>());
    shutdown.begin();
    assert_eq!(
        shutdown.stopped().await,
        Stopped::CutOff("background tasks")
    );

    let shutdown = Shutdown::new(&short());
    shutdown.spawn_server("stuck", std::future::pending::<()>());
    shutdown.begin();
    assert_eq!(shutdown.stopped().await, Stopped::CutOff("calls in flight"));
}
