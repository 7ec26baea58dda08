//! The program: command line in, exit code out.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::{Args, Command, Options};
use crate::commands::{self, CommandError};
use crate::config::{Config, ConfigError, Loader};
use crate::extension::Extension;
use crate::open_store::{OpenError, open_store};
use crate::service::{Role, Service, ServiceError};
use crate::stopping::stopped;
use crate::subcommand::Subcommand;
use crate::{Exit, output, telemetry};

/// How long threads that are blocked are waited for at the end.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// The file that is read when no other is named.
const FILE: &str = "deferral.toml";

/// Runs the program with the arguments of this process.
pub fn main(extensions: impl IntoIterator<Item = Extension>) -> ExitCode {
    run(std::env::args_os(), extensions)
}

/// Runs the program with the arguments of this process, and with subcommands of its own.
pub fn main_with(
    extensions: impl IntoIterator<Item = Extension>,
    subcommands: impl IntoIterator<Item = Subcommand>,
) -> ExitCode {
    obey_all(std::env::args_os(), extensions, subcommands.into_iter().collect())
}

/// Runs the program with these arguments, the first being its name.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    extensions: impl IntoIterator<Item = Extension>,
) -> ExitCode {
    obey_all(arguments, extensions, Vec::new())
}

fn obey_all(
    arguments: impl IntoIterator<Item = OsString>,
    extensions: impl IntoIterator<Item = Extension>,
    subcommands: Vec<Subcommand>,
) -> ExitCode {
    let command = Args::command().subcommands(subcommands.iter().map(Subcommand::command));
    let read =
        command.try_get_matches_from(arguments).and_then(|matches| {
            match Subcommand::answer(subcommands, &matches) {
                Some(answer) => answer.map(Err),
                None => Args::from_arg_matches(&matches).map(Ok),
            }
        });
    let args = match read {
        Ok(Ok(args)) => args,
        Ok(Err(answer)) => return answer,
        Err(error) => {
            // Help and version are asked for; the rest is a wrong command line.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _closed = error.print();
            return exit.into();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(obey(args, extensions.into_iter().collect()));
            // A handler that blocks its thread is not waited for: its lease ends by itself.
            runtime.shutdown_timeout(LEFT_BEHIND);
            result
        }
        Err(error) => Err(RunError::Runtime(error)),
    };
    match result {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            output::error(&error.to_string());
            error.exit().into()
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("could not start a runtime or a thread: {0}")]
    Runtime(std::io::Error),
    #[error("could not listen for signals: {0}")]
    Signals(std::io::Error),
    #[cfg(feature = "canary")]
    #[error(transparent)]
    Canary(#[from] crate::canary::CanaryError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Level(#[from] telemetry::BadLevel),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl RunError {
    const fn exit(&self) -> Exit {
        match self {
            #[cfg(feature = "canary")]
            Self::Canary(_) => Exit::Usage,
            Self::Config(_) | Self::Level(_) => Exit::Usage,
            Self::Open(OpenError::Store { .. }) | Self::Service(ServiceError::Store(_)) => {
                Exit::Store
            }
            Self::Open(_) => Exit::Usage,
            Self::Command(error) => error.exit(),
            Self::Runtime(_) | Self::Signals(_) | Self::Service(_) => Exit::Failed,
        }
    }
}

async fn obey(args: Args, extensions: Vec<Extension>) -> Result<(), RunError> {
    #[cfg(feature = "canary")]
    crate::canary::choose_canary()?;
    let config = load(&args.options, &extensions)?;
    telemetry::start(&config.log)?;
    let store = open_store(&config.store).await?;
    let role = match &args.command {
        Command::Serve => Role::Both,
        Command::Api => Role::Api,
        Command::Worker => Role::Worker,
        Command::Info(info) => return Ok(commands::info::run(&*store, info).await?),
        Command::Operations(command) => {
            return Ok(commands::operations::run(&*store, command).await?);
        }
        Command::Keys(command) => return Ok(commands::keys::run(&*store, command).await?),
    };
    // A worker opens no port unless told.
    let admin = role != Role::Worker || args.options.admin_listen.is_some();
    let service = Service::new(store, config, extensions)?;
    let worker = service.worker().clone();
    let limit = worker.longest_stop() + LEFT_BEHIND;
    crate::stuck::watch(worker.clone()).map_err(RunError::Runtime)?;
    let stop = stopped(limit, move || worker.running_jobs()).map_err(RunError::Signals)?;
    Ok(service.play(role, admin, stop).await?)
}

fn load(options: &Options, extensions: &[Extension]) -> Result<Config, ConfigError> {
    let known = extensions.iter().map(|it| (it.section(), it.keys().clone()));
    let mut loader = Loader::new(known);
    match &options.config {
        Some(path) => loader.file(path)?,
        None if Path::new(FILE).exists() => loader.file(Path::new(FILE))?,
        None => {}
    }
    loader.environment(std::env::vars())?;
    let named = [
        ("--store", "store", "url", &options.store),
        ("--listen", "http", "listen", &options.listen),
        ("--admin-listen", "admin", "listen", &options.admin_listen),
    ];
    for (option, section, key, value) in named {
        if let Some(value) = value {
            loader.named_option(option, section, key, value)?;
        }
    }
    for setting in &options.settings {
        loader.option(setting)?;
    }
    loader.finish()
}
