//! Who may call what: every row of the URL table, by everyone.

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

fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_admits_whom_it_says_and_no_one_else() {
    let shop = Shop::open().await;
    for row in TABLE {
        let no_one = call(&shop, row, None).await;
        let customer = call(&shop, row, Some(&shop.customer.1)).await;
        let staff = call(&shop, row, Some(&shop.staff)).await;
        assert!(!is_refused(&staff), "{row:?}: {staff:?}");
        match row.access {
            Access::Public => assert!(!is_refused(&no_one) && !is_refused(&customer), "{row:?}"),
            Access::SignedIn => {
                no_one.problem(401, "token-missing");
                assert!(!is_refused(&customer), "{row:?}: {customer:?}");
            }
            Access::Staff => {
                no_one.problem(401, "token-missing");
                customer.problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_refused_everywhere_even_where_none_is_needed() {
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
async fn a_refusal_says_how_to_sign_in() {
    let shop = Shop::open().await;
    let answer = shop.get("/api/v1/me").await;
    answer.problem(401, "token-missing");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_of_another_kind_is_no_token() {
    let shop = Shop::open().await;
    for value in ["Basic YWRhOnNlY3JldA==", "Bearer", "Bearer ", "token"] {
        let request = shop
            .request("GET", "/api/v1/categories")
            .header("Authorization", value);
        Answer::of(request).await.problem(401, "token-invalid");
    }
}
