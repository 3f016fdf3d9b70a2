//! For search engines: which pages there are, and which they should leave alone.

use std::fmt::Write;

use actix_web::{HttpResponse, http::header, web::Data};

use crate::{
    cache::ProductCache,
    edge::problem::Problem,
    model::{Categories, PageRequest, ProductSearch, Sort},
    pages::{Answer, config::Config},
    upstreams::Upstreams,
};

/// Products of one call to the catalog.
const PAGE_SIZE: u32 = 100;
/// Calls at most: the newest 1,000 products. The pages of the categories lead to all others.
const MAX_CALLS: usize = 10;
const CACHING: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// Home, categories and the newest products (sitemaps.org).
pub(crate) async fn show(
    config: Data<Config>,
    cache: Data<ProductCache>,
    upstreams: Upstreams,
) -> Answer {
    let categories: Categories = cache.categories(&upstreams).await?.read()?;
    let mut paths = vec![("/".to_owned(), None)];
    let categories = categories.categories.into_iter();
    paths.extend(categories.map(|category| (format!("/categories/{}", category.slug), None)));
    paths.extend(products(&upstreams).await?);

    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for (path, changed) in paths {
        // Slugs need no escaping. Writing to a string does not fail.
        let _ = write!(xml, "<url><loc>{}</loc>", config.absolute(&path));
        if let Some(changed) = changed {
            let _ = write!(xml, "<lastmod>{changed}</lastmod>");
        }
        xml.push_str("</url>\n");
    }
    xml.push_str("</urlset>\n");
    Ok(HttpResponse::Ok()
        .insert_header(CACHING)
        .content_type("application/xml")
        .body(xml))
}

/// Paths of products, and the day of their last change.
async fn products(upstreams: &Upstreams) -> Result<Vec<(String, Option<String>)>, Problem> {
    let mut paths = Vec::new();
    let mut token = None;
    for _ in 0..MAX_CALLS {
        let search = ProductSearch {
            sort: Some(Sort::Newest),
            page: PageRequest {
                size: PAGE_SIZE,
                token,
            },
            ..ProductSearch::default()
        };
        let found = upstreams.catalog().search(search).await?;
        paths.extend(found.products.into_iter().map(|product| {
            let day = product.updated_at.format("%Y-%m-%d").to_string();
            (format!("/products/{}", product.slug), Some(day))
        }));
        token = found.next_page_token;
        if token.is_none() {
            break;
        }
    }
    Ok(paths)
}

/// Pages of one visitor are of no use to search engines, and lists have endless combinations of filters.
pub(crate) async fn robots(config: Data<Config>) -> Answer {
    let closed = [
        "/api/",
        "/cart",
        "/checkout",
        "/orders",
        "/account",
        "/sign-in",
        "/register",
        "/search",
    ];
    let closed: String = closed.map(|path| format!("Disallow: {path}\n")).concat();
    let text = format!(
        "User-agent: *\n{closed}\nSitemap: {}\n",
        config.absolute("/sitemap.xml")
    );
    Ok(HttpResponse::Ok()
        .insert_header(CACHING)
        .content_type("text/plain; charset=utf-8")
        .body(text))
}
