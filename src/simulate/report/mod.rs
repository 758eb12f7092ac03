//! The typed result of a run: what is written as JSON, and what the document is made from.

mod build;
mod compare;
mod document;
mod lists;
mod parts;
mod sweep;

pub use build::{Findings, Origin, TooShort, report, simulated};
pub use compare::{COMPARE_SCHEMA, CompareReport, compare_document};
pub use document::{Shown, document};
pub use sweep::{SWEEP_SCHEMA, SweepPoint, SweepReport, sweep_document};

use crate::base::outcome::Outcome;
use crate::simulate::monte_carlo::estimate::Stop;
use serde::Serialize;

/// The version of the JSON schema of [`Report`]; docs/json.md describes it.
pub const SCHEMA: &str = "steadfast.simulate/2";

/// All that a run of `simulate` has to say. Times in seconds, rates per year of 365.25 days, shares from 0 to 1.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The system's name.
    pub name: String,
    /// The topology file, and what was set over it.
    pub topology: String,
    /// `path=value`, as set on the command line.
    pub set: Vec<String>,
    /// Units, and blocks with a name.
    pub units: u64,
    /// The seed of the simulation.
    pub seed: u64,
    /// The level of all intervals.
    pub confidence: f64,
    /// Length of a replication.
    pub horizon_s: f64,
    /// The state at time zero: `new` or `stationary`.
    pub start: &'static str,
    /// How the exact figures were found, or why there are none.
    pub exact: ExactRoad,
    /// How the simulation went; absent where none was run.
    pub simulation: Option<SimulationRoad>,
    /// The figures of the system.
    pub figures: Vec<Measure>,
    /// How downtime and outages are distributed.
    pub distributions: Vec<Distributed>,
    /// What becomes of failed units; absent where there is nothing between a failure and its repair.
    pub repairs: Option<RepairsReport>,
    /// The objectives, each with its outcome.
    pub objectives: Vec<Objective>,
    /// Who brought the system down, most downtime first.
    pub blame: Vec<Blamed>,
    /// What each component means for the unavailability, the most critical first.
    pub importance: Vec<Important>,
    /// The minimal cut sets.
    pub cut_sets: Option<CutSetsReport>,
    /// Availability and reliability over time.
    pub curve: Vec<CurvePoint>,
    /// What a careful reader must know.
    pub warnings: Vec<String>,
    /// Why a simulation gave nothing, which is a warning too.
    #[serde(skip)]
    pub too_short: Option<TooShort>,
}

impl Report {
    /// Why nothing at all is known, where that is so.
    pub fn why_empty(&self) -> Option<String> {
        let too_short = self.too_short.filter(|_| self.figures.is_empty());
        too_short.map(|too_short| format!("{}: {}", self.topology, too_short.description()))
    }
}

/// The exact road.
#[derive(Debug, Clone, Serialize)]
pub struct ExactRoad {
    /// `decision diagram`, `Markov chain`, `diagram over Markov chains`, `Markov chains in series`: some of them or none.
    pub methods: Vec<&'static str>,
    /// Nodes of the diagrams.
    pub nodes: Option<u64>,
    /// States of the chain.
    pub states: Option<u64>,
    /// What was put together from chains.
    pub parts: Option<Parts>,
    /// Why there is no exact answer.
    pub why_not: Option<String>,
    /// What is not known of the parts' meaning for the whole, and why.
    pub missing: Vec<String>,
}

/// A decision diagram over Markov chains.
#[derive(Debug, Clone, Serialize)]
pub struct Parts {
    /// Nodes of the diagrams.
    pub nodes: u64,
    /// How many chains.
    pub chains: u64,
    /// States of all chains together.
    pub states: u64,
}

/// The simulated road.
#[derive(Debug, Clone, Serialize)]
pub struct SimulationRoad {
    /// Replications.
    pub replications: u64,
    /// Those in which the system was down at least once.
    pub failing_replications: u64,
    /// Component events.
    pub events: u64,
    /// What ended it.
    pub stopped_by: Stop,
    /// The relative half-width that was asked for.
    pub precision_asked: Option<f64>,
    /// The one that was reached, of the unavailability.
    pub precision_reached: Option<f64>,
}

/// What a figure is, and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureUnit {
    /// A share near one, given by its complement.
    ShareByComplement,
    /// A share.
    Share,
    /// A duration in seconds.
    Seconds,
    /// Events a year.
    PerYear,
}

/// One figure by each road.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// A stable name: `unavailability`, `mtbf_s`, …
    pub key: &'static str,
    /// What people read.
    pub label: String,
    /// What it is measured in.
    pub unit: MeasureUnit,
    /// The exact value, and how it was found.
    pub exact: Option<Exactly>,
    /// The simulated value with its interval.
    pub simulated: Option<Simulated>,
    /// How many standard errors the simulated value lies from the exact one.
    pub z: Option<f64>,
}

/// An exact value.
#[derive(Debug, Clone, Serialize)]
pub struct Exactly {
    /// The value.
    pub value: f64,
    /// The road, by its name in `exact.methods`.
    pub road: &'static str,
}

/// A simulated value.
#[derive(Debug, Clone, Serialize)]
pub struct Simulated {
    /// The estimate.
    pub value: f64,
    /// The lower bound of its interval.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
    /// How the interval was found.
    pub method: Option<&'static str>,
}

/// A distribution by its mean and percentiles.
#[derive(Debug, Clone, Serialize)]
pub struct Distributed {
    /// A stable name: `window_downtime_s`, `outage_s`, `longest_s`.
    pub key: &'static str,
    /// What people read.
    pub label: String,
    /// The mean.
    pub mean: Option<Simulated>,
    /// Percentiles.
    pub p50: Option<Simulated>,
    /// See `p50`.
    pub p95: Option<Simulated>,
    /// See `p50`.
    pub p99: Option<Simulated>,
    /// What the objective allows; of the downtime of a window, where there is an objective.
    pub allowed_s: Option<f64>,
    /// Lengths from 0 upwards, each with the share that is longer.
    pub exceedance: Vec<Exceedance>,
}

/// How much is longer than what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exceedance {
    /// The length.
    pub longer_than_s: f64,
    /// The share of windows, outages or replications.
    pub share: f64,
}

/// From failures of units to their end, simulated.
#[derive(Debug, Clone, Serialize)]
pub struct RepairsReport {
    /// Replications that were heard for it: the first of them, not all.
    pub replications: u64,
    /// The components that are repaired.
    pub components: Vec<ComponentRepairs>,
    /// The crews.
    pub crews: Vec<CrewReport>,
}

/// The mean times that a component's failures take.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentRepairs {
    /// The component's name.
    pub name: String,
    /// Failures that were heard to their end.
    pub failures: u64,
    /// Until it is detected; absent where that is always at once.
    pub detection_s: Option<Simulated>,
    /// In automatic restarts; absent where there are none.
    pub restart_s: Option<Simulated>,
    /// Until a crew begins; absent where there is none.
    pub wait_s: Option<Simulated>,
    /// In repair.
    pub repair_s: Option<Simulated>,
    /// All of it.
    pub restore_s: Option<Simulated>,
}

/// How busy a crew is.
#[derive(Debug, Clone, Serialize)]
pub struct CrewReport {
    /// The crew's name.
    pub name: String,
    /// How many repairs it does at once.
    pub size: u32,
    /// The share of its time that it repairs.
    pub utilisation: Option<Simulated>,
    /// The mean wait for it, over all failures of its units.
    pub wait_s: Option<Simulated>,
}

/// An objective and how it came out.
#[derive(Debug, Clone, Serialize)]
pub struct Objective {
    /// What was promised, in words.
    pub promise: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub detail: String,
    /// The probability that a single window (or mission) keeps the promise.
    pub probability: Option<Simulated>,
}

/// Who brought the system down.
#[derive(Debug, Clone, Serialize)]
pub struct Blamed {
    /// The unit's or common cause's name.
    pub name: String,
    /// The component that it is a unit of.
    pub component: Option<String>,
    /// `failure`, `switchover` or `planned`.
    pub kind: &'static str,
    /// Outages that it began, a year.
    pub outages_per_year: f64,
    /// Downtime of these, a year.
    pub downtime_s_per_year: f64,
    /// Their share of all downtime.
    pub share: f64,
}

/// What a component means for the system.
#[derive(Debug, Clone, Serialize)]
pub struct Important {
    /// The unit's or common cause's name; of units that act on each other, the name of what they make up together.
    pub name: String,
    /// The component that it is a unit of.
    pub component: Option<String>,
    /// Its own unavailability.
    pub unavailability: f64,
    /// Birnbaum's measure.
    pub birnbaum: f64,
    /// Criticality.
    pub criticality: f64,
    /// Fussell–Vesely; absent where it would be too dear.
    pub fussell_vesely: Option<f64>,
    /// Risk achievement worth.
    pub raw: f64,
    /// Risk reduction worth; absent where it is infinite.
    pub rrw: Option<f64>,
}

/// The minimal cut sets.
#[derive(Debug, Clone, Serialize)]
pub struct CutSetsReport {
    /// Whether some of their members are several units that act on each other, together.
    pub of_parts: bool,
    /// How many there are, in digits: it may be beyond what a number holds.
    pub count: String,
    /// How many there are of one component, of two, …
    pub by_order: Vec<String>,
    /// The most probable ones.
    pub top: Vec<CutSetReport>,
}

/// A minimal cut set.
#[derive(Debug, Clone, Serialize)]
pub struct CutSetReport {
    /// The probability that all of it is down.
    pub probability: f64,
    /// Its members' names.
    pub members: Vec<String>,
}

/// A point of the curves.
#[derive(Debug, Clone, Serialize)]
pub struct CurvePoint {
    /// Seconds from the start.
    pub at_s: f64,
    /// The probability to be down, exactly.
    pub unavailability_exact: Option<f64>,
    /// The probability to be down, simulated.
    pub unavailability: Option<Simulated>,
    /// The probability to have failed, exactly.
    pub unreliability_exact: Option<f64>,
    /// The probability to have failed, simulated.
    pub unreliability: Option<Simulated>,
}
