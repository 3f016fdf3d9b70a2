//! The records of what staff change, each in the transaction of the change.

use diesel_async::AsyncPgConnection;
use kernel::UserId;
use operations::{Action, Reason};
use serde_json::{Value, json};

use crate::domain::{Category, Error, Level, Product};
use crate::failure::Failure;

/// Records that a product was added.
pub(super) async fn product_created(
    conn: &mut AsyncPgConnection,
    by: UserId,
    product: &Product,
) -> Result<(), Failure> {
    let action = Action::new("product.create", product.sku.as_str(), by);
    save(conn, action.created(of_product(product))).await
}

/// Records that a product was changed, archived or restored: `kind` is `product.update` and so on.
pub(super) async fn product_changed(
    conn: &mut AsyncPgConnection,
    kind: &'static str,
    by: UserId,
    before: &Product,
    after: &Product,
) -> Result<(), Failure> {
    let action = Action::new(kind, after.sku.as_str(), by);
    save(conn, action.changed(of_product(before), of_product(after))).await
}

/// Records that a category was added.
pub(super) async fn category_created(
    conn: &mut AsyncPgConnection,
    by: UserId,
    category: &Category,
) -> Result<(), Failure> {
    let action = Action::new("category.create", category.id.to_string(), by);
    save(conn, action.created(of_category(category))).await
}

/// Records that a category was changed.
pub(super) async fn category_changed(
    conn: &mut AsyncPgConnection,
    by: UserId,
    before: &Category,
    after: &Category,
) -> Result<(), Failure> {
    let action = Action::new("category.update", after.id.to_string(), by);
    save(
        conn,
        action.changed(of_category(before), of_category(after)),
    )
    .await
}

/// Records that a category was deleted.
pub(super) async fn category_deleted(
    conn: &mut AsyncPgConnection,
    by: UserId,
    category: &Category,
) -> Result<(), Failure> {
    let action = Action::new("category.delete", category.id.to_string(), by);
    save(conn, action.removed(of_category(category))).await
}

/// Records that units on hand were added or removed; `after` is the level with them.
pub(crate) async fn stock_adjusted(
    conn: &mut AsyncPgConnection,
    by: UserId,
    after: &Level,
    delta: i32,
    reason: &str,
) -> Result<(), Failure> {
    let on_hand = i64::from(after.on_hand);
    let action = Action::new("stock.adjust", after.sku.as_str(), by)
        .reason(Reason::parse(reason).map_err(Error::from)?)
        .changed(
            json!({"on_hand": on_hand - i64::from(delta)}),
            json!({ "on_hand": on_hand }),
        );
    save(conn, action).await
}

async fn save(conn: &mut AsyncPgConnection, action: Action) -> Result<(), Failure> {
    operations::record(conn, &action).await?;
    Ok(())
}

fn of_product(product: &Product) -> Value {
    let details = &product.details;
    let images = details.images.iter();
    let images = images.map(|image| json!({"url": image.url, "alt": image.alt}));
    json!({
        "slug": details.slug,
        "name": details.name,
        "description": details.description,
        "price_minor_units": details.price.minor_units(),
        "currency": details.price.currency().to_string(),
        "category": details.category,
        "attributes": details.attributes,
        "images": images.collect::<Vec<_>>(),
        "archived": product.archived,
    })
}

fn of_category(category: &Category) -> Value {
    json!({
        "slug": category.slug,
        "name": category.name,
        "description": category.description,
        "position": category.position,
    })
}
