use actix_web::HttpRequest;
use askama::Template;
use futures_util::future::join;

use super::listing::{Listing, Request};
use crate::{
    edge::problem::{Problem, reasons},
    model::Category,
    pages::{Answer, art, layout::Layout, page, see_other, visitor::Visitor},
    rest::request::Segment,
};

#[derive(Template)]
#[template(path = "shop/category.html")]
struct CategoryPage {
    layout: Layout,
    name: String,
    description: String,
    listing: Listing,
    empty_picture: String,
    empty_title: &'static str,
    empty_text: &'static str,
}

/// The products of a category.
pub(crate) async fn show(
    visitor: Visitor,
    request: HttpRequest,
    Segment(slug): Segment<String>,
) -> Answer {
    let currency = visitor.config().currency.as_str();
    let list = Request::read(request.path(), request.query_string(), currency);
    let search = list.search(Some(&slug));
    let found = visitor.upstreams().catalog().search(search);
    let (layout, found) = join(visitor.layout(), found).await;
    let layout = layout?;
    let Category {
        name, description, ..
    } = category(&layout, &slug)?;
    let (name, description) = (name.clone(), description.clone());
    let found = match found {
        // A page that a link from yesterday leads to.
        Err(problem) if problem.kind() == &reasons::PAGE_TOKEN_INVALID => {
            return see_other(&list.first_page());
        }
        found => found?,
    };
    let listing = Listing::new(&list, found, &layout.categories, currency);
    page(&CategoryPage {
        layout,
        name,
        description,
        listing,
        empty_picture: art::path("shop", "SHOP-EMPTY"),
        empty_title: "Nothing here yet",
        empty_text: "This category has no products at the moment.",
    })
}

fn category<'a>(layout: &'a Layout, slug: &str) -> Result<&'a Category, Problem> {
    if layout.categories.is_empty() {
        return Err(Problem::new(&reasons::UNAVAILABLE));
    }
    let mut categories = layout.categories.iter();
    let found = categories.find(|category| category.slug == slug);
    found.ok_or_else(|| Problem::new(&reasons::CATEGORY_NOT_FOUND))
}
