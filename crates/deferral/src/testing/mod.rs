//! The test kit for applications: runs jobs inline on a store in memory, moves time, delivers
//! twice, and crashes everywhere.
//!
//! ```
//! # use deferral::prelude::*;
//! # use serde::{Deserialize, Serialize};
//! use deferral::testing::Kit;
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Double(u32);
//!
//! impl Job for Double {
//!     const KIND: &'static str = "double";
//!     type Output = u32;
//! }
//!
//! async fn double(job: Double, _: Context<()>) -> Result<u32, HandlerError> {
//!     Ok(2 * job.0)
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let kit = Kit::new().job(double, ());
//! let id = kit.start(&Double(21)).await;
//! kit.drain().await;
//! assert_eq!(kit.result(id).await, 42);
//! # });
//! ```

mod crash;
mod kit;

pub use crash::{CrashReport, crash_everywhere};
pub use deferral_testing::{Fault, FaultyStore, MemoryStore, TestClock};
pub use kit::Kit;
