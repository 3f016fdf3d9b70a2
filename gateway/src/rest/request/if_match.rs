use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};

use crate::edge::problem::{Problem, reasons, reasons::Kind};

/// The required `If-Match` header of a change (RFC 9110, section 13.1.1): the entity tags of the versions that the client
/// has read, or `*` for whichever is stored.
pub(crate) struct IfMatch {
    /// Strong entity tags without quotes; none for `*`.
    tags: Option<Vec<String>>,
}

impl IfMatch {
    /// Checks that the client has read this version.
    ///
    /// # Errors
    /// `changed`, with the current version in its detail.
    pub(crate) fn check(&self, version: i64, changed: &'static Kind) -> Result<(), Problem> {
        let current = version.to_string();
        match &self.tags {
            Some(tags) if !tags.contains(&current) => Err(Problem::new(changed).detail(format!(
                "the current ETag is \"{current}\"; read and repeat the change"
            ))),
            _ => Ok(()),
        }
    }

    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(header::IF_MATCH).peekable();
        if values.peek().is_none() {
            return Err(Problem::new(&reasons::IF_MATCH_MISSING));
        }
        let mut tags = Vec::new();
        for value in values {
            let text = value.to_str().map_err(|_| invalid())?.trim();
            if text == "*" {
                return Ok(Self { tags: None });
            }
            tags.extend(strong_tags(text).ok_or_else(invalid)?);
        }
        Ok(Self { tags: Some(tags) })
    }
}

/// The strong entity tags of a list, without quotes. Weak ones never match, and are no error. A tag may contain a comma.
fn strong_tags(mut list: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    loop {
        let (opened, is_weak) = match list.strip_prefix("W/") {
            Some(weak) => (weak, true),
            None => (list, false),
        };
        let (tag, rest) = opened.strip_prefix('"')?.split_once('"')?;
        if !is_weak {
            tags.push(tag.to_owned());
        }
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Some(tags);
        }
        list = rest.strip_prefix(',')?.trim_start();
    }
}

fn invalid() -> Problem {
    let text = "must be an ETag of an earlier response, in its quotes, or *";
    Problem::new(&reasons::HEADER_INVALID)
        .detail(format!("If-Match {text}"))
        .field("If-Match", text)
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use actix_web::http::header::HeaderValue;

    use super::*;

    fn parse(values: &[&'static str]) -> Result<IfMatch, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        IfMatch::of(&headers)
    }

    #[test]
    fn a_change_names_the_version_that_was_read() {
        for (values, accepts_3) in [
            (&["\"3\""][..], true),
            (&["\"1\", \"3\""], true),
            (&["\"1\"", "\"3\""], true),
            (&["*"], true),
            (&["\"2\""], false),
            (&["W/\"3\""], false),
            (&["W/\"1,\" , \"a,b\",\"3\""], true),
            (&["\"\""], false),
        ] {
            let condition = parse(values).unwrap();
            let checked = condition.check(3, &reasons::PRODUCT_CHANGED);
            assert_eq!(checked.is_ok(), accepts_3, "{values:?}");
        }
    }

    #[test]
    fn a_change_without_a_version_is_refused() {
        let missing = parse(&[]).err().unwrap();
        assert_eq!(missing.kind().status, 428);
        for malformed in [
            "3",
            "",
            "\"3",
            "3\"",
            "W/3",
            "\"1\" \"3\"",
            "\"3\",",
            "*, \"3\"",
        ] {
            let problem = parse(&[malformed]).err().unwrap();
            assert_eq!(problem.kind().status, 400, "{malformed}");
        }
    }
}
