//! Flags that several subcommands share, and the problems of all flags of a command.

use crate::base::problem::{Problem, Problems};
use crate::base::quantity::parse_duration;
use crate::base::quantity::parse_share;
use crate::base::random::DEFAULT_SEED;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use std::time::Duration;

/// A text for which shell completions offer these names. Other texts pass too: the code that uses them rejects
/// them with a better error.
#[derive(Clone)]
pub(super) struct Suggesting(pub fn() -> Vec<&'static str>);

impl TypedValueParser for Suggesting {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// The flag of subcommands that read a file of settings.
#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    /// Override a value of the file: web.count=4, db.failure.weibull.shape=2, load.timeout=1s; may be
    /// repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

/// The flag of subcommands that draw random numbers.
#[derive(Debug, clap::Args)]
pub(super) struct SeedArgs {
    /// Seed of all random numbers
    #[arg(long, value_name = "N", help = format!("Seed of all random numbers: the same seed gives the same draws \
          [default: {DEFAULT_SEED}]"))]
    pub seed: Option<u64>,
}

impl SeedArgs {
    /// Returns the seed.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or(DEFAULT_SEED)
    }
}

/// The flags of subcommands that report measures.
#[derive(Debug, clap::Args)]
pub(super) struct MeasureArgs {
    /// Confidence level of all intervals, such as 0.9 or 90% [default: 95%]
    #[arg(long, value_name = "LEVEL", help_heading = "Output")]
    pub confidence: Option<String>,
    /// Maximum number of rows of each table or list, those with the most downtime; 0 for all [default: 50
    /// of a log, 10 of a prediction]
    #[arg(long, value_name = "N", help_heading = "Output")]
    top: Option<usize>,
}

/// The confidence level of intervals unless `--confidence` gives another.
const CONFIDENCE_DEFAULT: f64 = 0.95;

impl MeasureArgs {
    /// Returns the confidence level of intervals. Fails if the flag is no share.
    pub(super) fn confidence(&self) -> Result<f64, String> {
        self.confidence.as_deref().map_or(Ok(CONFIDENCE_DEFAULT), parse_share)
    }

    /// Returns the maximum number of rows; `None` for all.
    pub(super) fn rows_max(&self, default: usize) -> Option<usize> {
        Some(self.top.unwrap_or(default)).filter(|top| *top > 0)
    }
}

/// Collects the problems of all flags.
#[derive(Default)]
pub(super) struct Wrong(pub Vec<Problem>);

impl Wrong {
    /// Returns the value of a flag; if it is invalid, records the problem and returns `None`.
    pub(super) fn keep<T>(&mut self, flag: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.0.push(Problem::new(format!("{flag}: {why}")))).ok()
    }

    /// Reads the value of an optional flag.
    pub(super) fn keep_optional<T>(
        &mut self,
        flag: &str,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.keep(flag, read(text?))
    }

    /// Returns the problems as an error, if there are any.
    pub(super) fn none(self) -> Result<(), Problems> {
        if self.0.is_empty() { Ok(()) } else { Err(Problems(self.0)) }
    }
}

/// Splits `path=value`.
pub(super) fn path_and_value(text: &str, example: &str) -> Result<(String, String), String> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`: write {example}"))?;
    Ok((path.trim().to_owned(), value.trim().to_owned()))
}

/// Parses a length of time.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(parse_duration(text)?).map_err(|_| format!("`{text}` is too long"))
}

/// Returns the number of cores.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
