//! The service, as it is attacked: the apps of the binary `deferral`.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs a command line of `deferral`.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let extensions = [mass_payments::extension(), rehearsals::extension()];
    deferral::run(std::iter::once("deferral".into()).chain(arguments), extensions)
}
