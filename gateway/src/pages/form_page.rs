//! The page with the form that was sent to a path.

use crate::edge::route::Row;

/// The longest part of `path` that is a page of the table: `/orders/7/cancellation` belongs to `/orders/7`. `None` if no
/// part of it is one.
pub(super) fn page_of<'a>(table: &[Row], path: &'a str) -> Option<&'a str> {
    let mut page = path;
    while !is_page(table, page) {
        match page.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => page = parent,
            _ => return None,
        }
    }
    Some(page)
}

fn is_page(table: &[Row], path: &str) -> bool {
    let mut pages = table.iter().filter(|row| row.method == "GET");
    pages.any(|row| {
        let (mut pattern, mut segments) = (row.path.split('/'), path.split('/'));
        loop {
            match (pattern.next(), segments.next()) {
                (None, None) => return true,
                (Some(name), Some(text)) if name.starts_with('{') || name == text => {}
                _ => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{shop, staff};

    #[test]
    fn a_form_belongs_to_the_page_above_it() {
        for (table, path, page) in [
            (shop::routes::TABLE, "/cart", Some("/cart")),
            (shop::routes::TABLE, "/cart/items", Some("/cart")),
            (shop::routes::TABLE, "/cart/items/COFFEE-1", Some("/cart")),
            (shop::routes::TABLE, "/nothing/here", None),
            (shop::routes::TABLE, "/", Some("/")),
            (staff::routes::TABLE, "/staff/nothing", Some("/staff")),
        ] {
            assert_eq!(page_of(table, path), page, "{path}");
        }
    }
}
