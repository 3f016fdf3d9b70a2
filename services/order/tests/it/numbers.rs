//! Numbers of orders, for people.

use contracts::order::v1::*;
use testkit::eventually;

use crate::support::{App, checkout};

fn is_a_number(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let fits = |c: char| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase();
    lengths == [4, 4, 1] && text.chars().all(fits)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_the_number_that_it_is_placed_with() {
    let mut app = App::start().await;
    let (person, placed) = app.placed().await;
    assert!(is_a_number(&placed.number), "{}", placed.number);
    let replayed = app.place(&person, checkout("key")).await.unwrap();
    assert_eq!(replayed, placed);
    let read = app.order(&person, &placed.id).await;
    assert_eq!(read.number, placed.number);
    let request = person.request(ListOrdersRequest::default());
    let page = app.orders.list_orders(request).await.unwrap().into_inner();
    assert_eq!(page.summaries[0].number, placed.number);

    let (_, other) = app.placed().await;
    assert_ne!(other.number, placed.number);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_number_is_taken_gets_another_one() {
    let mut app = App::start().await;
    let (_, first) = app.placed().await;
    // The next order gets the number of the first one, whatever the service has chosen; later ones do not.
    app.sql(
        "CREATE SEQUENCE tries;
         CREATE FUNCTION take_number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
         BEGIN
             IF nextval('tries') = 1 THEN
                 NEW.number := (SELECT min(number) FROM orders);
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER take_number BEFORE INSERT ON orders
             FOR EACH ROW EXECUTE FUNCTION take_number()",
    )
    .await;
    let (person, second) = app.placed().await;
    assert_ne!(second.number, first.number);
    assert_eq!(app.order(&person, &second.id).await.number, second.number);
    let tries = "SELECT last_value::text AS value FROM tries";
    assert_eq!(app.text(tries).await, "2");
    assert_eq!(app.rows("orders", "true").await, 2);
    assert_eq!(app.rows("idempotency_keys", "true").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_an_earlier_version_get_numbers() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let earlier = "UPDATE idempotency_keys SET answer = answer - 'number';
         UPDATE orders SET number = NULL;
         INSERT INTO orders (id, customer_id, status, currency, lines_minor, discount_minor, shipping_minor, tax_minor,
             total_minor, recipient, line1, line2, city, region, postal_code, country, payment_method, reservation_id,
             payment_id, placed_at, updated_at)
         SELECT gen_random_uuid(), customer_id, status, currency, lines_minor, discount_minor, shipping_minor, tax_minor,
             total_minor, recipient, line1, line2, city, region, postal_code, country, payment_method, reservation_id,
             payment_id, placed_at, updated_at
         FROM orders, generate_series(1, 1200)";
    app.sql(earlier).await;
    assert_eq!(app.order(&person, &order.id).await.number, "");

    // A new version starts beside the one that runs.
    let replica = app.replica().await;
    eventually("all orders have numbers", async || {
        (app.rows("orders", "number IS NULL").await == 0).then_some(())
    })
    .await;
    assert_eq!(app.rows("orders", "true").await, 1_201);
    let number = app.order(&person, &order.id).await.number;
    assert!(is_a_number(&number), "{number}");
    let replayed = app.place(&person, checkout("key")).await.unwrap();
    assert_eq!(replayed.number, number);
    replica.stop().await;
}
