use actix_web::{HttpResponse, http::header};
use askama::Template;
use futures_util::future::join;
use serde_json::json;

use super::cards::{Card, Picture, Stock};
use crate::{
    edge::problem::Problem,
    model::{PageRequest, Product, ProductSearch},
    pages::{Answer, config::Config, format, layout::Layout, page, visitor::Visitor},
    rest::request::Segment,
};

/// Related products: one row on a wide screen.
const RELATED: usize = 4;
/// Units that can be put into the cart at once.
const MAX_QUANTITY: u32 = 99;
/// Characters of the description for search engines.
const SNIPPET: usize = 160;

#[derive(Template)]
#[template(path = "shop/product.html")]
struct ProductPage {
    layout: Layout,
    sku: String,
    name: String,
    category: (String, String),
    price: String,
    paragraphs: Vec<String>,
    snippet: String,
    attributes: Vec<(String, String)>,
    pictures: Vec<Picture>,
    stock: Stock,
    max_quantity: u32,
    is_for_sale: bool,
    structured_data: String,
    related: Vec<Card>,
}

/// A product, with what goes with it.
pub(crate) async fn show(visitor: Visitor, Segment(slug): Segment<String>) -> Answer {
    let subject = async {
        let entry = visitor.cache().product(visitor.upstreams(), &slug).await?;
        if let Some(path) = entry.moved_to() {
            return Ok(Err(moved(path)));
        }
        let product: Product = entry.read()?;
        let related = related(&visitor, &product).await;
        Ok::<_, Problem>(Ok((product, related)))
    };
    let (layout, subject) = join(visitor.layout(), subject).await;
    match subject? {
        Ok((product, related)) => page(&of(layout?, product, related)),
        Err(redirect) => Ok(redirect),
    }
}

/// The product has another slug now. The page's URL is that of the API without its prefix.
fn moved(path: &str) -> HttpResponse {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, path))
        .finish()
}

fn of(layout: Layout, product: Product, related: Vec<Card>) -> ProductPage {
    let category = layout.categories.iter();
    let category = category.filter(|category| category.slug == product.category);
    let category = category.map(|category| category.name.clone()).next();
    let images = product.images.iter().cloned().map(Some);
    let picture = |image| Picture::of(image, &product.category, &product.sku, &product.name);
    let mut pictures: Vec<_> = images.map(picture).collect();
    if pictures.is_empty() {
        pictures.push(picture(None));
    }
    // Several pictures that the shop does not store are one drawing.
    pictures.dedup_by(|one, other| one.url == other.url);
    let text = product.description.trim();
    ProductPage {
        structured_data: structured_data(&layout.config, &product, &pictures),
        category: (
            format!("/categories/{}", product.category),
            category.unwrap_or_else(|| product.category.clone()),
        ),
        price: format::money(&product.price),
        paragraphs: text.split("\n\n").map(str::to_owned).collect(),
        snippet: snippet(text),
        attributes: product.attributes.into_iter().collect(),
        pictures,
        stock: Stock::of(product.available),
        max_quantity: product.available.min(MAX_QUANTITY),
        is_for_sale: !product.archived && product.available > 0,
        sku: product.sku,
        name: product.name,
        layout,
        related,
    }
}

/// Other products of the category; none if they cannot be read.
async fn related(visitor: &Visitor, product: &Product) -> Vec<Card> {
    let search = ProductSearch {
        category: Some(product.category.clone()),
        in_stock: true,
        page: PageRequest {
            size: u32::try_from(RELATED).unwrap_or(u32::MAX).saturating_add(1),
            ..PageRequest::default()
        },
        ..ProductSearch::default()
    };
    let found = visitor.upstreams().catalog().search(search).await;
    let products = found.map_or_else(|_logged| Vec::new(), |found| found.products);
    let others = products
        .into_iter()
        .filter(|other| other.sku != product.sku);
    others.take(RELATED).map(Card::from).collect()
}

/// The first words of the description.
fn snippet(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SNIPPET) {
        None => text,
        Some((end, _)) => {
            let start = text.get(..end).unwrap_or_default();
            let words = start.rsplit_once(' ').map_or(start, |(words, _)| words);
            format!("{words}\u{2026}")
        }
    }
}

/// The product for search engines (schema.org), as JSON that can stand in a page.
fn structured_data(config: &Config, product: &Product, pictures: &[Picture]) -> String {
    let absolute = |url: &str| match url.starts_with('/') {
        true => config.absolute(url),
        false => url.to_owned(),
    };
    let availability = match (product.archived, product.available) {
        (true, _) => "https://schema.org/Discontinued",
        (false, 0) => "https://schema.org/OutOfStock",
        (false, _) => "https://schema.org/InStock",
    };
    let images: Vec<_> = pictures
        .iter()
        .map(|picture| absolute(&picture.url))
        .collect();
    let (price, currency) = (format::decimal(&product.price), &product.price.currency);
    let data = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.sku,
        "description": product.description.trim(),
        "image": images,
        "offers": {
            "@type": "Offer",
            "url": config.absolute(&format!("/products/{}", product.slug)),
            "availability": availability,
            "price": price,
            "priceCurrency": currency,
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "price": price,
                "priceCurrency": currency,
                "valueAddedTaxIncluded": false,
            },
        },
    });
    // `</script>` in a text would end the element.
    data.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_ends_after_a_word() {
        assert_eq!(snippet("A\n short  text."), "A short text.");
        let long = "word ".repeat(50);
        let snippet = snippet(&long);
        assert!(snippet.ends_with("word\u{2026}"), "{snippet}");
        assert!(snippet.chars().count() <= SNIPPET + 1);
    }
}
