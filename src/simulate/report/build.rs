//! Builds the report from the results of the exact solvers and the simulation.

use super::figures::evaluate;
use super::findings::{ExactFindings, Findings, Origin, Simulation};
use super::objectives::objectives;
use super::simulated::{causes, curve, distributions};
use super::warnings::warnings;
use super::{ExactMethods, Parts, Report, SCHEMA, SimulationRun};
use crate::simulate::analytic::Solvers;
use crate::simulate::model::{Model, Start};
use crate::simulate::monte_carlo::estimate::{Figures, Scope};

/// The warning that figures of the exact solution are missing.
const CUT_SHORT: &str =
    "the time limit ended the exact solution, so figures that it did not reach are missing: raise the limit";

/// Why there is no figure at all.
const NOTHING_FOUND: &str = "the time limit ended the exact solution before it had a figure: raise the limit";

/// Assembles the report.
pub fn report(model: &Model, scope: &Scope, origin: Origin, findings: Findings<'_>) -> Report {
    let simulation = findings.simulation.as_ref();
    let run = simulation.and_then(|simulation| Some((simulation.figures.as_ref()?, simulation)));
    let drawn = run.map(|(figures, _)| figures);
    let missing = findings.exact.missing();
    let ExactFindings { solvers, answers, contributed, ended_early } = findings.exact;
    let figures = evaluate(model, scope, &answers, drawn, origin.confidence);
    let cut_short = ended_early.then(|| CUT_SHORT.to_owned());
    let too_short = simulation.and_then(Simulation::too_short);
    let has_nothing = ended_early && simulation.is_none() && figures.is_empty();
    let too_short = too_short.or_else(|| has_nothing.then(|| NOTHING_FOUND.to_owned()));
    let (importance, cut_sets) = contributed.unwrap_or_default();
    Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        name: model.name.clone(),
        units: model.units.len() as u64,
        topology: origin.topology,
        set: origin.set,
        seed: origin.seed,
        confidence: origin.confidence,
        horizon_s: scope.horizon_s,
        start: match model.start {
            Start::New => "new",
            Start::Stationary => "stationary",
        },
        exact: exact_methods(&solvers, missing),
        simulation: run.map(|(figures, simulation)| simulation_run(figures, simulation)),
        objectives: objectives(model, scope, &figures, drawn),
        figures,
        distributions: drawn.map_or_else(Vec::new, |drawn| distributions(scope, drawn)),
        repairs: findings.repairs,
        downtime_by_cause: drawn.map_or_else(Vec::new, |drawn| causes(model, scope, drawn)),
        importance,
        cut_sets,
        curve: curve(scope, &answers, drawn),
        warnings: [
            origin.warnings,
            cut_short.into_iter().collect(),
            too_short.clone().filter(|_| simulation.is_some()).into_iter().collect(),
            warnings(model, scope, run),
        ]
        .concat(),
        too_short,
    }
}

fn simulation_run(figures: &Figures, simulation: &Simulation) -> SimulationRun {
    SimulationRun {
        replications: figures.replications,
        failing_replications: figures.failing_replications,
        events: figures.events,
        stopped_by: simulation.stop,
        precision_asked: simulation.rule.precision,
        precision_reached: figures
            .unavailability
            .half_width()
            .map(|half| half / figures.unavailability.value),
    }
}

fn exact_methods(solvers: &Solvers<'_>, missing: Vec<String>) -> ExactMethods {
    let composition = solvers.composition.as_ref().and_then(|composition| composition.as_ref().ok());
    ExactMethods {
        methods: solvers.in_order().map(|(method, _)| method.name()).collect(),
        nodes: solvers.diagram.as_ref().ok().map(|diagram| diagram.exact().nodes() as u64),
        states: solvers.chain.as_ref().ok().map(|chain| chain.states() as u64),
        parts: composition.map(|composition| {
            let states = composition.states();
            Parts {
                nodes: composition.exact().nodes() as u64,
                chains: states.len() as u64,
                states: states.iter().sum::<usize>() as u64,
            }
        }),
        why_not: solvers.why_not(),
        missing,
    }
}
