//! `--compare OTHER`: compares two systems under common random numbers.

use super::Args;
use super::answer::{conducted, exact, origin, scope};
use super::args::Method;
use super::decide::Decided;
use super::read::{self, Read};
use crate::base::quantity::format_duration;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::monte_carlo::estimate::{Known, compare};
use crate::simulate::report::{CompareReport, Findings, Simulation, report};

pub(super) fn run(args: &Args, decided: &Decided, other: &str) -> anyhow::Result<CompareReport> {
    let first = read::model(decided, &args.topology, &[])?;
    let mut second = read::model(decided, other, &[])?;
    // Both systems are measured over the horizon and windows of the first: figures over different
    // periods cannot be compared.
    second.warnings.extend(ignored_horizon(&first, &second));
    second.model.horizon_s = first.model.horizon_s;
    second.model.objectives = first.model.objectives.clone();
    // Both systems draw the same lives, so neither is drawn under conditions of its own.
    let (of_each, of_difference) = Known::of_pair(&first.model, &second.model);
    let scope = scope(&first.model).knowing(of_each);
    let report = |read: &Read, simulation: Option<Simulation>| {
        let findings = Findings { exact: exact(args, read)?, simulation, repairs: None };
        anyhow::Ok(report(&read.model, &scope, origin(args, decided, read), &findings))
    };
    if args.method == Method::Exact {
        return Ok(CompareReport::new(report(&first, None)?, report(&second, None)?, None, None));
    }
    let (rule, seed) = (decided.rule, args.random.seed);
    let engines = [Engine::new(&first.model)?, Engine::new(&second.model)?];
    let pair = [&engines[0], &engines[1]];
    let (comparison, stop) = conducted(args, decided, &scope, |conduct| {
        compare(pair, &scope, &of_difference, seed, &rule, conduct)
    });
    Ok(CompareReport::new(
        report(&first, Some(Simulation::new(&comparison.first, &scope, rule, stop)))?,
        report(&second, Some(Simulation::new(&comparison.second, &scope, rule, stop)))?,
        comparison.difference(&scope, &of_difference, rule.confidence),
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
