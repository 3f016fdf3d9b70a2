use actix_web::{HttpRequest, HttpResponse, http::header};
use askama::Template;
use futures_util::future::join;
use serde_json::json;

use super::listing::{Listing, Request};
use crate::{
    edge::problem::reasons,
    model::{PageRequest, ProductSearch},
    pages::{Answer, art, format, layout::Layout, page, see_other, visitor::Visitor},
    rest::request::Query,
    upstreams::Upstreams,
};

/// Suggestions for what is being typed.
const SUGGESTIONS: u32 = 8;
/// Characters of a search at most; the catalog accepts as many.
const MAX_QUERY: usize = 200;

#[derive(Template)]
#[template(path = "shop/search.html")]
struct SearchPage {
    layout: Layout,
    query: String,
    corrected: Option<String>,
    listing: Listing,
    empty_picture: String,
    empty_title: String,
    empty_text: &'static str,
}

/// Products that a search finds; all products without one.
pub(crate) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let currency = visitor.config().currency.as_str();
    let list = Request::read(request.path(), request.query_string(), currency);
    let query = list.text("q").to_owned();
    let found = visitor.upstreams().catalog().search(list.search(None));
    let (layout, found) = join(visitor.layout(), found).await;
    let mut found = match found {
        Err(problem) if problem.kind() == &reasons::PAGE_TOKEN_INVALID => {
            return see_other(&list.first_page());
        }
        found => found?,
    };
    let mut layout = layout?;
    layout.search.clone_from(&query);
    let corrected = found.corrected_query.take();
    let empty_text = match found.no_usable_word {
        true => "There is no word in it that we can search for. Try the name of a thing.",
        false => "Try fewer or other words, or look through the departments.",
    };
    let listing = Listing::new(&list, found, &layout.categories, currency);
    page(&SearchPage {
        layout,
        corrected,
        listing,
        empty_picture: art::path("shop", "SHOP-EMPTY"),
        empty_title: match query.as_str() {
            "" => "Nothing matches".to_owned(),
            query => format!("Nothing matches \u{201c}{query}\u{201d}"),
        },
        empty_text,
        query,
    })
}

/// A few products for what is being typed, as JSON for the script.
pub(crate) async fn suggest(upstreams: Upstreams, mut query: Query) -> Answer {
    let words = query.text("q").unwrap_or_default();
    let words: String = words.trim().chars().take(MAX_QUERY).collect();
    let items = match words.is_empty() {
        true => Vec::new(),
        false => suggestions(&upstreams, words).await?,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .json(json!({ "items": items })))
}

async fn suggestions(
    upstreams: &Upstreams,
    words: String,
) -> Result<Vec<serde_json::Value>, crate::edge::problem::Problem> {
    let search = ProductSearch {
        query: Some(words),
        page: PageRequest {
            size: SUGGESTIONS,
            ..PageRequest::default()
        },
        ..ProductSearch::default()
    };
    let found = upstreams.catalog().search(search).await?;
    let items = found.products.iter().map(|product| {
        json!({
            "name": product.name,
            "url": format!("/products/{}", product.slug),
            "hint": format::money(&product.price),
        })
    });
    Ok(items.collect())
}
