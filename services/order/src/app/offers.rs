//! What the catalog offers now: products with their prices.

use std::collections::{BTreeSet, HashMap};

use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{BatchGetOffersRequest, Offer};
use kernel::{Money, Sku};
use upstream::Upstream;

use crate::domain::{MAX_LINES, Offers, Product};
use crate::failure::Failure;

/// The client of the catalog.
#[derive(Clone)]
pub(crate) struct Catalog {
    client: CatalogServiceClient<Upstream>,
}

impl Catalog {
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self {
            client: CatalogServiceClient::new(upstream),
        }
    }

    /// The offers of these SKUs, in one call for each full cart; no call without SKUs.
    pub(crate) async fn offers<'a>(
        &self,
        skus: impl IntoIterator<Item = &'a Sku>,
    ) -> Result<Offers, Failure> {
        let skus: BTreeSet<&Sku> = skus.into_iter().collect();
        let skus: Vec<&Sku> = skus.into_iter().collect();
        let mut products = HashMap::new();
        for some in skus.chunks(MAX_LINES) {
            self.ask(some, &mut products).await?;
        }
        Ok(Offers::Known(products))
    }

    /// The same, for what must succeed without prices too: `Offers::Unavailable` if the catalog does not respond, or
    /// what it responds cannot be read.
    pub(crate) async fn offers_if_available<'a>(
        &self,
        skus: impl IntoIterator<Item = &'a Sku>,
    ) -> Offers {
        self.offers(skus).await.unwrap_or_else(|failure| {
            let cause = format!("{:#}", anyhow::Error::new(failure));
            tracing::warn!(cause, "a cart has no prices");
            Offers::Unavailable
        })
    }

    async fn ask(
        &self,
        skus: &[&Sku],
        products: &mut HashMap<Sku, Option<Product>>,
    ) -> Result<(), Failure> {
        let texts = skus.iter().map(|sku| sku.as_str().to_owned());
        let request = BatchGetOffersRequest {
            skus: texts.collect(),
            with_covers: false,
        };
        let answer = self.client.clone().batch_get_offers(request).await;
        let answer = answer.map_err(|status| Failure::Catalog(Box::new(status)))?;
        products.extend(skus.iter().map(|sku| ((*sku).clone(), None)));
        for offer in answer.into_inner().offers {
            if !offer.archived {
                let (sku, product) = read(offer)?;
                products.insert(sku, Some(product));
            }
        }
        Ok(())
    }
}

fn read(offer: Offer) -> Result<(Sku, Product), Failure> {
    let unreadable = |what: String| Failure::CatalogAnswer(format!("{}: {what}", offer.product_id));
    let sku = Sku::try_from(offer.sku.clone()).map_err(|error| unreadable(error.to_string()))?;
    let price = offer
        .price
        .clone()
        .ok_or_else(|| unreadable("no price".to_owned()))?;
    let price = Money::try_from(price).map_err(|error| unreadable(error.to_string()))?;
    let product = Product {
        name: offer.name,
        slug: offer.slug,
        price,
        available: offer.available,
    };
    Ok((sku, product))
}
