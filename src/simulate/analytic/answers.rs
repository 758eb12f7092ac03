//! Runs the exact solvers and collects their figures, each with the method that found it.

use super::Solution;
use super::chain::{ChainBudget, ChainSolution};
use crate::simulate::analytic::bdd::Budget;
use crate::simulate::analytic::modular::{Composition, Series};
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{CURVE_POINTS, Scope};

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
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Diagram, Self::Chain, Self::DiagramOverChains, Self::ChainsInSeries];

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
pub type Found = Option<(f64, Method)>;

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
    pub diagram: Result<Solution<'m>, String>,
    /// The Markov chain of the whole system, or the reason why there is none.
    pub chain: Result<ChainSolution, String>,
    /// Markov chains of the interdependent parts, composed by a diagram, or the reason why there are
    /// none. Only built where the other solvers leave a figure open, which may be the importance of the
    /// parts.
    pub composition: Option<Result<Composition<'m>, String>>,
    /// Chains in series, where the model has such parts and the chain of the whole is too large.
    pub series: Option<Series>,
    /// Whether exact answers were requested at all.
    pub asked: bool,
}

/// States of a chain for which each kind of answer takes a few seconds at most (hardware of 2026).
const STATES_LONG_RUN: usize = 4_000;
const STATES_IN_SERIES: usize = 250;

/// Multiplications that one answer over the horizon may take: about two seconds.
const WORK_HORIZON: f64 = 2e9;

impl<'m> Solvers<'m> {
    /// Builds the solvers as far as each applies.
    pub fn new(model: &'m Model, budget: Budget) -> Self {
        let of_states = |states_max| ChainBudget { states_max };
        let diagram = Solution::new(model, budget);
        let chain = ChainSolution::new(model, of_states(STATES_LONG_RUN)).map_err(|why| why.to_string());
        // Whether the chain can be followed over the horizon within the limit on work.
        let followed = chain.as_ref().is_ok_and(|chain| chain.work(model.horizon_s) <= WORK_HORIZON);
        let budgets = (budget, of_states(STATES_LONG_RUN));
        let composition = match &diagram {
            Ok(diagram) if followed || diagram.knows_every_moment() => None,
            Ok(_) => Composition::of_every_moment(model, budgets.0, budgets.1).map(Ok),
            Err(_) => Some(Composition::new(model, budgets.0, budgets.1)),
        };
        // A composition without diagram nodes is a single chain, and equals the chain of the whole.
        let composition = composition.filter(|composition| match composition {
            Ok(composition) => chain.is_err() || composition.nodes() > 0,
            Err(_) => chain.is_err(),
        });
        Self {
            composition,
            series: if followed { None } else { Series::new(model, of_states(STATES_IN_SERIES)) },
            diagram,
            chain,
            asked: true,
        }
    }

    /// Returns solvers none of which applies, all for the same reason.
    pub fn closed(why: &str) -> Self {
        Self {
            diagram: Err(why.to_owned()),
            chain: Err(why.to_owned()),
            composition: None,
            series: None,
            asked: false,
        }
    }

    /// Returns whether any solver applies.
    pub fn any(&self) -> bool {
        self.why_not().is_none()
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
            diagram.clone()
        } else {
            format!("the decision diagram is ruled out because {diagram}; the Markov chain because {chain}")
        })
    }

    /// Returns why there is no exact importance of the parts, if exact answers were requested.
    pub fn why_no_importance(&self) -> Option<&str> {
        let closed = self.asked && !matches!(self.composition, Some(Ok(_)));
        self.diagram.as_ref().err().filter(|_| closed).map(String::as_str)
    }

    /// Returns all figures. Each solver fills those that the solvers before it left open.
    pub fn answers(&self, scope: &Scope) -> Answers {
        let mut answers = Answers {
            curve: vec![None; CURVE_POINTS + 1],
            unreliability_curve: vec![None; CURVE_POINTS + 1],
            ..Answers::default()
        };
        if let Ok(solution) = &self.diagram {
            answers.take_diagram(solution, scope);
        }
        if let Ok(chain) = &self.chain {
            answers.take_chain(chain, scope);
        }
        if let Some(Ok(composition)) = &self.composition {
            answers.take_composition(composition, scope);
        }
        if let Some(series) = &self.series {
            answers.take_series(series, scope);
        }
        answers
    }
}

impl Answers {
    fn take_diagram(&mut self, solution: &Solution<'_>, scope: &Scope) {
        let found = |value: Option<f64>| value.map(|value| (value, Method::Diagram));
        self.unavailability = found(solution.mean_unavailability(scope.horizon_s));
        self.failures = found(solution.failures(scope.horizon_s));
        self.mttf_s = found(solution.mttf_s());
        self.unreliability = found(solution.unreliability(scope.mission_s));
        if let Some(long_run) = solution.long_run() {
            let finite = |value: f64| found(Some(value).filter(|value| value.is_finite()));
            self.long_run_unavailability = finite(long_run.unavailability);
            self.long_run_mtbf_s = finite(long_run.mtbf_s());
            self.long_run_mdt_s = finite(long_run.mdt_s());
        }
        for point in 0..=CURVE_POINTS {
            let at_s = scope.point_s(point);
            self.curve[point] = found(solution.unavailability_at(at_s));
            self.unreliability_curve[point] = found(solution.unreliability(at_s));
        }
    }

    /// Fills the figures that the diagram left open.
    fn take_chain(&mut self, chain: &ChainSolution, scope: &Scope) {
        let fill = |slot: &mut Found, value: &dyn Fn() -> Option<f64>| fill(slot, Method::Chain, value);
        fill(&mut self.mttf_s, &|| chain.mttf_s().ok());
        if let Ok(long_run) = chain.long_run() {
            fill(&mut self.long_run_unavailability, &|| Some(long_run.unavailability));
            fill(&mut self.long_run_mtbf_s, &|| long_run.mean_up_s);
            fill(&mut self.long_run_mdt_s, &|| long_run.mean_down_s);
        }
        if chain.work(scope.horizon_s) > WORK_HORIZON {
            return;
        }
        fill(&mut self.unavailability, &|| chain.mean_unavailability(scope.horizon_s).ok());
        fill(&mut self.failures, &|| chain.failures(scope.horizon_s).ok());
        fill(&mut self.unreliability, &|| chain.unreliability(scope.mission_s).ok());
        let points_s = points_s(scope);
        fill_curve(&mut self.curve, Method::Chain, || chain.unavailability_at_each(&points_s).ok());
        fill_curve(&mut self.unreliability_curve, Method::Chain, || {
            let survival = chain.survival_at_each(&points_s).ok()?;
            Some(survival.iter().map(|at| at.unreliability).collect())
        });
    }

    /// Fills the figures that the diagram and the chain left open.
    fn take_composition(&mut self, composition: &Composition<'_>, scope: &Scope) {
        let fill = |slot: &mut Found, value: Option<f64>| fill(slot, Method::DiagramOverChains, || value);
        if let Some(settled) = composition.long_run() {
            fill(&mut self.long_run_unavailability, Some(settled.unavailability));
            let per_failure = |share: f64| settled.frequency_per_s.map(|frequency| share / frequency);
            fill(&mut self.long_run_mtbf_s, per_failure(settled.availability));
            fill(&mut self.long_run_mdt_s, per_failure(settled.unavailability));
        }
        if composition.work(scope.horizon_s) > WORK_HORIZON {
            return;
        }
        if self.unavailability.is_none() || self.failures.is_none() {
            let span = composition.span(scope.horizon_s);
            fill(&mut self.unavailability, span.map(|span| span.unavailability));
            fill(&mut self.failures, span.and_then(|span| span.failures));
        }
        fill_curve(&mut self.curve, Method::DiagramOverChains, || {
            composition.unavailability_at_each(&points_s(scope))
        });
    }

    /// Fills the figures of the first failure that all others left open.
    fn take_series(&mut self, series: &Series, scope: &Scope) {
        fill(&mut self.mttf_s, Method::ChainsInSeries, || series.mttf_s());
        fill(&mut self.unreliability, Method::ChainsInSeries, || {
            series.unreliability_at_each(&[scope.mission_s])?.first().copied()
        });
        fill_curve(&mut self.unreliability_curve, Method::ChainsInSeries, || {
            series.unreliability_at_each(&points_s(scope))
        });
    }
}

fn points_s(scope: &Scope) -> Vec<f64> {
    (0..=CURVE_POINTS).map(|point| scope.point_s(point)).collect()
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
