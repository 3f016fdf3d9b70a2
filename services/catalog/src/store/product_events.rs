//! The event `ProductChanged` in the outbox.

use contracts::messages::ProductChanged;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outbox::Messages;
use persistence::prepared;
use tracing::Span;
use uuid::Uuid;

use super::rows::corrupt;
use crate::domain::Availability;
use crate::schema::products;

/// The columns of an event.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = products)]
struct Changed {
    id: Uuid,
    sku: String,
    slug: String,
    version: i64,
}

/// Writes the event of a changed product to the outbox.
pub(super) async fn enqueue_changed(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    previous_slug: Option<String>,
) -> Result<(), persistence::Error> {
    let changed: Changed = products::table
        .find(id)
        .select(Changed::as_select())
        .first(conn)
        .await?;
    outbox::enqueue(conn, &event(changed, previous_slug)?).await?;
    Ok(())
}

/// Updates `in_stock` of products that sold out or are in stock again, and adds an event for each.
pub(super) async fn update_in_stock(
    conn: &mut AsyncPgConnection,
    products: &[Availability],
    messages: &mut Messages,
) -> Result<(), persistence::Error> {
    if products.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = products
        .iter()
        .map(|row| row.product_id.as_uuid())
        .collect();
    let in_stock: Vec<bool> = products.iter().map(|row| row.in_stock).collect();
    let changed: Vec<Changed> = prepared(
        "UPDATE products SET in_stock = new.in_stock
         FROM unnest($1, $2) AS new (id, in_stock) WHERE products.id = new.id
         RETURNING products.id, products.sku, products.slug, products.version",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Bool>, _>(in_stock)
    .load(conn)
    .await?;
    for product in changed {
        let cause = products
            .iter()
            .find(|row| row.product_id.as_uuid() == product.id);
        let span = cause.map_or_else(Span::none, |row| row.span.clone());
        let event = event(product, None)?;
        span.in_scope(|| messages.add(&event))?;
    }
    Ok(())
}

fn event(
    changed: Changed,
    previous_slug: Option<String>,
) -> Result<ProductChanged, persistence::Error> {
    Ok(ProductChanged {
        product_id: changed.id.into(),
        sku: changed.sku.parse().map_err(corrupt)?,
        slug: changed.slug,
        previous_slug,
        version: changed.version,
    })
}
