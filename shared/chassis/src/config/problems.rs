use std::collections::BTreeMap;
use std::fmt;

/// Every key that cannot be used, with the reason. Unknown keys come first: a misspelt key often
/// explains why another one is not set.
#[derive(Debug, Default)]
pub struct Problems {
    pub(super) unknown: BTreeMap<String, String>,
    pub(super) invalid: BTreeMap<String, String>,
}

impl Problems {
    pub(super) fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.invalid.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.unknown.iter().chain(&self.invalid);
        let width = all.clone().map(|(key, _)| key.len()).max().unwrap_or(0);
        match self.unknown.len() + self.invalid.len() {
            1 => write!(out, "the configuration has an error:")?,
            many => write!(out, "the configuration has {many} errors:")?,
        }
        all.into_iter()
            .try_for_each(|(key, problem)| write!(out, "\n  {key:<width$}  {problem}"))
    }
}
