//! The capability as a service composes it: settings, state, jobs, routes.

use deferral::Extension;

use crate::jobs::{
    ConfirmMassPayment, CreateMassPayment, WithdrawMassPayment, confirm, create, withdraw,
};
use crate::routes::{description, routes};
use crate::state::MassPayments;

/// Mass payments, configured by `[mass_payments]`.
pub fn extension() -> Extension {
    Extension::new("mass_payments", MassPayments::new)
        .job::<CreateMassPayment, _>(create)
        .job::<ConfirmMassPayment, _>(confirm)
        .job::<WithdrawMassPayment, _>(withdraw)
        .routes(routes())
        .resource::<CreateMassPayment>("/mass-payments/{id}")
        .describe(description())
        .build()
}
