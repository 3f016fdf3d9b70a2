use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::{
    edge::problem::{Problem, reasons},
    model::PageRequest,
};

/// The query parameters of a URL. [`Query::finish`] reports unknown and repeated parameters and invalid
/// values, all at once.
pub(crate) struct Query {
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

    /// The parameters whose names start with `prefix`, by the rest of the name.
    pub(crate) fn prefixed(&mut self, prefix: &str) -> BTreeMap<String, String> {
        let names: Vec<String> = self
            .pairs
            .iter()
            .filter(|(name, _)| name.len() > prefix.len() && name.starts_with(prefix))
            .map(|(name, _)| name.clone())
            .collect();
        let mut found = BTreeMap::new();
        for name in names {
            if let (Some(key), Some(value)) = (name.strip_prefix(prefix), self.text(&name)) {
                found.insert(key.to_owned(), value);
            }
        }
        found
    }

    fn add_error(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push((name.to_owned(), message.into()));
    }

    /// Checks that all parameters were read.
    ///
    /// # Errors
    /// `QUERY_INVALID` with all errors.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.add_error(&name, "is not a parameter of this URL");
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        let texts: Vec<_> = self
            .errors
            .iter()
            .map(|(name, text)| format!("{name} {text}"))
            .collect();
        let problem = Problem::new(&reasons::QUERY_INVALID).detail(texts.join("; "));
        Err(self
            .errors
            .into_iter()
            .fold(problem, |problem, (name, message)| {
                problem.field(name, message)
            }))
    }
}

impl FromRequest for Query {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        ready(match pairs {
            Ok(pairs) => Ok(Self {
                pairs: pairs.into_inner(),
                errors: Vec::new(),
            }),
            Err(_) => Err(Problem::new(&reasons::QUERY_INVALID)),
        })
    }
}
