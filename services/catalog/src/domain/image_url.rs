use kernel::values::IMAGE_URL;
use url::{Position, Url};

/// What a path is resolved against. Only a path that stays on this host stays on the shop's.
const BASE: &str = "https://shop.invalid";

/// The text is not the URL of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an absolute path or an https URL without user name, of at most {} characters",
    IMAGE_URL.length().end()
)]
pub(crate) struct ImageUrlError;

/// The URL as it is stored: what a browser makes of it, by the parser of the WHATWG's URL standard. A path stays
/// on the shop's host.
///
/// The parser drops line breaks and tabs, and reads a backslash as a slash, so both are refused before.
pub(crate) fn parse(text: &str) -> Result<String, ImageUrlError> {
    IMAGE_URL.check(text).map_err(|_| ImageUrlError)?;
    let base = Url::parse(BASE).map_err(|_| ImageUrlError)?;
    let url = base.join(text).map_err(|_| ImageUrlError)?;
    let stored = if text.starts_with('/') {
        (url.origin() == base.origin()).then(|| url[Position::BeforePath..].to_owned())
    } else {
        let has_host = url.host_str().is_some_and(|host| !host.is_empty()) && url.port() != Some(0);
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        (has_host && is_anonymous).then(|| url.as_str().to_owned())
    };
    // An encoded text is longer, and `/.//host` is `//host`.
    stored
        .filter(|url| IMAGE_URL.check(url).is_ok())
        .ok_or(ImageUrlError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_image_is_a_path_or_an_https_url() {
        for (text, stored) in [
            ("/images/a.svg", "/images/a.svg"),
            ("/a.png?width=2#top", "/a.png?width=2#top"),
            ("/a/../\u{e9}.png", "/%C3%A9.png"),
            ("https://example.com/a.png", "https://example.com/a.png"),
            ("HTTPS://Example.COM:443", "https://example.com/"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(stored), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let long = format!("/{}", "a".repeat(500));
        for text in [
            "",
            "a.png",
            "http://example.com/a.png",
            "//evil.example/a.png",
            "/\\evil.example/a.png",
            "\\\\evil.example/a.png",
            "/\t/evil.example/a.png",
            "/.//evil.example/a.png",
            "/a/..//evil.example/a.png",
            "/%2e//evil.example/a.png",
            "https:",
            "https://",
            "https:///",
            "https:evil.example/a.png",
            "https:/evil.example/a.png",
            "https://user@example.com/a.png",
            "https://user:secret@example.com/a.png",
            "https://:secret@example.com/a.png",
            "https://example.com:99999/a.png",
            "https://example.com:0/a.png",
            "https://example.com:port/a.png",
            "https://exa mple.com/a.png",
            "https://[::1/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            " /a.png",
            long.as_str(),
        ] {
            assert_eq!(parse(text), Err(ImageUrlError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_stored_path_stays_on_the_host_of_every_page(text in "/[./\\\\%2eaE@:?#\\t]{0,12}") {
            if let Ok(stored) = parse(&text) {
                let page = Url::parse("https://mercantile.example/products/a").expect("a URL");
                let seen = page.join(&stored).expect("a URL");
                prop_assert_eq!(seen.host_str(), Some("mercantile.example"), "{}", stored);
                prop_assert_eq!(parse(&stored), Ok(stored));
            }
        }
    }
}
