use futures_util::future::join_all;

use crate::{
    model::{Image, Product, ProductSummary},
    pages::{art, format, visitor::Visitor},
};

/// So few units that customers should know.
const LOW: u32 = 5;
/// Products of a cart or an order that are looked up for their pictures; the others get a general one.
const LOOKED_UP: usize = 24;

/// A picture of a product, as the templates show it.
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) alt: String,
}

impl Picture {
    /// The product's own picture, or a drawn one. Pictures of the shop itself are drawn: it stores none.
    pub(crate) fn of(image: Option<Image>, category: &str, sku: &str, name: &str) -> Self {
        let own = image.and_then(|Image { url, alt }| match url.starts_with("https://") {
            true => Some(Self { url, alt }),
            false => art::current(&url).map(|url| Self { url, alt }),
        });
        own.unwrap_or_else(|| Self {
            url: art::path(category, sku),
            alt: format!("Drawing of {name}"),
        })
    }

    /// The pictures of products, by their slugs and SKUs, for lines that do not know them. Mostly from the cache.
    pub(crate) async fn of_lines(visitor: &Visitor, lines: &[(&str, &str)]) -> Vec<Self> {
        let looked_up = lines.iter().take(LOOKED_UP).map(|(slug, _)| async {
            let page = visitor.cache().product(visitor.upstreams(), slug).await;
            page.ok()?.read::<Product>().ok()
        });
        let mut products = join_all(looked_up).await.into_iter();
        let pictures = lines.iter().map(|(_, sku)| {
            let product = products.next().flatten();
            match product {
                Some(product) => {
                    let image = product.images.into_iter().next();
                    Self::of(image, &product.category, sku, &product.name)
                }
                None => Self::of(None, "shop", sku, ""),
            }
        });
        pictures.collect()
    }
}

/// How many units there are, as far as customers care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stock {
    In,
    Low(u32),
    Out,
}

impl Stock {
    /// By the units available.
    pub(crate) fn of(available: u32) -> Self {
        match available {
            0 => Self::Out,
            1..=LOW => Self::Low(available),
            _ => Self::In,
        }
    }

    /// Class of the style sheet.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Low(_) => "low",
            Self::Out => "out",
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::In => "In stock".to_owned(),
            Self::Low(units) => format!("Only {units} left"),
            Self::Out => "Sold out".to_owned(),
        }
    }

    /// For people, unless there is enough.
    pub(crate) fn scarce(&self) -> Option<String> {
        (*self != Self::In).then(|| self.text())
    }
}

/// A product in a grid: `templates/shop/parts/product_card.html`.
pub(crate) struct Card {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) price: String,
    pub(crate) picture: Picture,
    pub(crate) stock: Stock,
}

impl From<ProductSummary> for Card {
    fn from(product: ProductSummary) -> Self {
        Self {
            path: format!("/products/{}", product.slug),
            price: format::money(&product.price),
            stock: Stock::of(product.available),
            picture: Picture::of(
                product.cover,
                &product.category,
                &product.sku,
                &product.name,
            ),
            name: product.name,
        }
    }
}
