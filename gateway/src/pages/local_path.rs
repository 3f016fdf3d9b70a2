use std::fmt;

use actix_web::HttpRequest;
use url::form_urlencoded;

/// A path of this shop to continue at: `/checkout`. A link with any other target is no redirect to another site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// The path in `text`, or `home`.
    pub(crate) fn parse_or(text: &str, home: &'static str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self(home.to_owned()))
    }

    /// The path in `text`, if it is one.
    ///
    /// Browsers read `//host` and `/\host` as another host, and drop control characters and white space first.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_local = text.starts_with('/')
            && !text.starts_with("//")
            && text.len() <= 1_000
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        is_local.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The parameter `next` if it is a path of this shop, or `home`.
pub(super) fn next_of_query(request: &HttpRequest, home: &'static str) -> LocalPath {
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let next = pairs.find(|(name, _)| name == "next");
    LocalPath::parse_or(
        &next.map_or_else(String::new, |(_, path)| path.into_owned()),
        home,
    )
}

impl fmt::Display for LocalPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_shop_are_local() {
        for path in ["/", "/checkout", "/orders/1?a=b#c", "/a//b"] {
            assert!(LocalPath::parse(path).is_some(), "{path}");
        }
        for other in [
            "",
            "checkout",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\r\nSet-Cookie: a=b",
            " /a",
            "/caf\u{e9}",
        ] {
            assert!(LocalPath::parse(other).is_none(), "{other:?}");
        }
        assert!(LocalPath::parse(&format!("/{}", "a".repeat(1_000))).is_none());
    }
}
