//! The service, as it is attacked: the apps of the binary `deferral`, and an extension with jobs
//! that no release has: such as can be held at each boundary, and such as kill their worker.

pub(crate) mod far_end;
mod leaf;
pub(crate) mod pill;
pub(crate) mod release;
mod routes;
pub(crate) mod step;
pub(crate) mod tick;

use std::ffi::OsString;
use std::process::ExitCode;

use deferral::Extension;

use far_end::FarEnd;

use crate::attack::heirs;

/// Runs a command line of `deferral`.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let extensions =
        [mass_payments::extension(), rehearsals::extension(), battery(), heirs::extension()];
    deferral::run(std::iter::once("deferral".into()).chain(arguments), extensions)
}

/// The battery's own jobs.
fn battery() -> Extension {
    let extension = Extension::new("battery", FarEnd::new)
        .job(step::step)
        .job(leaf::leaf)
        .job(tick::tick)
        .job(pill::swallow);
    release::jobs(extension).routes(routes::routes()).build()
}
