//! Password hashing: argon2id on blocking threads, with bounded concurrency.

use std::time::{Duration, Instant};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};

use crate::config::PasswordsConfig;
use crate::domain::Password;
use crate::failure::Failure;
use crate::metrics::USER_PASSWORD_HASHING;

mod limit;
mod shares;

use limit::ConcurrencyLimit;
use shares::Shares;
pub(crate) use shares::{Places, Requester};

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    params: Params,
    shares: Shares,
    limit: ConcurrencyLimit,
    /// A valid hash without a password, with the same parameters. It is checked for unknown e-mail
    /// addresses, so that they take as long as a wrong password.
    decoy: SecretString,
}

/// The result of a password check.
pub(crate) enum PasswordCheck {
    /// The password is wrong, or the account does not exist.
    Mismatch,
    /// The password is correct.
    Match {
        /// A hash of the normalized password with the current parameters, if the stored one is another.
        rehashed: Option<SecretString>,
    },
}

impl Passwords {
    /// # Errors
    /// argon2 rejects the parameters.
    pub(crate) fn new(config: &PasswordsConfig) -> anyhow::Result<Self> {
        let params = Params::new(
            config.memory_kib,
            config.iterations,
            config.parallelism,
            None,
        )
        .map_err(|error| anyhow::anyhow!("[passwords]: argon2 rejects the parameters: {error}"))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = if config.concurrency == 0 {
            cores
        } else {
            config.concurrency
        };
        let decoy = decoy(&params)
            .map_err(|error| anyhow::anyhow!("[passwords]: cannot create a hash: {error}"))?;
        Ok(Self {
            params,
            shares: Shares::new(config.per_network),
            limit: ConcurrencyLimit::new(
                concurrency,
                config.queue,
                Duration::from_millis(config.max_wait_ms),
            ),
            decoy,
        })
    }

    /// Takes a place in the share of each requester; the caller holds it until its outcome is counted.
    ///
    /// # Errors
    /// `TooManySignIns`.
    pub(crate) fn reserve(&self, requesters: Vec<Requester>) -> Result<Places, Failure> {
        Ok(self.shares.take(requesters)?)
    }

    /// # Errors
    /// `TooManySignIns`.
    pub(crate) async fn hash(
        &self,
        password: Password,
        places: &Places,
    ) -> Result<SecretString, Failure> {
        let permit = (self.limit.acquire().await?, places.clone());
        let params = self.params.clone();
        tokio::task::spawn_blocking(move || {
            // Held by the thread, because it keeps its core when the call is canceled.
            let _permit = permit;
            measured(|| hash(&params, password.normalized()))
        })
        .await?
        .map_err(Failure::Hashing)
    }

    /// Compares with a stored hash, or does the same work with the decoy.
    ///
    /// # Errors
    /// `TooManySignIns`.
    pub(crate) async fn check(
        &self,
        password: Password,
        stored: Option<SecretString>,
        places: &Places,
    ) -> Result<PasswordCheck, Failure> {
        let permit = (self.limit.acquire().await?, places.clone());
        let params = self.params.clone();
        let against = stored.unwrap_or_else(|| self.decoy.clone());
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            measured(|| check(&params, &password, &against))
        })
        .await?
        .map_err(Failure::Hashing)
    }
}

fn measured<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    USER_PASSWORD_HASHING.observe(started.elapsed());
    done
}

fn argon2(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &SecretString) -> password_hash::Result<SecretString> {
    let hash: PasswordHash = argon2(params).hash_password(password.expose_secret().as_bytes())?;
    Ok(hash.to_string().into())
}

/// Verifies the normalized password, then what was typed, if it is another: releases before the
/// normalization hashed that. At most three hashes, and the same two for the decoy.
fn check(
    params: &Params,
    password: &Password,
    stored: &SecretString,
) -> password_hash::Result<PasswordCheck> {
    let stored = PasswordHash::new(stored.expose_secret())?;
    let is_normalized = matches(params, password.normalized(), &stored)?;
    if !is_normalized {
        match password.typed() {
            Some(typed) if matches(params, typed, &stored)? => {}
            _ => return Ok(PasswordCheck::Mismatch),
        }
    }
    let current = is_normalized
        && stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && Params::try_from(&stored).is_ok_and(|used| same_cost(&used, params));
    let rehashed = if current {
        None
    } else {
        Some(hash(params, password.normalized())?)
    };
    Ok(PasswordCheck::Match { rehashed })
}

fn matches(
    params: &Params,
    password: &SecretString,
    stored: &PasswordHash,
) -> password_hash::Result<bool> {
    match argon2(params).verify_password(password.expose_secret().as_bytes(), stored) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

fn same_cost(one: &Params, other: &Params) -> bool {
    (one.m_cost(), one.t_cost(), one.p_cost()) == (other.m_cost(), other.t_cost(), other.p_cost())
}

fn decoy(params: &Params) -> password_hash::Result<SecretString> {
    let mut nothing = [0; Params::DEFAULT_OUTPUT_LEN];
    aws_lc_rs::rand::fill(&mut nothing).map_err(|_| password_hash::Error::Crypto)?;
    let decoy = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into()?,
        salt: Some(Salt::generate()),
        hash: Some(Output::new(&nothing)?),
    };
    Ok(decoy.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(memory_kib: u32) -> Params {
        Params::new(memory_kib, 1, 1, None).unwrap()
    }

    fn typed(password: &str) -> Password {
        Password::new(password.into())
    }

    #[test]
    fn composed_and_decomposed_spellings_match_the_same_hash() {
        let composed = typed("Cr\u{e8}me-br\u{fb}l\u{e9}e-77");
        let decomposed = typed("Cre\u{300}me-bru\u{302}le\u{301}e-77");
        let stored = hash(&params(32), composed.normalized()).unwrap();
        for password in [composed, decomposed] {
            let checked = check(&params(32), &password, &stored).unwrap();
            assert!(matches!(checked, PasswordCheck::Match { rehashed: None }));
        }
    }

    #[test]
    fn a_hash_of_what_was_typed_still_matches_and_is_replaced() {
        let decomposed = "Cre\u{300}me-bru\u{302}le\u{301}e-77";
        let stored = hash(&params(32), &decomposed.into()).unwrap();
        let checked = check(&params(32), &typed(decomposed), &stored).unwrap();
        let PasswordCheck::Match {
            rehashed: Some(rehashed),
        } = checked
        else {
            panic!("not replaced");
        };
        let composed = typed("Cr\u{e8}me-br\u{fb}l\u{e9}e-77");
        let checked = check(&params(32), &composed, &rehashed).unwrap();
        assert!(matches!(checked, PasswordCheck::Match { rehashed: None }));
        let wrong = check(&params(32), &typed("Cre\u{300}me"), &stored).unwrap();
        assert!(matches!(wrong, PasswordCheck::Mismatch));
    }

    #[test]
    fn a_hash_records_argon2id_and_its_parameters() {
        let hash = hash(&params(32), &"correct-horse".into()).unwrap();
        assert!(
            hash.expose_secret()
                .starts_with("$argon2id$v=19$m=32,t=1,p=1$")
        );
    }

    #[test]
    fn only_the_same_password_matches() {
        let stored = hash(&params(32), &"correct-horse".into()).unwrap();
        let checked = |password: &str| check(&params(32), &typed(password), &stored).unwrap();
        assert!(matches!(
            checked("correct-horse"),
            PasswordCheck::Match { rehashed: None }
        ));
        assert!(matches!(checked("correct-horse "), PasswordCheck::Mismatch));
    }

    #[test]
    fn a_hash_with_outdated_parameters_is_replaced() {
        let stored = hash(&params(32), &"correct-horse".into()).unwrap();
        let checked = check(&params(64), &typed("correct-horse"), &stored).unwrap();
        let PasswordCheck::Match {
            rehashed: Some(rehashed),
        } = checked
        else {
            panic!("not replaced");
        };
        assert!(
            rehashed
                .expose_secret()
                .starts_with("$argon2id$v=19$m=64,t=1,p=1$")
        );
        let again = check(&params(64), &typed("correct-horse"), &rehashed).unwrap();
        assert!(matches!(again, PasswordCheck::Match { rehashed: None }));
    }

    #[test]
    fn the_decoy_has_the_current_parameters_and_matches_no_password() {
        let decoy = decoy(&params(32)).unwrap();
        let parsed = PasswordHash::new(decoy.expose_secret()).unwrap();
        assert!(same_cost(&Params::try_from(&parsed).unwrap(), &params(32)));
        assert!(matches!(
            check(&params(32), &typed(""), &decoy).unwrap(),
            PasswordCheck::Mismatch
        ));
    }
}
