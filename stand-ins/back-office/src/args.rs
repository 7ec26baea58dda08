//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::config::{Config, Misbehaving};
use crate::office::Mode;
use crate::script::{GENTLE, Script};

/// The share of writes that `harsh` misbehaves at.
pub const HARSH_RATE: f64 = 0.6;

/// A bank's back office that is honest about what it paid, and not about what it answers
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,

    /// The database file, made when missing
    #[arg(long, value_name = "PATH", default_value = "back-office.db")]
    database: PathBuf,

    /// Whether work is done within the request or after it
    #[arg(long, value_enum, default_value_t = ModeName::Sync)]
    mode: ModeName,

    /// How long processing and creating take in async mode
    #[arg(long, value_name = "MS", default_value_t = 300)]
    processing_ms: u64,

    /// Answer a repeated `mp_uuid` with the first one's state instead of doing it again
    #[arg(long)]
    deduplicate: bool,

    /// gentle: one lost answer, one 503, one hang. harsh: anything, at random
    #[arg(long, value_enum, default_value_t = Manners::None)]
    misbehave: Manners,

    /// Fixes what `harsh` and `--rate` do; drawn and printed when missing
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Share of writes to misbehave at (0 to 1); reads have half of it. With harsh 0.6 if missing
    #[arg(long, value_name = "SHARE", value_parser = share)]
    rate: Option<f64>,

    /// Misbehaviors that come before all others, such as `create:lost_after,show:stale`
    #[arg(long, value_name = "ENDPOINT:KIND,…")]
    script: Option<Script>,

    /// Answer 501 to GET /mass-payments?mp_uuid=
    #[arg(long)]
    no_lookup: bool,

    /// The longest time after which a late request is done
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    landing: Duration,

    /// How old a stale answer is
    #[arg(long, value_name = "MS", default_value_t = 500)]
    stale_ms: u64,

    /// How long a hanging request is held
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    hang: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Sync,
    Async,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Manners {
    None,
    Gentle,
    Harsh,
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        let (manners, rate) = match args.misbehave {
            Manners::None => (Script::default(), 0.0),
            Manners::Gentle => (Script::new(GENTLE), 0.0),
            Manners::Harsh => (Script::default(), HARSH_RATE),
        };
        let mode = match args.mode {
            ModeName::Sync => Mode::Sync,
            ModeName::Async => Mode::Async(Duration::from_millis(args.processing_ms)),
        };
        Self {
            listen: args.listen,
            database: args.database,
            mode,
            deduplicate: args.deduplicate,
            misbehaving: Misbehaving {
                script: args.script.unwrap_or_default().then(manners),
                rate: args.rate.unwrap_or(rate),
                seed: args.seed.unwrap_or_else(|| rand::random::<u32>().into()),
                no_lookup: args.no_lookup,
                landing: args.landing,
                stale: Duration::from_millis(args.stale_ms),
                hang: args.hang,
            },
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("`{text}` is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}` is not between 0 and 1")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn config(line: &str) -> Config {
        let words = ["back-office"].into_iter().chain(line.split_whitespace());
        Command::try_parse_from(words).unwrap().args.into()
    }

    #[test]
    fn without_options_it_behaves() {
        let config = config("--seed 0");
        assert_eq!(config.mode, Mode::Sync);
        assert_eq!(config.misbehaving, Misbehaving::default());
    }

    #[test]
    fn async_mode_takes_its_time() {
        assert_eq!(config("--mode async").mode, Mode::Async(Duration::from_millis(300)));
    }

    #[test]
    fn harsh_has_a_rate_that_can_be_changed() {
        assert_eq!(config("--misbehave harsh").misbehaving.rate.to_string(), "0.6");
        assert_eq!(config("--misbehave harsh --rate 0.3").misbehaving.rate.to_string(), "0.3");
        assert_eq!(config("--rate 0.3").misbehaving.rate.to_string(), "0.3");
    }

    #[test]
    fn gentle_comes_after_a_script_of_ones_own() {
        let script = config("--misbehave gentle --script create:late,").misbehaving.script;
        let expected = "create:late,create:lost_after,confirm:unavailable,confirm:hang";
        assert_eq!(script, expected.parse().unwrap());
    }

    #[test]
    fn a_landing_time_may_be_a_fraction_of_a_second() {
        assert_eq!(config("--landing 0.25").misbehaving.landing, Duration::from_millis(250));
    }
}
