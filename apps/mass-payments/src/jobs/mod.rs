//! What happens in the background, a kind each:
//!
//! ```text
//!          ┌─ mass_payment.create ─────────────────────┐   ┌─ mass_payment.confirm ──┐
//! accept ─▶│ create ▸ wait for the verdicts ▸ decide ──┼──▶│ confirm ▸ wait ─────────┼─▶ created
//!          └───────────────┬─────────────┬─────────────┘   └────────┬────────────────┘
//!                  refused, canceled    hold ▸ :confirm ────▲        │ canceled
//!                          │             │ :reject, expiry           │
//!                          └─────────────┴──▶ mass_payment.withdraw ◀┘
//! ```
//!
//! A handler runs at least once and begins at the top each time; what it has done at the back
//! office is remembered by the effects `create`, `confirm` and `withdraw`.

mod confirm;
mod create;
mod decision;
mod policy;
mod rejected_lines;
mod step;
mod withdraw;

pub use confirm::ConfirmMassPayment;
pub(crate) use confirm::confirm;
pub use create::CreateMassPayment;
pub(crate) use create::create;
pub use step::MassPaymentResult;
pub use withdraw::WithdrawMassPayment;
pub(crate) use withdraw::withdraw;
