use actix_web::web::Data;

use super::{assets::Urls, config::Config, notice::Notice};
use crate::model::Category;

/// What surrounds the contents of every page: `templates/shop/layout.html`.
pub(crate) struct Layout {
    /// The shop and its seller.
    pub(crate) config: Data<Config>,
    /// Style sheet, script and icons.
    pub(crate) assets: &'static Urls,
    /// For the navigation; empty if they cannot be read.
    pub(crate) categories: Vec<Category>,
    /// Units in the visitor's cart, if known.
    pub(crate) cart_units: Option<u32>,
    /// Whether the visitor has a session.
    pub(crate) is_signed_in: bool,
    /// For the field `form_token` of every form.
    pub(crate) form_token: String,
    /// Path of the page.
    pub(crate) path: String,
    /// What the visitor searched for.
    pub(crate) search: String,
    /// What has just happened.
    pub(crate) notice: Option<Notice>,
}

impl Layout {
    /// The page's address without parameters, for search engines.
    pub(crate) fn canonical(&self) -> String {
        self.config.absolute(&self.path)
    }

    /// Units in the cart, if there are any.
    pub(crate) fn shown_units(&self) -> Option<u32> {
        self.cart_units.filter(|units| *units > 0)
    }

    /// Whether this is the page of a category.
    pub(crate) fn is_category(&self, slug: &str) -> bool {
        self.path.strip_prefix("/categories/") == Some(slug)
    }
}
