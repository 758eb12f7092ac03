//! `--compare OTHER`: compares two systems under common random numbers.

use super::Args;
use super::answer::{conducted, exact, figures, known, origin, scope};
use super::args::Method;
use super::decide::Decided;
use super::read::{self, Read};
use crate::base::quantity::format_duration;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::monte_carlo::estimate::{Scope, Stop, Tally, compare};
use crate::simulate::report::{CompareReport, Findings, Report, report, simulated};

pub(super) fn run(args: &Args, decided: &Decided, other: &str) -> anyhow::Result<CompareReport> {
    let first = read::model(args, &args.topology, &[])?;
    let mut second = read::model(args, other, &[])?;
    // Both systems are measured over the horizon and windows of the first: figures over different
    // periods cannot be compared.
    second.warnings.extend(ignored_horizon(&first, &second));
    second.model.horizon_s = first.model.horizon_s;
    second.model.objectives = first.model.objectives.clone();
    let scope = scope(&first.model);
    if args.method == Method::Exact {
        let part = |read| part(args, decided, read, &scope, None);
        return Ok(CompareReport::new(part(&first)?, part(&second)?, None, None));
    }
    let engines = [Engine::new(&first.model)?, Engine::new(&second.model)?];
    let pair = [&engines[0], &engines[1]];
    let (comparison, stop) =
        conducted(args, decided, &scope, |conduct| compare(pair, &scope, args.seed, &decided.rule, conduct));
    let difference = comparison.difference(&scope, decided.rule.confidence);
    Ok(CompareReport::new(
        part(args, decided, &first, &scope, Some((&comparison.first, stop)))?,
        part(args, decided, &second, &scope, Some((&comparison.second, stop)))?,
        difference.as_ref().map(simulated),
        comparison.correlation(),
    ))
}

fn part(
    args: &Args,
    decided: &Decided,
    read: &Read,
    scope: &Scope,
    run: Option<(&Tally, Stop)>,
) -> anyhow::Result<Report> {
    let confidence = decided.rule.confidence;
    let simulated = run.map(|(tally, stop)| known(figures(tally, scope, decided.rule, stop)));
    let (simulated, too_short) = simulated.unwrap_or_default();
    let findings = Findings { exact: exact(args, read)?, simulated, too_short, repairs: None };
    Ok(report(&read.model, scope, origin(args, read), &findings, confidence))
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
