//! What belongs to a customer, asked for by everybody else: it does not exist, except for the groups of staff that the
//! policy names.

use chassis::auth::Access;
use e2e::{Customer, Shop};
use gateway::{route, routes::TABLE};
use kernel::{Group, Groups};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Person, Tokens};
use super::rpc::policies;
use crate::shops::WITHOUT_RATE_LIMITS;

/// A row about a thing of a customer, the RPC that decides, and a body that the row accepts.
struct Owned {
    method: &'static str,
    path: &'static str,
    rpc: &'static str,
    body: fn() -> Value,
}

const OWNED: &[Owned] = &[
    read("/api/v1/orders/{id}", "OrderService/GetOrder"),
    read("/api/v1/orders/{id}/events", "OrderService/GetTimeline"),
    read("/api/v1/orders/{id}/page", "OrderService/GetOrder"),
    read("/api/v1/orders/{id}/timeline", "OrderService/GetTimeline"),
    read("/api/v1/orders/{id}/payment", "PaymentService/GetPayment"),
    read(
        "/api/v1/orders/{id}/returns",
        "ReturnService/ListOrderReturns",
    ),
    write(
        "POST",
        "/api/v1/orders/{id}/returns",
        "ReturnService/RequestReturn",
        || json!({"lines": [{"sku": "DESK", "quantity": 1}], "reason": "changed_mind"}),
    ),
    read("/api/v1/returns/{id}", "ReturnService/GetReturn"),
    write(
        "POST",
        "/api/v1/returns/{id}/withdrawal",
        "ReturnService/WithdrawReturn",
        || Value::Null,
    ),
    write(
        "PUT",
        "/api/v1/me/addresses/{id}",
        "UserService/UpdateAddress",
        address,
    ),
    write(
        "DELETE",
        "/api/v1/me/addresses/{id}",
        "UserService/DeleteAddress",
        || Value::Null,
    ),
    write(
        "DELETE",
        "/api/v1/me/sessions/{id}",
        "AccountService/EndSession",
        || Value::Null,
    ),
    // Last: it ends the order.
    write(
        "POST",
        "/api/v1/orders/{id}/cancellation",
        "OrderService/CancelOrder",
        || json!({}),
    ),
];

const fn read(path: &'static str, rpc: &'static str) -> Owned {
    write("GET", path, rpc, || Value::Null)
}

const fn write(
    method: &'static str,
    path: &'static str,
    rpc: &'static str,
    body: fn() -> Value,
) -> Owned {
    Owned {
        method,
        path,
        rpc,
        body,
    }
}

fn address() -> Value {
    json!({"label": "Home", "postal": {
        "recipient": "Test", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE"
    }})
}

/// The groups of staff that may call an RPC for anyone's.
fn groups_of(rpc: &str) -> Groups {
    let rows: Vec<_> = policies()
        .into_iter()
        .flat_map(|(_, policy)| policy.rows().to_vec())
        .collect();
    let row = rows.iter().find(|(path, ..)| path.ends_with(rpc));
    match row {
        Some((_, Access::SignedIn, _)) => Groups::NONE,
        Some((_, Access::OwnerOr(groups), _)) => *groups,
        other => panic!("{rpc} is not for owners: {other:?}"),
    }
}

/// A return that the owner of another order has asked for.
async fn returned(shop: &Shop, owner: &mut Customer) -> String {
    let order = owner.buy("DESK", 1, "pm_card_visa").await;
    owner.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    owner.wait_for(&order, "shipped").await;
    let delivery = format!("/staff/orders/{order}/delivery");
    staff.post(&delivery, json!({})).await.ok();
    let returned = owner.request_return(&order, "DESK", 1, "return").await.ok();
    returned["id"].as_str().unwrap().to_owned()
}

#[test]
fn every_row_about_a_customers_thing_is_tried() {
    for row in TABLE {
        let is_owned = row.access == route::Access::SignedIn && row.path.contains('{');
        let is_tried = OWNED
            .iter()
            .any(|owned| (owned.method, owned.path) == (row.method, row.path));
        assert!(!is_owned || is_tried, "add it to OWNED: {row:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_others_does_not_exist() {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    let tokens = Tokens::of(&shop).await;
    shop.product("DESK", 1_000, 10).await;
    let mut owner = shop.customer().await;
    let order = owner.buy("DESK", 1, "pm_card_visa").await;
    owner.wait_for(&order, "confirmed").await;
    let returned = returned(&shop, &mut owner).await;
    let saved = owner.post("/me/addresses", address()).await.ok();
    let saved = saved["id"].as_str().unwrap().to_owned();

    let session = owner.get("/me/sessions").await["items"][0]["id"].clone();
    let session = session.as_str().unwrap().to_owned();

    let everyone_else = [Person::Customer].into_iter();
    let everyone_else: Vec<_> = everyone_else.chain(Group::ALL.map(Person::Staff)).collect();
    for owned in OWNED {
        let mut segments = owned.path.split('/').skip(3);
        let id = match (segments.next(), segments.next()) {
            (Some("orders"), _) => &order,
            (Some("returns"), _) => &returned,
            (_, Some("sessions")) => &session,
            _ => &saved,
        };
        let allowed = groups_of(owned.rpc);
        for person in &everyone_else {
            let is_allowed = matches!(person, Person::Staff(group) if allowed.contains(*group));
            // Of those who may, what they change is not of interest here.
            if is_allowed && owned.method != "GET" {
                continue;
            }
            tokens.make_real(&shop, *person).await;
            let caller = shop.guest().with_token(&tokens.of_person(*person).unwrap());
            let path = owned.path.replace("{id}", id);
            let expected = if is_allowed { 200 } else { 404 };
            if path.ends_with("/events") {
                // A stream, which is not read.
                let response = shop.rest(owned.method, &path, caller.token()).await;
                assert_eq!(response.status(), expected, "{path} as {}", person.name());
                continue;
            }
            let path = path.trim_start_matches("/api/v1").to_owned();
            let body = Some((owned.body)()).filter(|body| !body.is_null());
            let method = Method::from_bytes(owned.method.as_bytes()).unwrap();
            let caller = caller.with_header("Idempotency-Key", "of-somebody-else");
            let answer = caller.call(method, &path, body).await;
            let (name, body) = (person.name(), &answer.body);
            assert_eq!(
                answer.status, expected,
                "{} {path} as {name}: {body}",
                owned.method
            );
        }
    }
    assert_eq!(owner.status(&order).await, "confirmed");
    let waiting = owner.get(&format!("/returns/{returned}")).await;
    assert_eq!(waiting["status"], "requested", "{waiting}");
    let mine = owner.get("/me/addresses").await;
    assert_eq!(mine["items"][0]["label"], "Home", "{mine}");
    let mine = owner.get("/me/sessions").await;
    assert_eq!(mine["items"][0]["id"], session, "{mine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_only_what_is_the_callers() {
    let shop = Shop::open_with(WITHOUT_RATE_LIMITS).await;
    shop.product("DESK", 1_000, 10).await;
    let mut owner = shop.customer().await;
    let order = owner.buy("DESK", 1, "pm_card_visa").await;
    owner.wait_for(&order, "confirmed").await;
    owner.put_into_cart("DESK", 1).await;
    owner.post("/me/addresses", address()).await.ok();
    let stranger = shop.customer().await;
    for (path, list) in [
        ("/orders", "items"),
        ("/me/addresses", "items"),
        ("/cart", "lines"),
    ] {
        let mine = owner.get(path).await;
        assert_eq!(mine[list].as_array().map(Vec::len), Some(1), "{path}");
        assert_eq!(stranger.get(path).await[list], json!([]), "{path}");
    }
    let sessions = owner.get("/me/sessions").await;
    let others = stranger.get("/me/sessions").await;
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(1));
    assert_ne!(sessions["items"][0]["id"], others["items"][0]["id"]);
    let all = stranger.try_get("/orders?all_customers=true").await;
    assert_eq!(all.status, 403, "{}", all.body);
}
