use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Fewest characters of a secret: 128 bits in hexadecimal.
const MIN_SECRET: usize = 32;

/// The section `tokens`.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// Secrets of at least 32 characters, separated by commas. The first one signs, all are accepted.
    #[garde(custom(are_long_enough))]
    pub secrets: SecretString,
}

impl Config {
    /// With this secret, for tests.
    #[must_use]
    pub fn with_secret(secret: &str) -> Self {
        Self {
            secrets: secret.to_owned().into(),
        }
    }

    /// In the order of the configuration.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.expose_secret().split(',').map(str::trim)
    }
}

/// The message leaves the secret out.
fn are_long_enough(secrets: &SecretString, (): &()) -> garde::Result {
    if secrets.expose_secret().is_empty() {
        return Err(garde::Error::new("is required and not set"));
    }
    let config = Config {
        secrets: secrets.clone(),
    };
    match config.secrets().map(str::len).min() {
        Some(shortest) if shortest < MIN_SECRET => Err(garde::Error::new(format!(
            "has a secret of {shortest} characters; each must have at least {MIN_SECRET}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_secrets_are_refused_without_their_text() {
        let check = |secrets: &str| Config::with_secret(secrets).validate();
        let long = "0123456789abcdef0123456789abcdef";
        assert!(check(long).is_ok());
        assert!(check(&format!("{long}, {long}")).is_ok());
        for short in [
            "",
            "hunter2",
            &format!("{long},"),
            &format!("{long},hunter2"),
        ] {
            let refused = check(short).expect_err("too short").to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
