//! What every page sends besides its contents.

use crate::pages::browser::{Browser, open_pages, shop};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_allows_only_scripts_and_styles_of_the_shop() {
    let shop = shop().await;
    for path in open_pages() {
        let page = Browser::new(&shop).open(&path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let csp = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_needs_what_its_policy_forbids() {
    let shop = shop().await;
    for path in open_pages() {
        let page = Browser::new(&shop).open(&path).await.text;
        for forbidden in [
            " style=",
            "<style",
            " onclick=",
            " onsubmit=",
            "javascript:",
        ] {
            assert!(!page.contains(forbidden), "{path} has {forbidden}");
        }
        for script in page.split("<script").skip(1) {
            let is_own = script.starts_with(" type=\"module\" src=\"/assets/");
            let is_data = script.starts_with(" type=\"application/ld+json\">");
            assert!(is_own || is_data, "{path}: {script}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_kept_in_a_shared_cache() {
    let shop = shop().await;
    for path in open_pages() {
        let guest = Browser::new(&shop).open(&path).await;
        let caching = guest.header("cache-control");
        assert!(caching.starts_with("private, no-"), "{path}: {caching}");
        let customer = Browser::new(&shop).with("access", &shop.customer.1);
        let customer = customer.open(&path).await;
        assert_eq!(
            customer.header("cache-control"),
            "private, no-store",
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_a_title_of_its_own_and_one_heading() {
    let shop = shop().await;
    let mut titles = Vec::new();
    for path in open_pages() {
        let page = Browser::new(&shop).open(&path).await.text;
        let (_, rest) = page.split_once("<title>").unwrap();
        titles.push(rest.split_once("</title>").unwrap().0.to_owned());
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(page.starts_with("<!doctype html>"), "{path}");
        assert!(page.contains("<html lang=\"en\">"), "{path}");
    }
    let count = titles.len();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), count, "{titles:?}");
}
