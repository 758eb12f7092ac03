//! What a report is built from: the source of the model, and the results of all solvers.

use crate::simulate::analytic::Solvers;
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
    /// Maximum number of minimal cut sets.
    pub cut_sets_max: usize,
    /// Warnings from reading the file.
    pub warnings: Vec<String>,
}

/// The results of all solvers.
#[derive(Debug)]
pub struct Findings<'m> {
    /// The exact solvers that apply, or why they do not.
    pub exact: Solvers<'m>,
    /// The simulation, if one was run.
    pub simulation: Option<Simulation>,
    /// Repair stages of failed units.
    pub repairs: Option<Repairs>,
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
                "{} ended the simulation before two replications were done, so there are no estimates: raise the limit, or shorten \
                 replications with --horizon",
                self.stop.description()
            )
        })
    }
}
