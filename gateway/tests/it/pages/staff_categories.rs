//! Categories in the console.

use contracts::catalog::v1::*;
use tonic::{Code, Status};

use super::browser::{category, member, shop, shows};
use crate::samples::{ID, refusal};

const PATH: &str = "/staff/categories/coffee/edit";

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_listed_for_the_catalog_group() {
    let shop = shop().await;
    let page = member(&shop, &["catalog"]).open("/staff/categories").await;
    shows(
        &page,
        200,
        &[PATH, "Coffee", "All of Tea", "/staff/categories/new"],
    );
    let page = member(&shop, &["support"]).open("/staff/categories").await;
    shows(&page, 403, &["catalog"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_added_with_its_key() {
    let shop = shop().await;
    shop.services.on(|request: CreateCategoryRequest| {
        let expected = CreateCategoryRequest {
            slug: "new".to_owned(),
            name: "New".to_owned(),
            description: "All that is new".to_owned(),
            position: -5,
            idempotency_key: "key-1".to_owned(),
        };
        assert_eq!(request, expected);
        Ok(CreateCategoryResponse {
            category: Some(category("new", "New")),
        })
    });
    let browser = member(&shop, &["catalog"]);
    browser.open("/staff/categories/new").await;
    let mut fields = vec![
        ("name", "New"),
        ("slug", "new"),
        ("description", "All that is new"),
        ("position", "-5"),
        ("key", "key-1"),
    ];
    let answer = browser.submit("/staff/categories", &fields).await;
    let added = "/staff/categories?notice=category-added";
    assert_eq!((answer.status, answer.header("location")), (303, added));
    fields[3].1 = "first";
    let page = browser.submit("/staff/categories", &fields).await;
    let texts = [
        "id=\"position-error\"",
        "value=\"first\"",
        "All that is new</textarea>",
    ];
    shows(&page, 422, &texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_someone_else_renamed_is_not_overwritten() {
    let shop = shop().await;
    let browser = member(&shop, &["catalog"]);
    shows(&browser.open(PATH).await, 200, &["value=\"Coffee\"", ID]);
    // Its slug and its version are others now.
    shop.services.on(|_: ListCategoriesRequest| {
        Ok(ListCategoriesResponse {
            categories: vec![Category {
                version: 2,
                ..category("hot-drinks", "Hot drinks")
            }],
        })
    });
    let mine = [
        ("id", ID),
        ("version", "1"),
        ("name", "Coffees"),
        ("slug", "coffee"),
        ("description", "All of Hot drinks"),
        ("position", "1"),
    ];
    let page = browser.submit(PATH, &mine).await;
    let texts = [
        ">Coffees<",
        ">Hot drinks<",
        ">hot-drinks<",
        "action=\"/staff/categories/hot-drinks/edit\"",
    ];
    shows(&page, 412, &texts);

    shop.services.on(|request: UpdateCategoryRequest| {
        assert_eq!(request.current_slug, "hot-drinks");
        assert_eq!((request.slug.as_str(), request.version), ("hot-drinks", 2));
        assert_eq!(request.name, "Coffees");
        Ok(UpdateCategoryResponse {
            category: Some(category("hot-drinks", "Coffees")),
        })
    });
    let mut chosen = mine.to_vec();
    chosen[1].1 = "2";
    chosen.push(("use.slug", "saved"));
    let path = "/staff/categories/hot-drinks/edit";
    let answer = browser.submit(path, &chosen).await;
    let saved = "/staff/categories?notice=category-saved";
    assert_eq!((answer.status, answer.header("location")), (303, saved));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_category_without_products_is_deleted() {
    let shop = shop().await;
    shop.services.on(
        |request: DeleteCategoryRequest| match request.slug.as_str() {
            "tea" => Ok(DeleteCategoryResponse {}),
            _ => {
                let reason = "CATEGORY_NOT_EMPTY";
                let status: Status = refusal(Code::FailedPrecondition, reason, "it has products");
                Err(status)
            }
        },
    );
    let browser = member(&shop, &["catalog"]);
    browser.open(PATH).await;
    let page = browser.submit(&format!("{PATH}/removal"), &[]).await;
    shows(
        &page,
        422,
        &["The category has products", "value=\"Coffee\""],
    );
    let answer = browser
        .submit("/staff/categories/tea/edit/removal", &[])
        .await;
    let deleted = "/staff/categories?notice=category-deleted";
    assert_eq!((answer.status, answer.header("location")), (303, deleted));
}
