//! The demo catalogue: one file per category in `seed/`, embedded.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use crate::domain::{CategoryDraft, DetailsDraft, Image};

const FILES: [(&str, &str); 9] = [
    ("coffee", include_str!("../../seed/coffee.toml")),
    ("tea", include_str!("../../seed/tea.toml")),
    ("keyboards", include_str!("../../seed/keyboards.toml")),
    ("audio", include_str!("../../seed/audio.toml")),
    ("kitchen", include_str!("../../seed/kitchen.toml")),
    ("stationery", include_str!("../../seed/stationery.toml")),
    ("outdoor", include_str!("../../seed/outdoor.toml")),
    ("plants", include_str!("../../seed/plants.toml")),
    ("lighting", include_str!("../../seed/lighting.toml")),
];

/// A category with what stands on it.
pub(super) struct Shelf {
    pub(super) category: CategoryDraft,
    pub(super) products: Vec<DemoProduct>,
}

/// A product of the demo catalogue.
pub(super) struct DemoProduct {
    pub(super) sku: String,
    pub(super) details: DetailsDraft,
    pub(super) on_hand: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    category: FileCategory,
    product: Vec<FileProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCategory {
    slug: String,
    name: String,
    description: String,
    position: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileProduct {
    sku: String,
    name: String,
    /// Minor units of EUR.
    price: i64,
    on_hand: u32,
    description: String,
    attributes: BTreeMap<String, String>,
}

/// Every shelf, by position.
pub(super) fn shelves() -> anyhow::Result<Vec<Shelf>> {
    FILES
        .into_iter()
        .map(|(name, text)| {
            let file: File =
                toml::from_str(text).with_context(|| format!("seed/{name}.toml is broken"))?;
            Ok(shelf(file))
        })
        .collect()
}

fn shelf(file: File) -> Shelf {
    let category = file.category;
    let products = file
        .product
        .into_iter()
        .map(|product| DemoProduct {
            details: DetailsDraft {
                slug: slug(&product.name),
                price: Some((product.price, "EUR".to_owned())),
                category: category.slug.clone(),
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
    Shelf {
        category: CategoryDraft {
            slug: category.slug,
            name: category.name,
            description: category.description,
            position: category.position,
        },
        products,
    }
}

/// A name as it stands in URLs: `Flat White, 1 kg` -> `flat-white-1-kg`.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail by panicking")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{Category, NewProduct};

    #[test]
    fn every_demo_product_is_valid_and_described() {
        let shelves = shelves().expect("the files are right");
        let (mut skus, mut slugs) = (BTreeSet::new(), BTreeSet::new());
        for shelf in shelves {
            Category::new(shelf.category).expect("a valid category");
            for product in shelf.products {
                let sku = product.sku;
                let new = NewProduct::new(&sku, product.details, product.on_hand);
                let details = new.expect("a valid product").details;
                assert!(details.description.chars().count() > 80, "{sku}");
                assert!(details.attributes.len() >= 3, "{sku}");
                assert!(slugs.insert(details.slug), "the slug of {sku} twice");
                assert!(skus.insert(sku), "a SKU twice");
            }
        }
        assert!(skus.len() >= 84, "{}", skus.len());
        assert!(skus.contains("COFFEE-ESPRESSO-1KG"));
    }

    #[test]
    fn a_slug_is_made_of_the_letters_and_digits_of_a_name() {
        assert_eq!(slug("Flat White, 1 kg"), "flat-white-1-kg");
        assert_eq!(slug(" (Ünder) "), "nder");
    }
}
