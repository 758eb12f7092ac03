//! Solves and simulates one system and builds its report.

use super::Args;
use super::args::Method;
use super::decide::Decided;
use super::progress::Bar;
use super::read::Read;
use crate::base::patience::Patience;
use crate::base::problem::Problem;
use crate::simulate::analytic::Solvers;
use crate::simulate::analytic::bdd::Budget;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::monte_carlo::estimate::{
    Conduct, Known, Repairs, Scope, Stop, measure_repairs, replications_heard, run,
};
use crate::simulate::report::{ExactFindings, Findings, Origin, Report, Simulation, report};
use std::time::{Duration, Instant};

/// Runs the requested solvers and assembles the report.
pub(super) fn answer(args: &Args, decided: &Decided, read: &Read) -> anyhow::Result<Report> {
    let started = Instant::now();
    let scope = scope(&read.model);
    let exact = exact(args, decided, started, read, &scope)?;
    let simulation = match args.method {
        Method::Exact => None,
        Method::Auto | Method::MonteCarlo => {
            let scope = scope.clone().knowing(Known::of(&read.model));
            Some(simulate(args, decided, started, &read.model, &scope)?)
        }
    };
    let repairs = simulation.as_ref().and_then(|simulation| repairs(args, decided, &read.model, simulation));
    let findings = Findings { exact, simulation, repairs };
    Ok(report(&read.model, &scope, origin(args, decided, read), findings))
}

/// Returns the horizon, window and mission that replications of the model are measured by.
pub(super) fn scope(model: &Model) -> Scope {
    let objectives = &model.objectives;
    Scope::new(model.horizon_s, objectives.window_s, objectives.unavailability, objectives.mission_s)
}

/// Maximum number of rows of lists, unless `--top` says otherwise.
pub(super) const TOP_DEFAULT: usize = 10;

/// Maximum number of minimal cut sets with `--top 0`: a system can have more than memory holds.
const CUT_SETS_MAX: usize = 10_000;

pub(super) fn origin(args: &Args, decided: &Decided, read: &Read) -> Origin {
    Origin {
        topology: read.topology.clone(),
        set: args.set.set.clone(),
        seed: args.random.seed(),
        confidence: decided.rule.confidence,
        warnings: read.warnings.clone(),
    }
}

/// Runs the exact solvers, and leaves at least half of the time from `started` on to the simulation, if there is one.
/// Returns an error if none of them applies and `--method exact` was given.
pub(super) fn exact<'m>(
    args: &Args,
    decided: &Decided,
    started: Instant,
    read: &'m Read,
    scope: &Scope,
) -> anyhow::Result<ExactFindings<'m>> {
    let share = if args.method == Method::Exact { 1.0 } else { 0.5 };
    let patience = Patience::until(decided.time_limit.map(|limit| started + limit.mul_f64(share)));
    let budget = Budget { patience, ..Budget::default() };
    let solvers = match args.method {
        Method::MonteCarlo => Solvers::none(),
        Method::Auto | Method::Exact => Solvers::new(&read.model, budget),
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
    let cut_sets_max = args.measures.rows_max(TOP_DEFAULT).unwrap_or(CUT_SETS_MAX);
    Ok(ExactFindings::of(&read.model, scope, solvers, decided.shown, cut_sets_max, budget))
}

fn simulate(
    args: &Args,
    decided: &Decided,
    started: Instant,
    model: &Model,
    scope: &Scope,
) -> anyhow::Result<Simulation> {
    let engine = Engine::new(model)?;
    let (tally, stop) = conducted(args, decided, started, scope, |conduct| {
        run(&engine, scope, args.random.seed(), &decided.rule, conduct)
    });
    Ok(Simulation::new(&tally, scope, decided.rule, stop))
}

/// How long the repair stages may be measured after a time limit.
const AFTER_LIMIT: Duration = Duration::from_millis(150);

/// Measures the repair stages of failed units. Skipped after an interrupt, since the user is waiting for
/// the program to end.
fn repairs(args: &Args, decided: &Decided, model: &Model, simulation: &Simulation) -> Option<Repairs> {
    let figures = simulation.figures.as_ref().filter(|_| simulation.stop != Stop::Interrupted)?;
    let replications = replications_heard(figures.replications, figures.events);
    let patience = Patience::until(decided.time_limit.map(|_| Instant::now() + AFTER_LIMIT));
    measure_repairs(model, args.random.seed(), replications, simulation.rule.confidence, patience)
}

/// Runs `work` with the number of threads and the time limit of the flags, which counts from `started`, until a signal
/// arrives, and shows a progress bar.
pub(super) fn conducted<T>(
    args: &Args,
    decided: &Decided,
    started: Instant,
    scope: &Scope,
    work: impl FnOnce(&Conduct<'_>) -> T,
) -> T {
    let bar = Bar::new(args.output.quiet, &decided.rule, decided.time_limit);
    let conduct = Conduct {
        threads: decided.threads,
        go_on: &|| match decided.time_limit {
            _ if decided.signals.came().is_some() => Err(Stop::Interrupted),
            Some(limit) if started.elapsed() >= limit => Err(Stop::Time),
            _ => Ok(()),
        },
        progress: &|tally| bar.show(tally, scope),
    };
    let result = decided.signals.during(|| work(&conduct));
    bar.finish();
    result
}
