//! `steadfast simulate TOPOLOGY`

mod args;
mod progress;
mod trace;

pub(super) use args::Args;

use super::output::{Destination, unless_nobody_reads};
use super::{Colour, Exit};
use crate::base::problem::Problem;
use crate::base::quantity::{parse_duration, parse_share_complement};
use crate::simulate::engine::replication::Engine;
use crate::simulate::estimate::{Conduct, Figures, Rule, Scope, Stop, run as run_replications};
use crate::simulate::exact::Budget;
use crate::simulate::file;
use crate::simulate::model::Model;
use crate::simulate::report::{Findings, Origin, Report, Shown, document, report};
use crate::simulate::solve::Solution;
use anyhow::Context as _;
use args::Method;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Reads, solves, simulates, describes and judges.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations()?;
    let decided = decide(args)?;
    let (model, warnings) = read_model(args)?;
    if let Some(index) = args.trace {
        return trace::write(args, &model, index);
    }
    let report = answer(args, &decided, &model, warnings)?;
    write(&destinations, &report, args, colour)?;
    let missed = report
        .objectives
        .iter()
        .any(|objective| objective.outcome == "missed");
    Ok(if missed { Exit::Missed } else { Exit::Fine })
}

/// The flags with their meaning.
struct Decided {
    rule: Rule,
    time_limit: Option<Duration>,
    threads: usize,
}

/// Without any wish: two percent, at most ten million replications and 300 million events, which take some seconds.
const PRECISION_DEFAULT: f64 = 0.02;
const REPLICATIONS_MAX_DEFAULT: u64 = 10_000_000;
const EVENTS_MAX_DEFAULT: u64 = 300_000_000;

fn decide(args: &Args) -> anyhow::Result<Decided> {
    let confidence =
        1.0 - parse_share_complement(&args.confidence).map_err(|why| flag("--confidence", &why))?;
    anyhow::ensure!(
        confidence > 0.0 && confidence < 1.0,
        "--confidence: {} is not between 0 and 1",
        args.confidence
    );
    let precision = args.precision.as_deref().map(share).transpose()?;
    let time_limit = args.time_limit.as_deref().map(|text| {
        let seconds = parse_duration(text).map_err(|why| flag("--time-limit", &why))?;
        Duration::try_from_secs_f64(seconds).map_err(|_| flag("--time-limit", "too long"))
    });
    let wished = args.precision.is_some() || args.replications.is_some() || args.time_limit.is_some();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Decided {
        rule: Rule {
            precision: precision.or_else(|| args.replications.is_none().then_some(PRECISION_DEFAULT)),
            confidence,
            replications_max: args.replications.unwrap_or(if wished {
                u64::MAX
            } else {
                REPLICATIONS_MAX_DEFAULT
            }),
            events_max: args
                .max_events
                .unwrap_or(if wished { u64::MAX } else { EVENTS_MAX_DEFAULT }),
        },
        time_limit: time_limit.transpose()?,
        threads: args.threads.map_or(cores, |threads| threads as usize),
    })
}

fn flag(name: &str, why: &str) -> Problem {
    Problem::new(format!("{name}: {why}"))
}

/// A share above 0: `1%` or `0.01`.
fn share(text: &str) -> anyhow::Result<f64> {
    let (digits, unit) = text
        .trim()
        .strip_suffix('%')
        .map_or((text.trim(), 1.0), |digits| (digits.trim(), 100.0));
    let share = digits.parse::<f64>().map(|number| number / unit).ok();
    let share = share.filter(|share| *share > 0.0 && *share < 1.0);
    share.with_context(|| format!("--precision: `{text}` is not a share such as 1%"))
}

/// The model, and what the reader warns of.
fn read_model(args: &Args) -> anyhow::Result<(Model, Vec<String>)> {
    let (name, text) = read_text(&args.topology)?;
    let mut overrides: Vec<(String, String)> = Vec::new();
    for set in &args.set {
        let (path, value) = set
            .split_once('=')
            .with_context(|| format!("--set: `{set}` has no `=`: write web.count=4"))?;
        overrides.push((path.trim().into(), value.trim().into()));
    }
    overrides.extend(
        args.horizon
            .iter()
            .map(|horizon| ("horizon".into(), horizon.clone())),
    );
    let folder = Path::new(&args.topology)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let load = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
    let (model, warnings) = file::read(&name, &text, &overrides, &load)?;
    let in_a_line = |problem: &Problem| {
        let place = problem
            .place
            .as_deref()
            .map(|place| format!("{}:{}: ", place.file, place.line));
        format!("{}{}", place.unwrap_or_default(), problem.message)
    };
    Ok((model, warnings.iter().map(in_a_line).collect()))
}

fn read_text(topology: &str) -> anyhow::Result<(String, String)> {
    if topology == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("<stdin>: cannot be read")?;
        return Ok(("<stdin>".into(), text));
    }
    let bytes = std::fs::read(topology).with_context(|| format!("{topology}: cannot be read"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{topology}: is not text in UTF-8 (byte {at})")
    })?;
    Ok((topology.to_owned(), text))
}

fn answer(args: &Args, decided: &Decided, model: &Model, warnings: Vec<String>) -> anyhow::Result<Report> {
    let objectives = &model.objectives;
    let scope = Scope::new(
        model.horizon_s,
        objectives.window_s,
        objectives.unavailability,
        objectives.mission_s,
    );
    let exact = match args.method {
        Method::MonteCarlo => Err("not asked for (--method monte-carlo)".to_owned()),
        Method::Auto | Method::Exact => Solution::new(model, Budget::default()),
    };
    if let (Method::Exact, Err(why)) = (args.method, &exact) {
        let problem = Problem::new(format!("{}: there is no exact answer: {why}", args.topology));
        return Err(problem.help("simulate it: --method auto or monte-carlo").into());
    }
    let simulated = match args.method {
        Method::Exact => None,
        Method::Auto | Method::MonteCarlo => Some(simulate(args, decided, model, &scope)?),
    };
    let origin = Origin {
        topology: args.topology.clone(),
        set: args.set.clone(),
        seed: args.seed,
        top: args.top,
        warnings,
    };
    let findings = Findings { exact, simulated };
    Ok(report(model, &scope, origin, &findings, decided.rule.confidence))
}

fn simulate(
    args: &Args,
    decided: &Decided,
    model: &Model,
    scope: &Scope,
) -> anyhow::Result<(Figures, Rule, Stop)> {
    let engine = Engine::new(model)?;
    let start = Instant::now();
    let bar = progress::Bar::new(args.output.quiet, &decided.rule);
    let conduct = Conduct {
        threads: decided.threads,
        go_on: &|| match decided.time_limit {
            Some(limit) if start.elapsed() >= limit => Err(Stop::Time),
            _ => Ok(()),
        },
        progress: &|tally, target| bar.show(tally, target, scope),
    };
    let (tally, stop) = run_replications(&engine, scope, args.seed, &decided.rule, &conduct);
    bar.finish();
    let figures = tally
        .figures(scope, decided.rule.confidence)
        .context("fewer than two replications were run: allow more time")?;
    Ok((figures, decided.rule, stop))
}

fn write(destinations: &[Destination], report: &Report, args: &Args, colour: Colour) -> anyhow::Result<()> {
    for destination in destinations {
        let document = document(report, Shown { top: args.top });
        unless_nobody_reads(destination.write(&document, colour))?;
    }
    Ok(())
}
