use anyhow::{Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::account::Account;
use super::api::{Request, Response};
use crate::history::Recorder;

/// More units than all clients can buy.
const AMPLE_UNITS: i64 = 100_000;
const AMPLE_PRODUCTS: i64 = 100;
/// Units of each scarce product; they sell out during a run.
const SCARCE_UNITS: [i64; 6] = [3, 10, 25, 40, 80, 150];
/// Products that are created at the same time.
const CONCURRENT: usize = 4;

/// The products that clients buy, as SKUs.
#[derive(Debug, Clone, Default)]
pub(super) struct Products {
    pub(super) ample: Vec<String>,
    pub(super) scarce: Vec<String>,
}

/// Creates and stocks all products, and records their stock.
pub(super) async fn create_all(staff: &Account, recorder: &Recorder) -> Result<Products> {
    let category = json!({"slug": "prove", "name": "Prove", "description": "", "position": 1});
    create(staff, "/staff/categories", category, "category-slug-taken").await?;
    let ample = (1..=AMPLE_PRODUCTS)
        .map(|number| (format!("PROVE-{number:03}"), 50 * number + 99, AMPLE_UNITS));
    let scarce = (1_i64..)
        .zip(SCARCE_UNITS)
        .map(|(number, units)| (format!("SCARCE-{number}"), 1_000 * number, units));
    let products = Products {
        ample: ample.clone().map(|(sku, ..)| sku).collect(),
        scarce: scarce.clone().map(|(sku, ..)| sku).collect(),
    };
    stream::iter(ample.chain(scarce))
        .map(anyhow::Ok)
        .try_for_each_concurrent(CONCURRENT, async |(sku, price, units)| {
            create_product(staff, recorder, &sku, price, units).await
        })
        .await?;
    Ok(products)
}

async fn create_product(
    staff: &Account,
    recorder: &Recorder,
    sku: &str,
    price: i64,
    units: i64,
) -> Result<()> {
    let product = json!({
        "sku": sku, "slug": sku.to_lowercase(), "name": format!("Product {sku}"),
        "description": "", "price": {"minor_units": price, "currency": "EUR"},
        "category": "prove", "attributes": {}, "images": [], "on_hand": units,
    });
    create(staff, "/staff/products", product, "sku-taken").await?;
    recorder.stocked(sku, units);
    Ok(())
}

/// Creates something once. `exists` is the problem if an attempt with an unknown outcome created it.
async fn create(staff: &Account, path: &str, body: serde_json::Value, exists: &str) -> Result<()> {
    match staff.retry(&Request::post(path, body)).await {
        Response::Done(_) => Ok(()),
        Response::Refused(problem) if problem == exists => Ok(()),
        other => bail!("POST {path}: {other:?}"),
    }
}
