//! Validates the flags and applies their defaults. Reports all invalid flags together.

use super::Args;
use super::args::Method;
use super::axes::{Axis, axis, combined};
use crate::base::quantity::parse_share;
use crate::cli::args::{Wrong, cores, parse_time, path_and_value};
use crate::cli::outfile::Existing;
use crate::cli::signals::Signals;
use crate::simulate::monte_carlo::estimate::Rule;
use crate::simulate::report::Shown;
use anyhow::Context as _;
use std::time::Duration;

/// The validated flags.
pub(super) struct Decided {
    pub(super) rule: Rule,
    pub(super) time_limit: Option<Duration>,
    pub(super) threads: usize,
    /// The paths that `--set` and `--horizon` override, with their values.
    pub(super) settings: Vec<(String, String)>,
    /// The paths of `--sweep`, with their values.
    pub(super) axes: Vec<Axis>,
    /// The files that the run writes.
    pub(super) outputs: Existing,
    pub(super) signals: Signals,
    pub(super) shown: Shown,
}

/// Defaults where no other limit is given: 2 %, at most ten million replications and 300 million events,
/// which take some seconds.
const PRECISION_DEFAULT: f64 = 0.02;
const REPLICATIONS_MAX_DEFAULT: u64 = 10_000_000;
const EVENTS_MAX_DEFAULT: u64 = 300_000_000;

pub(super) fn decide(args: &Args) -> anyhow::Result<Decided> {
    let mut wrong = Wrong::default();
    let sets = args.set.set.iter();
    let sets = sets.filter_map(|set| wrong.keep("--set", path_and_value(set, "web.count=4")));
    let mut settings: Vec<(String, String)> = sets.collect();
    settings.extend(args.horizon.iter().map(|horizon| ("horizon".into(), horizon.clone())));
    let axes = args.sweep.iter().filter_map(|sweep| wrong.keep("--sweep", axis(sweep))).collect();
    let axes = wrong.keep("--sweep", combined(axes)).unwrap_or_default();
    let precision = wrong.keep_optional("--precision", args.precision.as_deref(), parse_share);
    let confidence = wrong.keep("--confidence", args.measures.confidence());
    let time_limit = wrong.keep_optional("--time-limit", args.time_limit.as_deref(), parse_time);
    reject_idle_flags(args, &mut wrong);
    wrong.keep("--format", args.output.known_format());
    wrong.none()?;
    let limited_otherwise = args.replications.is_some() || args.time_limit.is_some();
    let default_max = |most: u64| if limited_otherwise { u64::MAX } else { most };
    Ok(Decided {
        rule: Rule {
            precision: precision.or_else(|| args.replications.is_none().then_some(PRECISION_DEFAULT)),
            confidence: confidence.unwrap_or_default(),
            replications_max: args.replications.unwrap_or(default_max(REPLICATIONS_MAX_DEFAULT)),
            events_max: args.max_events.unwrap_or(default_max(EVENTS_MAX_DEFAULT)),
        },
        time_limit,
        threads: args.threads.map_or_else(cores, |threads| threads as usize),
        settings,
        axes,
        outputs: args.output.existing(None),
        signals: Signals::listen().context("cannot install signal handlers")?,
        shown: shown(args),
    })
}

/// Returns what the outputs show. A sweep and a comparison show figures alone, but as JSON whole reports.
fn shown(args: &Args) -> Shown {
    let is_single = args.sweep.is_empty() && args.compare.is_none();
    let tables = ["figures", "importance", "cut_sets", "reliability"];
    let shows = |table| args.output.shows(Some(table).filter(|_| is_single), &tables);
    Shown { parts: shows("importance") || shows("cut_sets"), curves: shows("reliability") }
}

/// Rejects flags of the simulation together with `--method exact`, which runs none.
fn reject_idle_flags(args: &Args, wrong: &mut Wrong) {
    let given = [
        ("--precision", args.precision.is_some()),
        ("--replications", args.replications.is_some()),
        ("--max-events", args.max_events.is_some()),
        ("--threads", args.threads.is_some()),
        ("--seed", args.random.seed.is_some()),
        ("--confidence", args.measures.confidence.is_some()),
    ];
    if args.method == Method::Exact {
        for (flag, _) in given.into_iter().filter(|(_, given)| *given) {
            let why = "no effect with `--method exact`, which runs no simulation";
            wrong.keep::<()>(flag, Err(why.into()));
        }
    }
}
