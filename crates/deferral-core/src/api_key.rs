//! Who may call the API.

use std::collections::BTreeMap;

use crate::{Tenant, Timestamp};

/// A stored API key: what is needed to recognize it, never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The public first part of the key: finds the record, and names it in lists and logs.
    pub id: String,
    /// SHA-256 of the secret part.
    pub hash: [u8; 32],
    /// Whose key it is: the only source of a request's tenant.
    pub tenant: Tenant,
    /// Settings that hold for callers with this key, such as `mass_payments.mode`.
    pub settings: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
}
