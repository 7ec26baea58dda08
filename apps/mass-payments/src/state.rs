//! What routes and jobs of this application share.

use std::sync::Arc;

use crate::back_office::{BackOffice, Unusable};
use crate::settings::Settings;

/// The application's state: made once, from its settings.
#[derive(Debug, Clone)]
pub(crate) struct MassPayments {
    pub(crate) back_office: BackOffice,
    pub(crate) settings: Arc<Settings>,
}

impl MassPayments {
    pub(crate) fn new(settings: Settings) -> Result<Self, Unusable> {
        settings.check()?;
        Ok(Self { back_office: BackOffice::new(&settings)?, settings: Arc::new(settings) })
    }
}
