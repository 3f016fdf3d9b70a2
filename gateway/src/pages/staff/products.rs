//! All products: those for sale and archived ones.

use askama::Template;
use kernel::{Group, Sku};

use super::{layout::Layout, member::Member};
use crate::{
    edge::problem::reasons,
    model::{ProductState, ProductSummary},
    pages::{Answer, filters, notice, page, see_other, shop::Picture},
    rest::request::Query,
};

#[derive(Template)]
#[template(path = "staff/products.html")]
struct ProductsPage {
    layout: Layout,
    rows: Vec<(ProductSummary, Picture)>,
    state: Option<ProductState>,
    /// The SKU that was looked for, and is unknown.
    unknown: Option<String>,
    can_change: bool,
    next: Option<String>,
    is_first: bool,
}

impl ProductsPage {
    fn is_chosen(&self, state: ProductState) -> bool {
        self.state == Some(state)
    }
}

/// Lists products, newest first. A SKU leads to its product.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let catalog = || member.upstreams().catalog();
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let state = query.choice("state", &ProductState::NAMES);
    let looked_for = query.text("sku").map(|sku| sku.trim().to_uppercase());
    let links = notice::finish(query)?;
    if let Some(sku) = looked_for.as_ref().and_then(|sku| sku.parse::<Sku>().ok()) {
        match catalog().product_by_sku(sku).await {
            Ok(product) => return see_other(&format!("/staff/products/{}", product.sku)),
            Err(problem) if *problem.kind() == reasons::PRODUCT_NOT_FOUND => {}
            Err(problem) => return Err(problem),
        }
    }
    let listed = catalog().all_products(state, wanted).await?;
    let rows = listed.products.into_iter().map(|mut product| {
        let cover = product.cover.take();
        let picture = Picture::of(cover, &product.category, &product.sku, &product.name);
        (product, picture)
    });
    page(&ProductsPage {
        layout: member.layout()?,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        rows: rows.collect(),
        state,
        unknown: looked_for,
        can_change: member.is_in(&[Group::Catalog]),
        is_first,
    })
}
