//! What people do with their accounts: each function is one use case, and its store call is one
//! commit.

use chrono::{DateTime, Utc};
use instruments::user::{
    USER_SESSIONS_REFRESHED, USER_SESSIONS_REUSED, USER_SIGN_INS, USER_SIGN_UPS,
};
use kernel::{AddressId, Clock, UserId};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::domain::{
    self, Address, AddressEntry, Credentials, KeyTimes, Lifetimes, Registration, Role, User,
};
use crate::failure::Failure;
use crate::keyring::{Keyring, SigningKey};
use crate::passwords::{Check, Passwords};
use crate::store::{Account, NewToken, Store};
use crate::tokens::{self, AccessTokens, RefreshToken};

/// The use cases of `user`.
pub(crate) struct Identity {
    pub(crate) store: Store,
    pub(crate) passwords: Passwords,
    pub(crate) keyring: Keyring,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) clock: Clock,
}

/// A session's tokens on their way to their owner. Has no `Debug`.
pub(crate) struct IssuedSession {
    pub(crate) access_token: SecretString,
    pub(crate) access_expires_at: DateTime<Utc>,
    pub(crate) refresh_token: SecretString,
    pub(crate) refresh_expires_at: DateTime<Utc>,
    pub(crate) user: User,
}

impl Identity {
    /// Creates an account with `role`.
    ///
    /// # Errors
    /// `EmailTaken`, `TooManySignIns`.
    pub(crate) async fn register(
        &self,
        registration: Registration,
        role: Role,
    ) -> Result<User, Failure> {
        let password_hash = self.passwords.hash(registration.password).await?;
        let user = User {
            id: UserId::generate(),
            email: registration.email,
            display_name: registration.display_name,
            role,
            created_at: self.clock.now(),
        };
        self.store.insert_user(&user, &password_hash).await?;
        USER_SIGN_UPS.inc();
        tracing::info!(user_id = %user.id, "account created");
        Ok(user)
    }

    /// Begins a session.
    ///
    /// # Errors
    /// `CredentialsInvalid`, after the same work whether or not the account exists;
    /// `TooManySignIns`.
    pub(crate) async fn sign_in(&self, credentials: Credentials) -> Result<IssuedSession, Failure> {
        let account = self.store.account_by_email(&credentials.email).await?;
        let stored = account
            .as_ref()
            .map(|account| account.password_hash.clone());
        let check = self.passwords.check(credentials.password, stored).await?;
        let (Some(account), Check::Right { rehashed }) = (account, check) else {
            USER_SIGN_INS.of(["refused"]).inc();
            return Err(domain::Error::CredentialsInvalid.into());
        };
        if let Some(new) = rehashed {
            self.strengthen(&account, &new).await?;
        }
        let session = self.begin_session(account.user).await?;
        USER_SIGN_INS.of(["signed_in"]).inc();
        Ok(session)
    }

    /// Exchanges a refresh token.
    ///
    /// # Errors
    /// `SessionInvalid`, `SessionReused`.
    pub(crate) async fn refresh(&self, token: &SecretString) -> Result<IssuedSession, Failure> {
        let presented =
            tokens::hash_of(token.expose_secret()).ok_or(domain::Error::SessionInvalid)?;
        // Before the old token is spent: without a key there would be nothing to answer with.
        let key = self.keyring.signer().await?;
        let next = RefreshToken::generate()?;
        let now = self.clock.now();
        let refreshed = self
            .store
            .refresh(presented, next.hash(), now, self.lifetimes)
            .await;
        if let Err(Failure::Refused(domain::Error::SessionReused)) = &refreshed {
            USER_SESSIONS_REUSED.inc();
            tracing::warn!("a spent refresh token came again; its session is ended");
        }
        let refreshed = refreshed?;
        USER_SESSIONS_REFRESHED.inc();
        self.issue(
            &key,
            refreshed.session_id,
            refreshed.user,
            next,
            now,
            refreshed.expires_at,
        )
    }

    /// Ends the session of a refresh token; anything else is no error.
    pub(crate) async fn sign_out(&self, token: &SecretString) -> Result<(), Failure> {
        match tokens::hash_of(token.expose_secret()) {
            Some(hash) => self.store.end_session(hash, self.clock.now()).await,
            None => Ok(()),
        }
    }

    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn me(&self, id: UserId) -> Result<User, Failure> {
        self.store.user(id).await
    }

    pub(crate) async fn addresses(&self, owner: UserId) -> Result<Vec<Address>, Failure> {
        self.store.addresses(owner).await
    }

    /// # Errors
    /// `AccountNotFound`, `AddressLimitReached`.
    pub(crate) async fn create_address(
        &self,
        owner: UserId,
        entry: AddressEntry,
    ) -> Result<Address, Failure> {
        let id = AddressId::generate();
        let address = Address { id, entry };
        self.store.insert_address(owner, &address).await?;
        Ok(address)
    }

    /// # Errors
    /// `AddressNotFound`.
    pub(crate) async fn update_address(
        &self,
        owner: UserId,
        address: Address,
    ) -> Result<Address, Failure> {
        self.store.update_address(owner, &address).await?;
        Ok(address)
    }

    /// # Errors
    /// `AddressNotFound`.
    pub(crate) async fn delete_address(&self, owner: UserId, id: AddressId) -> Result<(), Failure> {
        self.store.delete_address(owner, id).await
    }

    pub(crate) async fn jwks(&self) -> Result<String, Failure> {
        self.keyring.jwks().await
    }

    pub(crate) async fn rotate_signing_key(&self) -> Result<KeyTimes, Failure> {
        self.keyring.rotate().await
    }

    async fn strengthen(&self, account: &Account, new: &SecretString) -> Result<(), Failure> {
        self.store
            .replace_password_hash(account.user.id, &account.password_hash, new)
            .await
    }

    async fn begin_session(&self, user: User) -> Result<IssuedSession, Failure> {
        let key = self.keyring.signer().await?;
        let token = RefreshToken::generate()?;
        let now = self.clock.now();
        let session = Uuid::now_v7();
        let expires_at = self.lifetimes.expires_at(now, now);
        let new = NewToken {
            hash: token.hash(),
            issued_at: now,
            expires_at,
        };
        self.store.begin_session(session, user.id, new).await?;
        self.issue(&key, session, user, token, now, expires_at)
    }

    fn issue(
        &self,
        key: &SigningKey,
        session: Uuid,
        user: User,
        refresh_token: RefreshToken,
        now: DateTime<Utc>,
        refresh_expires_at: DateTime<Utc>,
    ) -> Result<IssuedSession, Failure> {
        let (access_token, access_expires_at) =
            self.access_tokens.sign(key, &user, session, now)?;
        Ok(IssuedSession {
            access_token,
            access_expires_at,
            refresh_token: refresh_token.into_secret(),
            refresh_expires_at,
            user,
        })
    }
}
