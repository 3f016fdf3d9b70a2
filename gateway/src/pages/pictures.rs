//! The drawn pictures of products that have no photograph.

use actix_web::{HttpResponse, http::header, web::Path};
use kernel::Sku;

use super::{Answer, art, assets::IMMUTABLE};
use crate::edge::problem::{Problem, reasons};

const MAX_CATEGORY_LENGTH: usize = 60;

/// A picture: `/art/{version}/{category}/{sku}.svg`. It is the same for good; a change of the drawings is a new version.
pub(crate) async fn get(path: Path<(String, String, String)>) -> Answer {
    let (version, category, sku) = path.into_inner();
    let is_slug = (1..=MAX_CATEGORY_LENGTH).contains(&category.len())
        && category
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let sku = sku.parse::<Sku>().ok();
    let Some(sku) = sku.filter(|_| is_slug && version == art::VERSION) else {
        return Err(Problem::new(&reasons::NOT_FOUND));
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, IMMUTABLE))
        .content_type("image/svg+xml")
        .body(art::draw(&category, sku.as_str())))
}
