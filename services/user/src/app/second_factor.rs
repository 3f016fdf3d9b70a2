//! The second factor of staff: enrollment of an authenticator app, and step-up.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::UserId;
use operations::Action;
use secrecy::{ExposeSecret, SecretString};

use super::App;
use super::encryption::{Encryption, Purpose};
use super::session_tokens::Authentication;
use crate::domain::{self, AccountEvent, Caller, CodeMatch, Decision, Tries, User, accepted_steps};
use crate::failure::Failure;
use crate::metrics::{StepUp, USER_STEP_UPS};
use crate::store::{SecondFactorRow, Store};

mod recovery_codes;
mod totp;

use totp::TotpSecret;

/// A new secret for an authenticator app. No `Debug`, because it is a secret.
pub(crate) struct Enrollment {
    /// In Base32.
    pub(crate) secret: SecretString,
    /// The content of a QR code.
    pub(crate) uri: SecretString,
}

/// An access token after the second factor was proved. No `Debug`, because it is a secret.
pub(crate) struct ProvedSession {
    pub(crate) access_token: SecretString,
    pub(crate) access_expires_at: DateTime<Utc>,
}

/// Which of the two secrets of an account a code must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    InUse,
    Pending,
}

/// What the transaction did with a code. A wrong code is no error there: its count must be committed.
enum Proof {
    Proved(Box<User>),
    Wrong,
    Locked(DateTime<Utc>),
}

/// The encryption of TOTP secrets at rest. Cheap to clone.
#[derive(Clone)]
pub(super) struct SecondFactors(std::sync::Arc<Encryption>);

impl SecondFactors {
    /// # Errors
    /// Cryptography failed.
    pub(super) fn new(secret: &SecretString) -> Result<Self, Failure> {
        let encryption = Encryption::new(secret, Purpose::SecondFactors)?;
        Ok(Self(encryption.into()))
    }

    fn seal(&self, user: UserId, secret: &TotpSecret) -> Result<Vec<u8>, Failure> {
        Ok(self.0.encrypt(user.as_uuid(), secret.bytes().to_vec())?)
    }

    fn open(&self, user: UserId, sealed: &[u8]) -> Result<TotpSecret, Failure> {
        let bytes = self.0.decrypt(user.as_uuid(), sealed)?;
        Ok(TotpSecret::from_bytes(bytes))
    }
}

impl App {
    /// Makes a new secret, which counts once it is confirmed.
    ///
    /// # Errors
    /// `StepUpRequired`: another secret counts, so it must be proved before it is replaced. `SessionInvalid`.
    pub(crate) async fn begin_second_factor(&self, caller: Caller) -> Result<Enrollment, Failure> {
        let secret = TotpSecret::generate()?;
        let sealed = self.second_factors.seal(caller.user, &secret)?;
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let account = store.lock_caller(conn, caller, now).await?;
            let current = store.lock_second_factor(conn, caller.user).await?;
            if current.is_some_and(|row| row.sealed_secret.is_some()) && !caller.is_recent {
                return Err(domain::Error::StepUpRequired.into());
            }
            store.begin_second_factor(conn, caller.user, sealed).await?;
            Ok::<_, Failure>(account.user)
        });
        let user = work.await?;
        Ok(Enrollment {
            secret: secret.base32(),
            uri: secret.uri(&self.access_tokens.issuer, &user.email),
        })
    }

    /// Makes the new secret count. Returns the recovery codes and a token of the session, in which the second factor
    /// is proved.
    ///
    /// # Errors
    /// `SecondFactorNotBegun`, `CodeInvalid`, `TooManyCodes`, `SessionInvalid`.
    pub(crate) async fn confirm_second_factor(
        &self,
        caller: Caller,
        code: SecretString,
    ) -> Result<(Vec<SecretString>, ProvedSession), Failure> {
        let (codes, hashes) = recovery_codes::generate()?;
        let session = self.prove(caller, code, Which::Pending, hashes).await?;
        self.wake_email_sender();
        tracing::info!(user_id = %caller.user, "second factor enrolled");
        Ok((codes, session))
    }

    /// Proves the second factor in the caller's session.
    ///
    /// # Errors
    /// `SecondFactorMissing`, `CodeInvalid`, `TooManyCodes`, `SessionInvalid`.
    pub(crate) async fn step_up(
        &self,
        caller: Caller,
        code: SecretString,
    ) -> Result<ProvedSession, Failure> {
        self.prove(caller, code, Which::InUse, Vec::new()).await
    }

    /// Gives a demo account this secret, unless it has one.
    pub(crate) async fn seed_second_factor(
        &self,
        user: UserId,
        secret: &[u8],
    ) -> Result<bool, Failure> {
        let secret = TotpSecret::from_bytes(secret.to_vec());
        let sealed = self.second_factors.seal(user, &secret)?;
        self.store.insert_second_factor(user, sealed).await
    }

    async fn prove(
        &self,
        caller: Caller,
        code: SecretString,
        which: Which,
        recovery_codes: Vec<[u8; 32]>,
    ) -> Result<ProvedSession, Failure> {
        // Before a code is used: without a key, it would be lost.
        let key = self.signing_keys.signer().await?;
        let (app, now) = (self.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let account = app.store.lock_caller(conn, caller, now).await?;
            let row = app.store.lock_second_factor(conn, caller.user).await?;
            let (row, secret) = app.secret_of(row, caller.user, which)?;
            let in_use = row.tries();
            let tries = match which {
                Which::InUse => in_use,
                Which::Pending => in_use.of_new_secret(),
            };
            if let Some(until) = tries.locked_until(now) {
                return Ok(Proof::Locked(until));
            }
            let code = matched(&app.store, conn, caller.user, &secret, &code, which, now).await?;
            match tries.decide(code, now) {
                Decision::Replayed => return Ok(Proof::Wrong),
                Decision::Refuse(tries) => {
                    // A wrong code of a new secret does not free the steps of the one in use.
                    let last_step = in_use.last_step;
                    let tries = Tries { last_step, ..tries };
                    app.store.save_tries(conn, caller.user, tries).await?;
                    return Ok(Proof::Wrong);
                }
                Decision::Accept(tries) => app.store.save_tries(conn, caller.user, tries).await?,
            }
            if code == CodeMatch::Recovery {
                let user = caller.user;
                let action = Action::new("second_factor.use_recovery_code", user.to_string(), user);
                operations::record(conn, &action).await?;
            }
            if which == Which::Pending {
                let confirm = app
                    .store
                    .confirm_second_factor(conn, caller.user, &recovery_codes);
                confirm.await?;
                // What was proved with the earlier secret counts no longer.
                app.store.forget_proofs(conn, caller.user).await?;
                let user = caller.user;
                let action = Action::new("second_factor.enroll", user.to_string(), user);
                operations::record(conn, &action).await?;
                app.notify_of_account(conn, user, AccountEvent::SecondFactorEnrolled)
                    .await?;
            }
            let prove = app
                .store
                .prove_session(conn, caller.session, caller.user, now);
            prove.await?;
            Ok::<_, Failure>(Proof::Proved(Box::new(account.user)))
        });
        let user = match Box::pin(work).await? {
            Proof::Proved(user) => user,
            Proof::Wrong => {
                USER_STEP_UPS.of(StepUp::Refused).inc();
                return Err(domain::Error::CodeInvalid.into());
            }
            Proof::Locked(until) => {
                USER_STEP_UPS.of(StepUp::Locked).inc();
                let retry_after = (until - now).to_std().unwrap_or_default();
                return Err(domain::Error::TooManyCodes { retry_after }.into());
            }
        };
        USER_STEP_UPS.of(StepUp::Proved).inc();
        let proved = Authentication {
            at: now,
            second_factor: true,
        };
        let (access_token, access_expires_at) =
            self.access_tokens
                .sign(&key, &user, caller.session, proved, now)?;
        Ok(ProvedSession {
            access_token,
            access_expires_at,
        })
    }

    fn secret_of(
        &self,
        row: Option<SecondFactorRow>,
        user: UserId,
        which: Which,
    ) -> Result<(SecondFactorRow, TotpSecret), Failure> {
        let missing = match which {
            Which::InUse => domain::Error::SecondFactorMissing,
            Which::Pending => domain::Error::SecondFactorNotBegun,
        };
        let Some(row) = row else {
            return Err(missing.into());
        };
        let sealed = match which {
            Which::InUse => &row.sealed_secret,
            Which::Pending => &row.pending_secret,
        };
        let sealed = sealed.as_ref().ok_or(missing)?;
        let secret = self.second_factors.open(user, sealed)?;
        Ok((row, secret))
    }
}

/// What a typed code is. A recovery code is used up by this, in the caller's transaction.
async fn matched(
    store: &Store,
    conn: &mut AsyncPgConnection,
    user: UserId,
    secret: &TotpSecret,
    code: &SecretString,
    which: Which,
    now: DateTime<Utc>,
) -> Result<CodeMatch, Failure> {
    let typed = code.expose_secret().trim();
    if let Some(step) = secret.step_of(typed, &accepted_steps(now)) {
        return Ok(CodeMatch::Step(step));
    }
    match recovery_codes::hash_of(typed) {
        // A recovery code proves nothing about the app that is being enrolled.
        Some(hash) if which == Which::InUse => {
            match store.use_recovery_code(conn, user, hash).await? {
                true => Ok(CodeMatch::Recovery),
                false => Ok(CodeMatch::Nothing),
            }
        }
        _ => Ok(CodeMatch::Nothing),
    }
}
