//! Subcommands that a program brings of its own, beside those that every program has.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

type Run = Box<dyn FnOnce(&ArgMatches) -> Result<ExitCode, clap::Error>>;

/// A subcommand that a program brings of its own.
pub struct Subcommand {
    command: Command,
    run: Run,
}

impl Subcommand {
    /// A subcommand of this name that takes `A`, whose documentation is its help. It reads no
    /// configuration and opens no store unless it does so itself.
    pub fn new<A: clap::Args>(
        name: &'static str,
        run: impl FnOnce(A) -> ExitCode + 'static,
    ) -> Self {
        let command = A::augment_args(Command::new(name));
        Self { command, run: Box::new(|matches| Ok(run(A::from_arg_matches(matches)?))) }
    }

    /// What it is on the command line.
    pub(crate) const fn command(&self) -> &Command {
        &self.command
    }

    /// Its own answer, if it was asked for.
    pub(crate) fn answer(
        subcommands: Vec<Self>,
        matches: &ArgMatches,
    ) -> Option<Result<ExitCode, clap::Error>> {
        let (name, matches) = matches.subcommand()?;
        let asked = subcommands.into_iter().find(|it| it.command.get_name() == name)?;
        Some((asked.run)(matches))
    }
}
