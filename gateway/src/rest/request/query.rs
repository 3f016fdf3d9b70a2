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

/// The query of a URL, read one name at a time. At the end, [`Query::finish`] refuses names that were
/// not read, names that came twice and values that did not parse, all at once.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    errors: Vec<(String, String)>,
}

impl Query {
    /// The text under a name; an empty one counts as absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        let mut again = false;
        self.pairs.retain_mut(|(key, value)| {
            if key != name {
                return true;
            }
            again |= found.is_some();
            found = Some(std::mem::take(value));
            false
        });
        if again {
            self.refuse(name, "must be given once");
        }
        found.filter(|text| !text.is_empty())
    }

    /// The value under a name; `expected` ends "must be ...".
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.refuse(name, format!("must be {expected}"));
        }
        value
    }

    /// Which page of a list is wanted: `page_size` and `page_token`.
    pub(crate) fn page(&mut self) -> PageRequest {
        PageRequest {
            size: self.size("page_size"),
            token: self.text("page_token"),
        }
    }

    /// How many elements there may be: 1 to 100; 0, which leaves it to the service, when absent.
    pub(crate) fn size(&mut self, name: &str) -> u32 {
        const EXPECTED: &str = "between 1 and 100";
        let size = self.parsed(name, EXPECTED);
        if size.is_some_and(|size: u32| !(1..=100).contains(&size)) {
            self.refuse(name, format!("must be {EXPECTED}"));
        }
        size.unwrap_or_default()
    }

    /// True for `true`, false for `false` and when absent.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.parsed(name, "true or false").unwrap_or_default()
    }

    /// The value that a word stands for.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            self.refuse(name, format!("must be one of {}", words.join(", ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// The value that a word stands for, which must be there.
    pub(crate) fn required<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let is_given = self
            .pairs
            .iter()
            .any(|(key, text)| key == name && !text.is_empty());
        if !is_given {
            self.refuse(name, "must be given");
        }
        self.choice(name, choices)
    }

    /// Everything under names that begin with `prefix`, by the rest of the name.
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

    fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push((name.to_owned(), message.into()));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `QUERY_INVALID` with everything that was wrong.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.refuse(&name, "is not known here");
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        let said: Vec<_> = self
            .errors
            .iter()
            .map(|(name, text)| format!("{name} {text}"))
            .collect();
        let problem = Problem::new(&reasons::QUERY_INVALID).detail(said.join("; "));
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
