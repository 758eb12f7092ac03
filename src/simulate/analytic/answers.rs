//! Runs the exact solvers and collects their figures, each with the method that found it.

use super::bdd::Budget;
use super::chain::{ChainSolution, Surroundings};
use super::modular::{DiagramSolution, Series};
use super::solver::Solver;
use super::unsolved::Unsolved;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{CURVE_POINTS, Scope};
use crate::timeline::exposure::Exposure;

/// The method by which an exact figure was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A binary decision diagram over independent components.
    Diagram,
    /// A continuous-time Markov chain.
    Chain,
    /// A decision diagram in which some of the variables stand for Markov chains.
    DiagramOverChains,
    /// A Markov chain for each of several independent parts in series.
    ChainsInSeries,
}

impl Method {
    /// Returns the name of the method in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Diagram => "decision diagram",
            Self::Chain => "Markov chain",
            Self::DiagramOverChains => "diagram over Markov chains",
            Self::ChainsInSeries => "Markov chains in series",
        }
    }
}

/// An exact figure and its method; `None` where no solver found it.
pub(super) type Found = Option<(f64, Method)>;

/// The exact figures. Times in seconds.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Mean unavailability over the horizon.
    pub unavailability: Found,
    /// Expected failures over the horizon.
    pub failures: Found,
    /// Mean time to the first failure.
    pub mttf_s: Found,
    /// Probability of at least one failure during the mission.
    pub unreliability: Found,
    /// Unavailability in the long run.
    pub long_run_unavailability: Found,
    /// Mean operating time between failures in the long run.
    pub long_run_mtbf_s: Found,
    /// Mean down time in the long run.
    pub long_run_mdt_s: Found,
    /// At each point of the curve, the probability of being down.
    pub curve: Vec<Found>,
    /// At each point of the curve, the probability of having failed.
    pub unreliability_curve: Vec<Found>,
}

/// The exact solvers, as far as each applies to the model.
#[derive(Debug)]
pub struct Solvers<'m> {
    /// The decision diagram, or the reason why there is none.
    pub diagram: Result<DiagramSolution<'m>, Unsolved>,
    /// The Markov chain of the whole system, or the reason why there is none.
    pub chain: Result<ChainSolution, Unsolved>,
    /// Markov chains of the interdependent parts, composed by a diagram, or the reason why there are
    /// none. Only built where the other solvers leave a figure open, which may be the importance of the
    /// parts.
    pub composition: Option<Result<DiagramSolution<'m>, Unsolved>>,
    /// Chains in series, where the model has such parts and the chain of the whole is too large.
    pub series: Option<Series>,
}

/// States of a chain for which each kind of answer takes a few seconds at most (hardware of 2026).
const STATES_LONG_RUN: usize = 4_000;
const STATES_IN_SERIES: usize = 250;

/// Multiplications that one answer over the horizon may take: about two seconds.
const WORK_HORIZON: f64 = 2e9;

impl<'m> Solvers<'m> {
    /// Builds the solvers as far as each applies.
    pub fn new(model: &'m Model, budget: Budget) -> Self {
        // Whatever a solver runs into after the end of the time, the time is the reason.
        let late = |why| if budget.patience.is_over() { Unsolved::OutOfTime } else { why };
        let diagram = DiagramSolution::independent(model, budget).map_err(late);
        let top = [model.structure.top()];
        let surroundings = Surroundings::of(model);
        let chain =
            ChainSolution::of_nodes(&surroundings, &top, STATES_LONG_RUN, budget.patience).map_err(late);
        // Whether the chain can be followed over the horizon within the limit on work.
        let followed = chain.as_ref().is_ok_and(|chain| chain.work(model.horizon_s) <= WORK_HORIZON);
        let composition = match &diagram {
            Ok(diagram) if followed || diagram.knows_every_moment() || budget.patience.is_over() => None,
            Ok(_) => DiagramSolution::composed_of_every_moment(model, budget, STATES_LONG_RUN).map(Ok),
            Err(_) => Some(DiagramSolution::composed(model, budget, STATES_LONG_RUN).map_err(late)),
        };
        // A composition without diagram nodes is a single chain, and equals the chain of the whole.
        let composition = composition.filter(|composition| match composition {
            Ok(composition) => chain.is_err() || composition.exact().nodes() > 0,
            Err(_) => chain.is_err(),
        });
        let series = if followed { None } else { Series::new(model, STATES_IN_SERIES, budget.patience) };
        Self { diagram, chain, composition, series }
    }

    /// Returns no solver, because exact solutions were not requested.
    pub fn none() -> Self {
        let why = Unsolved::NotRequested;
        Self { diagram: Err(why.clone()), chain: Err(why), composition: None, series: None }
    }

    /// Returns the solvers that apply with their methods, in the order in which their answers are used.
    pub fn in_order(&self) -> impl Iterator<Item = (Method, &dyn Solver)> {
        let diagram = self.diagram.as_ref().ok().map(|solver| solver as &dyn Solver);
        let chain = self.chain.as_ref().ok().map(|solver| solver as &dyn Solver);
        let composition = self.composition.as_ref().and_then(|composition| composition.as_ref().ok());
        let composition = composition.map(|solver| solver as &dyn Solver);
        let series = self.series.as_ref().map(|solver| solver as &dyn Solver);
        let all = [
            (Method::Diagram, diagram),
            (Method::Chain, chain),
            (Method::DiagramOverChains, composition),
            (Method::ChainsInSeries, series),
        ];
        all.into_iter().filter_map(|(method, solver)| Some((method, solver?)))
    }

    /// Returns why no solver applies; `None` if one does.
    pub fn why_not(&self) -> Option<String> {
        let diagram = self.diagram.as_ref().err()?;
        let chain = self.chain.as_ref().err()?;
        // Where the parts have no chains, the reason why the whole has none adds nothing.
        let chain = match &self.composition {
            Some(Ok(_)) => return None,
            Some(Err(why)) => why,
            None => chain,
        };
        Some(if diagram == chain {
            diagram.to_string()
        } else {
            format!("the decision diagram is ruled out because {diagram}; the Markov chain because {chain}")
        })
    }

    /// Returns the diagram over the parts that importance and cut sets refer to, or why there is none;
    /// `None` if exact answers were not requested.
    pub fn of_parts(&self) -> Option<Result<&DiagramSolution<'m>, &Unsolved>> {
        match (&self.diagram, &self.composition) {
            (Ok(diagram), _) | (_, Some(Ok(diagram))) => Some(Ok(diagram)),
            (Err(Unsolved::NotRequested), _) => None,
            (Err(why), _) => Some(Err(why)),
        }
    }

    /// Returns all figures, and the curves if they are wanted. Each solver fills those that the solvers before it left
    /// open.
    pub fn answers(&self, scope: &Scope, with_curves: bool) -> Answers {
        let mut answers = Answers {
            curve: vec![None; CURVE_POINTS + 1],
            unreliability_curve: vec![None; CURVE_POINTS + 1],
            ..Answers::default()
        };
        for (method, solver) in self.in_order() {
            answers.take(method, solver, scope, with_curves);
        }
        answers
    }
}

impl Answers {
    fn take(&mut self, method: Method, solver: &dyn Solver, scope: &Scope, with_curves: bool) {
        self.take_long_run(method, solver);
        fill(&mut self.mttf_s, method, || solver.mttf_s());
        if solver.work(scope.horizon_s) > WORK_HORIZON {
            return;
        }
        if (self.unavailability.is_none() || self.failures.is_none())
            && let Some(measures) = solver.over(scope.horizon_s)
        {
            fill(&mut self.unavailability, method, || Some(measures.tails.failed));
            fill(&mut self.failures, method, || measures.failures);
        }
        fill(&mut self.unreliability, method, || {
            solver.unreliability_at_each(&[scope.mission_s])?.first().map(|share| share.clamp(0.0, 1.0))
        });
        if !with_curves {
            return;
        }
        let points_s: Vec<f64> = (0..=CURVE_POINTS).map(|point| scope.point_s(point)).collect();
        fill_curve(&mut self.curve, method, || solver.unavailability_at_each(&points_s));
        fill_curve(&mut self.unreliability_curve, method, || solver.unreliability_at_each(&points_s));
    }

    fn take_long_run(&mut self, method: Method, solver: &dyn Solver) {
        let slots = [&mut self.long_run_unavailability, &mut self.long_run_mtbf_s, &mut self.long_run_mdt_s];
        if slots.iter().any(|slot| slot.is_none())
            && let Some(measures) = solver.long_run()
        {
            let exposure = measures.exposure();
            let [unavailability, mtbf_s, mdt_s] = slots;
            fill(unavailability, method, || Some(measures.tails.failed));
            fill(mtbf_s, method, || exposure.and_then(Exposure::mtbf_s));
            fill(mdt_s, method, || exposure.and_then(Exposure::mdt_s));
        }
    }
}

fn fill(slot: &mut Found, method: Method, value: impl FnOnce() -> Option<f64>) {
    if slot.is_none() {
        *slot = value().filter(|value| value.is_finite()).map(|value| (value, method));
    }
}

fn fill_curve(slots: &mut [Found], method: Method, values: impl FnOnce() -> Option<Vec<f64>>) {
    if slots.contains(&None)
        && let Some(values) = values()
    {
        for (slot, value) in slots.iter_mut().zip(values) {
            fill(slot, method, || Some(value));
        }
    }
}
