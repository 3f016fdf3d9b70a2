//! What a request's headers say about a browser that sends it. Browsers set `Origin` and `Sec-Fetch-Site`
//! themselves, and pages cannot change them
//! ([Fetch](https://fetch.spec.whatwg.org/#origin-header), [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/)).

use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN};
use reqwest::Url;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether a browser sends the request, whatever page made it do so.
pub(crate) fn is_sent_by_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}

/// Whether a page of another origin than that of `own_url` makes a browser send the request.
pub(crate) fn is_cross_origin(headers: &HeaderMap, own_url: &str) -> bool {
    let own = Url::parse(own_url).map(|url| url.origin().ascii_serialization());
    let is_own = |value: &HeaderValue| own.as_ref().is_ok_and(|own| value == own.as_str());
    // `none`: a person opened the page, no other page did.
    let is_same_site = |value: &HeaderValue| value == "same-origin" || value == "none";
    !headers.get_all(ORIGIN).all(is_own) || !headers.get_all(SEC_FETCH_SITE).all(is_same_site)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_static(value);
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    #[test]
    fn only_its_own_page_is_not_cross_origin() {
        let own = "http://127.0.0.1:50055";
        for (pairs, is_foreign) in [
            (&[][..], false),
            (&[("origin", own)], false),
            (&[("origin", own), ("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://127.0.0.1:8080")], true),
            (&[("origin", "http://localhost:50055")], true),
            (&[("origin", "https://127.0.0.1:50055")], true),
            (&[("origin", "null")], true),
            (&[("origin", own), ("origin", "https://evil.example")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
        ] {
            assert_eq!(
                is_cross_origin(&headers(pairs), own),
                is_foreign,
                "{pairs:?}"
            );
            assert_eq!(is_sent_by_browser(&headers(pairs)), !pairs.is_empty());
        }
    }
}
