//! What staff may do: their groups, their second factor, and the record of it.

use client::{Answer, Client, Request};
use e2e::{Customer, Shop, http_client};
use serde_json::{Value, json};

async fn change_price(staff: &Customer, minor_units: i64) -> Answer {
    let change = json!({"price": {"minor_units": minor_units}});
    staff.change("/staff/products/DESK", change).await
}

async fn last_action(shop: &Shop, query: &str) -> Value {
    let path = format!("/staff/actions?{query}");
    let actions = shop.staff().await.get(&path).await;
    actions["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_person_cannot_change_a_price_and_the_catalog_group_leaves_a_record() {
    let shop = Shop::open().await;
    shop.product("DESK", 40_000, 5).await;
    let (support, _) = shop.member_of("support").await;
    let refused = change_price(&support, 1).await;
    assert_eq!((refused.status, refused.problem()), (403, "forbidden"));
    // They read the product that they cannot change.
    let product = support.get("/staff/products/DESK").await;
    assert_eq!(product["price"]["minor_units"], 40_000);

    let (buyer, _) = shop.member_of("catalog").await;
    change_price(&buyer, 39_000).await.ok();
    let action = last_action(&shop, "service=catalog&kind=product.update&subject=DESK").await;
    assert_eq!(action["actor_id"], buyer.id().await);
    assert_eq!(action["before"], json!({"price_minor_units": 40_000}));
    assert_eq!(action["after"], json!({"price_minor_units": 39_000}));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_without_a_second_factor_can_do_nothing_until_they_prove_it() {
    let shop = Shop::open().await;
    let (member, secret) = shop.member_of("admin").await;
    let again = member.clone().sign_in_again().await;
    for path in [
        "/staff/actions?service=order",
        "/staff/dead-letters?service=order",
    ] {
        member.get(path).await;
        let refused = again.try_get(path).await;
        assert_eq!(
            (refused.status, refused.problem()),
            (401, "step-up-required")
        );
    }
    // A code works once. The one of the enrollment may be of this time step, too.
    let code = json!({"code": client::code_now(&secret)});
    again.post("/sessions/step-up", code.clone()).await;
    let replayed = again.post("/sessions/step-up", code).await;
    assert_eq!((replayed.status, replayed.problem()), (422, "code-invalid"));
}

/// The access token of the demo staff account in a session whose second factor was proved eleven minutes ago.
async fn stale_token(shop: &Shop, api: &Client) -> String {
    let (email, password) = shop.staff_account();
    let credentials = json!({"email": email, "password": password});
    let session = api.send(&Request::post("/sessions", credentials)).await;
    let session = session.unwrap();
    let proved = "UPDATE sessions SET second_factor_at = now() - interval '11 minutes'
                  WHERE id = (SELECT max(id::text)::uuid FROM sessions)";
    let database = shop.database("user").await;
    database.execute(proved, &[]).await.unwrap();
    let refresh = json!({"refresh_token": session.text("/refresh_token")});
    let refreshed = api.send(&Request::post("/sessions/refresh", refresh)).await;
    refreshed.unwrap().text("/access_token")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_without_a_recent_second_factor_is_challenged_and_succeeds_after_step_up() {
    let shop = Shop::open().await;
    shop.product("DESK", 40_000, 5).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("DESK", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    shop.staff().await.ship(&order).await;
    customer.wait_for(&order, "shipped").await;

    let http = http_client().build().unwrap();
    let api = Client::new(http, format!("{}/api/v1", shop.url()));
    let stale = stale_token(&shop, &api).await;
    let refund = async |token: &str| {
        let body = json!({"reason": "broken", "amount": {"minor_units": 1_000, "currency": "EUR"}});
        let request = Request::post(format!("/staff/orders/{order}/refunds"), body);
        let request = request.token(token).idempotency_key("refund-1");
        api.send(&request).await.unwrap()
    };
    // What needs no recent proof works.
    let read = Request::get(format!("/staff/orders/{order}/ledger")).token(&stale);
    api.send(&read).await.unwrap().ok();
    let refused = refund(&stale).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (401, "step-up-required")
    );
    let listed = format!("service=order&kind=order.refund&subject={order}");
    assert_eq!(last_action(&shop, &listed).await, Value::Null);

    let proved = api.step_up(&stale).await.unwrap();
    refund(&proved.text("/access_token")).await.ok();
    let action = last_action(&shop, &listed).await;
    assert_eq!(action["actor_id"], shop.staff().await.id().await);
    assert_eq!(action["after"]["amount_minor_units"], 1_000);
}
