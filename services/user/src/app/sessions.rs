use chassis::call::ClientNetwork;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use secrecy::SecretString;
use uuid::Uuid;

use super::App;
use super::device_tokens::KnownDevice;
use super::session_tokens::{Authentication, RefreshToken};
use super::signing_keys::SigningKey;
use crate::domain::{self, Credentials, RefreshDecision, User, UserAgent};
use crate::failure::Failure;
use crate::metrics::{SignIn, USER_SESSIONS_REFRESHED, USER_SESSIONS_REUSED, USER_SIGN_INS};
use crate::store::{Account, LockedSession, NewSession, NewToken, Store};

/// A session with its new tokens. No `Debug`, because it holds secrets.
pub(crate) struct IssuedSession {
    pub(crate) access_token: SecretString,
    pub(crate) access_expires_at: DateTime<Utc>,
    pub(crate) refresh_token: SecretString,
    pub(crate) refresh_expires_at: DateTime<Utc>,
    pub(crate) user: User,
    /// Makes the device known at the next sign-in; only a sign-in issues one.
    pub(crate) device_token: Option<SecretString>,
}

/// From where someone signs in or registers. No `Debug`, because it holds a secret.
#[derive(Default)]
pub(crate) struct Client {
    /// `None` if the caller passed none on.
    pub(crate) network: Option<ClientNetwork>,
    /// The token of an earlier sign-in on this device.
    pub(crate) device_token: Option<SecretString>,
    /// What it says it is.
    pub(crate) user_agent: Option<UserAgent>,
}

impl Client {
    /// `device_token` is empty if there is none.
    pub(crate) fn new(network: Option<ClientNetwork>, device_token: String) -> Self {
        let device_token = Some(device_token).filter(|token| !token.is_empty());
        Self {
            network,
            device_token: device_token.map(Into::into),
            user_agent: None,
        }
    }
}

/// What the transaction of a refresh did. A rejection is no error there: the revocation must be committed.
enum Refresh {
    Exchanged(Tokens),
    Replayed(Tokens),
    Reused,
    Invalid,
}

/// What the tokens of a session say. A refresh proves nothing new, so it keeps `authentication`.
struct Tokens {
    session: Uuid,
    user: User,
    authentication: Authentication,
    refresh_expires_at: DateTime<Utc>,
}

impl App {
    /// Starts a session.
    ///
    /// # Errors
    /// `CredentialsInvalid`, `TooManyFailures` or `TooManySignIns`, in the same time whether or not the account exists.
    pub(crate) async fn sign_in(
        &self,
        credentials: Credentials,
        client: Client,
    ) -> Result<IssuedSession, Failure> {
        let account = self.store.account_by_email(&credentials.email).await?;
        let Credentials { email, password } = credentials;
        let check = self.check_password(&email, account.as_ref(), password, &client);
        let checked = check.await?;
        let (Some(account), Some(checked)) = (account, checked) else {
            USER_SIGN_INS.of(SignIn::Refused).inc();
            return Err(domain::Error::CredentialsInvalid.into());
        };
        if let Some(new) = checked.rehashed {
            self.store
                .replace_password_hash(account.user.id, &account.password_hash, &new)
                .await?;
        }
        let device = checked.device.unwrap_or_else(|| KnownDevice {
            user: account.user.id,
            id: Uuid::now_v7(),
        });
        let mut session = self.begin_session(account, client.user_agent).await?;
        session.device_token = Some(self.device_tokens.issue(device, self.clock.now()));
        USER_SIGN_INS.of(SignIn::SignedIn).inc();
        Ok(session)
    }

    /// Deletes counters of failed sign-ins that are zero again.
    pub(crate) async fn sweep_throttles(&self) -> Result<(), Failure> {
        while self.store.sweep_throttles(self.clock.now()).await? > 0 {}
        Ok(())
    }

    /// Exchanges a refresh token. For a few seconds, the same token returns the same successor again.
    ///
    /// # Errors
    /// `SessionInvalid`, `SessionReused`.
    pub(crate) async fn refresh(&self, token: &SecretString) -> Result<IssuedSession, Failure> {
        let presented = RefreshToken::parse(token).ok_or(domain::Error::SessionInvalid)?;
        // Before the old token is spent: without a key, the session would be lost.
        let key = self.signing_keys.signer().await?;
        let next = self.succession.successor_of(&presented);
        let now = self.clock.now();
        let (store, lifetimes) = (self.store.clone(), self.lifetimes);
        let (presented, next_hash) = (presented.hash(), next.hash());
        let work = self.store.database.transaction(async move |conn| {
            let Some(session) = store.lock_session(conn, presented, next_hash).await? else {
                return Ok(Refresh::Invalid);
            };
            match session.token.decide(now, &lifetimes) {
                RefreshDecision::Invalid => Ok(Refresh::Invalid),
                RefreshDecision::Reused => {
                    store.revoke_session(conn, session.id, now).await?;
                    Ok(Refresh::Reused)
                }
                RefreshDecision::Replay { expires_at } => {
                    let tokens = tokens_of(&store, conn, &session, expires_at).await?;
                    Ok(Refresh::Replayed(tokens))
                }
                RefreshDecision::Exchange { expires_at } => {
                    let token = NewToken {
                        hash: next_hash,
                        issued_at: now,
                        expires_at,
                    };
                    store
                        .exchange_token(conn, &session, presented, token)
                        .await?;
                    let tokens = tokens_of(&store, conn, &session, expires_at).await?;
                    Ok::<_, Failure>(Refresh::Exchanged(tokens))
                }
            }
        });
        match work.await? {
            Refresh::Exchanged(tokens) => {
                USER_SESSIONS_REFRESHED.inc();
                self.issue(&key, tokens, next, now)
            }
            Refresh::Replayed(tokens) => self.issue(&key, tokens, next, now),
            Refresh::Reused => {
                USER_SESSIONS_REUSED.inc();
                tracing::warn!("refresh token reused; session revoked");
                Err(domain::Error::SessionReused.into())
            }
            Refresh::Invalid => Err(domain::Error::SessionInvalid.into()),
        }
    }

    /// Ends the session of a refresh token. An unknown token is not an error.
    pub(crate) async fn sign_out(&self, token: &SecretString) -> Result<(), Failure> {
        match RefreshToken::parse(token) {
            Some(token) => self.store.end_session(token.hash(), self.clock.now()).await,
            None => Ok(()),
        }
    }

    /// Deletes sessions and tokens that have expired.
    pub(crate) async fn sweep_sessions(&self) -> Result<(), Failure> {
        let rows = self.store.sweep_sessions(self.clock.now()).await?;
        if rows > 0 {
            tracing::info!(rows, "expired sessions deleted");
        }
        Ok(())
    }

    async fn begin_session(
        &self,
        account: Account,
        user_agent: Option<UserAgent>,
    ) -> Result<IssuedSession, Failure> {
        let key = self.signing_keys.signer().await?;
        let token = RefreshToken::generate()?;
        let now = self.clock.now();
        let session = Uuid::now_v7();
        let expires_at = self.lifetimes.expires_at(now, now);
        let new = NewToken {
            hash: token.hash(),
            issued_at: now,
            expires_at,
        };
        let user = account.user;
        let begun = NewSession {
            id: session,
            user: user.id,
            known_since: account.devices_known_since,
            user_agent,
        };
        self.store.begin_session(begun, new).await?;
        let tokens = Tokens {
            session,
            user,
            authentication: Authentication {
                at: now,
                second_factor: false,
            },
            refresh_expires_at: expires_at,
        };
        self.issue(&key, tokens, token, now)
    }

    fn issue(
        &self,
        key: &SigningKey,
        tokens: Tokens,
        refresh_token: RefreshToken,
        now: DateTime<Utc>,
    ) -> Result<IssuedSession, Failure> {
        let Tokens {
            session,
            user,
            authentication,
            refresh_expires_at,
        } = tokens;
        let signed = self
            .access_tokens
            .sign(key, &user, session, authentication, now);
        let (access_token, access_expires_at) = signed?;
        Ok(IssuedSession {
            access_token,
            access_expires_at,
            refresh_token: refresh_token.into_secret(),
            refresh_expires_at,
            user,
            device_token: None,
        })
    }
}

async fn tokens_of(
    store: &Store,
    conn: &mut AsyncPgConnection,
    session: &LockedSession,
    refresh_expires_at: DateTime<Utc>,
) -> Result<Tokens, Failure> {
    Ok(Tokens {
        session: session.id,
        user: store.user_of_session(conn, session).await?,
        authentication: Authentication {
            at: session.second_factor_at.unwrap_or(session.token.started_at),
            second_factor: session.second_factor_at.is_some(),
        },
        refresh_expires_at,
    })
}
