use contracts::catalog::v1::{CreateCategoryRequest, ListCategoriesRequest};
use tonic::Code;

use crate::support::{Shop, refusal};

fn category(slug: &str, position: i32) -> CreateCategoryRequest {
    CreateCategoryRequest {
        slug: slug.to_owned(),
        name: slug.to_uppercase(),
        description: "d".to_owned(),
        position,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_listed_by_position() {
    let shop = Shop::start().await;
    let mut client = shop.client.clone();
    for (slug, position) in [("tea", 2), ("coffee", 1), ("cups", 3)] {
        let request = shop.staff(category(slug, position));
        client.create_category(request).await.unwrap();
    }
    let listed = client
        .list_categories(ListCategoriesRequest {})
        .await
        .unwrap();
    let slugs: Vec<String> = listed
        .into_inner()
        .categories
        .into_iter()
        .map(|c| c.slug)
        .collect();
    assert_eq!(slugs, ["coffee", "tea", "cups"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_is_unique() {
    let shop = Shop::start().await;
    let mut client = shop.client.clone();
    client
        .create_category(shop.staff(category("tea", 1)))
        .await
        .unwrap();
    let again = client.create_category(shop.staff(category("tea", 2))).await;
    let (code, reason, _) = refusal(again);
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "CATEGORY_SLUG_TAKEN")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_200_categories_can_be_created() {
    let shop = Shop::start().await;
    let mut client = shop.client.clone();
    for number in 0..200 {
        let request = shop.staff(category(&format!("c-{number}"), number));
        client.create_category(request).await.unwrap();
    }
    let one_more = client
        .create_category(shop.staff(category("c-200", 200)))
        .await;
    assert_eq!(refusal(one_more).1, "VALIDATION_FAILED");
}
