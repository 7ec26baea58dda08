//! Mass payments: up to 5,000 payments in one request, created at the back office in the
//! background, held for a confirmation when asked or needed.
//!
//! ```text
//! body ── parse ──▶ Draft ── validate ──▶ MassPayment ── accept ──▶ 202
//!           │                   │                          │
//!           ▼                   ▼                          ▼
//!       Malformed (400)   LineErrors (422)          mass_payment.create ── … ──▶ created
//! ```
//!
//! `parse`, `validate` and `fingerprint` are pure; `routes` is the API, `jobs` what happens in the
//! background, `back_office` the far end with its lost answers, `view` what callers see. One UUID
//! goes through all of it: the operation's id, the mass payment's id, the back office's `mp_uuid`.

mod back_office;
mod batch;
mod code;
mod counts;
mod draft;
mod extension;
mod fingerprint;
mod jobs;
mod line_error;
mod parse;
mod routes;
pub mod sample;
mod settings;
mod stage;
mod state;
mod validate;
mod value;
mod view;

pub use batch::{Batch, Beneficiary, MAX_PAYMENTS, OnErrors, Payment};
pub use code::Code;
pub use counts::Counts;
pub use draft::Draft;
pub use extension::extension;
pub use jobs::{ConfirmMassPayment, CreateMassPayment, MassPaymentResult, WithdrawMassPayment};
pub use line_error::{Defect, LineError, LineErrors, MAX_ERRORS};
pub use parse::{Malformed, MediaType, parse};
pub use settings::{Mode, Settings, SettingsError};
pub use validate::{MAX_DAYS_AHEAD, MassPayment, validate};
pub use value::{Amount, Bic, Country, Currency, Iban};
pub use view::{Confirmation, Links, MassPaymentStatus, MassPaymentView, Trouble};
