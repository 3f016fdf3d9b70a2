//! A product: what staff change of it, and whether it is for sale.

use std::future::Future;

use actix_web::web::Data;
use askama::Template;
use kernel::{Group, Sku};
use uuid::Uuid;

use super::{
    conflict::{self, Subject},
    draft::Draft,
    layout::Layout,
    member::Member,
};
use crate::{
    cache::ProductCache,
    edge::problem::{Problem, reasons},
    model::{Category, NewProduct, Product},
    pages::{
        Answer, art, field_errors::FieldErrors, filters, form::Form, invalid, notice, page,
        see_other, shop::Picture,
    },
    rest::request::Segment,
};

mod fields;

use fields::LABELS;

const LIST: &str = "/staff/products";

#[derive(Template)]
#[template(path = "staff/product.html")]
struct ProductPage {
    layout: Layout,
    errors: FieldErrors,
    draft: Draft,
    /// The product that is changed; none for a new one.
    known: Option<Known>,
    /// What only a new product has: SKU, units on hand, idempotency key.
    sku: String,
    on_hand: String,
    key: String,
    /// The version that the member read.
    version: String,
    categories: Vec<Category>,
    /// Path and name of each drawing of the built-in set.
    drawings: Vec<(String, String)>,
    can_change: bool,
}

/// A product that exists, with the picture that customers see first.
struct Known {
    product: Product,
    picture: Picture,
}

impl From<Product> for Known {
    fn from(product: Product) -> Self {
        let cover = product.images.first().cloned();
        let picture = Picture::of(cover, &product.category, &product.sku, &product.name);
        Self { product, picture }
    }
}

/// The form for a new product.
pub(crate) async fn show_new(member: Member) -> Answer {
    let mut draft = Draft::empty(&LABELS);
    draft.set("currency", "EUR".to_owned());
    page(&shown(&member, draft, None, None, FieldErrors::default()).await?)
}

/// Adds a product.
pub(crate) async fn create(member: Member, cache: Data<ProductCache>, form: Form) -> Answer {
    let typed = typed(&Draft::empty(&LABELS), &form);
    let (read, on_hand) = match (fields::read(&typed, &[]), units(&form)) {
        (Ok(read), Ok(on_hand)) => (read, on_hand),
        (Err(errors), _) | (_, Err(errors)) => {
            return invalid(&shown(&member, typed, None, Some(&form), errors).await?);
        }
    };
    let new = NewProduct {
        sku: form.text("sku").to_uppercase(),
        slug: read.slug,
        name: read.name,
        description: read.description,
        price: read.price,
        category: read.category,
        attributes: read.attributes,
        images: read.images,
        on_hand,
    };
    let catalog = member.upstreams().catalog();
    match catalog.create_product(form.text("key"), new).await {
        Ok(product) => {
            cache.apply_change(&product.slug, product.version).await;
            see_other(&notice::path(&path(&product), "product-added"))
        }
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, None, Some(&form), errors).await?)
        }
    }
}

/// A product, and the form to change it.
pub(crate) async fn show(member: Member, Segment(sku): Segment<Sku>) -> Answer {
    let current = member.upstreams().catalog().product_by_sku(sku).await?;
    let draft = fields::draft(&current);
    page(&shown(&member, draft, Some(current), None, FieldErrors::default()).await?)
}

/// Changes a product, unless someone else did since the member opened the form.
pub(crate) async fn save(
    member: Member,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
    form: Form,
) -> Answer {
    let catalog = || member.upstreams().catalog();
    let current = catalog().product_by_sku(sku.clone()).await?;
    let typed = typed(&fields::draft(&current), &form);
    let read = match fields::read(&typed, &current.images) {
        Ok(read) => read,
        Err(errors) => {
            let shown = shown(&member, typed, Some(current), Some(&form), errors);
            return invalid(&shown.await?);
        }
    };
    if form.text("version") != current.version.to_string() {
        return conflict(&member, &typed, &current);
    }
    let saved = catalog().replace_product(sku.clone(), current.version, read);
    match saved.await {
        Ok(product) => {
            cache.apply_change(&product.slug, product.version).await;
            see_other(&notice::path(&path(&product), "product-saved"))
        }
        Err(problem) if *problem.kind() == reasons::PRODUCT_CHANGED => {
            let current = catalog().product_by_sku(sku).await?;
            conflict(&member, &typed, &current)
        }
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, Some(current), Some(&form), errors).await?)
        }
    }
}

/// Takes a product off sale.
pub(crate) async fn archive(
    member: Member,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
    _form: Form,
) -> Answer {
    let archived = member.upstreams().catalog().archive_product(sku.clone());
    moved(&member, &cache, sku, archived, "product-archived").await
}

/// Puts an archived product on sale again.
pub(crate) async fn restore(
    member: Member,
    cache: Data<ProductCache>,
    Segment(sku): Segment<Sku>,
    _form: Form,
) -> Answer {
    let restored = member.upstreams().catalog().restore_product(sku.clone());
    moved(&member, &cache, sku, restored, "product-restored").await
}

async fn moved(
    member: &Member,
    cache: &ProductCache,
    sku: Sku,
    outcome: impl Future<Output = Result<Product, Problem>>,
    notice: &str,
) -> Answer {
    match outcome.await {
        Ok(product) => {
            cache.apply_change(&product.slug, product.version).await;
            see_other(&notice::path(&path(&product), notice))
        }
        Err(problem) => {
            let errors = explained(problem)?;
            let current = member.upstreams().catalog().product_by_sku(sku).await?;
            let draft = fields::draft(&current);
            invalid(&shown(member, draft, Some(current), None, errors).await?)
        }
    }
}

fn path(product: &Product) -> String {
    format!("{LIST}/{}", product.sku)
}

/// What the form has. A drawing that was chosen becomes the first picture.
fn typed(saved: &Draft, form: &Form) -> Draft {
    let mut typed = Draft::typed(saved, form);
    let drawings = drawings();
    let chosen = drawings
        .iter()
        .find(|(path, _)| *path == form.text("drawing"));
    if let Some((path, name)) = chosen {
        let others = typed
            .get("images")
            .lines()
            .filter(|line| !line.starts_with(path.as_str()));
        let first = format!("{path} Drawing: {name}");
        let lines: Vec<_> = std::iter::once(first.as_str()).chain(others).collect();
        let images = lines.join("\n");
        typed.set("images", images);
    }
    typed
}

fn units(form: &Form) -> Result<u32, FieldErrors> {
    match form.text("on_hand").as_str() {
        "" => Ok(0),
        text => text.parse().map_err(|_not_a_number| {
            FieldErrors::one(
                "on_hand",
                "Units on hand must be a whole number such as 120",
            )
        }),
    }
}

fn conflict(member: &Member, typed: &Draft, current: &Product) -> Answer {
    let subject = Subject {
        kind: "product",
        name: current.name.clone(),
        path: path(current),
        notice: "product-saved",
    };
    let others = [("version", current.version.to_string())];
    conflict::show(member, subject, typed, &fields::draft(current), &others)
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(fields::explained(&problem)),
        kind if *kind == reasons::SLUG_TAKEN => Ok(FieldErrors::one(
            "slug",
            "Another product for sale has this slug. Change it first.",
        )),
        kind if *kind == reasons::SKU_TAKEN => {
            Ok(FieldErrors::one("sku", "Another product has this SKU"))
        }
        kind if *kind == reasons::IDEMPOTENCY_KEY_REUSED => Ok(FieldErrors::one(
            "",
            "This form was sent before, with other values. Send it again to add another product.",
        )),
        _ => Err(problem),
    }
}

/// Path and name of each drawing of the built-in set.
fn drawings() -> Vec<(String, String)> {
    let covers = art::COVERS.iter();
    let named =
        covers.map(|(category, sku)| (art::path(category, sku), category.replace('-', " ")));
    named.collect()
}

async fn shown(
    member: &Member,
    draft: Draft,
    known: Option<Product>,
    form: Option<&Form>,
    errors: FieldErrors,
) -> Result<ProductPage, Problem> {
    let listed = member.upstreams().catalog().categories().await?;
    let text = |name: &str| form.map(|form| form.text(name));
    let version = known.as_ref().map(|known| known.version.to_string());
    Ok(ProductPage {
        layout: member.layout()?,
        errors,
        draft,
        known: known.map(Known::from),
        sku: text("sku").unwrap_or_default(),
        on_hand: text("on_hand").unwrap_or_default(),
        // A form that is sent twice adds one product.
        key: Uuid::now_v7().to_string(),
        version: text("version").or(version).unwrap_or_default(),
        categories: listed.categories,
        drawings: drawings(),
        can_change: member.is_in(&[Group::Catalog]),
    })
}
