//! `cargo xtask performance`: measures everything with `deferral bench`, and writes the tables and
//! plots of `docs/performance.md` from what was measured.
//!
//! Each workload is written down as soon as it was measured, so a run that is interrupted can go
//! on where it stood.

mod axis;
mod figure;
mod machine;
mod number;
mod page;
mod plot;
mod plots;
mod record;
mod run;
mod svg;

pub(crate) use run::{Options, run};
