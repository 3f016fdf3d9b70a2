//! Each row of the URL table, called by every role.

use chassis::auth::Access;
use gateway::{route::Row, routes::TABLE};

use crate::{
    samples::ID,
    shop::{Answer, Shop},
};

async fn call(shop: &Shop, row: &Row, token: Option<&str>) -> Answer {
    let path = row
        .path
        .replace("{id}", ID)
        .replace("{service}", "order")
        .replace("{product}", "COFFEE-1")
        .replace("{sku}", "COFFEE-1")
        .replace("{file}", "index.html")
        .replace("{name}", "cart-empty");
    let request = shop.request(row.method, &path);
    Answer::of(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

fn is_rejected(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_enforces_its_access() {
    let shop = Shop::open().await;
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        let customer = call(&shop, row, Some(&shop.customer.1)).await;
        let staff = call(&shop, row, Some(&shop.staff)).await;
        assert!(!is_rejected(&staff), "{row:?}: {staff:?}");
        match row.access {
            Access::Public => assert!(!is_rejected(&no_one) && !is_rejected(&customer), "{row:?}"),
            Access::SignedIn => {
                no_one.problem(401, "token-missing");
                assert!(!is_rejected(&customer), "{row:?}: {customer:?}");
            }
            Access::Staff => {
                no_one.problem(401, "token-missing");
                customer.problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_token_is_rejected_on_every_row() {
    let shop = Shop::open().await;
    let (user, good) = &shop.customer;
    let expired = shop.issuer.expired_token(*user, "customer");
    let forged = testkit::Issuer::start().await.token(*user, "staff");
    let cut = &good[..good.len() - 4];
    for row in TABLE {
        call(&shop, row, Some(&expired))
            .await
            .problem(401, "token-expired");
        call(&shop, row, Some(&forged))
            .await
            .problem(401, "token-invalid");
        call(&shop, row, Some(cut))
            .await
            .problem(401, "token-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_token_gets_a_www_authenticate_header() {
    let shop = Shop::open().await;
    let answer = shop.get("/api/v1/me").await;
    answer.problem(401, "token-missing");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authorization_scheme_is_rejected() {
    let shop = Shop::open().await;
    for value in ["Basic YWRhOnNlY3JldA==", "Bearer", "Bearer ", "token"] {
        let request = shop
            .request("GET", "/api/v1/categories")
            .header("Authorization", value);
        Answer::of(request).await.problem(401, "token-invalid");
    }
}
