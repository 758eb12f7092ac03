//! Property tests: any observation, however inconsistent, can be judged, and the times of the verdict
//! are in order.

use crate::verdict::synthetic::experiment;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use steadfast::chaos::experiment::Experiment;
use steadfast::chaos::limit::{Limit, MEASURES, Measured};
use steadfast::chaos::observation::{Ended, Failure, FaultSeen, Observation, Times, Window};
use steadfast::chaos::verdict::{RunOutcome, judge};

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..60_u64, 1 => Just(u64::MAX)]
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![9 => (0..40_000_u64).prop_map(Duration::from_millis), 1 => Just(Duration::MAX)]
}

fn window() -> impl Strategy<Value = Window> {
    let times = prop::collection::vec(time(), 0..6);
    (count(), count(), count(), times, any::<bool>()).prop_map(|(offered, good, attempts, times, stalled)| {
        let mut measured = Measured { offered, good, ..Measured::default() };
        for time in times {
            measured.response.record(time);
        }
        Window {
            measured,
            failed: BTreeMap::from([(Failure::Status, attempts)]),
            attempts: Some(attempts),
            stalled,
            ..Window::default()
        }
    })
}

fn times() -> impl Strategy<Value = Times> {
    let maybe = || prop::option::of(time());
    (maybe(), maybe(), maybe(), maybe(), time()).prop_map(|(baseline, settling, injected, cleared, ended)| {
        Times { settling, baseline, injected, cleared, ended }
    })
}

fn ended() -> impl Strategy<Value = Ended> {
    prop_oneof![
        4 => Just(Ended::Complete),
        1 => Just(Ended::NotSteady),
        1 => Just(Ended::Guard("full".into())),
        1 => any::<u8>().prop_map(Ended::Signal),
    ]
}

pub(super) fn observation() -> impl Strategy<Value = Observation> {
    let windows = prop::collection::vec(window(), 0..40);
    (time(), windows, times(), prop::collection::vec(count(), 0..3), ended()).prop_map(
        |(window, windows, times, hits, ended)| Observation {
            window,
            windows,
            times,
            faults: hits.into_iter().map(|hits| FaultSeen { hits, ..FaultSeen::default() }).collect(),
            ended,
            ..Observation::default()
        },
    )
}

/// An experiment with every possible expectation.
pub(super) fn demanding() -> Experiment {
    let mut experiment = experiment();
    let limits = ["<= 50%", ">= 2x baseline", "< baseline - 1%", "> 0.5x baseline + 1%"];
    let times = ["<= 1s", ">= 2x baseline", "< baseline - 1ms", "> 0.5x baseline + 1ms"];
    for measure in MEASURES.iter().map(|(measure, ..)| *measure) {
        let texts = if measure.is_share() { limits } else { times };
        let all = texts.iter().map(|text| Limit::parse(measure, text).unwrap());
        experiment.steady_state.extend(all.clone());
        experiment.expect.during_fault.extend(all.clone());
        experiment.expect.after.extend(all);
    }
    let second = Some(Duration::from_secs(1));
    let expect = &mut experiment.expect;
    (expect.detect_within, expect.failover_within, expect.recover_within) = (second, second, second);
    (expect.relapses_max, expect.budget_max) = (Some(0), Some(0.1));
    (expect.amplification_max, expect.overshoot_max) = (Some(2.0), Some(2.0));
    experiment
}

#[test]
fn an_empty_observation_is_inconclusive() {
    for experiment in [experiment(), demanding()] {
        assert_eq!(judge(&experiment, &Observation::default()).outcome.exit_code(), 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_observation_is_judged(observation in observation(), demanding_one in any::<bool>()) {
        let experiment = if demanding_one { demanding() } else { experiment() };
        let verdict = judge(&experiment, &observation);
        if let RunOutcome::Held = verdict.outcome {
            prop_assert!(verdict.gate.is_open() && verdict.untouched.is_empty() && verdict.unfit.is_none());
            prop_assert!(verdict.recovery.settled.is_some());
        }
        for elapsed in [verdict.recovery.detect, verdict.recovery.failover, verdict.recovery.recover].into_iter().flatten() {
            prop_assert!(0.0 <= elapsed.lower_s && elapsed.lower_s <= elapsed.value_s);
        }
    }
}
