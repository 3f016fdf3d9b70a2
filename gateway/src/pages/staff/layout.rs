use actix_web::web::Data;
use kernel::Groups;

use super::navigation::{self, Section};
use crate::pages::{assets::Urls, config::Config, notice::Notice};

/// What surrounds the contents of every page of the console: `templates/staff/layout.html`.
pub(crate) struct Layout {
    /// The shop.
    pub(crate) config: Data<Config>,
    /// Style sheet, script and icons.
    pub(crate) assets: &'static Urls,
    /// Groups of the member.
    pub(crate) groups: Groups,
    /// Whether there is a session.
    pub(crate) is_signed_in: bool,
    /// For the field `form_token` of every form.
    pub(crate) form_token: String,
    /// Whether staff may inject faults here.
    pub(crate) allows_faults: bool,
    /// Path of the page.
    pub(crate) path: String,
    /// What has just happened.
    pub(crate) notice: Option<Notice>,
}

impl Layout {
    /// The links that the member's groups may follow.
    pub(crate) fn navigation(&self) -> Vec<Section> {
        navigation::of(self.groups, &self.path, self.allows_faults)
    }

    /// Whether the member's groups may open a page, named by its path in the table of URLs: `/staff/orders/{id}`.
    pub(crate) fn may_open(&self, page: &str) -> bool {
        navigation::may_open(page, self.groups)
    }

    /// The names of the groups: `support, finance`.
    pub(crate) fn group_names(&self) -> String {
        self.groups.to_string()
    }
}
