//! Histories that are known to be bad, each beside a healthy twin that differs in nothing else: the verdict must not be
//! green by accident, and not be red or undecided by habit.

use super::synthetic::{BASELINE, DOWN, FAULT, RECOVERY, Run, Second, WARM_UP, WELL};
use super::{CANNOT_TELL, NOT_STEADY};
use steadfast::chaos::observation::{Failure, Observation};
use steadfast::chaos::verdict::{Inconclusive, RunOutcome, judge};

const NOT_MEASURED: RunOutcome = RunOutcome::Inconclusive(Inconclusive::NotMeasured);

/// A history and its healthy twin.
struct Pair {
    name: &'static str,
    bad: fn() -> Run,
    /// The outcomes that the bad one may have: one where the evidence is plain, two where it depends on chance.
    outcomes: &'static [RunOutcome],
    twin: fn() -> Run,
}

/// The fault, and what the target is like from its clearing to the end.
fn then(after: Second) -> Run {
    Run::of(WELL).then(0, FAULT, DOWN).then(FAULT, RECOVERY, after)
}

/// One request per second, of which nothing but the share of failures is judged, for long enough to show one percent.
fn rare(after: Second) -> Run {
    let usual = Second { rate: 1, failing: 0.0, ..WELL };
    let run = Run::of(usual).then(0, FAULT, Second { rate: 1, ..DOWN });
    let run = run.lasting(600).then(FAULT, RECOVERY + 600, Second { rate: 1, ..after });
    run.expecting(|experiment| {
        experiment.judge.quantiles.clear();
        experiment.steady_state.truncate(1);
    })
}

/// A history in which the median changes by this factor in every second of the recovery.
fn creeping(factor: f64) -> Run {
    (0..RECOVERY).fold(then(WELL), |run, second| {
        let median_s = WELL.median_s * factor.powi(second as i32);
        run.then(FAULT + second, 1, Second { median_s, ..WELL })
    })
}

/// A baseline in which the median changes by this factor in every second.
fn drifting(factor: f64) -> Run {
    (0..BASELINE).fold(then(WELL), |run, second| {
        let median_s = WELL.median_s * factor.powi(second as i32);
        run.at(WARM_UP + second, 1, Second { median_s, ..WELL })
    })
}

/// A recovery in which the target is down for two seconds of every ten, in the first seconds only or to its end.
fn flapping(until: usize) -> Run {
    (0..until).step_by(10).fold(then(WELL).lasting(200), |run, second| run.then(FAULT + second, 2, DOWN))
}

/// Some requests are slow at all times: a fifth of them takes forty times as long.
const MIXED: Second = Second { tail: (0.2, 40.0), sigma: 0.1, failing: 0.0, ..WELL };

/// Builds a run of [`MIXED`] requests without a steady state, whose limits would notice the slow ones.
fn mixed(after: Second) -> Run {
    let run = Run::of(MIXED).then(0, FAULT, DOWN).then(FAULT, RECOVERY, after);
    run.expecting(|experiment| experiment.steady_state.truncate(1))
}

#[rustfmt::skip]
const PAIRS: &[Pair] = &[
    Pair { name: "fails one request in forty for good, where one in a hundred is allowed",
        bad: || then(Second { failing: 0.025, ..WELL }),
        outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || then(Second { failing: 0.0005, ..WELL }) },
    Pair { name: "fails one request in ten for good",
        bad: || then(Second { failing: 0.1, ..WELL }), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || then(WELL) },
    Pair { name: "fails one request in ten at one request per second",
        bad: || rare(Second { failing: 0.1, ..WELL }), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || rare(Second { failing: 0.0, ..WELL }) },
    Pair { name: "fails every other request at one request per second",
        bad: || rare(Second { failing: 0.5, ..WELL }), outcomes: &[RunOutcome::Missed],
        twin: || rare(Second { failing: 0.0, ..WELL }) },
    Pair { name: "the median is 26 times as long for good, and the slowest requests are as before",
        bad: || mixed(Second { median_s: 26.0 * MIXED.median_s, tail: (0.2, 40.0 / 26.0), ..MIXED }),
        outcomes: &[RunOutcome::Missed],
        twin: || mixed(MIXED) },
    Pair { name: "three requests in a hundred became ten times as slow",
        bad: || then(Second { tail: (0.03, 10.0), ..WELL }), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || then(Second { tail: (0.03, 1.0), ..WELL }) },
    Pair { name: "three times as slow for good",
        bad: || then(Second { median_s: 3.0 * WELL.median_s, ..WELL }), outcomes: &[RunOutcome::Missed],
        twin: || then(Second { median_s: 1.05 * WELL.median_s, ..WELL }) },
    Pair { name: "creeps up by five percent per second after the fault",
        bad: || creeping(1.05), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || creeping(1.0) },
    Pair { name: "goes down again at the end",
        bad: || then(WELL).then(FAULT + RECOVERY - 5, 5, DOWN), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || then(WELL).then(FAULT, 5, DOWN) },
    Pair { name: "goes down for two seconds of every ten, to the end",
        bad: || flapping(RECOVERY + 200), outcomes: &[RunOutcome::Missed, CANNOT_TELL],
        twin: || flapping(1) },
    Pair { name: "returns in the last three seconds",
        bad: || then(DOWN).then(FAULT + RECOVERY - 3, 3, WELL), outcomes: &[CANNOT_TELL],
        twin: || then(DOWN).then(FAULT + 3, RECOVERY - 3, WELL) },
    Pair { name: "never returns",
        bad: || then(DOWN), outcomes: &[RunOutcome::Missed],
        twin: || then(WELL) },
    Pair { name: "failed one request in twenty before the fault already",
        bad: || then(WELL).at(0, WARM_UP + BASELINE, Second { failing: 0.05, ..WELL }), outcomes: &[NOT_STEADY],
        twin: || then(WELL) },
    Pair { name: "slowed down throughout the baseline",
        bad: || drifting(1.05), outcomes: &[NOT_STEADY],
        twin: || drifting(1.0) },
    Pair { name: "was not hit by the fault",
        bad: || then(WELL).hitting(0), outcomes: &[RunOutcome::TouchedNothing],
        twin: || then(WELL).hitting(10) },
];

const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

#[test]
fn no_history_that_is_known_to_be_bad_is_held_and_its_healthy_twin_is() {
    for Pair { name, bad, outcomes, twin } in PAIRS {
        for seed in SEEDS {
            let bad = Run { seed, ..bad() }.judged();
            assert!(
                outcomes.contains(&bad.outcome),
                "{name}, seed {seed}: {:?} {:?}",
                bad.outcome,
                bad.recovery
            );
            let twin = Run { seed, ..twin() }.judged();
            assert_eq!(
                twin.outcome,
                RunOutcome::Held,
                "twin of: {name}, seed {seed}: {:?} {:?}",
                twin.gate,
                twin.recovery
            );
        }
    }
}

/// What the load generator itself lacked or repeated, in each window of a history that is held otherwise.
#[test]
fn what_the_load_generator_did_is_no_evidence_about_the_target() {
    let outcome = |change: &dyn Fn(&mut Observation)| {
        let run = then(WELL);
        let mut observation = run.observation();
        change(&mut observation);
        judge(&run.experiment, &observation).outcome
    };
    let repeating = |share: f64| {
        move |seen: &mut Observation| {
            for window in seen.windows.iter_mut().skip(WARM_UP + BASELINE) {
                window.repeated = (share * window.measured.offered as f64) as u64;
            }
        }
    };
    assert_eq!(outcome(&|_| ()), RunOutcome::Held);
    assert_eq!(outcome(&repeating(0.06)), NOT_MEASURED);
    // A single keep-alive race, in a window of the recovery.
    assert_eq!(outcome(&|seen| seen.windows[WARM_UP + BASELINE + FAULT + 1].repeated = 1), RunOutcome::Held);
    let lacking = |at: usize| {
        move |seen: &mut Observation| {
            seen.windows[at].failed.insert(Failure::Exhausted, 1);
        }
    };
    assert_eq!(outcome(&lacking(WARM_UP + BASELINE + FAULT + 1)), NOT_MEASURED);
    assert_eq!(outcome(&lacking(WARM_UP + 1)), NOT_STEADY);
    // Nothing is judged in the warm-up.
    assert_eq!(outcome(&lacking(0)), RunOutcome::Held);
}
