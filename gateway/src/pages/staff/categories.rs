//! The categories of products.

use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::{
    conflict::{self, Subject},
    draft::Draft,
    layout::Layout,
    member::Member,
};
use crate::{
    cache::{CATEGORIES, ProductCache},
    edge::problem::{Problem, reasons},
    model::{Category, CategoryFields, NewCategory},
    pages::{Answer, field_errors::FieldErrors, form::Form, invalid, notice, page, see_other},
    rest::request::Segment,
};

const LIST: &str = "/staff/categories";
/// Names of the fields, which are those of the API, and their labels.
const LABELS: [(&str, &str); 4] = [
    ("name", "Name"),
    ("slug", "Slug"),
    ("description", "Description"),
    ("position", "Position"),
];

#[derive(Template)]
#[template(path = "staff/categories.html")]
struct CategoriesPage {
    layout: Layout,
    categories: Vec<Category>,
}

#[derive(Template)]
#[template(path = "staff/category.html")]
struct CategoryPage {
    layout: Layout,
    errors: FieldErrors,
    draft: Draft,
    /// The category that is changed; none for a new one.
    known: Option<Known>,
    key: String,
}

/// A category that exists.
struct Known {
    id: Uuid,
    slug: String,
    name: String,
    /// The version that the member read.
    version: String,
}

/// Lists all categories, by position.
pub(crate) async fn list(member: Member) -> Answer {
    let listed = member.upstreams().catalog().categories().await?;
    page(&CategoriesPage {
        layout: member.layout()?,
        categories: listed.categories,
    })
}

/// The form for a new category.
pub(crate) async fn show_new(member: Member) -> Answer {
    page(&shown(
        &member,
        Draft::empty(&LABELS),
        None,
        FieldErrors::default(),
    )?)
}

/// Adds a category.
pub(crate) async fn create(member: Member, cache: Data<ProductCache>, form: Form) -> Answer {
    let typed = Draft::typed(&Draft::empty(&LABELS), &form);
    let fields = match read(&typed) {
        Ok(fields) => fields,
        Err(errors) => return invalid(&shown(&member, typed, None, errors)?),
    };
    let new = NewCategory {
        slug: fields.slug,
        name: fields.name,
        description: fields.description,
        position: fields.position,
    };
    let catalog = member.upstreams().catalog();
    match catalog.create_category(form.text("key"), new).await {
        Ok(_) => {
            cache.evict(CATEGORIES).await;
            see_other(&notice::path(LIST, "category-added"))
        }
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, None, errors)?)
        }
    }
}

/// The form for a category that exists.
pub(crate) async fn show(member: Member, Segment(slug): Segment<String>) -> Answer {
    let current = member.upstreams().catalog().category(&slug).await?;
    let known = Known::of(&current, current.version.to_string());
    page(&shown(
        &member,
        draft(&current),
        Some(known),
        FieldErrors::default(),
    )?)
}

/// Changes a category, unless someone else did since the member opened the form.
pub(crate) async fn save(
    member: Member,
    cache: Data<ProductCache>,
    Segment(slug): Segment<String>,
    form: Form,
) -> Answer {
    let current = find(&member, &slug, &form.text("id")).await?;
    let typed = Draft::typed(&draft(&current), &form);
    let known = Known::of(&current, form.text("version"));
    let fields = match read(&typed) {
        Ok(fields) => fields,
        Err(errors) => return invalid(&shown(&member, typed, Some(known), errors)?),
    };
    if known.version != current.version.to_string() {
        return conflict(&member, &typed, &current);
    }
    let catalog = member.upstreams().catalog();
    let saved = catalog.replace_category(current.slug.clone(), current.version, fields);
    match saved.await {
        Ok(_) => {
            cache.evict(CATEGORIES).await;
            see_other(&notice::path(LIST, "category-saved"))
        }
        Err(problem) if *problem.kind() == reasons::CATEGORY_CHANGED => {
            let current = find(&member, &slug, &form.text("id")).await?;
            conflict(&member, &typed, &current)
        }
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&shown(&member, typed, Some(known), errors)?)
        }
    }
}

/// Deletes a category without products.
pub(crate) async fn remove(
    member: Member,
    cache: Data<ProductCache>,
    Segment(slug): Segment<String>,
    _form: Form,
) -> Answer {
    let outcome = member.upstreams().catalog().delete_category(slug.clone());
    match outcome.await {
        Err(problem) if *problem.kind() == reasons::CATEGORY_NOT_EMPTY => {
            let current = member.upstreams().catalog().category(&slug).await?;
            let known = Known::of(&current, current.version.to_string());
            let text = "The category has products. Move all of them to another one first, also the archived ones.";
            let errors = FieldErrors::one("", text);
            invalid(&shown(&member, draft(&current), Some(known), errors)?)
        }
        // Someone else deleted it meanwhile.
        Err(problem) if *problem.kind() != reasons::CATEGORY_NOT_FOUND => Err(problem),
        _ => {
            cache.evict(CATEGORIES).await;
            see_other(&notice::path(LIST, "category-deleted"))
        }
    }
}

impl Known {
    fn of(category: &Category, version: String) -> Self {
        Self {
            id: category.id,
            slug: category.slug.clone(),
            name: category.name.clone(),
            version,
        }
    }
}

/// The category with a slug; or with an id, if its slug was changed meanwhile.
async fn find(member: &Member, slug: &str, id: &str) -> Result<Category, Problem> {
    let listed = member.upstreams().catalog().categories().await?;
    let mut categories = listed.categories.into_iter();
    let found = categories.find(|category| match id {
        "" => category.slug == slug,
        id => category.id.to_string() == id,
    });
    found.ok_or_else(|| Problem::new(&reasons::CATEGORY_NOT_FOUND))
}

fn conflict(member: &Member, typed: &Draft, current: &Category) -> Answer {
    let subject = Subject {
        kind: "category",
        name: current.name.clone(),
        path: format!("{LIST}/{}/edit", current.slug),
        notice: "category-saved",
    };
    let others = [
        ("id", current.id.to_string()),
        ("version", current.version.to_string()),
    ];
    conflict::show(member, subject, typed, &draft(current), &others)
}

fn draft(category: &Category) -> Draft {
    let values = [
        category.name.clone(),
        category.slug.clone(),
        category.description.clone(),
        category.position.to_string(),
    ];
    Draft::saved(&LABELS, values)
}

fn read(typed: &Draft) -> Result<CategoryFields, FieldErrors> {
    let position = match typed.get("position") {
        "" => Ok(0),
        text => text.parse(),
    };
    let position = position.map_err(|_not_a_number| {
        FieldErrors::one("position", "Position must be a whole number such as 10")
    })?;
    Ok(CategoryFields {
        slug: typed.get("slug").to_owned(),
        name: typed.get("name").to_owned(),
        description: typed.get("description").to_owned(),
        position,
    })
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(FieldErrors::of(&problem, &LABELS)),
        kind if *kind == reasons::CATEGORY_SLUG_TAKEN => {
            Ok(FieldErrors::one("slug", "Another category has this slug"))
        }
        kind if *kind == reasons::IDEMPOTENCY_KEY_REUSED => {
            let text = "This form was sent before, with other values. Send it again to add another category.";
            Ok(FieldErrors::one("", text))
        }
        _ => Err(problem),
    }
}

fn shown(
    member: &Member,
    draft: Draft,
    known: Option<Known>,
    errors: FieldErrors,
) -> Result<CategoryPage, Problem> {
    Ok(CategoryPage {
        layout: member.layout()?,
        errors,
        draft,
        known,
        // A form that is sent twice adds one category.
        key: Uuid::now_v7().to_string(),
    })
}
