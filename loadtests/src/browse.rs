//! People who look around. They keep what they have seen, as browsers do, and ask whether it is still
//! good.

use std::collections::HashMap;
use std::sync::Arc;

use goose::prelude::{GooseUser, TransactionResult};
use reqwest::Url;

use crate::dice::Dice;
use crate::exchange::{Ask, ask};
use crate::mix;
use crate::people;
use crate::town::{Product, Town};

/// Copies of product pages that a browser keeps.
const COPIES: usize = 50;
const PAGE: &str = "24";

/// Somebody who looks around.
#[derive(Debug)]
pub(crate) struct Browser {
    dice: Dice,
    /// ETags by slug.
    copies: HashMap<String, String>,
}

/// Comes in.
pub(crate) async fn arrive(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let browser = Browser {
        dice: Dice::new(town.settings.seed, town.next_browser()),
        copies: HashMap::new(),
    };
    people::settle(user, browser).await
}

/// Opens a product's page, for the first time or again.
pub(crate) async fn product(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let browser = people::who::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let seen: Vec<String> = browser.copies.keys().cloned().collect();
    let again = mix::looks_again(&mut browser.dice);
    let slug = match browser.dice.pick(&seen) {
        Some(slug) if again => slug.clone(),
        _ => slug_of(browser.dice.pick(&town.products)),
    };
    look(user, &town, &slug, &mut browser.copies).await
}

/// Lists a category, newest first, and mostly its second page too.
pub(crate) async fn shelf(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let browser = people::who::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let category = browser.dice.pick(&town.categories).cloned();
    let turns_page = browser.dice.percent(60);
    let mut wish = vec![
        ("page_size", PAGE.to_owned()),
        ("facets", "true".to_owned()),
    ];
    wish.extend(category.map(|slug| ("category", slug)));
    let page = ask(user, &town, Ask::get(LIST, list(&wish))).await?;
    let token = page.text("/next_page_token");
    if turns_page && !token.is_empty() {
        wish.push(("page_token", token));
        ask(user, &town, Ask::get(LIST, list(&wish))).await?;
    }
    Ok(())
}

/// Looks for a word, misspelt sometimes, and opens what is found first.
pub(crate) async fn search(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let browser = people::who::<Browser>(user)?;
    let mut browser = browser.lock().await;
    let Some(word) = browser.dice.pick(&town.words) else {
        return Ok(());
    };
    let typed = mix::typed(word, &mut browser.dice);
    let wish = [("q", typed), ("page_size", PAGE.to_owned())];
    let found = ask(user, &town, Ask::get(SEARCH, list(&wish))).await?;
    let slug = found.text("/products/0/slug");
    if slug.is_empty() {
        // A typo too many: nothing to open.
        return Ok(());
    }
    look(user, &town, &slug, &mut browser.copies).await
}

/// Sees what there is.
pub(crate) async fn categories(user: &mut GooseUser, town: Arc<Town>) -> TransactionResult {
    let path = "/api/v1/categories";
    ask(user, &town, Ask::get(path, path)).await?;
    Ok(())
}

/// Lists and searches are one address and two things.
const LIST: &str = "/api/v1/products?category";
const SEARCH: &str = "/api/v1/products?q";
pub(crate) const PRODUCT: &str = "/api/v1/products/{product}";

async fn look(
    user: &mut GooseUser,
    town: &Town,
    slug: &str,
    copies: &mut HashMap<String, String>,
) -> TransactionResult {
    let mut page = Ask::get(PRODUCT, format!("/api/v1/products/{slug}"));
    if let Some(etag) = copies.get(slug) {
        page.request = page.request.if_none_match(etag);
    }
    page.fine = &[304];
    let reply = ask(user, town, page).await?;
    if reply.status == 304 {
        town.tally.note("pages that were still good (304)");
    }
    if let Some(etag) = reply.etag {
        if copies.len() >= COPIES {
            copies.clear();
        }
        copies.insert(slug.to_owned(), etag);
    }
    Ok(())
}

fn slug_of(product: Option<&Product>) -> String {
    product.map_or_else(String::new, |product| product.slug.clone())
}

/// The path of a list with its query.
fn list(wish: &[(&str, String)]) -> String {
    let Ok(mut url) = Url::parse("http://shop/api/v1/products") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(wish);
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_escaped() {
        let wish = [("q", "caf\u{e9} & co".to_owned())];
        assert_eq!(list(&wish), "/api/v1/products?q=caf%C3%A9+%26+co");
    }
}
