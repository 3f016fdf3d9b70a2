use contracts::messages::{AuthorizePayment, ReserveStock};
use contracts::order::v1::PlaceOrderResponse;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use prost::Message;
use tonic::Code;

use crate::support::{App, checkout, reason};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_answered_with_the_same_bytes() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    let first = app
        .orders
        .place_order(person.request(checkout("key")))
        .await
        .unwrap();
    let first = first.into_inner().encode_to_vec();

    // Later changes of the order, the catalog and the cart do not change the answer.
    let order = PlaceOrderResponse::decode(first.as_slice())
        .unwrap()
        .order
        .unwrap();
    app.participants.confirm(&order.id).await;
    app.put(&person, "TEA", 1).await;
    app.catalog.disconnect();
    let again = app
        .orders
        .place_order(person.request(checkout("key")))
        .await
        .unwrap();
    assert_eq!(again.into_inner().encode_to_vec(), first);
    assert_eq!(app.rows("orders", "true").await, 1);
    assert_eq!(
        app.rows("cart_lines", "sku = 'TEA'").await,
        1,
        "the new cart is untouched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_with_the_same_key_is_refused() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.place(&person, checkout("key")).await.unwrap();
    let mut other = checkout("key");
    other.shipping_address.as_mut().unwrap().city = "Berlin".to_owned();
    let refused = app.place(&person, other).await.unwrap_err();
    assert_eq!(reason(&refused), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(app.rows("orders", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_of_another_customer_is_another_key() {
    let mut app = App::start().await;
    let (_, first) = app.placed().await;
    let (_, second) = app.placed().await;
    assert_ne!(first.id, second.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_identical_concurrent_checkouts_are_one_order_with_equal_answers() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    let tries = (0..20).map(|_| {
        let (mut orders, request) = (app.orders.clone(), person.request(checkout("key")));
        tokio::spawn(async move { orders.place_order(request).await })
    });
    let mut answers = Vec::new();
    for attempt in tries.collect::<Vec<_>>() {
        let answer = attempt.await.unwrap().unwrap();
        answers.push(answer.into_inner().encode_to_vec());
    }
    assert_eq!(answers.len(), 20);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(app.rows("orders", "true").await, 1);

    let order = PlaceOrderResponse::decode(answers[0].as_slice())
        .unwrap()
        .order
        .unwrap();
    app.participants.confirm(&order.id).await;
    assert_eq!(app.participants.unread::<ReserveStock>(), 0);
    assert_eq!(app.participants.unread::<AuthorizePayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_checkouts_with_different_keys_sell_the_cart_once() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    let tries = (0..10).map(|n| {
        let (mut orders, request) = (
            app.orders.clone(),
            person.request(checkout(&format!("key-{n}"))),
        );
        tokio::spawn(async move { orders.place_order(request).await })
    });
    let mut placed = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => placed += 1,
            Err(refused) => assert_eq!(reason(&refused), "CART_EMPTY"),
        }
    }
    assert_eq!(placed, 1);
    assert_eq!(app.rows("orders", "true").await, 1);
    assert_eq!(app.rows("idempotency_keys", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_does_not_use_the_key() {
    let mut app = App::start().await;
    let person = app.customer();
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_EMPTY");
    app.put(&person, "COFFEE", 2).await;
    app.place(&person, checkout("key")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_use_is_refused_after_the_wait() {
    let mut app = App::with(&[("checkout.key_wait_ms", "100")]).await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    // A first request that is still running.
    let database = app.other_session();
    let mut first = database.get().await.unwrap();
    first.batch_execute("BEGIN").await.unwrap();
    let sql = format!(
        "INSERT INTO idempotency_keys VALUES ('{}', 'key', 'f', 'null', now())",
        person.id
    );
    diesel::sql_query(sql).execute(&mut first).await.unwrap();
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "IDEMPOTENCY_KEY_IN_USE");
    assert_eq!(refused.code(), Code::Aborted);

    first.batch_execute("ROLLBACK").await.unwrap();
    app.place(&person, checkout("key")).await.unwrap();
}
