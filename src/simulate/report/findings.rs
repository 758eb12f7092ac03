//! What a report is built from: the source of the model, and the results of all solvers.

use super::importance::{Contributions, contributions};
use crate::simulate::analytic::bdd::Budget;
use crate::simulate::analytic::{Answers, Solvers};
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{Figures, Repairs, Rule, Scope, Stop, Tally};

/// The source of the model and the settings of the run.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The topology file.
    pub topology: String,
    /// Overrides, as `path=value`.
    pub set: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// Confidence level of all intervals.
    pub confidence: f64,
    /// Warnings from reading the file.
    pub warnings: Vec<String>,
}

/// The results of all solvers.
#[derive(Debug)]
pub struct Findings<'m> {
    /// The exact solution.
    pub exact: ExactFindings<'m>,
    /// The simulation, if one was run.
    pub simulation: Option<Simulation>,
    /// Repair stages of failed units.
    pub repairs: Option<Repairs>,
}

/// What of a report is shown besides the figures; the rest is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The importance of the parts, and the minimal cut sets.
    pub parts: bool,
    /// The curves over time.
    pub curves: bool,
}

/// The exact solution.
#[derive(Debug)]
pub struct ExactFindings<'m> {
    /// The solvers that apply, or why they do not.
    pub(super) solvers: Solvers<'m>,
    pub(super) answers: Answers,
    /// What the parts contribute, or why that is not known.
    pub(super) contributed: Result<Contributions, String>,
    /// Whether its time was over before all was found.
    pub(super) ended_early: bool,
}

impl<'m> ExactFindings<'m> {
    /// Finds what is shown, with up to `cut_sets_max` minimal cut sets.
    pub fn of(
        model: &'m Model,
        scope: &Scope,
        solvers: Solvers<'m>,
        shown: Shown,
        cut_sets_max: usize,
        budget: Budget,
    ) -> Self {
        let answers = solvers.answers(scope, shown.curves);
        let contributed = if shown.parts {
            contributions(model, scope, &solvers, cut_sets_max, budget)
        } else {
            Ok(Contributions::default())
        };
        Self { solvers, answers, contributed, ended_early: budget.patience.is_over() }
    }

    /// Returns which figures are not available, and why.
    pub(super) fn missing(&self) -> Vec<String> {
        let parts = match &self.contributed {
            // A warning says so.
            _ if self.ended_early => None,
            Err(why) => Some(format!("importance and minimal cut sets are not available: {why}")),
            Ok((importance, None)) if !importance.is_empty() => Some(
                "minimal cut sets are not available: there are too many, or dependent units occur in several places \
                 of the structure"
                    .to_owned(),
            ),
            Ok(_) => None,
        };
        parts.into_iter().collect()
    }
}

/// A finished simulation.
#[derive(Debug)]
pub struct Simulation {
    /// The estimates; `None` if it ended before two replications were complete, the minimum for estimates.
    pub figures: Option<Figures>,
    /// The stopping rule.
    pub rule: Rule,
    /// The condition that ended it.
    pub stop: Stop,
}

impl Simulation {
    /// Computes the estimates from the tally of a run.
    pub fn new(tally: &Tally, scope: &Scope, rule: Rule, stop: Stop) -> Self {
        Self { figures: tally.figures(scope, rule.confidence), rule, stop }
    }

    /// Returns why there are no estimates, in words.
    pub(super) fn too_short(&self) -> Option<String> {
        self.figures.is_none().then(|| {
            format!(
                "{} ended the simulation before two replications were done, so there are no estimates{}",
                self.stop.description(),
                if self.stop == Stop::Interrupted {
                    ""
                } else {
                    ": raise the limit, or shorten replications with --horizon"
                }
            )
        })
    }
}
