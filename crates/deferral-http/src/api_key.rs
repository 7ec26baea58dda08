//! The secret half of an API key: `dfk_<id>_<secret>`. It is shown once and stored as a hash.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deferral_core::{ApiKey, Tenant, Timestamp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const PREFIX: &str = "dfk_";

/// A new API key, while its secret half is still known. Its `Debug` shows nothing.
pub struct ApiKeySecret {
    id: String,
    secret: String,
}

impl ApiKeySecret {
    /// A new key. The caller owns the dice.
    pub fn generate(random: [u8; 40]) -> Self {
        let (public, private) = random.split_at(8);
        let id = public.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, secret: URL_SAFE_NO_PAD.encode(private) }
    }

    /// What to store: enough to recognize the key, not to know it.
    pub fn key(
        &self,
        tenant: Tenant,
        settings: BTreeMap<String, String>,
        now: Timestamp,
    ) -> ApiKey {
        ApiKey {
            id: self.id.clone(),
            hash: Sha256::digest(&self.secret).into(),
            tenant,
            settings,
            created_at: now,
            revoked_at: None,
        }
    }

    /// The text that its owner sends: to be shown once.
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret)
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

/// The public id and the secret of a key as it was sent; none if it is none of ours.
pub(crate) fn parts(sent: &str) -> Option<(&str, &str)> {
    sent.strip_prefix(PREFIX)?.split_once('_')
}

/// Whether the secret is the stored one's, in the same time wherever it differs.
pub(crate) fn is_secret_of(key: &ApiKey, secret: &str) -> bool {
    Sha256::digest(secret).as_slice().ct_eq(&key.hash).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(secret: &ApiKeySecret) -> ApiKey {
        secret.key(Tenant::default(), BTreeMap::new(), Timestamp::EPOCH)
    }

    #[test]
    fn a_key_is_recognized_by_its_hash_alone() {
        let secret = ApiKeySecret::generate([0xfb; 40]);
        let (key, shown) = (stored(&secret), secret.shown());
        let (id, sent) = parts(&shown).unwrap();
        assert_eq!(id, key.id);
        assert!(is_secret_of(&key, sent));
        assert!(!is_secret_of(&stored(&ApiKeySecret::generate([1; 40])), sent));
        assert!(!is_secret_of(&key, ""));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["", "dfk_", "dfk_0102", "sk_0102_x", "DFK_0102_x"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        assert!(!format!("{:?}", ApiKeySecret::generate([7; 40])).contains("dfk"));
    }
}
