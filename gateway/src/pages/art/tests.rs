use std::{collections::HashSet, fs, path::Path};

use super::{VERSION, cover, draw, path};

/// FNV-1a of all drawings of the demo catalog and of the shop.
const DRAWINGS: (&str, u64) = ("1", 6_915_501_648_932_824_638);

/// Category and SKU of each product of the demo catalog.
fn seeded() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/catalog/seed");
    let mut products = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let value = |line: &str, key: &str| {
            let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
            Some(value.trim_end_matches('"').to_owned())
        };
        let category = text.lines().find_map(|line| value(line, "slug")).unwrap();
        let skus = text.lines().filter_map(|line| value(line, "sku"));
        products.extend(skus.map(|sku| (category.clone(), sku)));
    }
    products
}

fn fnv(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn every_seeded_product_has_a_drawing_of_its_own() {
    let products = seeded();
    assert!(products.len() > 100);
    let mut drawings = HashSet::new();
    for (category, sku) in &products {
        let drawing = draw(category, sku);
        assert!(drawing.starts_with("<svg xmlns=") && drawing.ends_with("</svg>"));
        assert!(drawing.len() < 24_000, "{sku} has {} bytes", drawing.len());
        let is_parcel = drawing.contains("M214 156q-40-50-64-22");
        assert!(!is_parcel, "{sku} of {category} has no drawing");
        assert!(drawings.insert(drawing), "{sku} looks like another product");
    }
}

#[test]
fn the_cover_of_a_category_is_a_seeded_product() {
    let products = seeded();
    for (category, _) in &products {
        let cover = (category.clone(), cover(category).to_owned());
        assert!(products.contains(&cover), "{cover:?}");
    }
}

#[test]
fn what_nobody_drew_gets_a_parcel_in_the_tones_of_its_category() {
    assert!(draw("kitchen", "X").contains("#ddb65e"));
    assert!(draw("unknown", "X").contains("#c9b48f"));
}

#[test]
fn a_changed_drawing_changes_the_version() {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for (category, sku) in seeded() {
        hash = fnv(hash, &draw(&category, &sku));
    }
    for sku in ["SHOP-HERO", "SHOP-EMPTY", "SHOP-LOST", "PARCEL"] {
        hash = fnv(hash, &draw("shop", sku));
    }
    assert_eq!(
        (VERSION, hash),
        DRAWINGS,
        "drawings are cached for a year: change VERSION, then DRAWINGS"
    );
}

#[test]
fn a_path_carries_the_version() {
    assert_eq!(
        path("kitchen", "A-1"),
        format!("/art/{VERSION}/kitchen/A-1.svg")
    );
}
