//! What the cache loads, for the JSON API and for the pages.

use actix_web::http::header::HeaderValue;
use serde::Serialize;

use super::{CATEGORIES, Page, ProductCache};
use crate::{
    edge::problem::{Problem, reasons},
    upstreams::Upstreams,
};

const MAX_SLUG_LENGTH: usize = 120;

impl ProductCache {
    /// All categories: [`crate::model::Categories`].
    ///
    /// # Errors
    /// Those of the catalog, unless there is a stale page.
    pub(crate) async fn categories(&self, upstreams: &Upstreams) -> Result<Page, Problem> {
        self.get(CATEGORIES, async {
            let categories = upstreams.catalog().categories().await?;
            Ok(Page::new(json(&categories)?, 0))
        })
        .await
    }

    /// The product with a slug: [`crate::model::Product`], or where it has moved to.
    ///
    /// # Errors
    /// Those of the catalog, unless there is a stale page.
    pub(crate) async fn product(&self, upstreams: &Upstreams, slug: &str) -> Result<Page, Problem> {
        // An invalid slug must not become a cache key.
        if slug.len() > MAX_SLUG_LENGTH
            || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            return Err(Problem::new(&reasons::PRODUCT_NOT_FOUND));
        }
        self.get(slug, async {
            let product = upstreams.catalog().product(slug).await?;
            if product.slug != slug {
                return moved(&product.slug, product.version);
            }
            Ok(Page::new(json(&product)?, product.version))
        })
        .await
    }
}

fn moved(slug: &str, version: i64) -> Result<Page, Problem> {
    let location = HeaderValue::try_from(format!("/api/v1/products/{slug}"));
    let location = location.map_err(|error| {
        tracing::error!(%error, "the slug of a product cannot be a URL");
        Problem::new(&reasons::INTERNAL)
    })?;
    Ok(Page::moved(location, version))
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "cannot serialize a response");
        Problem::new(&reasons::INTERNAL)
    })
}
