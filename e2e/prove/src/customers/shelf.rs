use anyhow::{Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::api::{Reply, Request};
use super::person::Person;
use crate::witness::Witness;

/// Units that nobody will ever buy all of.
const PLENTY: i64 = 100_000;
const PRODUCTS: i64 = 100;
/// Products that are put on the shelf at the same time.
const AT_ONCE: usize = 4;
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
    let plenty =
        (1..=PRODUCTS).map(|number| (format!("PROVE-{number:03}"), 50 * number + 99, PLENTY));
    let scarce = (1_i64..)
        .zip(SCARCE)
        .map(|(number, units)| (format!("SCARCE-{number}"), 1_000 * number, units));
    let goods = Goods {
        plenty: plenty.clone().map(|(sku, ..)| sku).collect(),
        scarce: scarce.clone().map(|(sku, ..)| sku).collect(),
    };
    stream::iter(plenty.chain(scarce))
        .map(anyhow::Ok)
        .try_for_each_concurrent(AT_ONCE, async |(sku, price, units)| {
            product(staff, witness, &sku, price, units).await
        })
        .await?;
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
