use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use crate::{
    edge::problem::{Problem, reasons},
    model::PageRequest,
};

/// The query parameters of a URL. [`Query::finish`] reports unknown and repeated parameters and invalid
/// values, all at once.
pub(crate) struct Query {
    /// The path and the query as they were sent.
    url: (String, String),
    pairs: Vec<(String, String)>,
    errors: Vec<(String, String)>,
}

impl Query {
    /// The value of a parameter; an empty one counts as absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        let mut is_repeated = false;
        self.pairs.retain_mut(|(key, value)| {
            if key != name {
                return true;
            }
            is_repeated |= found.is_some();
            found = Some(std::mem::take(value));
            false
        });
        if is_repeated {
            self.add_error(name, "must be given once");
        }
        found.filter(|text| !text.is_empty())
    }

    /// The parsed value of a parameter; `expected` completes "must be ...".
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.add_error(name, format!("must be {expected}"));
        }
        value
    }

    /// `page_size` and `page_token`.
    pub(crate) fn page(&mut self) -> PageRequest {
        PageRequest {
            size: self.size("page_size"),
            token: self.text("page_token"),
        }
    }

    /// A number of elements from 1 to 100. 0 when absent, which means the service's default.
    pub(crate) fn size(&mut self, name: &str) -> u32 {
        const EXPECTED: &str = "between 1 and 100";
        let size = self.parsed(name, EXPECTED);
        if size.is_some_and(|size: u32| !(1..=100).contains(&size)) {
            self.add_error(name, format!("must be {EXPECTED}"));
        }
        size.unwrap_or_default()
    }

    /// A boolean; false when absent.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.parsed(name, "true or false").unwrap_or_default()
    }

    /// One of `choices`, by its name.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let chosen = choices.iter().find(|(name, _)| *name == text);
        if chosen.is_none() {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.add_error(name, format!("must be one of {}", names.join(", ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// One of `choices`, by its name; the parameter is required.
    pub(crate) fn required<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let is_given = self
            .pairs
            .iter()
            .any(|(key, text)| key == name && !text.is_empty());
        if !is_given {
            self.add_error(name, "must be given");
        }
        self.choice(name, choices)
    }

    /// The members of an object, each in a parameter of its own: `name[key]=value` (the style `deepObject` of OpenAPI)
    /// or `name.key=value`.
    pub(crate) fn object(&mut self, name: &str) -> BTreeMap<String, String> {
        let mut members = BTreeMap::new();
        let mut repeated = Vec::new();
        self.pairs.retain_mut(|(parameter, value)| {
            let Some(key) = member(parameter, name) else {
                return true;
            };
            if members.contains_key(key) {
                repeated.push(std::mem::take(parameter));
            } else {
                members.insert(key.to_owned(), std::mem::take(value));
            }
            false
        });
        for parameter in repeated {
            self.add_error(&parameter, "must be given once");
        }
        members.retain(|_, value| !value.is_empty());
        members
    }

    fn add_error(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push((name.to_owned(), message.into()));
    }

    /// Checks that all parameters were read.
    ///
    /// # Errors
    /// `QUERY_INVALID` with all errors.
    pub(crate) fn finish(mut self) -> Result<PageLinks, Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.add_error(&name, "is not a parameter of this URL");
        }
        if self.errors.is_empty() {
            let (path, query) = self.url;
            return Ok(PageLinks { path, query });
        }
        Err(Problem::new(&reasons::QUERY_INVALID).fields(self.errors))
    }
}

/// Where the other pages of a list are (RFC 8288).
#[derive(Debug)]
pub(crate) struct PageLinks {
    path: String,
    query: String,
}

impl PageLinks {
    /// The value of `Link`: the first page, and the next one if there is one. Page tokens need no escaping.
    pub(crate) fn header(&self, next: Option<&str>) -> String {
        let first = self.url(None);
        match next {
            None => format!("<{first}>; rel=\"first\""),
            Some(token) => format!(
                "<{first}>; rel=\"first\", <{}>; rel=\"next\"",
                self.url(Some(token))
            ),
        }
    }

    /// The same without a parameter.
    pub(crate) fn without(self, parameter: &str) -> Self {
        let others: Vec<_> = self.others(parameter).collect();
        Self {
            query: others.join("&"),
            path: self.path,
        }
    }

    /// The URL of this list with another page token.
    pub(crate) fn url(&self, token: Option<&str>) -> String {
        let token = token.map(|token| format!("page_token={token}"));
        let others = self.others("page_token");
        let pairs: Vec<&str> = others.chain(token.as_deref()).collect();
        match pairs.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, pairs.join("&")),
        }
    }

    /// The pairs of the query but those of a parameter.
    fn others<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.query.split('&');
        pairs.filter(move |pair| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            !name.is_empty() && name != parameter
        })
    }
}

/// Of a list without parameters, which has one page.
impl FromRequest for PageLinks {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            path: request.path().to_owned(),
            query: String::new(),
        }))
    }
}

impl FromRequest for Query {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.path(), request.query_string()))
    }
}

/// Parameters of a query at most. More are not even parsed.
const MAX_PARAMETERS: usize = 100;
const NOT_UTF8: &str = "must be percent-encoded UTF-8";

impl Query {
    /// Unlike the form parsers of most libraries, it does not replace broken UTF-8 with U+FFFD: such a search
    /// would be about another text.
    fn parse(path: &str, text: &str) -> Result<Self, Problem> {
        let mut query = Self {
            url: (path.to_owned(), text.to_owned()),
            pairs: Vec::new(),
            errors: Vec::new(),
        };
        if text.split('&').nth(MAX_PARAMETERS).is_some() {
            return Err(Problem::new(&reasons::QUERY_INVALID).detail(format!(
                "the query must have at most {MAX_PARAMETERS} parameters"
            )));
        }
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else {
                return Err(Problem::new(&reasons::QUERY_INVALID)
                    .detail("the name of a query parameter must be percent-encoded UTF-8"));
            };
            let value = decode(value).unwrap_or_else(|| {
                query.add_error(&name, NOT_UTF8);
                String::new()
            });
            query.pairs.push((name, value));
        }
        Ok(query)
    }
}

/// The key of a member of the object `name`.
fn member<'a>(parameter: &'a str, name: &str) -> Option<&'a str> {
    let rest = parameter.strip_prefix(name)?;
    let in_brackets = rest
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let key = in_brackets.or_else(|| rest.strip_prefix('.'))?;
    (!key.is_empty()).then_some(key)
}

/// The text of a form-encoded name or value; `None` if it is not UTF-8.
fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, others)) = rest.split_first() {
        rest = others;
        match (byte, escaped(others)) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some((decoded, after))) => {
                bytes.push(decoded);
                rest = after;
            }
            // As the URL standard: a percent sign without two digits is itself.
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The byte of two hexadecimal digits, and what follows them.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_at_checked(2)?;
    let digits = str::from_utf8(digits).ok()?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((byte, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_strictly() {
        for (encoded, decoded) in [
            ("", Some("")),
            ("a+b%20c", Some("a b c")),
            ("caf%C3%A9", Some("caf\u{e9}")),
            ("100%", Some("100%")),
            ("%zz%+1", Some("%zz% 1")),
            ("%2B%26%3d", Some("+&=")),
            ("%FF", None),
            ("caf%E9", None),
            ("%C3", None),
            ("%ED%A0%80", None),
            ("%C0%AF", None),
        ] {
            assert_eq!(decode(encoded).as_deref(), decoded, "{encoded}");
        }
    }

    #[test]
    fn a_parameter_that_is_not_utf8_is_named() {
        let mut query = Query::parse("/list", "q=caf%E9&page_size=5").unwrap();
        assert_eq!(query.text("q"), None);
        assert_eq!(query.size("page_size"), 5);
        let problem = query.finish().unwrap_err();
        let document = problem.document("/", None);
        assert_eq!(document.detail, "q must be percent-encoded UTF-8");
        assert_eq!(document.errors.len(), 1);
        assert!(Query::parse("/list", "%FF=1").is_err());
    }

    #[test]
    fn an_object_is_given_by_its_members() {
        let text =
            "a[roast]=dark&a.origin=Peru&a%5Bx.y%5D=1&a.k[0]=2&a.none=&a[]=3&a.=4&ab[c]=5&a=6";
        let mut query = Query::parse("/list", text).unwrap();
        let members = query.object("a").into_iter();
        let pairs: Vec<(String, String)> = members.collect();
        let expected = [
            ("k[0]", "2"),
            ("origin", "Peru"),
            ("roast", "dark"),
            ("x.y", "1"),
        ];
        assert_eq!(
            pairs,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        let problem = query.finish().unwrap_err();
        assert_eq!(problem.document("/", None).errors.len(), 4);

        let mut query = Query::parse("/list", "a[roast]=dark&a.roast=light&a[roast]=").unwrap();
        query.object("a");
        let problem = query.finish().unwrap_err();
        let document = problem.document("/", None);
        assert_eq!(
            document.detail,
            "a.roast must be given once; a[roast] must be given once"
        );
    }

    #[test]
    fn a_query_with_very_many_parameters_is_not_parsed() {
        assert!(Query::parse("/list", &vec!["a=1"; MAX_PARAMETERS].join("&")).is_ok());
        let problem = Query::parse("/list", &"&a".repeat(MAX_PARAMETERS))
            .err()
            .unwrap();
        let document = problem.document("/", None);
        assert_eq!(
            document.detail,
            "the query must have at most 100 parameters"
        );
        assert!(document.errors.is_empty());
    }

    #[test]
    fn empty_pairs_are_ignored() {
        let mut query = Query::parse("/list", "&a=1&&b&").unwrap();
        assert_eq!(query.text("a").as_deref(), Some("1"));
        assert_eq!(query.text("b"), None);
        assert!(query.finish().is_ok());
    }

    #[test]
    fn a_link_repeats_the_filters_with_another_token() {
        for (query, next, expected) in [
            ("", None, "</list>; rel=\"first\""),
            (
                "q=a%26b&page_token=one",
                Some("two"),
                "</list?q=a%26b>; rel=\"first\", </list?q=a%26b&page_token=two>; rel=\"next\"",
            ),
            (
                "",
                Some("two"),
                "</list>; rel=\"first\", </list?page_token=two>; rel=\"next\"",
            ),
        ] {
            let links = PageLinks {
                path: "/list".to_owned(),
                query: query.to_owned(),
            };
            assert_eq!(links.header(next), expected, "{query}");
        }
    }
}
