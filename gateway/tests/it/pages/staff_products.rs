//! Products and their stock in the console.

use std::sync::atomic::{AtomicBool, Ordering};

use contracts::catalog::v1::*;
use tonic::{Code, Status};

use super::browser::{Browser, member, shop, shows};
use crate::{
    samples::{eur, product, product_summary, refusal, stock},
    shop::{Answer, Shop},
};

const PATH: &str = "/staff/products/COFFEE-1";
/// The fields of the sample as the form has them.
const FIELDS: [(&str, &str); 8] = [
    ("name", "Coffee One"),
    ("slug", "coffee-one"),
    ("description", "The first coffee."),
    ("price", "12.99"),
    ("currency", "EUR"),
    ("category", "coffee"),
    ("attributes", "roast: dark"),
    ("images", "/images/coffee.webp A bag"),
];

/// A shop with the sample product in this version, at this price.
async fn shop_with_product(version: i64, minor_units: i64) -> Shop {
    let shop = shop().await;
    set_product(&shop, version, minor_units);
    shop.services
        .on(|_: GetStockRequest| Ok(GetStockResponse { stock: stock() }));
    shop
}

fn set_product(shop: &Shop, version: i64, minor_units: i64) {
    shop.services.on(move |request: GetProductBySkuRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        let product = product().map(|product| Product {
            version,
            price: eur(minor_units),
            ..product
        });
        Ok(GetProductBySkuResponse { product })
    });
}

/// The fields of the form, with some that the member changed.
fn with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FIELDS
        .iter()
        .filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

/// The hidden fields of a page.
fn hidden(page: &Answer) -> Vec<(String, String)> {
    let fields = page.text.split("<input type=\"hidden\" name=\"").skip(1);
    let fields = fields.filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        Some((name.to_owned(), value.to_owned()))
    });
    fields.filter(|(name, _)| name != "form_token").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_listed_and_found_by_state_and_sku() {
    let shop = shop_with_product(3, 1_299).await;
    shop.services.on(|request: ListProductsRequest| {
        assert_eq!(request.state, i32::from(ProductState::Archived));
        Ok(ListProductsResponse {
            products: vec![ProductSummary {
                archived: true,
                ..product_summary()
            }],
            next_page_token: "page-2".to_owned(),
        })
    });
    let browser = member(&shop, &["support"]);
    let page = browser.open("/staff/products?state=archived").await;
    let next = "/staff/products?state=archived&#38;page_token=page-2";
    let texts = [PATH, "Coffee One", "\u{20ac}12.99", ">7<", "Archived", next];
    shows(&page, 200, &texts);
    assert!(!page.text.contains("New product"), "{}", page.text);

    let answer = browser.open("/staff/products?sku=coffee-1").await;
    assert_eq!((answer.status, answer.header("location")), (303, PATH));
    shop.services.on(|_: GetProductBySkuRequest| {
        let status = refusal(Code::NotFound, "PRODUCT_NOT_FOUND", "unknown");
        Err::<GetProductBySkuResponse, _>(status)
    });
    let page = browser
        .open("/staff/products?state=archived&sku=TEA-9")
        .await;
    shows(
        &page,
        200,
        &["No product has the SKU TEA-9", "value=\"TEA-9\""],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_changed_exactly_as_typed() {
    let shop = shop_with_product(3, 1_299).await;
    shop.services.on(|request: UpdateProductRequest| {
        assert_eq!((request.sku.as_str(), request.version), ("COFFEE-1", 3));
        assert_eq!(request.price, eur(1_305));
        assert_eq!(request.description, "Two\n\nparagraphs");
        assert_eq!(request.attributes["roast"], "dark");
        let images = request
            .images
            .iter()
            .map(|image| (image.url.as_str(), image.alt.as_str()));
        let expected = [
            ("https://cdn.example/a.webp", "A bag"),
            ("/images/coffee.webp", "Another bag"),
        ];
        assert_eq!(images.collect::<Vec<_>>(), expected);
        Ok(UpdateProductResponse { product: product() })
    });
    let browser = member(&shop, &["catalog"]);
    shows(
        &browser.open(PATH).await,
        200,
        &["value=\"12.99\"", "roast: dark"],
    );
    let fields = with(&[
        ("version", "3"),
        ("price", "13.05"),
        ("description", "Two\r\n\r\nparagraphs"),
        (
            "images",
            "https://cdn.example/a.webp A bag\r\n/images/coffee.webp Another bag",
        ),
    ]);
    let answer = browser.submit(PATH, &fields).await;
    let saved = format!("{PATH}?notice=product-saved");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, saved.as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawing_of_the_shop_becomes_the_cover() {
    let shop = shop_with_product(3, 1_299).await;
    shop.services.on(|request: UpdateProductRequest| {
        let urls: Vec<_> = request
            .images
            .iter()
            .map(|image| image.url.as_str())
            .collect();
        let drawing = "/art/1/garden/GARDEN-CAN-9L.svg";
        assert_eq!(urls, [drawing, "/images/coffee.webp"]);
        let product = product().map(|product| Product {
            images: request.images,
            ..product
        });
        Ok(UpdateProductResponse { product })
    });
    let browser = member(&shop, &["catalog"]);
    let page = browser.open(PATH).await;
    let drawing = "/art/1/garden/GARDEN-CAN-9L.svg";
    shows(&page, 200, &[drawing]);
    let fields = with(&[("version", "3"), ("drawing", drawing)]);
    assert_eq!(browser.submit(PATH, &fields).await.status, 303);

    shop.services.on(|_: GetProductRequest| {
        let product = product().map(|product| Product {
            images: vec![Image {
                url: "/art/0/garden/GARDEN-CAN-9L.svg".to_owned(),
                alt: "Drawing: garden".to_owned(),
            }],
            ..product
        });
        Ok(GetProductResponse { product })
    });
    let page = Browser::new(&shop).open("/products/coffee-one").await;
    // Drawings of an older version are shown as they are now.
    shows(&page, 200, &[drawing, "alt=\"Drawing: garden\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_explained_and_what_was_typed_stays() {
    let shop = shop_with_product(3, 1_299).await;
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let fields = with(&[("version", "3"), ("price", "12.999"), ("name", "<b>")]);
    let page = browser.submit(PATH, &fields).await;
    let texts = [
        "id=\"price-error\"",
        "Price must be an amount in EUR such as 12.99",
        "value=\"12.999\"",
        "value=\"&#60;b&#62;\"",
        "href=\"#price\"",
    ];
    shows(&page, 422, &texts);
    shop.services.on(|_: UpdateProductRequest| {
        let status: Status = refusal(Code::AlreadyExists, "SLUG_TAKEN", "taken");
        Err::<UpdateProductResponse, _>(status)
    });
    let page = browser.submit(PATH, &with(&[("version", "3")])).await;
    shows(
        &page,
        422,
        &[
            "id=\"slug-error\"",
            "Another product for sale has this slug",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_change_a_price_and_both_values_are_shown() {
    let shop = shop_with_product(3, 1_299).await;
    let browser = member(&shop, &["catalog"]);
    let page = browser.open(PATH).await;
    let read = hidden(&page);
    // Someone else lowers the price, and keeps the name.
    set_product(&shop, 4, 1_199);
    let changed = [("price", "13.99"), ("name", "Coffee Prime")];
    let mut fields = with(&changed);
    fields.extend(
        read.iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let page = browser.submit(PATH, &fields).await;
    let texts = [
        "Someone else saved this product",
        ">13.99<",
        ">11.99<",
        "name=\"use.price\" value=\"typed\" checked",
        "name=\"use.name\" value=\"typed\" checked",
    ];
    shows(&page, 412, &texts);
    assert!(!page.text.contains("use.slug"), "{}", page.text);
    assert_eq!(shop.services.calls::<UpdateProductRequest>().len(), 0);

    // The member takes the price of the other, and keeps their name.
    shop.services.on(|request: UpdateProductRequest| {
        assert_eq!((request.version, request.price), (4, eur(1_199)));
        assert_eq!(request.name, "Coffee Prime");
        Ok(UpdateProductResponse { product: product() })
    });
    let chosen = hidden(&page);
    let chosen = chosen
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let choices = [("use.price", "saved"), ("use.name", "typed")];
    let fields: Vec<_> = chosen.chain(choices).collect();
    assert_eq!(browser.submit(PATH, &fields).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_only_the_other_changed_is_theirs_by_default() {
    let shop = shop_with_product(3, 1_299).await;
    let browser = member(&shop, &["catalog"]);
    let read = hidden(&browser.open(PATH).await);
    // The service finds the conflict: the other was faster by a moment.
    shop.services.on(|_: UpdateProductRequest| {
        let status: Status = refusal(Code::Aborted, "PRODUCT_CHANGED", "changed");
        Err::<UpdateProductResponse, _>(status)
    });
    let is_read = AtomicBool::new(false);
    shop.services.on(move |_: GetProductBySkuRequest| {
        let (version, price) = match is_read.swap(true, Ordering::Relaxed) {
            false => (3, 1_299),
            true => (4, 1_199),
        };
        let product = product().map(|product| Product {
            version,
            price: eur(price),
            ..product
        });
        Ok(GetProductBySkuResponse { product })
    });
    let mut fields = with(&[("name", "Coffee Prime")]);
    fields.extend(
        read.iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let page = browser.submit(PATH, &fields).await;
    let texts = [
        "name=\"use.price\" value=\"saved\" checked",
        "name=\"use.name\" value=\"typed\" checked",
    ];
    shows(&page, 412, &texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_added_once_with_its_key() {
    let shop = shop().await;
    shop.services.on(|request: CreateProductRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        assert_eq!((request.price, request.on_hand), (eur(1_299), 120));
        assert_eq!(request.idempotency_key, "key-1");
        Ok(CreateProductResponse { product: product() })
    });
    let browser = member(&shop, &["catalog"]);
    shows(
        &browser.open("/staff/products/new").await,
        200,
        &["name=\"key\""],
    );
    let new = [
        ("sku", "coffee-1"),
        ("on_hand", "120"),
        ("key", "key-1"),
        ("images", ""),
    ];
    let answer = browser.submit("/staff/products", &with(&new)).await;
    let added = format!("{PATH}?notice=product-added");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, added.as_str())
    );
    let new = [("sku", "coffee-1"), ("on_hand", "many"), ("images", "")];
    let page = browser.submit("/staff/products", &with(&new)).await;
    shows(
        &page,
        422,
        &[
            "id=\"on_hand-error\"",
            "value=\"many\"",
            "value=\"coffee-1\"",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_archived_and_restored() {
    let shop = shop_with_product(3, 1_299).await;
    shop.services.on(|request: ArchiveProductRequest| {
        assert_eq!(request.sku, "COFFEE-1");
        Ok(ArchiveProductResponse { product: product() })
    });
    shop.services.on(|_: RestoreProductRequest| {
        let status: Status = refusal(Code::AlreadyExists, "SLUG_TAKEN", "taken");
        Err::<RestoreProductResponse, _>(status)
    });
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let answer = browser.submit(&format!("{PATH}/archival"), &[]).await;
    let archived = format!("{PATH}?notice=product-archived");
    assert_eq!(answer.header("location"), archived);
    let page = browser.submit(&format!("{PATH}/restoration"), &[]).await;
    shows(
        &page,
        422,
        &["Another product for sale has this slug. Change it first."],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_is_adjusted_by_a_delta_with_a_reason() {
    let shop = shop_with_product(3, 1_299).await;
    shop.services.on(|request: AdjustStockRequest| {
        assert_eq!((request.sku.as_str(), request.delta), ("COFFEE-1", -3));
        assert_eq!(request.reason, "broken");
        match request.idempotency_key.as_str() {
            "key-1" => Ok(AdjustStockResponse { stock: stock() }),
            _ => Err(refusal(
                Code::FailedPrecondition,
                "STOCK_INSUFFICIENT",
                "reserved",
            )),
        }
    });
    let path = format!("{PATH}/stock");
    let browser = member(&shop, &["warehouse"]);
    let page = browser.open(&path).await;
    shows(
        &page,
        200,
        &["<dd>10</dd>", "<dd>3</dd>", "<dd>7</dd>", "name=\"key\""],
    );
    let fields = [("delta", "-3"), ("reason", "broken"), ("key", "key-1")];
    let answer = browser.submit(&path, &fields).await;
    let adjusted = format!("{path}?notice=stock-adjusted");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, adjusted.as_str())
    );

    let fields = [("delta", "-3"), ("reason", "broken"), ("key", "key-2")];
    let page = browser.submit(&path, &fields).await;
    shows(
        &page,
        422,
        &[
            "Units that are reserved",
            "value=\"-3\"",
            "value=\"broken\"",
        ],
    );
    let page = browser
        .submit(&path, &[("delta", "few"), ("reason", "broken")])
        .await;
    shows(
        &page,
        422,
        &["id=\"delta-error\"", "value=\"few\"", "value=\"broken\""],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_other_groups_read_products_and_change_nothing() {
    let shop = shop_with_product(3, 1_299).await;
    let browser = member(&shop, &["support"]);
    let page = browser.open(PATH).await;
    shows(&page, 200, &["Coffee One", "What customers see"]);
    for form in ["name=\"price\"", "/archival"] {
        assert!(!page.text.contains(form), "{}", page.text);
    }
    let page = browser.open(&format!("{PATH}/stock")).await;
    assert!(!page.text.contains("name=\"delta\""), "{}", page.text);
    for (path, group) in [
        (PATH.to_owned(), "catalog"),
        (format!("{PATH}/archival"), "catalog"),
        (format!("{PATH}/stock"), "warehouse"),
    ] {
        let page = browser.submit(&path, &FIELDS).await;
        shows(&page, 403, &[group]);
    }
    let page = member(&shop, &["finance"]).open("/staff/products").await;
    shows(&page, 403, &["support, warehouse, catalog"]);
}
