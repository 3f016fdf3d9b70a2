use chassis::shutdown::Stopped;
use contracts::user::v1::GetJwksRequest;
use kernel::Clock;
use testkit::Proxy;
use tonic::Code;

use crate::support::{
    Client, config, database, refresh, refusal, register_and_sign_in, start_config,
};

async fn jwks_answers(client: &Client) -> Option<()> {
    let answer = client.clone().get_jwks(GetJwksRequest {}).await;
    answer.ok().map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_starts_without_its_database_and_recovers() {
    let database = database().await;
    let (proxy, url) = Proxy::in_front_of(&database.url).await;
    proxy.cut();
    let config = config(&url, &[("database.acquire_timeout_ms", "500")]);
    let service = start_config(config, Clock::system()).await;

    let answer = service.client.clone().get_jwks(GetJwksRequest {}).await;
    assert_eq!(
        refusal(answer),
        (Code::Unavailable, "UNAVAILABLE".to_owned())
    );

    proxy.restore();
    testkit::eventually("the keys", async || jwks_answers(&service.client).await).await;
    register_and_sign_in(&service.client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_stay_published_without_the_database() {
    let database = database().await;
    let (proxy, url) = Proxy::in_front_of(&database.url).await;
    let config = config(&url, &[("database.acquire_timeout_ms", "500")]);
    let service = start_config(config, Clock::system()).await;
    let session = register_and_sign_in(&service.client).await;

    proxy.cut();
    let answer = refresh(&service.client, &session.refresh_token).await;
    assert_eq!(
        refusal(answer),
        (Code::Unavailable, "UNAVAILABLE".to_owned())
    );
    assert!(jwks_answers(&service.client).await.is_some());

    proxy.restore();
    testkit::eventually("refreshing to work again", async || {
        refresh(&service.client, &session.refresh_token).await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_stops_cleanly_without_the_database() {
    let database = database().await;
    let (proxy, url) = Proxy::in_front_of(&database.url).await;
    let config = config(&url, &[("database.acquire_timeout_ms", "500")]);
    let service = start_config(config, Clock::system()).await;
    register_and_sign_in(&service.client).await;
    proxy.cut();
    assert_eq!(service.running.stop().await, Stopped::Cleanly);
}
