use goose::prelude::{GooseUser, TransactionResult};
use serde_json::{Value, json};

use crate::fixture::{COUNTRY, Fixture};
use crate::request::{ApiRequest, send};

const CART: &str = "/api/v1/cart";
const ITEM: &str = "/api/v1/cart/items/{sku}";

/// Removes all lines. A line in another currency, or of a product that is not sold any more, would make
/// every checkout fail.
pub(super) async fn empty(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
) -> TransactionResult {
    let cart = ApiRequest::get(CART, CART).token(token);
    let cart = send(user, fixture, cart).await?.body;
    for sku in skus(&cart) {
        let path = format!("/api/v1/cart/items/{sku}");
        let removal = ApiRequest::delete(ITEM, path).token(token);
        send(user, fixture, removal).await?;
    }
    Ok(())
}

pub(super) async fn put(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    sku: &str,
    units: usize,
) -> TransactionResult {
    let path = format!("/api/v1/cart/items/{sku}");
    let line = ApiRequest::put(ITEM, path, json!({"quantity": units})).token(token);
    send(user, fixture, line).await?;
    Ok(())
}

/// Reads the cart with shipping and tax.
pub(super) async fn read_totals(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
) -> TransactionResult {
    let cart = ApiRequest::get(CART, format!("{CART}?country={COUNTRY}")).token(token);
    send(user, fixture, cart).await?;
    Ok(())
}

/// The SKUs of a cart, those that cannot be sold included.
fn skus(cart: &Value) -> Vec<String> {
    let list = |name: &str| cart[name].as_array().into_iter().flatten();
    let lines = list("lines").map(|line| &line["sku"]);
    let skus = lines.chain(list("unsellable").map(|line| &line["sku"]));
    skus.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_cannot_be_sold_are_part_of_the_cart() {
        let cart = json!({"lines": [{"sku": "A"}, {"sku": "B"}], "unsellable": [{"sku": "C"}]});
        assert_eq!(skus(&cart), ["A", "B", "C"]);
        assert!(skus(&json!({"lines": [], "unsellable": []})).is_empty());
    }
}
