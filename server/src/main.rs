//! The binary `deferral`: the apps, ready to run. What an operator may say stands in
//! `deferral --help` and the configuration.

use std::process::ExitCode;

use deferral::Extension;

fn main() -> ExitCode {
    deferral::main_with(apps(), [benches::subcommand()])
}

fn apps() -> [Extension; 2] {
    [mass_payments::extension(), rehearsals::extension()]
}

#[cfg(test)]
mod tests;
