use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use kernel::Clock;
use serde_json::{Value, json};
use testkit::TokenKey;
use uuid::Uuid;

use super::Shop;
use super::proxies::SIGNING_KEYS_SECRET;

/// What `user` derives its key encryption for.
const PURPOSE: &[u8] = b"mercantile user signing keys v1";
const KEY_LEN: usize = 32;

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

/// Tokens that a test makes.
impl Shop {
    /// The groups of staff.
    pub const GROUPS: [&'static str; 5] = ["support", "warehouse", "catalog", "finance", "admin"];

    /// The key with which the shop signs tokens, as someone has it who read the database and knows the secret.
    ///
    /// # Panics
    /// There is no key, or it is not sealed as expected.
    pub async fn signing_key(&self) -> TokenKey {
        let newest = "SELECT kid::text, sealed_private_key FROM signing_keys ORDER BY activates_at DESC LIMIT 1";
        let database = self.database("user").await;
        let row = database.query_one(newest, &[]).await.expect("a key");
        let (kid, sealed): (String, Vec<u8>) = (row.get(0), row.get(1));
        let pkcs8 = open(&kid, &sealed).expect("sealed with the secret of tests");
        TokenKey::from_pkcs8(kid, &pkcs8)
    }

    /// The claims of a valid token. Staff proved their second factor now.
    pub fn claims(user: Uuid, role: &str, groups: &[&str]) -> Value {
        let now = Clock::system().now().timestamp();
        let methods: &[&str] = match role {
            "staff" => &["pwd", "otp", "mfa"],
            _ => &["pwd"],
        };
        json!({
            "iss": "mercantile", "aud": "mercantile", "sub": user, "role": role,
            "sid": Uuid::now_v7(), "jti": Uuid::now_v7(), "iat": now, "exp": now + 600,
            "groups": groups, "amr": methods, "auth_time": now,
        })
    }
}

/// Decrypts a private key.
fn open(kid: &str, sealed: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut key = [0; KEY_LEN];
    Salt::new(HKDF_SHA256, &[])
        .extract(SIGNING_KEYS_SECRET.as_bytes())
        .expand(&[PURPOSE], KeyLength)?
        .fill(&mut key)?;
    let key = RandomizedNonceKey::new(&AES_256_GCM, &key)?;
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    let kid: Uuid = kid.parse().map_err(|_| Unspecified)?;
    let mut rest = rest.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut rest)?;
    Ok(plain.to_vec())
}
