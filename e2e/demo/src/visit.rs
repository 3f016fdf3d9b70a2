//! One customer in the shop: from the first look to the placed order.

use anyhow::{Result, ensure};
use client::Request;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::Account;
use crate::plan::Plan;
use crate::shop::Shop;
use crate::tally::Event;

/// Fills the cart and leaves.
///
/// # Errors
/// A request failed.
pub(crate) async fn leave_cart(shop: &Shop, customer: &Account, number: usize) -> Result<()> {
    fill_cart(shop, customer, number).await?;
    shop.tally.add(Event::CartLeft);
    Ok(())
}

/// Fills the cart and checks out. Returns the order's id.
///
/// # Errors
/// A request failed.
pub(crate) async fn place_order(
    shop: &Shop,
    customer: &Account,
    number: usize,
    plan: Plan,
) -> Result<String> {
    fill_cart(shop, customer, number).await?;
    customer.succeed(Request::get("/cart?country=DE")).await?;
    shop.pause().await;
    let body = json!({"payment_method": plan.card, "shipping_address": {
        "recipient": "Demo Customer", "line1": "Hauptstr. 1", "city": "Berlin",
        "postal_code": "10115", "country": "DE",
    }});
    let request = Request::post("/orders", body).idempotency_key(Uuid::now_v7().to_string());
    let id = customer.succeed(request).await?.text("/id");
    ensure!(!id.is_empty(), "the answer to a checkout has no id");
    shop.tally.add(Event::Placed);
    Ok(id)
}

/// One product, and for every third visit a second one.
async fn fill_cart(shop: &Shop, customer: &Account, number: usize) -> Result<()> {
    empty_cart(customer).await?;
    for product in 0..=usize::from(number.is_multiple_of(3)) {
        let sku = shop.browse(number + product).await?;
        let quantity = json!({"quantity": 1 + number % 2});
        customer
            .succeed(Request::put(format!("/cart/items/{sku}"), quantity))
            .await?;
        shop.pause().await;
    }
    Ok(())
}

/// Removes what an earlier visit left, or a rejected order gave back.
async fn empty_cart(customer: &Account) -> Result<()> {
    let cart = customer.succeed(Request::get("/cart")).await?.body;
    let lists = ["lines", "unsellable"].map(|list| cart.get(list).and_then(Value::as_array));
    for line in lists.into_iter().flatten().flatten() {
        if let Some(sku) = line.get("sku").and_then(Value::as_str) {
            let line = Request::new(Method::DELETE, format!("/cart/items/{sku}"), None);
            customer.succeed(line).await?;
        }
    }
    Ok(())
}
