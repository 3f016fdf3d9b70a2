use crate::{
    model::{Image, Money, ProductSummary},
    pages::art,
};

/// A picture of a product, as the templates show it.
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) alt: String,
}

impl Picture {
    /// The product's own picture, or a drawn one.
    pub(crate) fn of(image: Option<Image>, category: &str, sku: &str) -> Self {
        match image {
            Some(Image { url, alt }) => Self { url, alt },
            // The drawing shows nothing that the name next to it does not say.
            None => Self {
                url: art::path(category, sku),
                alt: String::new(),
            },
        }
    }
}

/// A product in a grid: `templates/shop/parts/product_card.html`.
pub(crate) struct Card {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) picture: Picture,
    pub(crate) available: u32,
}

impl From<ProductSummary> for Card {
    fn from(product: ProductSummary) -> Self {
        Self {
            path: format!("/products/{}", product.slug),
            picture: Picture::of(product.cover, &product.category, &product.sku),
            name: product.name,
            price: product.price,
            available: product.available,
        }
    }
}
