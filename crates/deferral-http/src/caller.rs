//! Who sent a request: what the outermost layer finds out, and handlers read.

use std::sync::Arc;

use deferral_core::{ApiKey, Tenant};

use crate::body::Meter;
use crate::shared::Shared;

/// Who sent a request, and what it shares with all others.
pub(crate) struct Caller {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tenant: Tenant,
    pub(crate) key: Option<Arc<ApiKey>>,
    pub(crate) meter: Option<Arc<Meter>>,
}

impl Caller {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        key: Option<Arc<ApiKey>>,
        meter: Option<Arc<Meter>>,
    ) -> Self {
        let tenant = key.as_ref().map(|key| key.tenant.clone()).unwrap_or_default();
        Self { shared: Arc::clone(shared), tenant, key, meter }
    }
}
