//! Solves and simulates one system and builds its report.

use super::Args;
use super::args::Method;
use super::decide::Decided;
use super::progress::Bar;
use super::read::Read;
use crate::base::problem::Problem;
use crate::simulate::analytic::Solvers;
use crate::simulate::analytic::bdd::Budget;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::monte_carlo::estimate::{
    Conduct, Figures, Repairs, Rule, Scope, Stop, Tally, measure_repairs, replications_heard, run,
};
use crate::simulate::report::{Findings, Origin, Report, TooShort, report};
use std::time::Instant;

/// Runs the requested solvers and assembles the report.
pub(super) fn answer(args: &Args, decided: &Decided, read: &Read) -> anyhow::Result<Report> {
    let scope = scope(&read.model);
    let exact = exact(args, read)?;
    let (simulated, too_short) = match args.method {
        Method::Exact => (None, None),
        Method::Auto | Method::MonteCarlo => known(simulate(args, decided, &read.model, &scope)?),
    };
    let repairs =
        simulated.as_ref().and_then(|(figures, rule, stop)| repairs(args, &read.model, figures, rule, *stop));
    let findings = Findings { exact, simulated, too_short, repairs };
    Ok(report(&read.model, &scope, origin(args, read), &findings, decided.rule.confidence))
}

/// Returns the horizon, window and mission that replications of the model are measured by.
pub(super) fn scope(model: &Model) -> Scope {
    let objectives = &model.objectives;
    Scope::new(model.horizon_s, objectives.window_s, objectives.unavailability, objectives.mission_s)
}

pub(super) fn origin(args: &Args, read: &Read) -> Origin {
    Origin {
        topology: read.topology.clone(),
        set: args.set.clone(),
        seed: args.seed,
        top: args.top,
        warnings: read.warnings.clone(),
    }
}

/// Runs the exact solvers. Returns an error if none of them applies and `--method exact` was given.
pub(super) fn exact<'m>(args: &Args, read: &'m Read) -> anyhow::Result<Solvers<'m>> {
    let solvers = match args.method {
        Method::MonteCarlo => Solvers::closed("not requested (--method monte-carlo)"),
        Method::Auto | Method::Exact => Solvers::new(&read.model, Budget::default()),
    };
    if let (Method::Exact, Some(why)) = (args.method, solvers.why_not()) {
        let problem = Problem::new(format!("{}: there is no exact answer: {why}", read.topology));
        return Err(problem
            .help(
                "a decision diagram requires independent components and a Markov chain requires exponential times; the \
                 simulation requires neither: use --method auto",
            )
            .into());
    }
    Ok(solvers)
}

fn simulate(args: &Args, decided: &Decided, model: &Model, scope: &Scope) -> anyhow::Result<Simulated> {
    let engine = Engine::new(model)?;
    let rule = decided.rule;
    let (tally, stop) =
        conducted(args, decided, scope, |conduct| run(&engine, scope, args.seed, &rule, conduct));
    Ok(figures(&tally, scope, rule, stop))
}

/// The estimates of a simulation, or the reason why there are none.
pub(super) type Simulated = Result<(Figures, Rule, Stop), TooShort>;

pub(super) fn figures(tally: &Tally, scope: &Scope, rule: Rule, stop: Stop) -> Simulated {
    let figures = tally.figures(scope, rule.confidence);
    figures.map(|figures| (figures, rule, stop)).ok_or(TooShort { stop })
}

/// Splits the outcome of a simulation into the two fields of [`Findings`].
pub(super) fn known(simulated: Simulated) -> (Option<(Figures, Rule, Stop)>, Option<TooShort>) {
    match simulated {
        Ok(simulated) => (Some(simulated), None),
        Err(too_short) => (None, Some(too_short)),
    }
}

/// Measures the repair stages of failed units. Skipped after an interrupt, since the user is waiting for
/// the program to end.
fn repairs(args: &Args, model: &Model, figures: &Figures, rule: &Rule, stop: Stop) -> Option<Repairs> {
    let replications = replications_heard(figures.replications, figures.events);
    if stop == Stop::Interrupted {
        return None;
    }
    measure_repairs(model, args.seed, replications, rule.confidence)
}

/// Runs `work` with the number of threads and the time limit of the flags, until a signal arrives, and
/// shows a progress bar.
pub(super) fn conducted<T>(
    args: &Args,
    decided: &Decided,
    scope: &Scope,
    work: impl FnOnce(&Conduct<'_>) -> T,
) -> T {
    let start = Instant::now();
    let bar = Bar::new(args.output.quiet, &decided.rule);
    let conduct = Conduct {
        threads: decided.threads,
        go_on: &|| match decided.time_limit {
            _ if decided.signals.came().is_some() => Err(Stop::Interrupted),
            Some(limit) if start.elapsed() >= limit => Err(Stop::Time),
            _ => Ok(()),
        },
        progress: &|tally, target| bar.show(tally, target, scope),
    };
    let result = decided.signals.during(|| work(&conduct));
    bar.finish();
    result
}
