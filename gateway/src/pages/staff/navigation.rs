//! The links of the console: to each page that begins a task, for those whose groups may open it.

use kernel::Groups;

use super::routes;

/// Links under a heading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: &'static str,
    /// The links.
    pub(crate) links: Vec<Link>,
}

/// A link of the navigation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Path of the page.
    pub(crate) path: &'static str,
    /// The text.
    pub(crate) label: &'static str,
    /// Whether the current page is this page, or below it.
    pub(crate) is_current: bool,
}

/// Only where faults are allowed.
const FAULTS: &str = "/staff/system/faults";

/// Headings, and path and text of each link. A link is a row of the table of URLs.
const SECTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "Sales",
        &[
            ("/staff/orders", "Orders"),
            ("/staff/returns", "Returns"),
            ("/staff/customers", "Customers"),
            ("/staff/discounts", "Discounts"),
        ],
    ),
    (
        "Catalog",
        &[
            ("/staff/products", "Products"),
            ("/staff/categories", "Categories"),
        ],
    ),
    (
        "Money",
        &[
            ("/staff/ledger", "Balances"),
            ("/staff/reconciliations", "Reconciliations"),
        ],
    ),
    (
        "Staff",
        &[("/staff/members", "Members"), ("/staff/audit", "Audit")],
    ),
    (
        "System",
        &[
            ("/staff/system", "Overview"),
            ("/staff/system/sagas", "Sagas"),
            ("/staff/system/dead-letters", "Dead letters"),
            ("/staff/system/traces", "Traces"),
            (FAULTS, "Faults"),
        ],
    ),
];

/// The links that a member of these groups may follow, on the page `path`.
pub(crate) fn of(groups: Groups, path: &str, allows_faults: bool) -> Vec<Section> {
    let current = all_paths()
        .filter(|link| is_at_or_below(path, link))
        .max_by_key(|link| link.len());
    let sections = SECTIONS.iter().map(|(title, links)| Section {
        title,
        links: links
            .iter()
            .filter(|(path, _)| may_open(path, groups) && (allows_faults || *path != FAULTS))
            .map(|(path, label)| Link {
                path,
                label,
                is_current: current == Some(path),
            })
            .collect(),
    });
    sections
        .filter(|section| !section.links.is_empty())
        .collect()
}

/// The first page that a member of these groups may open.
pub(crate) fn first(groups: Groups) -> Option<&'static str> {
    all_paths().find(|path| may_open(path, groups))
}

fn all_paths() -> impl Iterator<Item = &'static str> {
    let links = SECTIONS.iter().flat_map(|(_, links)| links.iter());
    links.map(|(path, _)| *path)
}

fn is_at_or_below(path: &str, link: &str) -> bool {
    let rest = path.strip_prefix(link);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a member of these groups may open a page, named by its path in the table of URLs: `/staff/orders/{id}`.
pub(crate) fn may_open(path: &str, groups: Groups) -> bool {
    let mut rows = routes::TABLE.iter();
    let row = rows.find(|row| row.method == "GET" && row.path == path);
    debug_assert!(row.is_some(), "{path} is no page");
    let needed = row.and_then(|row| row.access.groups());
    needed.is_some_and(|needed| needed.intersects(groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_is_a_page_for_staff() {
        for path in all_paths() {
            assert!(may_open(path, Groups::ALL), "{path}");
        }
    }
}
