//! A mass payment as its API shows it: read off the operation alone.

mod links;
mod mass_payment;
mod status;
#[cfg(test)]
mod tests;

pub use links::Links;
pub use mass_payment::{Confirmation, MassPaymentView, Trouble};
pub use status::MassPaymentStatus;
