//! Writes the pictures of the shop in the documents: `cargo xtask test -- --run-ignored only -E 'test(screenshots)'`. Those of
//! the console (`system.png`, `timeline-dark.png`) are taken manually while `cargo xtask demo` runs: in a test, all services
//! are one process.

use std::{fs, path::PathBuf};

use e2e::Shop;

use super::{driver::is_available, person::Person};

/// Where the pictures are.
const FOLDER: &str = "../docs/screenshots";

async fn save(person: &Person, name: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    fs::create_dir_all(&folder).unwrap();
    let picture = person.driver().screenshot().await;
    fs::write(folder.join(format!("{name}.png")), picture).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/screenshots"]
async fn the_documents_show_the_pages_as_they_are() {
    assert!(is_available(), "install Chromium and its driver");
    let shop = Shop::open().await;
    shop.demo_catalog().await;
    let person = Person::enter(&shop).await;
    person.driver().resize(1_280, 1_100).await;
    person.open("/").await;
    person.sees("New in the shop").await;
    save(&person, "home").await;
    person.open("/categories/kitchen").await;
    person.sees("Cast Iron Skillet").await;
    save(&person, "category").await;

    person.add("gooseneck-kettle-with-thermometer", 1).await;
    person.go_to_checkout().await;
    person.pay_with("Visa that pays").await;
    person.sees("Your order is confirmed").await;
    save(&person, "order").await;

    person.driver().prefer_dark().await;
    person.open("/products/enameled-dutch-oven-5-3-l").await;
    person.sees("Enameled Dutch Oven").await;
    save(&person, "product-dark").await;
}
