//! Products with their current prices, from the catalog.

use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{BatchGetProductsRequest, Product as WireProduct};
use kernel::{Money, Sku};
use upstream::Upstream;

use crate::domain::{Product, Products};
use crate::failure::Failure;

/// The client of the catalog.
#[derive(Clone)]
pub(crate) struct Prices {
    catalog: CatalogServiceClient<Upstream>,
}

impl Prices {
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self {
            catalog: CatalogServiceClient::new(upstream),
        }
    }

    /// The products of these SKUs that are for sale, in one call; no call without SKUs.
    pub(crate) async fn of<'a>(
        &self,
        skus: impl IntoIterator<Item = &'a Sku>,
    ) -> Result<Products, Failure> {
        let skus: Vec<String> = skus
            .into_iter()
            .map(|sku| sku.as_str().to_owned())
            .collect();
        if skus.is_empty() {
            return Ok(Products::new());
        }
        let answer = self
            .catalog
            .clone()
            .batch_get_products(BatchGetProductsRequest { skus })
            .await
            .map_err(|status| Failure::Catalog(Box::new(status)))?;
        answer
            .into_inner()
            .products
            .into_iter()
            .filter(|product| !product.archived)
            .map(read)
            .collect()
    }
}

fn read(product: WireProduct) -> Result<(Sku, Product), Failure> {
    let unreadable = |what: String| Failure::CatalogAnswer(format!("{}: {what}", product.id));
    let sku = Sku::try_from(product.sku.clone()).map_err(|error| unreadable(error.to_string()))?;
    let price = product
        .price
        .clone()
        .ok_or_else(|| unreadable("no price".to_owned()))?;
    let price = Money::try_from(price).map_err(|error| unreadable(error.to_string()))?;
    let product = Product {
        name: product.name,
        slug: product.slug,
        price,
        available: product.available,
    };
    Ok((sku, product))
}
