//! The false alarm rate of the verdict, over many healthy runs with different seeds.
//!
//! The bounds are exact binomial ones. If exactly 1 run in 100 were called broken, more than 11 of 500
//! runs would be with a probability of 0.5 %. None is expected, and the tests allow 1 %.

use crate::verdict::synthetic::{DOWN, FAULT, RECOVERY, Run, SLOW, Second, WELL};
use steadfast::chaos::verdict::RunOutcome;

const RUNS: u64 = 500;

/// Returns the number of runs that are missed, and of those that are not held.
fn alarms(like: Second) -> (u64, u64) {
    let outcome = |seed| Run::of(like).seeded(seed).judged().outcome;
    let outcomes: Vec<RunOutcome> = (0..RUNS).map(outcome).collect();
    let count = |wanted: &dyn Fn(&RunOutcome) -> bool| {
        outcomes.iter().filter(|outcome| wanted(outcome)).count() as u64
    };
    let (missed, not_held) =
        (count(&|outcome| *outcome == RunOutcome::Missed), count(&|outcome| *outcome != RunOutcome::Held));
    println!("{} a second: {missed} missed, {not_held} not held of {RUNS}", like.rate);
    (missed, not_held)
}

#[test]
fn healthy_runs_at_fifty_a_second_are_held() {
    let (_, not_held) = alarms(WELL);
    assert!(not_held * 100 <= RUNS, "{not_held}");
}

#[test]
fn healthy_runs_at_two_hundred_a_second_with_a_long_tail_are_held() {
    // With σ = 0.8 the ratio of p99 to median is 6.4, close to the 6.6 of an exponential.
    let (_, not_held) = alarms(Second { rate: 200, sigma: 0.8, median_s: 0.02, ..WELL });
    assert!(not_held * 100 <= RUNS, "{not_held}");
}

#[test]
fn healthy_runs_at_five_a_second_are_never_called_broken() {
    let (missed, not_held) = alarms(Second { rate: 5, ..WELL });
    assert!(missed * 100 <= RUNS && not_held * 100 <= RUNS, "{missed} {not_held}");
}

#[test]
fn healthy_runs_at_one_a_second_are_never_called_broken() {
    let (missed, _) = alarms(Second { rate: 1, ..WELL });
    assert!(missed * 100 <= RUNS, "{missed}");
}

#[test]
fn a_target_whose_response_times_drift_by_a_tenth_is_held() {
    let drifting = |seed: u64| Run::of(WELL).seeded(seed).drifting(0.1).judged().outcome;
    let not_held = (0..RUNS / 2).filter(|seed| drifting(*seed) != RunOutcome::Held).count() as u64;
    assert!(not_held * 100 <= RUNS / 2, "{not_held}");
}

#[test]
fn a_broken_target_is_never_held() {
    let rare = Second { rate: 5, ..WELL };
    for (well, broken) in [
        (WELL, DOWN),
        (WELL, SLOW),
        (WELL, Second { failing: 0.05, ..WELL }),
        (WELL, Second { median_s: 0.1, ..WELL }),
        (rare, Second { failing: 0.5, ..rare }),
        (rare, Second { median_s: 0.4, ..rare }),
    ] {
        let outcome = |seed| {
            let run = Run::of(well).seeded(seed).then(0, FAULT + RECOVERY, broken);
            run.judged().outcome
        };
        let held = (0..50).filter(|seed| outcome(*seed) == RunOutcome::Held);
        assert_eq!(
            held.count(),
            0,
            "{} a second, {} failing, {}",
            broken.rate,
            broken.failing,
            broken.median_s
        );
    }
}
