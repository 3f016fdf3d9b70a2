use contracts::catalog::v1::{
    ArchiveProductRequest, Category, CreateCategoryRequest, CreateProductRequest,
    DeleteCategoryRequest, DeleteCategoryResponse, ListCategoriesRequest, UpdateCategoryRequest,
    UpdateProductRequest,
};
use tonic::{Code, Response, Status};

use crate::support::{Shop, goods, query, refusal, update_of};

fn category(slug: &str, position: i32) -> CreateCategoryRequest {
    CreateCategoryRequest {
        idempotency_key: String::new(),
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

async fn list(shop: &Shop) -> Vec<Category> {
    let mut client = shop.client.clone();
    let listed = client.list_categories(ListCategoriesRequest {}).await;
    listed.unwrap().into_inner().categories
}

async fn update(
    shop: &Shop,
    current_slug: &str,
    new: CreateCategoryRequest,
) -> Result<Category, Status> {
    let listed = list(shop).await.into_iter();
    let mut listed = listed.filter(|category| category.slug == current_slug);
    let version = listed.next().map_or(1, |category| category.version);
    update_version(shop, current_slug, version, new).await
}

async fn update_version(
    shop: &Shop,
    current_slug: &str,
    version: i64,
    new: CreateCategoryRequest,
) -> Result<Category, Status> {
    let request = shop.staff(UpdateCategoryRequest {
        current_slug: current_slug.to_owned(),
        slug: new.slug,
        name: new.name,
        description: new.description,
        position: new.position,
        version,
    });
    let answer = shop.client.clone().update_category(request).await?;
    Ok(answer.into_inner().category.unwrap())
}

async fn delete(shop: &Shop, slug: &str) -> Result<Response<DeleteCategoryResponse>, Status> {
    let slug = slug.to_owned();
    let request = shop.staff(DeleteCategoryRequest { slug });
    shop.client.clone().delete_category(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_renamed_and_moved() {
    let shop = Shop::start().await;
    for slug in ["tea", "cups"] {
        shop.category(slug).await;
    }
    let before = list(&shop).await;
    let changed = update(&shop, "cups", category("mugs", 0)).await.unwrap();
    assert_eq!(
        (changed.slug.as_str(), changed.name.as_str()),
        ("mugs", "MUGS")
    );
    assert!(before.iter().any(|old| old.id == changed.id));
    let after: Vec<String> = list(&shop).await.into_iter().map(|c| c.slug).collect();
    assert_eq!(after, ["mugs", "tea"]);

    let taken = update(&shop, "mugs", category("tea", 0)).await;
    assert_eq!(refusal(taken).1, "CATEGORY_SLUG_TAKEN");
    let invalid = update(&shop, "mugs", category("No Slug", 0)).await;
    assert_eq!(refusal(invalid).2, ["slug"]);
    let unknown = update(&shop, "cups", category("cups", 0)).await;
    let (code, reason, _) = refusal(unknown);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "CATEGORY_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_a_category_the_second_one_is_refused() {
    let shop = Shop::start().await;
    shop.category("tea").await;
    let first = update_version(&shop, "tea", 1, category("teas", 0)).await;
    assert_eq!(first.unwrap().version, 2);
    let second = update_version(&shop, "teas", 1, category("all-teas", 0)).await;
    let (code, reason, _) = refusal(second);
    assert_eq!((code, reason.as_str()), (Code::Aborted, "CATEGORY_CHANGED"));
    assert_eq!(list(&shop).await[0].slug, "teas");
}

#[tokio::test(flavor = "multi_thread")]
async fn products_of_a_renamed_category_are_found_by_its_new_name() {
    let shop = Shop::start().await;
    shop.category("drinkware").await;
    for number in 0..3 {
        shop.product(CreateProductRequest {
            category: "drinkware".to_owned(),
            ..goods(&format!("MUG-{number}"), "Mug")
        })
        .await;
    }
    assert_eq!(shop.found(query("drinkware")).await.len(), 3);
    let renamed = CreateCategoryRequest {
        name: "Tableware".to_owned(),
        ..category("drinkware", 1)
    };
    update(&shop, "drinkware", renamed).await.unwrap();
    // The job indexes the products soon after.
    testkit::eventually("the products are indexed again", async || {
        (shop.found(query("tableware")).await.len() == 3).then_some(())
    })
    .await;
    assert_eq!(shop.found(query("drinkware")).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_empty_category_is_deleted() {
    let shop = Shop::start().await;
    let product = shop.stocked("MUG", 1).await;
    let refused = delete(&shop, "goods").await.unwrap_err();
    assert_eq!(
        refused.message(),
        "the category has products (1 for sale, 0 archived); give them another category first"
    );
    let (code, reason, _) = refusal(Err::<(), _>(refused));
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "CATEGORY_NOT_EMPTY")
    );

    let sku = product.sku.clone();
    let archive = shop.staff(ArchiveProductRequest { sku });
    let archived = shop.client.clone().archive_product(archive).await.unwrap();
    let archived = archived.into_inner().product.unwrap();
    assert_eq!(
        refusal(delete(&shop, "goods").await).1,
        "CATEGORY_NOT_EMPTY"
    );

    // An archived product can be given another category.
    shop.category("other").await;
    let moved = shop.staff(UpdateProductRequest {
        category: "other".to_owned(),
        ..update_of(&archived)
    });
    shop.client.clone().update_product(moved).await.unwrap();
    delete(&shop, "goods").await.unwrap();
    let left: Vec<String> = list(&shop).await.into_iter().map(|c| c.slug).collect();
    assert_eq!(left, ["other"]);
    assert_eq!(
        refusal(delete(&shop, "goods").await).1,
        "CATEGORY_NOT_FOUND"
    );
}
