//! Page tokens that the shop did not issue for the list: refused by every list, and no error of the server.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::{Customer, Shop};

/// Every list that is read page by page.
const LISTS: [&str; 13] = [
    "/products?q=mug&sort=relevance",
    "/products?sort=newest",
    "/products?sort=price_ascending",
    "/products?sort=name",
    "/staff/products?",
    "/orders?",
    "/orders?all_customers=true",
    "/staff/customers?",
    "/staff/returns?",
    "/staff/discounts?",
    "/staff/sagas?",
    "/staff/reconciliations?",
    "/staff/actions?service=order",
];

/// The token of the second page, with one entry a page.
async fn next(client: &Customer, list: &str) -> String {
    let page = client.get(&format!("{list}&page_size=1")).await;
    let token = page["next_page_token"].as_str();
    token.unwrap_or_else(|| panic!("{list}: {page}")).to_owned()
}

async fn refused(client: &Customer, list: &str, token: &str) {
    let answer = client.try_get(&format!("{list}&page_token={token}")).await;
    let problem = (answer.status, answer.problem());
    assert_eq!(problem, (400, "page-token-invalid"), "{list} {token}");
    let detail = answer.text("/detail");
    assert!(
        detail.contains("start again with the first page"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_page_token_is_refused_by_every_list() {
    let shop = Shop::open().await;
    for sku in ["MUG-1", "MUG-2"] {
        shop.product(sku, 100, 5).await;
    }
    let staff = shop.staff().await;
    let token = next(&staff, "/products?q=mug&sort=relevance").await;
    let signed = URL_SAFE_NO_PAD.decode(&token).unwrap();
    let mut forged = vec!["AAAA".to_owned(), uuid::Uuid::nil().to_string()];
    // Positions of other sorts, a name with a NUL, and numbers out of range, under a code of another position.
    for position in [
        r#"[99999999999,{"Ranked":[0.5,"00000000-0000-0000-0000-000000000000"]}]"#,
        r#"[99999999999,{"Name":["\u0000","00000000-0000-0000-0000-000000000000"]}]"#,
        r#"[99999999999,{"Price":[9223372036854775807,"00000000-0000-0000-0000-000000000000"]}]"#,
        r#"[99999999999,"00000000-0000-0000-0000-000000000000"]"#,
    ] {
        let bytes = [&signed[..16], position.as_bytes()].concat();
        forged.push(URL_SAFE_NO_PAD.encode(bytes));
    }
    for list in LISTS {
        for token in &forged {
            refused(&staff, list, token).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_of_one_list_is_refused_by_every_other() {
    let shop = Shop::open().await;
    for sku in ["MUG-1", "MUG-2"] {
        shop.product(sku, 100, 5).await;
    }
    let mut staff = shop.staff().await;
    let mut customer = shop.customer().await;
    for buyer in [&mut staff, &mut customer] {
        for _ in 0..2 {
            let order = buyer.buy("MUG-1", 1, "pm_card_visa").await;
            buyer.wait_for(&order, "confirmed").await;
        }
    }
    // The other lists have no second page here.
    let is_short = |list: &str| {
        let short = ["returns", "sagas", "reconciliations", "actions"];
        short.iter().any(|name| list.contains(name))
    };
    for own in LISTS.iter().filter(|list| !is_short(list)) {
        let token = next(&staff, own).await;
        staff.get(&format!("{own}&page_token={token}")).await;
        for other in LISTS.iter().filter(|other| *other != own) {
            refused(&staff, other, &token).await;
        }
    }
    // Each customer has a list of their own, and so has each status.
    let token = next(&customer, "/orders?").await;
    refused(&staff, "/orders?", &token).await;
    refused(&customer, "/orders?status=confirmed", &token).await;
    shop.wait_until_quiet().await;
}
