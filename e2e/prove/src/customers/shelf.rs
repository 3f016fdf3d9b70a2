use anyhow::{Result, bail};
use serde_json::json;

use super::api::{Reply, Request};
use super::person::Person;
use crate::witness::Witness;

/// Units that nobody will ever buy all of.
const PLENTY: i64 = 100_000;
const PRODUCTS: i64 = 18;
/// Units of each of the things that everybody wants.
const SCARCE: [i64; 6] = [3, 10, 25, 40, 80, 150];

/// What can be bought, as SKUs.
#[derive(Debug, Clone, Default)]
pub(super) struct Goods {
    pub(super) plenty: Vec<String>,
    pub(super) scarce: Vec<String>,
}

/// Puts everything on the shelf and tells the witness.
pub(super) async fn fill(staff: &Person, witness: &Witness) -> Result<Goods> {
    let shelf = json!({"slug": "prove", "name": "Prove", "description": "", "position": 1});
    create(staff, "/categories", shelf, "category-slug-taken").await?;
    let mut goods = Goods::default();
    for number in 1..=PRODUCTS {
        let sku = format!("PROVE-{number:02}");
        product(staff, witness, &sku, 250 * number + 99, PLENTY).await?;
        goods.plenty.push(sku);
    }
    for (number, units) in (1_i64..).zip(SCARCE) {
        let sku = format!("SCARCE-{number}");
        product(staff, witness, &sku, 1_000 * number, units).await?;
        goods.scarce.push(sku);
    }
    Ok(goods)
}

async fn product(
    staff: &Person,
    witness: &Witness,
    sku: &str,
    price: i64,
    units: i64,
) -> Result<()> {
    let product = json!({
        "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
        "description": "", "price": {"minor_units": price, "currency": "EUR"},
        "category": "prove", "attributes": {}, "images": [], "on_hand": units,
    });
    create(staff, "/products", product, "sku-taken").await?;
    witness.stocked(sku, units);
    Ok(())
}

/// Asked again after a lost answer, it is there already.
async fn create(staff: &Person, path: &str, body: serde_json::Value, there: &str) -> Result<()> {
    match staff.insist(&Request::post(path, body)).await {
        Reply::Done(_) => Ok(()),
        Reply::Refused(problem) if problem == there => Ok(()),
        other => bail!("POST {path}: {other:?}"),
    }
}
