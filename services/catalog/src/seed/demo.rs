//! The demo catalog: one embedded file per category, in `seed/`.

use std::collections::BTreeMap;

use anyhow::Context;
use kernel::Currency;
use serde::Deserialize;

use crate::domain::{CategoryDraft, DetailsDraft, Image};

const FILES: [(&str, &str); 13] = [
    (
        "coffee-and-tea",
        include_str!("../../seed/coffee-and-tea.toml"),
    ),
    ("kitchen", include_str!("../../seed/kitchen.toml")),
    ("home-office", include_str!("../../seed/home-office.toml")),
    ("books", include_str!("../../seed/books.toml")),
    ("outdoor", include_str!("../../seed/outdoor.toml")),
    ("garden", include_str!("../../seed/garden.toml")),
    (
        "toys-and-games",
        include_str!("../../seed/toys-and-games.toml"),
    ),
    ("music", include_str!("../../seed/music.toml")),
    (
        "care-and-wellbeing",
        include_str!("../../seed/care-and-wellbeing.toml"),
    ),
    ("keyboards", include_str!("../../seed/keyboards.toml")),
    ("audio", include_str!("../../seed/audio.toml")),
    ("stationery", include_str!("../../seed/stationery.toml")),
    ("lighting", include_str!("../../seed/lighting.toml")),
];

/// A category with its products.
pub(super) struct DemoCategory {
    pub(super) draft: CategoryDraft,
    pub(super) products: Vec<DemoProduct>,
}

/// A product of the demo catalog.
pub(super) struct DemoProduct {
    pub(super) sku: String,
    pub(super) details: DetailsDraft,
    pub(super) on_hand: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    slug: String,
    name: String,
    description: String,
    position: i32,
    products: Vec<FileProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileProduct {
    sku: String,
    slug: String,
    name: String,
    description: String,
    /// Minor units.
    price: i64,
    on_hand: u32,
    attributes: BTreeMap<String, String>,
}

/// All categories, with prices in `currency`.
pub(super) fn categories(currency: Currency) -> anyhow::Result<Vec<DemoCategory>> {
    FILES
        .into_iter()
        .map(|(name, text)| {
            let file: File =
                toml::from_str(text).with_context(|| format!("seed/{name}.toml is invalid"))?;
            Ok(category(file, currency))
        })
        .collect()
}

fn category(file: File, currency: Currency) -> DemoCategory {
    let products = file
        .products
        .into_iter()
        .map(|product| DemoProduct {
            details: DetailsDraft {
                slug: product.slug,
                price: Some((product.price, currency.code().to_owned())),
                category: file.slug.clone(),
                attributes: product.attributes,
                images: vec![Image {
                    url: format!("/images/{}.svg", product.sku.to_lowercase()),
                    alt: product.name.clone(),
                }],
                name: product.name,
                description: product.description,
            },
            sku: product.sku,
            on_hand: product.on_hand,
        })
        .collect();
    DemoCategory {
        draft: CategoryDraft {
            slug: file.slug,
            name: file.name,
            description: file.description,
            position: file.position,
        },
        products,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{Category, NewProduct};

    #[test]
    fn every_demo_product_is_valid_and_described() {
        let categories = categories(Currency::EUR).expect("valid files");
        let euros = Currency::EUR.into();
        let (mut skus, mut slugs) = (BTreeSet::new(), BTreeSet::new());
        for category in categories {
            Category::new(category.draft).expect("a valid category");
            for product in category.products {
                let sku = product.sku;
                let new = NewProduct::new(&sku, product.details, product.on_hand, &euros);
                let details = new.expect("a valid product").details;
                assert!(details.description.chars().count() > 60, "{sku}");
                assert!(details.attributes.len() >= 2, "{sku}");
                assert!(slugs.insert(details.slug), "the slug of {sku} is duplicate");
                assert!(skus.insert(sku), "a duplicate SKU");
            }
        }
        assert!(skus.len() >= 84, "{}", skus.len());
        assert!(skus.contains("COFFEE-ESPRESSO-1KG"));
    }
}
