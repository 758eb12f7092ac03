//! Validates the flags and applies their defaults.

use super::Args;
use super::args::Method;
use crate::base::problem::Problem;
use crate::base::quantity::{parse_duration, parse_share};
use crate::cli::signals::Signals;
use crate::simulate::monte_carlo::estimate::Rule;
use anyhow::Context as _;
use std::time::Duration;

/// The validated flags.
pub(super) struct Decided {
    pub(super) rule: Rule,
    pub(super) time_limit: Option<Duration>,
    pub(super) threads: usize,
    pub(super) signals: Signals,
}

/// Defaults where no other limit is given: 2 %, at most ten million replications and 300 million events,
/// which take some seconds.
const PRECISION_DEFAULT: f64 = 0.02;
const REPLICATIONS_MAX_DEFAULT: u64 = 10_000_000;
const EVENTS_MAX_DEFAULT: u64 = 300_000_000;

pub(super) fn decide(args: &Args) -> anyhow::Result<Decided> {
    let confidence = parse_share(&args.confidence).map_err(|why| flag("--confidence", &why))?;
    reject_unused_limits(args)?;
    let precision = args.precision.as_deref().map(parse_share).transpose();
    let precision = precision.map_err(|why| flag("--precision", &why))?;
    let time_limit = args.time_limit.as_deref().map(duration).transpose()?;
    let limited_otherwise = args.replications.is_some() || args.time_limit.is_some();
    let default_max = |most: u64| if limited_otherwise { u64::MAX } else { most };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Decided {
        rule: Rule {
            precision: precision.or_else(|| args.replications.is_none().then_some(PRECISION_DEFAULT)),
            confidence,
            replications_max: args.replications.unwrap_or(default_max(REPLICATIONS_MAX_DEFAULT)),
            events_max: args.max_events.unwrap_or(default_max(EVENTS_MAX_DEFAULT)),
        },
        time_limit,
        threads: args.threads.map_or(cores, |threads| threads as usize),
        signals: Signals::listen().context("cannot install signal handlers")?,
    })
}

/// Rejects limits of the simulation together with `--method exact`, which runs none.
fn reject_unused_limits(args: &Args) -> anyhow::Result<()> {
    let given = [
        ("--precision", args.precision.is_some()),
        ("--replications", args.replications.is_some()),
        ("--time-limit", args.time_limit.is_some()),
        ("--max-events", args.max_events.is_some()),
    ];
    let first = given.into_iter().find(|(_, given)| *given);
    match first {
        Some((flag, _)) if args.method == Method::Exact && args.trace.is_none() => {
            anyhow::bail!("{flag}: no effect with `--method exact`, which runs no simulation")
        }
        _ => Ok(()),
    }
}

fn duration(text: &str) -> Result<Duration, Problem> {
    let seconds = parse_duration(text).map_err(|why| flag("--time-limit", &why))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| flag("--time-limit", "too long"))
}

fn flag(name: &str, why: &str) -> Problem {
    Problem::new(format!("{name}: {why}"))
}
