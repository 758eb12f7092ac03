//! The typed result of a run. It is serialised as JSON, and the document for people is made from it.

mod build;
mod compare;
mod components;
mod document;
mod downtime;
mod figures;
mod findings;
mod importance;
mod lists;
mod measure;
mod objectives;
mod simulated;
mod sweep;
mod table;
mod warnings;

pub use build::report;
pub use compare::{CompareReport, compare_document};
pub use document::document;
pub use findings::{ExactFindings, Findings, Origin, Shown, Simulation};
pub use measure::{MEASURES, Measure, MeasureUnit};
pub use sweep::{SweepPoint, SweepReport, sweep_document};

use crate::base::outcome::Outcome;
use crate::simulate::monte_carlo::estimate::{Figure, Repairs, Spread, Stop};
use serde::Serialize;

/// The version of the JSON schema of [`Report`]; docs/json.md describes it.
pub const SCHEMA: &str = "steadfast.simulate/2";

/// The results of a run of `simulate`. Times are in seconds, rates per year of 365.25 days, shares from
/// 0 to 1.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// Name of the system.
    pub name: String,
    /// The topology file.
    pub topology: String,
    /// Overrides from the command line, as `path=value`.
    pub set: Vec<String>,
    /// Number of units.
    pub units: u64,
    /// Seed of the simulation.
    pub seed: u64,
    /// Confidence level of all intervals.
    pub confidence: f64,
    /// Length of a replication.
    pub horizon_s: f64,
    /// State at time zero: `new` or `stationary`.
    pub start: &'static str,
    /// The exact methods used, or why there are none.
    pub exact: ExactMethods,
    /// The simulation run; absent if none was run.
    pub simulation: Option<SimulationRun>,
    /// The figures of the system.
    pub figures: Vec<MeasureReport>,
    /// The distributions of downtime and outage durations (simulated).
    pub distributions: Vec<Distributed>,
    /// Times from a unit's failure to its restoration; absent if repair is the only stage.
    pub repairs: Option<Repairs>,
    /// The objectives with their outcomes.
    pub objectives: Vec<Objective>,
    /// Downtime by cause, in descending order.
    pub downtime_by_cause: Vec<CauseShare>,
    /// Importance of each component for the unavailability, most critical first.
    pub importance: Vec<Important>,
    /// The minimal cut sets.
    pub cut_sets: Option<CutSetsReport>,
    /// Availability and reliability over time.
    pub curve: Vec<CurvePoint>,
    /// Warnings.
    pub warnings: Vec<String>,
    /// Why a simulation has no estimates. This is reported as a warning too.
    #[serde(skip)]
    pub too_short: Option<String>,
}

impl Report {
    /// Returns the reason if there are no figures at all.
    pub fn why_empty(&self) -> Option<String> {
        let why = self.too_short.as_ref().filter(|_| self.figures.is_empty())?;
        Some(format!("{}: {why}", self.topology))
    }

    /// Returns the figure of a measure.
    fn figure(&self, measure: &str) -> Option<&MeasureReport> {
        self.figures.iter().find(|figure| figure.key == measure)
    }
}

/// The exact solution.
#[derive(Debug, Clone, Serialize)]
pub struct ExactMethods {
    /// The methods used, any number of: `decision diagram`, `Markov chain`,
    /// `diagram over Markov chains`, `Markov chains in series`.
    pub methods: Vec<&'static str>,
    /// Number of nodes of the decision diagrams.
    pub nodes: Option<u64>,
    /// Number of states of the Markov chain.
    pub states: Option<u64>,
    /// Size of a decision diagram over Markov chains.
    pub parts: Option<Parts>,
    /// Why there is no exact answer.
    pub why_not: Option<String>,
    /// Which importance measures or cut sets are not available, and why.
    pub missing: Vec<String>,
}

/// The size of a decision diagram over Markov chains.
#[derive(Debug, Clone, Serialize)]
pub struct Parts {
    /// Number of nodes of the diagrams.
    pub nodes: u64,
    /// Number of chains.
    pub chains: u64,
    /// Total number of states of all chains.
    pub states: u64,
}

/// The simulation run.
#[derive(Debug, Clone, Serialize)]
pub struct SimulationRun {
    /// Number of replications.
    pub replications: u64,
    /// Number of replications with at least one outage of the system.
    pub failing_replications: u64,
    /// Number of component events.
    pub events: u64,
    /// The condition that ended the run.
    pub stopped_by: Stop,
    /// Requested relative half-width of the interval of the unavailability.
    pub precision_asked: Option<f64>,
    /// Relative half-width reached for the unavailability.
    pub precision_reached: Option<f64>,
}

/// The values of a measure, exact and simulated.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureReport {
    /// Name of the measure: `unavailability`, `mtbf_s`, …
    pub key: &'static str,
    /// Label for people.
    pub label: String,
    /// Unit of the values.
    pub unit: MeasureUnit,
    /// The exact value and its method.
    pub exact: Option<Exactly>,
    /// The simulated value with its confidence interval.
    pub simulated: Option<Figure>,
    /// Distance of the simulated value from the exact one, in standard errors.
    pub z: Option<f64>,
}

/// An exact value.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Exactly {
    /// The value.
    pub value: f64,
    /// The method, by its name in `exact.methods`.
    pub method: &'static str,
}

/// A distribution of times.
#[derive(Debug, Clone, Serialize)]
pub struct Distributed {
    /// A stable identifier: `window_downtime_s`, `outage_s`, `longest_s`.
    pub key: &'static str,
    /// Label for people.
    pub label: String,
    /// The mean, percentiles and exceedance curve.
    #[serde(flatten)]
    pub spread: Spread,
}

/// An objective and its outcome.
#[derive(Debug, Clone, Serialize)]
pub struct Objective {
    /// The objective in words.
    pub promise: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub detail: String,
    /// Probability that a single window meets the objective.
    pub probability: Option<Figure>,
}

/// The downtime due to one cause.
#[derive(Debug, Clone, Serialize)]
pub struct CauseShare {
    /// Name of the unit or common cause.
    pub name: String,
    /// The component that the unit belongs to.
    pub component: Option<String>,
    /// `failure`, `switchover` or `planned`.
    pub kind: &'static str,
    /// Outages that it started, per year.
    pub outages_per_year: f64,
    /// Downtime of these outages in seconds per year.
    pub downtime_s_per_year: f64,
    /// Their share of the total downtime.
    pub share: f64,
}

/// Importance measures of a component.
#[derive(Debug, Clone, Serialize)]
pub struct Important {
    /// Name of the unit or common cause; for a group of dependent units, the name of the group.
    pub name: String,
    /// The component that the unit belongs to.
    pub component: Option<String>,
    /// Its own unavailability.
    pub unavailability: f64,
    /// Birnbaum importance.
    pub birnbaum: f64,
    /// Criticality importance.
    pub criticality: f64,
    /// Fussell–Vesely importance; absent if it is too expensive to compute.
    pub fussell_vesely: Option<f64>,
    /// Risk achievement worth.
    pub raw: f64,
    /// Risk reduction worth; absent if it is infinite.
    pub rrw: Option<f64>,
}

/// The minimal cut sets.
#[derive(Debug, Clone, Serialize)]
pub struct CutSetsReport {
    /// Whether a member can stand for several dependent units or for a standby block.
    pub of_parts: bool,
    /// Number of minimal cut sets in decimal digits, since it may exceed what a JSON number can hold.
    pub count: String,
    /// Numbers of minimal cut sets of order 1, 2, …
    pub by_order: Vec<String>,
    /// The most probable ones.
    pub top: Vec<CutSetReport>,
}

/// A minimal cut set.
#[derive(Debug, Clone, Serialize)]
pub struct CutSetReport {
    /// Probability that all members are down.
    pub probability: f64,
    /// Names of the members.
    pub members: Vec<String>,
}

/// A point of the curves.
#[derive(Debug, Clone, Serialize)]
pub struct CurvePoint {
    /// Seconds from the start.
    pub at_s: f64,
    /// Exact probability of being down.
    pub unavailability_exact: Option<f64>,
    /// Simulated probability of being down.
    pub unavailability: Option<Figure>,
    /// Exact probability of having failed by then.
    pub unreliability_exact: Option<f64>,
    /// Simulated probability of having failed by then.
    pub unreliability: Option<Figure>,
}
