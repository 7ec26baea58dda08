//! The binary `deferral`: the apps, ready to run. What an operator may say stands in
//! `deferral --help` and the configuration.

use std::process::ExitCode;

fn main() -> ExitCode {
    deferral::main([mass_payments::extension(), rehearsals::extension()])
}
