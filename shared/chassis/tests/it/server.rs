use std::sync::Arc;
use std::time::Duration;

use chassis::auth::{Access, Policy};
use chassis::call::CallContext;
use chassis::grpc::ServerConfig;
use contracts::callers::GATEWAY;
use contracts::catalog::v1::{
    AdjustStockRequest, CreateCategoryRequest, GetProductRequest, ListCategoriesRequest,
    SearchProductsRequest,
};
use kernel::{Groups, UserId};
use tokio::sync::Semaphore;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::support::{POLICY, TestServer, as_caller, reason, upstream, upstream_with};

#[tokio::test]
async fn a_public_rpc_needs_no_token() {
    let server = TestServer::start(async |_| Ok(())).await;
    server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap();
    assert_eq!(server.seen()[0].caller, None);
}

#[tokio::test]
async fn an_rpc_that_is_not_in_the_policy_is_denied() {
    let server = TestServer::start(async |_| Ok(())).await;
    let request = ListCategoriesRequest::default();
    let refused = server.client().list_categories(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_policy_decides_by_role() {
    let server = TestServer::start(async |_| Ok(())).await;
    let anna = UserId::generate();
    let customer = server.issuer.token(anna, "customer");
    let staff = server.issuer.token(UserId::generate(), "staff");

    let search = SearchProductsRequest::default;
    let refused = server.client().search_products(search()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unauthenticated, "TOKEN_MISSING")
    );
    as_caller(&customer, server.client().search_products(search()))
        .await
        .unwrap();
    assert_eq!(server.seen()[0].caller.unwrap().user_id, anna);

    let adjust = AdjustStockRequest::default;
    let refused = as_caller(&customer, server.client().adjust_stock(adjust()))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "FORBIDDEN")
    );
    as_caller(&staff, server.client().adjust_stock(adjust()))
        .await
        .unwrap();
    assert_eq!(server.seen()[1].caller.unwrap().groups, Groups::ALL);
}

#[tokio::test]
async fn an_invalid_token_is_rejected_even_for_a_public_rpc() {
    let server = TestServer::start(async |_| Ok(())).await;
    let expired = server.issuer.expired_token(UserId::generate(), "customer");
    for (token, expected) in [
        (expired.as_str(), "TOKEN_EXPIRED"),
        ("garbage", "TOKEN_INVALID"),
    ] {
        let call = server
            .client()
            .get_product(GetProductRequest::default())
            .await;
        assert!(call.is_ok(), "without a token");
        let mut client = server.client();
        let call = client.get_product(GetProductRequest::default());
        let refused = as_caller(token, call).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, expected)
        );
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_an_internal_error_of_one_call() {
    let server = TestServer::start(async |seen| {
        assert!(seen.headers.contains_key("authorization"), "hunter2");
        Ok(())
    })
    .await;
    let refused = server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Internal, "INTERNAL")
    );
    assert!(!refused.message().contains("hunter2"));

    let token = server.issuer.token(UserId::generate(), "customer");
    let mut client = server.client();
    as_caller(&token, client.get_product(GetProductRequest::default()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_call_ends_at_the_deadline_of_the_server() {
    let config = ServerConfig {
        max_timeout_ms: 50,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(config, async |_| std::future::pending().await).await;
    let refused = server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
    assert!(server.seen()[0].remaining <= Duration::from_millis(50));
}

#[tokio::test]
async fn calls_above_the_concurrency_limit_are_shed() {
    let config = ServerConfig {
        max_concurrent_calls: 1,
        ..ServerConfig::default()
    };
    let gate = Arc::new(Semaphore::new(0));
    let handler_gate = Arc::clone(&gate);
    let server = TestServer::start_with(config, move |_| {
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
    testkit::eventually("the first call to run", async || {
        (!server.seen().is_empty()).then_some(())
    })
    .await;

    let refused = server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    gate.add_permits(2);
    running.await.unwrap().unwrap();
    server
        .client()
        .get_product(GetProductRequest::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_request_that_is_too_large_is_rejected() {
    let config = ServerConfig {
        max_message_bytes: 1_000,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(config, async |_| Ok(())).await;
    let request = CreateCategoryRequest {
        name: "x".repeat(2_000),
        ..CreateCategoryRequest::default()
    };
    let refused = server.client().create_category(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "TOO_LARGE")
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn grpc_health_follows_readiness() {
    let server = TestServer::start(async |_| Ok(())).await;
    // A plain tonic client, because `upstream` supports unary calls only.
    let channel = tonic::transport::Endpoint::from_shared(server.running.url()).unwrap();
    let mut health = HealthClient::new(channel.connect_lazy());
    let answer = health.check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(answer.into_inner().status, 1, "SERVING");
    let mut watch = health
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1, "SERVING");
    server.shutdown.begin();
    // The stream must end, so that it does not delay the drain.
    while let Ok(Some(change)) = watch.message().await {
        assert_eq!(change.status, 2, "NOT_SERVING");
    }
    assert_eq!(
        server.running.stopped().await,
        chassis::shutdown::Stopped::Cleanly
    );
}

/// The names of the services that reflection lists to a caller without a token.
async fn reflected(server: &TestServer) -> Result<Vec<String>, tonic::Status> {
    let channel = tonic::transport::Endpoint::from_shared(server.running.url()).unwrap();
    let mut reflection = ServerReflectionClient::new(channel.connect_lazy());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let questions = futures_util::stream::iter([question]);
    let mut answers = reflection
        .server_reflection_info(questions)
        .await?
        .into_inner();
    let answer = answers.message().await?.unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else {
        panic!("{answer:?}");
    };
    Ok(list.service.into_iter().map(|it| it.name).collect())
}

#[tokio::test]
async fn reflection_is_off_by_default() {
    let server = TestServer::start(async |_| Ok(())).await;
    let refused = reflected(&server).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(reason(&refused), "FORBIDDEN");
}

#[tokio::test]
async fn reflection_that_is_switched_on_lists_the_services() {
    let config = ServerConfig {
        reflection: true,
        ..ServerConfig::default()
    };
    let server = TestServer::start_with(config, async |_| Ok(())).await;
    let services = reflected(&server).await.unwrap();
    let catalog = "mercantile.catalog.v1.CatalogService";
    assert!(services.iter().any(|name| name == catalog), "{services:?}");
    // It shows which RPCs there are; calling them takes what the policy says.
    let mut client = server.client();
    let adjust = client.adjust_stock(AdjustStockRequest::default());
    let refused = adjust.await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_call_after_the_deadline_fails_at_once() {
    let server = TestServer::start(async |_| Ok(())).await;
    let mut client = server.client();
    let refused = CallContext::new(Duration::ZERO)
        .scope(client.get_product(GetProductRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    assert!(server.seen().is_empty(), "the call must not be sent");
}

#[tokio::test]
async fn deadline_and_token_are_passed_on_from_hop_to_hop() {
    let second = TestServer::start(async |_| Ok(())).await;
    let onward = upstream("catalog", &second.running.url());
    let first = TestServer::start(move |_| {
        let mut client = contracts::catalog::v1::catalog_service_client::CatalogServiceClient::new(
            onward.clone(),
        );
        async move {
            client.get_product(GetProductRequest::default()).await?;
            Ok(())
        }
    })
    .await;
    // The second server trusts another issuer: the rejection proves that it received the token.
    let token = first.issuer.token(UserId::generate(), "customer");
    let mut client = contracts::catalog::v1::catalog_service_client::CatalogServiceClient::new(
        upstream_with("catalog", &first.running.url(), |config| {
            config.timeout_ms = 2_000
        }),
    );
    let refused = as_caller(&token, client.get_product(GetProductRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "TOKEN_INVALID");

    client
        .get_product(GetProductRequest::default())
        .await
        .unwrap();
    let at_first = first.seen()[1].remaining;
    let at_second = second.seen()[0].remaining;
    assert!(at_first <= Duration::from_secs(2), "{at_first:?}");
    assert!(at_second < at_first, "{at_second:?} < {at_first:?}");
}

#[test]
fn a_policy_is_compared_with_the_descriptor_set() {
    let service = "mercantile.catalog.v1.CatalogService";
    let found = POLICY.mismatches(contracts::DESCRIPTOR_SET, &[service]);
    let missing = "/mercantile.catalog.v1.CatalogService/ListCategories has 0 rows";
    assert!(
        found.iter().any(|line| line.starts_with(missing)),
        "{found:?}"
    );

    const WRONG: Policy = Policy::new(&[
        (
            "/mercantile.user.v1.UserService/GetJwks",
            Access::Public,
            GATEWAY,
        ),
        (
            "/mercantile.user.v1.UserService/GetJwks",
            Access::SignedIn,
            GATEWAY,
        ),
        (
            "/mercantile.user.v1.UserService/Fly",
            Access::Public,
            GATEWAY,
        ),
    ]);
    let found = WRONG.mismatches(
        contracts::DESCRIPTOR_SET,
        &["mercantile.user.v1.UserService"],
    );
    assert!(
        found.iter().any(|line| line.contains("GetJwks has 2 rows")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("Fly is in the policy, but no such RPC")),
        "{found:?}"
    );
}
