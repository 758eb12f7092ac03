//! Judges a run: pure functions from an observation to a verdict. docs/chaos-verdict.md has all
//! definitions.
//!
//! | part | what it does |
//! |---|---|
//! | [`rule`] | rules about single requests, and the test whether too many requests break one |
//! | [`normal`] | the rules that hold while the target is well |
//! | [`mod@steps`] | windows joined into steps that can be judged, each inside or outside the steady state |
//! | [`gate`] | whether faults may be injected, and whether they had an effect |
//! | [`mod@abort`] | whether the injection must end early |
//! | [`share`] | shares of requests, their bounds, and how far requests come together |
//! | [`evidence`] | what the requests of some steps show about shares and response times |
//! | [`mod@shown`] | whether a rule is shown to hold, compared with the baseline |
//! | [`drift`] | whether a measure changes from step to step |
//! | [`mod@stretch`] | from when on the target was back inside, and whether that is shown |
//! | [`mod@recovery`] | when it left the steady state, and when it returned |
//! | [`mod@measures`] | error budget, retry amplification, overshoot, metastable failure |
//! | [`expectation`] | the result of each expectation |

pub mod abort;
pub(crate) mod drift;
pub(crate) mod evidence;
pub(crate) mod expectation;
pub(crate) mod gate;
pub(crate) mod measures;
pub(crate) mod normal;
pub(crate) mod recovery;
pub(crate) mod rule;
pub(crate) mod share;
pub(crate) mod shown;
pub mod steps;
pub(crate) mod stretch;

pub use abort::abort;
pub use gate::{Gate, baseline_gate, baseline_is_known, unlike_itself};

use super::experiment::Experiment;
use super::limit::Measured;
use super::observation::{Ended, Observation, Phase};
use crate::base::outcome::Outcome;
use expectation::{Expectation, expectations};
use measures::{ByPhase, Measures, measures};
use normal::Normal;
use recovery::{Recovery, Run, recovery};
use serde::Serialize;
use std::time::Duration;
use steps::{Placed, Totals, baseline_steps, of_phase, placed, steps, windows_per_step};

/// Outcome of a run; each has an exit code of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// All that was expected held.
    Held,
    /// An expectation was missed.
    Missed,
    /// The run does not decide the expectations.
    Inconclusive(Inconclusive),
    /// A fault had too few hits, so nothing was tested.
    TouchedNothing,
    /// A guard ended the injection; with the reason.
    Stopped(String),
    /// A signal ended the run; with its number.
    Interrupted(u8),
}

/// Reason for an inconclusive run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconclusive {
    /// The target accepted no connection, so nothing was sent.
    Unreachable,
    /// The steady state did not hold before the faults.
    NotSteady,
    /// The load generator did not measure the target: it stalled too often, had no descriptors or ports left, or
    /// sent too many requests twice.
    NotMeasured,
    /// The observations do not decide the expectations.
    CannotTell,
}

impl RunOutcome {
    /// The exit code: docs/exit-codes.md.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Missed => 1,
            Self::Inconclusive(_) => 3,
            Self::TouchedNothing => 4,
            Self::Stopped(_) => 5,
            Self::Interrupted(signal) => signal.saturating_add(128),
        }
    }
}

/// The verdict on a run.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How it came out.
    pub outcome: RunOutcome,
    /// Whether the steady state held before the faults.
    pub gate: Gate,
    /// Indices of the faults with too few hits.
    pub untouched: Vec<usize>,
    /// Why the requests do not measure the target, if they do not.
    pub unfit: Option<String>,
    /// When the target left the steady state, and when it returned.
    pub recovery: Recovery,
    /// Error budget, retry amplification, overshoot and metastable failure.
    pub measures: Measures,
    /// Every expectation with its result.
    pub expectations: Vec<Expectation>,
    /// Totals of each phase.
    pub phases: ByPhase,
    /// Rules that hold while the target is well.
    pub normal: Normal,
    /// The steps that were judged.
    pub run: Run,
}

impl Verdict {
    /// Returns the measurements of all requests of a phase.
    pub fn measured(&self, phase: Phase) -> Measured {
        self.phases.get(&phase).map(|totals| totals.sum.measured.clone()).unwrap_or_default()
    }
}

/// Judges a run.
pub fn judge(experiment: &Experiment, observation: &Observation) -> Verdict {
    let windows = placed(observation);
    let phases = by_phase(&windows);
    let baseline = phases.get(&Phase::Baseline).cloned().unwrap_or_default();
    let usual = &baseline.sum.measured;
    let (normal, run) = stepped(&windows, &baseline, Normal::of(experiment, usual));
    let times = observation.times;
    let mut recovery = recovery(&run, &normal, experiment.judge.hold, times.injected, times.cleared);
    if recovery.detect.is_some() && experiment.faults.iter().any(|fault| fault.who.first.is_some()) {
        // With `first` a fault ends by itself after its last hit, which is not a failover of the target.
        (recovery.failover, recovery.failed_over) = (None, Outcome::Inconclusive);
        recovery.failed_over_why = "the fault ended by itself".into();
    }
    let judged = phases.iter().filter(|(phase, _)| **phase != Phase::WarmUp).map(|(_, totals)| totals);
    let mut verdict = Verdict {
        outcome: RunOutcome::Held,
        gate: gate::judged(experiment, &baseline, &run.baseline, &normal),
        untouched: gate::untouched(experiment, &observation.faults),
        unfit: gate::unfit(judged, experiment),
        measures: measures(experiment, &phases, &run, &recovery, &normal),
        recovery,
        expectations: Vec::new(),
        phases,
        normal,
        run,
    };
    verdict.gate.broken.extend(unlike_itself(experiment, &observation.responses));
    verdict.expectations = expectations(experiment, &verdict, lasted(observation));
    verdict.outcome = outcome(&verdict, experiment, &observation.ended);
    withhold_answers(&mut verdict);
    verdict
}

/// Marks all expectations as undecided if nothing was tested, so that none is reported as held.
fn withhold_answers(verdict: &mut Verdict) {
    let tested = matches!(
        verdict.outcome,
        RunOutcome::Held | RunOutcome::Missed | RunOutcome::Inconclusive(Inconclusive::CannotTell)
    );
    if !tested {
        for expected in &mut verdict.expectations {
            expected.outcome = Outcome::Inconclusive;
        }
    }
}

fn by_phase(windows: &[Placed<'_>]) -> ByPhase {
    let phases = [Phase::WarmUp, Phase::Baseline, Phase::Fault, Phase::Recovery];
    let counted = phases.map(|phase| (phase, Totals::of(&of_phase(windows, phase))));
    counted.into_iter().filter(|(_, totals)| totals.windows > 0).collect()
}

fn stepped(windows: &[Placed<'_>], baseline: &Totals, normal: Normal) -> (Normal, Run) {
    let per_step = windows_per_step(baseline);
    let (baseline, design_effects) = baseline_steps(&of_phase(windows, Phase::Baseline), per_step, &normal);
    let normal = Normal { design_effects, ..normal };
    let of = |phase| steps(&of_phase(windows, phase), per_step, &normal);
    let (fault, recovery) = (of(Phase::Fault), of(Phase::Recovery));
    (normal, Run { baseline, fault, recovery })
}

/// Returns the time for which the faults were on.
fn lasted(observation: &Observation) -> Duration {
    let times = observation.times;
    let until = times.cleared.unwrap_or(times.ended);
    times.injected.map_or(Duration::ZERO, |from| until.saturating_sub(from))
}

/// The first that applies: what ended the run early, what makes it worthless, and only then what was
/// expected.
fn outcome(verdict: &Verdict, experiment: &Experiment, ended: &Ended) -> RunOutcome {
    let answered = |answer| verdict.expectations.iter().any(|expected| expected.outcome == answer);
    match ended {
        Ended::Signal(signal) => RunOutcome::Interrupted(*signal),
        Ended::Guard(why) => RunOutcome::Stopped(why.clone()),
        Ended::Unreachable(_) => RunOutcome::Inconclusive(Inconclusive::Unreachable),
        _ if *ended == Ended::NotSteady || !verdict.gate.is_open() => {
            RunOutcome::Inconclusive(Inconclusive::NotSteady)
        }
        _ if verdict.unfit.is_some() => RunOutcome::Inconclusive(Inconclusive::NotMeasured),
        _ if experiment.faults.is_empty() || !verdict.untouched.is_empty() => RunOutcome::TouchedNothing,
        _ if answered(Outcome::Missed) => RunOutcome::Missed,
        _ if answered(Outcome::Inconclusive) => RunOutcome::Inconclusive(Inconclusive::CannotTell),
        _ => RunOutcome::Held,
    }
}
