//! Answer an API call now and finish the work later, safely.

pub mod prelude;

pub use deferral_core as core;
pub use deferral_worker as worker;
