//! Parameters in Stripe's form encoding, such as `amount=1299&metadata[order_id]=..`.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::store::Fingerprint;

/// The parameters of a request, not validated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Rejects parameters that are not in `names`. `name` also allows `name[..]`.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), ApiError> {
        let unknown = self.0.iter().find(|(name, _)| {
            let stem = name.split('[').next().unwrap_or(name);
            !names.contains(&stem)
        });
        match unknown {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::parameter(
                "parameter_unknown",
                name.clone(),
                format!("Received unknown parameter: {name}"),
            )),
        }
    }

    /// The parameter, if it is present and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::missing(name))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            ApiError::parameter(
                "parameter_invalid_integer",
                name,
                format!("Invalid integer: {text}"),
            )
        })
    }

    /// An http or https URL of at most 2,048 bytes, if present.
    pub(crate) fn url(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let is_web = reqwest::Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_web && text.len() <= 2_048 {
            return Ok(Some(text));
        }
        Err(ApiError::parameter("url_invalid", name, "Not a valid URL"))
    }

    /// A boolean; false if it is not present.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::parameter(
                "parameter_invalid_boolean",
                name,
                format!("Invalid boolean: {other}"),
            )),
        }
    }

    /// An amount in Stripe's units within Stripe's limits (1 to 99,999,999), if present.
    pub(crate) fn amount(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let amount = self.integer(name)?;
        match amount {
            Some(..=0) => Err(ApiError::parameter(
                "parameter_invalid_integer",
                name,
                "This value must be greater than or equal to 1.",
            )),
            Some(100_000_000..) => Err(ApiError::parameter(
                "amount_too_large",
                name,
                "Amount must be no more than 99999999.",
            )),
            other => Ok(other),
        }
    }

    /// The values of a list: `types[]=card`, `types[0]=card`.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |(key, value)| {
            let rest = key.strip_prefix(name)?;
            (rest.starts_with('[') && rest.ends_with(']')).then_some(value.as_str())
        })
    }

    /// `metadata[key]=value`: at most 50 keys of 40 characters, values of 500.
    pub(crate) fn metadata(&self) -> Result<BTreeMap<String, String>, ApiError> {
        let mut metadata = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some(key) = name
                .strip_prefix("metadata[")
                .and_then(|rest| rest.strip_suffix(']'))
            else {
                continue;
            };
            if key.is_empty() || key.chars().count() > 40 || value.chars().count() > 500 {
                return Err(ApiError::parameter(
                    "parameter_invalid_string_length",
                    name.clone(),
                    "Metadata keys have 1 to 40 characters, values at most 500.",
                ));
            }
            metadata.insert(key.to_owned(), value.clone());
        }
        if metadata.len() > 50 {
            return Err(ApiError::parameter(
                "parameter_invalid_string_length",
                "metadata",
                "Metadata has at most 50 keys.",
            ));
        }
        Ok(metadata)
    }

    /// A digest of the URL and the parameters; the order of the parameters does not matter.
    pub(crate) fn fingerprint(&self, path: &str) -> Fingerprint {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort();
        let mut hash = Sha256::new();
        hash.update(path);
        for (name, value) in pairs {
            for text in [name, value] {
                // 0xff does not occur in UTF-8, so it separates the texts unambiguously.
                hash.update([0xff]);
                hash.update(text);
            }
        }
        hash.finalize().into()
    }
}
