//! `--compare OTHER`: compares two systems under common random numbers.

use super::Args;
use super::answer::{conducted, exact, origin, scope};
use super::args::Method;
use super::decide::Decided;
use super::read::{self, Read};
use crate::base::quantity::format_duration;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::monte_carlo::estimate::{Known, Scope, compare};
use crate::simulate::report::{CompareReport, Findings, Simulation, report};
use std::time::Instant;

pub(super) fn run(args: &Args, decided: &Decided, other: &str) -> anyhow::Result<CompareReport> {
    let started = Instant::now();
    let first = read::model(decided, &args.topology, &[])?;
    let mut second = read::model(decided, other, &[])?;
    // Both systems are measured over the horizon and windows of the first: figures over different
    // periods cannot be compared.
    second.warnings.extend(ignored_horizon(&first, &second));
    second.model.horizon_s = first.model.horizon_s;
    second.model.objectives = first.model.objectives.clone();
    // Both systems draw the same lives, so neither is drawn under conditions of its own.
    let scopes =
        [&first, &second].map(|read| scope(&read.model).knowing(Known::without_conditions(&read.model)));
    let [of_first, of_second] = &scopes;
    let exact = |read, scope| exact(args, decided, started, read, scope);
    let (exact_first, exact_second) = (exact(&first, of_first)?, exact(&second, of_second)?);
    let report = |read: &Read, scope: &Scope, exact, simulation: Option<Simulation>| {
        let findings = Findings { exact, simulation, repairs: None };
        report(&read.model, scope, origin(args, decided, read), findings)
    };
    if args.method == Method::Exact {
        return Ok(CompareReport::new(
            report(&first, of_first, exact_first, None),
            report(&second, of_second, exact_second, None),
            None,
            None,
        ));
    }
    let (rule, seed) = (decided.rule, args.random.seed());
    let engines = [Engine::new(&first.model)?, Engine::new(&second.model)?];
    let pair = [&engines[0], &engines[1]];
    let known = Known::of_difference(&first.model, &second.model);
    let (comparison, stop) = conducted(args, decided, started, of_first, |conduct| {
        compare(pair, of_first, &known, seed, &rule, conduct)
    });
    let drawn = |tally, scope| Some(Simulation::new(tally, scope, rule, stop));
    Ok(CompareReport::new(
        report(&first, of_first, exact_first, drawn(&comparison.first, of_first)),
        report(&second, of_second, exact_second, drawn(&comparison.second, of_second)),
        comparison.difference(of_first, &known, rule.confidence),
        comparison.correlation(),
    ))
}

/// Returns a warning if the second file states a different horizon, which is ignored.
fn ignored_horizon(first: &Read, second: &Read) -> Option<String> {
    let (here, there) = (first.model.horizon_s, second.model.horizon_s);
    (here != there).then(|| {
        format!(
            "{}: its horizon of {} is ignored: both systems are compared over {}, the horizon of the first",
            second.topology,
            format_duration(there),
            format_duration(here)
        )
    })
}
