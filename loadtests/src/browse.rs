//! The scenario `browse`: users that view products. They keep ETags and revalidate pages, as browsers
//! do.

use std::collections::HashMap;
use std::sync::Arc;

use goose::prelude::{GooseUser, TransactionResult};
use reqwest::Url;

use crate::fixture::{Fixture, Product};
use crate::request::{ApiRequest, send};
use crate::rng::Rng;
use crate::users;
use crate::workload;

/// Most product pages that a browser caches.
const CACHED_PAGES: usize = 50;
const PAGE_SIZE: &str = "24";

/// The state of a user that browses.
#[derive(Debug)]
pub(crate) struct Browser {
    rng: Rng,
    /// ETags by slug.
    cached: HashMap<String, String>,
}

/// Creates the user.
pub(crate) async fn start(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let browser = Browser {
        rng: Rng::new(fixture.settings.seed, fixture.next_browser()),
        cached: HashMap::new(),
    };
    users::set_data(user, browser).await
}

/// Views a product, for the first time or again.
pub(crate) async fn view_product(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let browser = users::data::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let mut viewed: Vec<String> = browser.cached.keys().cloned().collect();
    // The order of a hash map differs from run to run.
    viewed.sort();
    let revisits = workload::revisits(&mut browser.rng);
    let slug = match browser.rng.pick(&viewed) {
        Some(slug) if revisits => slug.clone(),
        _ => slug_of(browser.rng.pick(&fixture.products)),
    };
    get_product(user, &fixture, &slug, &mut browser.cached).await
}

/// Lists a category, newest first, and mostly its second page too.
pub(crate) async fn list_category(
    user: &mut GooseUser,
    fixture: Arc<Fixture>,
) -> TransactionResult {
    let browser = users::data::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let category = browser.rng.pick(&fixture.categories).cloned();
    let reads_second_page = browser.rng.percent(60);
    let mut query = vec![
        ("page_size", PAGE_SIZE.to_owned()),
        ("facets", "true".to_owned()),
    ];
    query.extend(category.map(|slug| ("category", slug)));
    let page = send(user, &fixture, ApiRequest::get(LIST, list(&query))).await?;
    let token = page.text("/next_page_token");
    if reads_second_page && !token.is_empty() {
        query.push(("page_token", token));
        send(user, &fixture, ApiRequest::get(LIST, list(&query))).await?;
    }
    Ok(())
}

/// Searches for a word, sometimes with a typo, and views the first result.
pub(crate) async fn search(user: &mut GooseUser, fixture: Arc<Fixture>) -> TransactionResult {
    let browser = users::data::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let Some(word) = browser.rng.pick(&fixture.words) else {
        return Ok(());
    };
    let typed = workload::typed(word, &mut browser.rng);
    let query = [("q", typed), ("page_size", PAGE_SIZE.to_owned())];
    let found = send(user, &fixture, ApiRequest::get(SEARCH, list(&query))).await?;
    let slug = found.text("/items/0/slug");
    if slug.is_empty() {
        return Ok(());
    }
    get_product(user, &fixture, &slug, &mut browser.cached).await
}

pub(crate) async fn list_categories(
    user: &mut GooseUser,
    fixture: Arc<Fixture>,
) -> TransactionResult {
    let path = "/api/v1/categories";
    send(user, &fixture, ApiRequest::get(path, path)).await?;
    Ok(())
}

/// Lists and searches have one path; the report keeps them apart.
const LIST: &str = "/api/v1/products?category";
const SEARCH: &str = "/api/v1/products?q";
pub(crate) const PRODUCT: &str = "/api/v1/products/{product}";

async fn get_product(
    user: &mut GooseUser,
    fixture: &Fixture,
    slug: &str,
    cached: &mut HashMap<String, String>,
) -> TransactionResult {
    let mut request = ApiRequest::get(PRODUCT, format!("/api/v1/products/{slug}"));
    if let Some(etag) = cached.get(slug) {
        request.request = request.request.if_none_match(etag);
    }
    request.expected = &[304];
    let answer = send(user, fixture, request).await?;
    if answer.status == 304 {
        fixture.counters.other("products not modified (304)");
    }
    if let Some(etag) = answer.etag {
        if cached.len() >= CACHED_PAGES {
            cached.clear();
        }
        cached.insert(slug.to_owned(), etag);
    }
    Ok(())
}

fn slug_of(product: Option<&Product>) -> String {
    product.map_or_else(String::new, |product| product.slug.clone())
}

/// The path of a product list with its query.
fn list(query: &[(&str, String)]) -> String {
    let Ok(mut url) = Url::parse("http://shop/api/v1/products") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(query);
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_escaped() {
        let query = [("q", "caf\u{e9} & co".to_owned())];
        assert_eq!(list(&query), "/api/v1/products?q=caf%C3%A9+%26+co");
    }
}
