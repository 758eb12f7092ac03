//! What the exact roads say together, each figure with the road that it was found by.

use super::Solution;
use super::chain::{ChainBudget, ChainSolution};
use crate::simulate::estimate::{CURVE_POINTS, Scope};
use crate::simulate::exact::Budget;
use crate::simulate::model::Model;

/// The road to a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// A binary decision diagram over independent components.
    Diagram,
    /// A continuous-time Markov chain.
    Chain,
}

impl Road {
    /// The road in the words of reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Diagram => "decision diagram",
            Self::Chain => "Markov chain",
        }
    }
}

/// A figure with its road.
pub type Found = Option<(f64, Road)>;

/// The exact figures. Times in seconds.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Mean unavailability over the horizon.
    pub unavailability: Found,
    /// Expected failures over the horizon.
    pub failures: Found,
    /// Mean time to the first failure.
    pub mttf_s: Found,
    /// The probability not to get through the mission without a failure.
    pub unreliability: Found,
    /// Unavailability in the long run.
    pub long_run_unavailability: Found,
    /// Mean operating time between failures in the long run.
    pub long_run_mtbf_s: Found,
    /// Mean down time in the long run.
    pub long_run_mdt_s: Found,
    /// By point of the curve, the probability to be down.
    pub curve: Vec<Found>,
    /// By point of the curve, the probability to have failed.
    pub unreliability_curve: Vec<Found>,
}

/// Both exact roads, as far as they lead.
#[derive(Debug)]
pub struct Roads<'m> {
    /// The diagram, or why there is none.
    pub diagram: Result<Solution<'m>, String>,
    /// The chain, or why there is none.
    pub chain: Result<ChainSolution, String>,
}

/// States of a chain of which each kind of answer takes about a second at most, on the machines of 2026.
const STATES_LONG_RUN: usize = 2_000;
const STATES_HORIZON: usize = 250;

impl<'m> Roads<'m> {
    /// Goes both roads as far as they lead.
    pub fn new(model: &'m Model, budget: Budget) -> Self {
        let chain_budget = ChainBudget {
            states_max: STATES_LONG_RUN,
        };
        Self {
            diagram: Solution::new(model, budget),
            chain: ChainSolution::new(model, chain_budget).map_err(|why| why.to_string()),
        }
    }

    /// Both roads closed, for the same reason.
    pub fn closed(why: &str) -> Self {
        Self {
            diagram: Err(why.to_owned()),
            chain: Err(why.to_owned()),
        }
    }

    /// Whether either road leads somewhere.
    pub fn any(&self) -> bool {
        self.diagram.is_ok() || self.chain.is_ok()
    }

    /// Why neither leads anywhere, in words.
    pub fn why_not(&self) -> Option<String> {
        match (&self.diagram, &self.chain) {
            (Err(diagram), Err(chain)) if diagram == chain => Some(diagram.clone()),
            (Err(diagram), Err(chain)) => Some(format!("{diagram}, and {chain}")),
            _ => None,
        }
    }

    /// All that they say.
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
        answers
    }
}

impl Answers {
    fn take_diagram(&mut self, solution: &Solution<'_>, scope: &Scope) {
        let found = |value: Option<f64>| value.map(|value| (value, Road::Diagram));
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

    /// Fills what the diagram left open.
    fn take_chain(&mut self, chain: &ChainSolution, scope: &Scope) {
        fill(&mut self.mttf_s, || chain.mttf_s().ok());
        if let Ok(long_run) = chain.long_run() {
            fill(&mut self.long_run_unavailability, || {
                Some(long_run.unavailability)
            });
            fill(&mut self.long_run_mtbf_s, || long_run.mean_up_s);
            fill(&mut self.long_run_mdt_s, || long_run.mean_down_s);
        }
        if chain.states() > STATES_HORIZON {
            return;
        }
        fill(&mut self.unavailability, || {
            chain.mean_unavailability(scope.horizon_s).ok()
        });
        fill(&mut self.failures, || chain.failures(scope.horizon_s).ok());
        fill(&mut self.unreliability, || {
            chain.unreliability(scope.mission_s).ok()
        });
        self.take_curves(chain, scope);
    }

    fn take_curves(&mut self, chain: &ChainSolution, scope: &Scope) {
        let points_s: Vec<f64> = (0..=CURVE_POINTS).map(|point| scope.point_s(point)).collect();
        if self.curve.contains(&None)
            && let Ok(curve) = chain.unavailability_at_each(&points_s)
        {
            let points = self.curve.iter_mut().zip(curve);
            points.for_each(|(slot, value)| fill(slot, || Some(value)));
        }
        if self.unreliability_curve.contains(&None)
            && let Ok(curve) = chain.survival_at_each(&points_s)
        {
            let points = self.unreliability_curve.iter_mut().zip(curve);
            points.for_each(|(slot, survival)| fill(slot, || Some(survival.unreliability)));
        }
    }
}

fn fill(slot: &mut Found, value: impl FnOnce() -> Option<f64>) {
    if slot.is_none() {
        *slot = value()
            .filter(|value| value.is_finite())
            .map(|value| (value, Road::Chain));
    }
}
