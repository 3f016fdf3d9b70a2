//! Every link of every page leads somewhere.

use std::collections::{BTreeMap, BTreeSet};

use e2e::Shop;

use super::{driver::is_available, person::Person};

/// A demo catalog has about 130 products.
const MAX_PAGES: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn no_link_is_broken() {
    if !is_available() {
        return;
    }
    let shop = Shop::open().await;
    // Before the first page, which keeps the categories for a while.
    shop.demo_catalog().await;
    shop.product("LAMP", 4_900, 5).await;
    let person = Person::enter(&shop).await;
    person.add_to_cart(1).await;
    person.go_to_checkout().await;
    // The cookies are HttpOnly, so the pages are fetched by the browser.
    let script = "const done = arguments[arguments.length - 1];
        fetch('PATH').then(async (answer) => {
            const isPage = (answer.headers.get('content-type') ?? '').startsWith('text/html');
            const links = !isPage ? [] : Array.from((await answer.text())
                .matchAll(/ (?:href|src|action)=\"(\\/[^\"]*)\"/g), (match) => match[1]);
            done({status: answer.status, links});
        }).catch((error) => done({status: 0, links: [], error: String(error)}));";
    let mut found_on = BTreeMap::from([("/".to_owned(), "the start".to_owned())]);
    let mut visited = BTreeSet::new();
    let mut broken = Vec::new();
    while visited.len() < MAX_PAGES {
        let next = found_on.iter().find(|(path, _)| !visited.contains(*path));
        let Some((path, origin)) = next.map(|(path, origin)| (path.clone(), origin.clone())) else {
            break;
        };
        visited.insert(path.clone());
        let answer = person
            .driver()
            .run_async(&script.replace("PATH", &path))
            .await;
        let status = answer["status"].as_u64().unwrap();
        // 405: the target of a form.
        if !matches!(status, 200 | 405) {
            broken.push(format!("{status} {path} on {origin}"));
        }
        for link in answer["links"].as_array().unwrap() {
            let link = link
                .as_str()
                .unwrap()
                .replace("&#38;", "&")
                .replace("&amp;", "&");
            let link = link.split('#').next().unwrap().to_owned();
            // Filters combine without end.
            let is_filter = link.starts_with("/search?")
                || link.starts_with("/categories/") && link.contains('?');
            if !is_filter {
                found_on.entry(link).or_insert_with(|| path.clone());
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(visited.len() > 100, "{visited:?}");
}
