//! What one client can cause at the cost of others: e-mails, per network and per address; and wrong passwords, per
//! network, per account, and per device that signed in to the account before. Failures count, successes do not.

use aws_lc_rs::hmac;
use chassis::call::ClientNetwork;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::device_tokens::KnownDevice;
use super::passwords::Requester;
use super::session_tokens::hmac_key;
use crate::config::Own;
use crate::domain::{self, Throttle};
use crate::failure::{Failure, SigningKeyError};
use crate::metrics::USER_SIGN_INS_THROTTLED;
use crate::store::{BucketKey, Store};

/// HKDF info: separates this use of the secret from any other.
const PURPOSE: &[u8] = b"mercantile user throttles v1";

/// The limits per client.
#[derive(Clone)]
pub(crate) struct ClientLimits {
    key: hmac::Key,
    network: Throttle,
    account: Throttle,
    device: Throttle,
    mails_of_network: Throttle,
    mails_to_address: Throttle,
}

/// Who tries to sign in, and to what.
pub(crate) struct Attempt {
    of_network: BucketKey,
    of_account: BucketKey,
    of_device: Option<BucketKey>,
}

/// Where a failure counts.
pub(crate) type Buckets = Vec<(BucketKey, Throttle)>;

impl Attempt {
    /// Whose shares of the hashing queue it uses. A known device does not compete with the guesses of others.
    pub(crate) fn requesters(&self, network: Option<ClientNetwork>) -> Vec<Requester> {
        let account = self.of_device.as_ref().unwrap_or(&self.of_account);
        vec![
            Requester::Network(network),
            Requester::Account(account.clone()),
        ]
    }
}

impl ClientLimits {
    /// # Errors
    /// Cryptography failed.
    pub(crate) fn new(config: &Own, secret: &SecretString) -> Result<Self, SigningKeyError> {
        Ok(Self {
            key: hmac_key(secret, PURPOSE)?,
            network: config.sign_in.network.throttle(),
            account: config.sign_in.account.throttle(),
            device: config.sign_in.device.throttle(),
            mails_of_network: config.mail.registrations_per_network.throttle(),
            mails_to_address: config.mail.requests_per_address.throttle(),
        })
    }

    /// The buckets of a sign-in. An unknown address has one like a known one.
    pub(crate) fn attempt(
        &self,
        email: &str,
        network: Option<&ClientNetwork>,
        device: Option<KnownDevice>,
    ) -> Attempt {
        let network = network.map_or("", ClientNetwork::as_str);
        Attempt {
            of_network: self.bucket(b"network", network.as_bytes()),
            of_account: self.bucket(b"account", email.as_bytes()),
            of_device: device.map(|device| self.device_bucket(device)),
        }
    }

    /// Decides before the password is checked. A known device has a bucket of its own, so guesses from elsewhere do not
    /// hold it up; after too many failures of its own, it is treated as any other client.
    ///
    /// # Errors
    /// `TooManyFailures`.
    pub(crate) async fn admit(
        &self,
        store: &Store,
        attempt: Attempt,
        now: DateTime<Utc>,
    ) -> Result<Buckets, Failure> {
        let Attempt {
            of_network,
            of_account,
            of_device,
        } = attempt;
        let mut keys = vec![of_network.clone(), of_account.clone()];
        keys.extend(of_device.clone());
        let states = store.throttles(&keys).await?;
        let wait =
            |key: &BucketKey, throttle: &Throttle| throttle.wait(states.get(key).copied(), now);
        if let Some(key) = of_device
            && wait(&key, &self.device).is_none()
        {
            return Ok(vec![(key, self.device)]);
        }
        let buckets = vec![(of_network, self.network), (of_account, self.account)];
        let longest = buckets
            .iter()
            .filter_map(|(key, throttle)| wait(key, throttle))
            .max();
        match longest {
            Some(retry_after) => {
                USER_SIGN_INS_THROTTLED.inc();
                Err(domain::Error::TooManyFailures { retry_after }.into())
            }
            None => Ok(buckets),
        }
    }

    /// Whether a registration from this network is still mailed; counts it. The answer to the registration does not depend
    /// on it.
    pub(crate) async fn count_registration_mail(
        &self,
        store: &Store,
        network: Option<&ClientNetwork>,
        now: DateTime<Utc>,
    ) -> Result<bool, Failure> {
        let (key, throttle) = self.mails_of(network);
        let states = store.throttles(std::slice::from_ref(&key)).await?;
        if throttle.wait(states.get(&key).copied(), now).is_some() {
            return Ok(false);
        }
        store.fill_throttles(&[(key, throttle)], now).await?;
        Ok(true)
    }

    /// The buckets of an e-mail to this address, which may have no account, that a client of this network asks for. The ask for
    /// it is answered alike whether or not one is full.
    pub(crate) fn mails_to(&self, network: Option<&ClientNetwork>, email: &str) -> Buckets {
        let address = self.bucket(b"mail to address", email.as_bytes());
        vec![self.mails_of(network), (address, self.mails_to_address)]
    }

    fn mails_of(&self, network: Option<&ClientNetwork>) -> (BucketKey, Throttle) {
        let network = network.map_or("", ClientNetwork::as_str);
        let key = self.bucket(b"registration mail", network.as_bytes());
        (key, self.mails_of_network)
    }

    fn device_bucket(&self, device: KnownDevice) -> BucketKey {
        let mut bytes = device.user.as_uuid().as_bytes().to_vec();
        bytes.extend_from_slice(device.id.as_bytes());
        self.bucket(b"device", &bytes)
    }

    /// A MAC under a key of the service: a copy of the table does not reveal who tried to sign in, or from where.
    fn bucket(&self, kind: &[u8], subject: &[u8]) -> BucketKey {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(kind);
        context.update(b"\0");
        context.update(subject);
        context.sign().as_ref().to_vec()
    }
}
