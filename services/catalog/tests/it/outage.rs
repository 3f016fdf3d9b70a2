use contracts::catalog::v1::GetProductRequest;
use kernel::Clock;
use testkit::{Proxy, is_ready};
use tonic::Code;

use crate::support::{Shop, database, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_is_unavailable_until_it_returns() {
    let real = database().await;
    let host = real.url.split('@').nth(1).unwrap();
    let (address, name) = host.split_once('/').unwrap();
    let user = real
        .url
        .split("//")
        .nth(1)
        .unwrap()
        .split('@')
        .next()
        .unwrap();
    let proxy = Proxy::to(address).await;
    let url = format!("postgres://{user}@{}/{name}", proxy.address);
    proxy.cut();
    let changes = [
        ("database.url", url.as_str()),
        ("database.acquire_timeout_ms", "500"),
    ];
    let shop = Shop::start_with(Clock::system(), &changes).await;
    let mut client = shop.client.clone();
    let slug = || GetProductRequest {
        slug: "mug".to_owned(),
    };
    let (code, reason, _) = refusal(client.get_product(slug()).await);
    assert_eq!((code, reason.as_str()), (Code::Unavailable, "UNAVAILABLE"));
    proxy.restore();
    testkit::eventually("the database is used again", async || {
        let status = client.get_product(slug()).await.err()?;
        (status.code() == Code::NotFound).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_ready_without_the_broker() {
    // No broker listens at the configured address.
    let shop = Shop::start().await;
    testkit::eventually("ready", async || {
        is_ready(&shop.admin_url).await.then_some(())
    })
    .await;
    let mut client = shop.client.clone();
    let slug = "mug".to_owned();
    let answer = client.get_product(GetProductRequest { slug }).await;
    assert_eq!(refusal(answer).0, Code::NotFound);
}
