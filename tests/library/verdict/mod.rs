//! The verdict on synthetic runs, each described second by second and judged in milliseconds.

mod any;
mod calibration;
mod histories;
mod reports;
mod synthetic;

use std::time::Duration;
use steadfast::base::outcome::Outcome;
use steadfast::chaos::experiment::{Abort, Expected, Proxy, Slo, Upstream};
use steadfast::chaos::likeness::{Aspect, Responses};
use steadfast::chaos::limit::Measure;
use steadfast::chaos::observation::{Ended, Failure, Phase, Window};
use steadfast::chaos::verdict::steps::{Totals, placed};
use steadfast::chaos::verdict::{
    Inconclusive, RunOutcome, Verdict, abort, baseline_gate, baseline_is_known, judge,
};
use synthetic::{
    BASELINE, DOWN, FAULT, RECOVERY, Run, SLOW, Second, WARM_UP, WELL, experiment, limit, seconds,
};

const CANNOT_TELL: RunOutcome = RunOutcome::Inconclusive(Inconclusive::CannotTell);
const NOT_STEADY: RunOutcome = RunOutcome::Inconclusive(Inconclusive::NotSteady);

fn answer(verdict: &Verdict, about: &str) -> Outcome {
    let mut found = verdict.expectations.iter().filter(|expected| expected.about == about);
    found.next().unwrap_or_else(|| panic!("{about} was not expected")).outcome
}

fn said<'v>(verdict: &'v Verdict, about: &str) -> (Outcome, &'v str) {
    let mut found = verdict.expectations.iter().filter(|expected| expected.about == about);
    let found = found.next().unwrap();
    (found.outcome, &found.detail)
}

fn recover_s(verdict: &Verdict) -> Option<f64> {
    verdict.recovery.recover.map(|elapsed| elapsed.value_s)
}

/// A run that is down while the fault lasts, and for this many seconds after it was cleared.
fn down_until(after_clearing: usize) -> Run {
    Run::of(WELL).then(0, FAULT + after_clearing, DOWN)
}

#[test]
fn an_unaffected_target_is_held() {
    let verdict = Run::of(WELL).judged();
    assert_eq!(verdict.outcome, RunOutcome::Held, "{verdict:#?}");
    assert_eq!((verdict.recovery.detect, verdict.recovery.failover), (None, None));
    assert_eq!((recover_s(&verdict), verdict.recovery.relapses), (Some(0.0), Some(0)));
    assert!(verdict.gate.is_open() && verdict.gate.doubts.is_empty());
}

#[test]
fn a_target_that_recovers_at_once_is_held() {
    let verdict = down_until(0).judged();
    assert_eq!(verdict.outcome, RunOutcome::Held);
    assert_eq!(verdict.recovery.detect.unwrap().value_s, 1.0);
    assert_eq!(verdict.run.fault[0].broken[0], "success >= 99%");
    assert_eq!((recover_s(&verdict), verdict.recovery.failover), (Some(0.0), None));
}

#[test]
fn the_time_to_recover_counts_from_the_clearing_to_the_first_good_window() {
    for late in [1, 7, 25] {
        let verdict = down_until(late).judged();
        let recover = verdict.recovery.recover.unwrap();
        assert_eq!((recover.value_s, recover.lower_s), (late as f64, late as f64 - 1.0));
    }
}

#[test]
fn a_recovery_later_than_expected_is_missed() {
    let run =
        |late| down_until(late).expecting(|experiment| experiment.expect.recover_within = Some(seconds(10)));
    assert_eq!(run(10).judged().outcome, RunOutcome::Held);
    let verdict = run(11).judged();
    assert_eq!(verdict.outcome, RunOutcome::Missed);
    assert_eq!(answer(&verdict, "recover_within"), Outcome::Missed);
    assert_eq!(answer(&verdict, "recovers"), Outcome::Held);
}

#[test]
fn a_slow_target_is_outside_although_everything_succeeds() {
    let verdict = Run::of(WELL).then(0, FAULT + 5, SLOW).judged();
    assert_eq!((verdict.outcome.clone(), recover_s(&verdict)), (RunOutcome::Held, Some(5.0)));
}

#[test]
fn a_target_that_never_recovers_is_missed() {
    let verdict = down_until(RECOVERY).judged();
    assert_eq!(verdict.outcome, RunOutcome::Missed);
    assert_eq!(verdict.recovery.recovered, Outcome::Missed);
    assert_eq!((recover_s(&verdict), verdict.recovery.relapses), (None, None));
    assert_eq!(verdict.recovery.at_least_s, Some(RECOVERY as f64 - 1.0));
    let long =
        down_until(RECOVERY).expecting(|experiment| experiment.expect.recover_within = Some(seconds(500)));
    assert_eq!(said(&long.judged(), "recover_within"), (Outcome::Missed, "not recovered"));
}

/// A run ends a moment after its last whole window. The one request of that moment is no evidence by
/// itself.
#[test]
fn a_partial_last_window_is_not_a_return_to_the_steady_state() {
    let run = down_until(RECOVERY);
    let mut observation = run.observation();
    let mut left_over = Window::default();
    left_over.measured.offered = 1;
    observation.windows.push(left_over);
    observation.times.ended += Duration::from_millis(1);
    let verdict = judge(&run.experiment, &observation);
    assert_eq!(verdict.outcome, RunOutcome::Missed);
    assert_eq!(verdict.recovery.recovered, Outcome::Missed);
    assert_eq!(verdict.recovery.at_least_s, Some(RECOVERY as f64 - 1.0));
    assert!(verdict.measures.metastable.is_some());
}

#[test]
fn goodput_that_stays_low_after_the_fault_is_a_metastable_failure() {
    let verdict = down_until(RECOVERY).judged();
    let left = verdict.measures.metastable.unwrap();
    assert!((0.05..0.15).contains(&left), "{left}");
    let slow = Run::of(WELL).then(0, FAULT + RECOVERY, SLOW).judged();
    assert_eq!((slow.outcome, slow.measures.metastable), (RunOutcome::Missed, None));
}

#[test]
fn a_recovery_too_close_to_the_end_is_undecided() {
    let late = down_until(RECOVERY - 5);
    let verdict = late.judged();
    assert_eq!((verdict.outcome.clone(), verdict.recovery.recovered), (CANNOT_TELL, Outcome::Inconclusive));
    assert_eq!(
        verdict.recovery.why,
        "inside the steady state only for the last 5s, but it must hold for 10s"
    );
    let expecting = |within| {
        let run = down_until(RECOVERY - 5);
        run.expecting(|experiment| experiment.expect.recover_within = Some(seconds(within))).judged()
    };
    // It took at least 34 s, whatever comes after the end.
    assert_eq!(expecting(10).outcome, RunOutcome::Missed);
    assert_eq!(answer(&expecting(33), "recover_within"), Outcome::Missed);
    assert_eq!(answer(&expecting(34), "recover_within"), Outcome::Inconclusive);
    assert_eq!(answer(&expecting(38), "recover_within"), Outcome::Inconclusive);
}

/// It was inside for 17 s before it left again, so only 51 s inside show that it stays.
#[test]
fn a_relapse_must_be_outlived() {
    let run = |most, lasting| {
        let run = down_until(3).lasting(lasting).then(FAULT + 20, 2, DOWN).then(FAULT + 30, 1, DOWN);
        run.expecting(|experiment| experiment.expect.relapses_max = Some(most)).judged()
    };
    let early = run(2, 0);
    assert_eq!((early.outcome, early.recovery.relapses), (CANNOT_TELL, Some(2)));
    assert_eq!(early.recovery.more_s, Some(51.0 - 9.0));
    assert!(early.recovery.why.contains("left the steady state again after 17s"), "{}", early.recovery.why);
    let verdict = run(2, 42);
    assert_eq!((recover_s(&verdict), verdict.recovery.relapses), (Some(31.0), Some(2)));
    assert_eq!(verdict.outcome, RunOutcome::Held);
    assert_eq!(run(1, 42).outcome, RunOutcome::Missed);
}

#[test]
fn a_target_that_leaves_again_just_before_the_end_is_undecided() {
    let left = |from: usize| Run::of(WELL).then(FAULT + from, RECOVERY - from, DOWN).judged();
    assert_eq!(left(RECOVERY - 1).outcome, CANNOT_TELL);
    assert_eq!(left(RECOVERY - 1).recovery.more_s, Some(10.0));
    assert_eq!(left(RECOVERY - 10).outcome, RunOutcome::Missed, "for as long as `hold`");
}

#[test]
fn a_return_shorter_than_hold_is_not_a_recovery() {
    let verdict = down_until(2).then(FAULT + 8, 4, DOWN).judged();
    assert_eq!((recover_s(&verdict), verdict.recovery.relapses), (Some(12.0), Some(0)));
}

#[test]
fn few_errors_in_every_window_are_found_in_all_windows_together() {
    let leaking = Second { failing: 0.04, ..WELL };
    let verdict = down_until(0).then(FAULT, RECOVERY, leaking).judged();
    let outside = verdict.run.recovery.iter().filter(|step| !step.broken.is_empty());
    assert!(outside.count() < RECOVERY / 3);
    assert_eq!(verdict.outcome, RunOutcome::Missed, "{:?}", verdict.recovery);
    let why = &verdict.recovery.why;
    assert!(
        why.starts_with("`success >= 99%` is broken by ") && why.ends_with(" of the requests; 1% may"),
        "{why}"
    );
}

/// What is slow together in the baseline is not outside when it is after the faults: the target stops for 0.4 s in one
/// second of ten.
#[test]
fn pauses_that_were_there_before_are_normal() {
    let pause = Second { pause_s: 0.4, failing: 0.0, ..WELL };
    let usual =
        Run::of(Second { failing: 0.0, ..WELL }).expecting(|experiment| experiment.steady_state.clear());
    let run = (0..WARM_UP + BASELINE).step_by(10).fold(usual, |run, second| run.at(second, 1, pause));
    let verdict =
        (0..RECOVERY).step_by(10).fold(run, |run, second| run.then(FAULT + second, 1, pause)).judged();
    assert!(verdict.gate.is_open(), "{:?}", verdict.gate);
    let broken: Vec<&String> = verdict.run.recovery.iter().flat_map(|step| &step.broken).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

/// No step of the first thirty seconds is shown to be outside, but all together are: it returned when they ended, if it
/// stays.
#[test]
fn a_return_is_found_where_few_errors_end() {
    let leaking = Second { failing: 0.04, ..WELL };
    let verdict = down_until(0).then(FAULT, 30, leaking).lasting(10).judged();
    assert!(verdict.run.recovery.iter().all(|step| step.broken.is_empty()));
    assert_eq!((verdict.outcome.clone(), verdict.recovery.more_s), (CANNOT_TELL, Some(70.0)));
    let why = "it was outside so little that no single step shows it, and has been inside for 20s since: 1m 30s would show \
               that it stays";
    assert_eq!(verdict.recovery.why, why);
    let seen = verdict.recovery.shown[0].value.unwrap();
    assert!(seen < 0.005, "only what follows the return is judged: {seen}");
}

#[test]
fn a_target_that_stays_slower_than_the_margin_is_not_recovered() {
    let slower = Second { median_s: 0.05 * 1.9, sigma: 0.1, ..WELL };
    let usual = Second { sigma: 0.1, ..WELL };
    let verdict = Run::of(usual).then(0, FAULT, DOWN).then(FAULT, RECOVERY, slower).judged();
    assert_eq!(verdict.outcome, RunOutcome::Missed, "{:?}", verdict.recovery);
}

#[test]
fn a_target_a_little_slower_than_before_is_recovered() {
    let slower = Second { median_s: 0.055, ..WELL };
    let verdict = down_until(0).then(FAULT, RECOVERY, slower).judged();
    assert_eq!(verdict.outcome, RunOutcome::Held, "{:?}", verdict.recovery);
}

#[test]
fn a_failover_is_a_return_while_the_fault_lasts() {
    let run = |within| {
        let run = Run::of(WELL).then(0, 4, DOWN);
        run.expecting(|experiment| experiment.expect.failover_within = Some(seconds(within))).judged()
    };
    let verdict = run(4);
    assert_eq!(verdict.recovery.failover.unwrap().value_s, 4.0);
    assert_eq!((verdict.outcome, recover_s(&run(4))), (RunOutcome::Held, Some(0.0)));
    assert_eq!(run(3).outcome, RunOutcome::Missed);
}

#[test]
fn without_a_failover_the_expectation_of_one_is_missed() {
    let run = down_until(0).expecting(|experiment| experiment.expect.failover_within = Some(seconds(5)));
    assert_eq!(run.judged().outcome, RunOutcome::Missed);
    let within = |run: Run, count| {
        run.expecting(|experiment| experiment.expect.failover_within = Some(seconds(count))).judged()
    };
    let long = within(down_until(0), FAULT + 10);
    let expected = (Outcome::Inconclusive, "the fault did not last as long");
    assert_eq!(said(&long, "failover_within"), expected);
    let never = within(Run::of(WELL), 5);
    assert_eq!(said(&never, "failover_within"), (Outcome::Held, "never left the steady state"));
}

#[test]
fn a_fault_without_effect_misses_the_expectation_to_detect_it() {
    let within = |run: Run, count| {
        run.expecting(|experiment| experiment.expect.detect_within = Some(seconds(count))).judged()
    };
    let run = |run| within(run, 5);
    assert_eq!(run(Run::of(WELL)).outcome, RunOutcome::Missed);
    let expected = (Outcome::Inconclusive, "the fault did not last as long");
    assert_eq!(said(&within(Run::of(WELL), FAULT + 10), "detect_within"), expected);
    assert_eq!(run(down_until(0)).outcome, RunOutcome::Held);
    assert_eq!(run(Run::of(WELL).then(8, 5, DOWN)).outcome, RunOutcome::Missed);
}

#[test]
fn limits_hold_while_the_fault_lasts_and_after_it() {
    let run = |during, after| {
        let run = down_until(0).expecting(|experiment| {
            experiment.expect.during_fault = vec![limit(Measure::Success, during)];
            experiment.expect.after = vec![limit(Measure::P99, after)];
        });
        run.judged()
    };
    assert_eq!(run(">= 5%", "<= 2x baseline").outcome, RunOutcome::Held);
    assert_eq!(answer(&run(">= 50%", "<= 1s"), "during_fault"), Outcome::Missed);
    assert_eq!(answer(&run(">= 5%", "<= 1ms"), "after"), Outcome::Missed);
}

#[test]
fn a_target_that_answers_nothing_misses_limits_of_its_response_time() {
    let dead = Second { failing: 1.0, ..WELL };
    let run = Run::of(WELL).then(0, FAULT, dead);
    let run = run.expecting(|experiment| experiment.expect.during_fault = vec![limit(Measure::P99, "<= 1h")]);
    assert_eq!(said(&run.judged(), "during_fault"), (Outcome::Missed, "no request succeeded"));
    let silent = Run::of(WELL).then(0, FAULT, Second { rate: 0, ..WELL });
    let silent =
        silent.expecting(|experiment| experiment.expect.during_fault = vec![limit(Measure::P99, "<= 1h")]);
    assert_eq!(said(&silent.judged(), "during_fault"), (Outcome::Inconclusive, "nothing measured"));
}

/// The median is known soon; it takes more requests until the 99th percentile is known to a third of its margin.
#[test]
fn a_baseline_is_known_when_each_quantile_is() {
    let known = |like: Second, count: usize| baseline_is_known(&experiment(), &windows(&vec![like; count]));
    assert!(!known(WELL, 8) && known(WELL, 60));
    assert!(known(Second { sigma: 0.2, ..WELL }, 8));
    assert!(known(Second { failing: 1.0, ..WELL }, 8), "there is nothing that more of it would show");
}

#[test]
fn a_fault_with_too_few_hits_proves_nothing() {
    for hits in [0, 9] {
        let verdict = down_until(0).hitting(hits).judged();
        assert_eq!((verdict.outcome.exit_code(), verdict.untouched), (4, vec![0]));
        let withheld = verdict.expectations.iter().all(|expected| expected.outcome == Outcome::Inconclusive);
        assert!(withheld, "nothing was tested: {:?}", verdict.expectations);
    }
    assert_eq!(down_until(0).hitting(10).judged().outcome, RunOutcome::Held);
    let nothing_asked = Run::of(WELL).hitting(0).expecting(|experiment| experiment.judge.hits_min = 0);
    assert_eq!(nothing_asked.judged().outcome, RunOutcome::TouchedNothing);
    let without = Run::of(WELL).expecting(|experiment| experiment.faults.clear());
    assert_eq!(without.judged().outcome, RunOutcome::TouchedNothing);
}

#[test]
fn a_baseline_below_its_limits_is_not_steady() {
    for like in [Second { failing: 0.04, ..WELL }, SLOW, Second { failing: 1.0, ..WELL }] {
        let verdict = Run::of(like).judged();
        assert_eq!(verdict.outcome, NOT_STEADY, "{:?}", verdict.gate);
        assert_eq!(verdict.outcome.exit_code(), 3);
    }
    let run = Run::of(Second { failing: 1.0, ..WELL });
    let mut observation = run.observation();
    observation.windows[WARM_UP].failed.insert(Failure::Status, 0);
    let gate = judge(&run.experiment, &observation).gate;
    assert_eq!(gate.broken, ["none of 1,000 requests succeeded: 1,000 timed out"]);
}

/// What must stay the same is to be known before the faults.
#[test]
fn responses_that_cannot_be_compared_are_no_baseline() {
    let run = Run::of(WELL).expecting(|experiment| {
        experiment.load.requests[0].expect = vec![Expected::Same(vec![Aspect::Size])];
    });
    let mut observation = run.observation();
    observation.responses.push(Responses::default());
    let verdict = judge(&run.experiment, &observation);
    assert_eq!(verdict.outcome, NOT_STEADY);
    assert!(verdict.gate.broken[0].starts_with("`same: [size]` cannot be judged"), "{:?}", verdict.gate);
}

#[test]
fn one_bad_window_makes_a_baseline_unsteady() {
    let verdict = Run::of(WELL).at(WARM_UP + 7, 1, DOWN).judged();
    assert_eq!(verdict.outcome, NOT_STEADY);
    // During the warm-up nothing is judged.
    assert_eq!(Run::of(WELL).at(0, WARM_UP, DOWN).judged().outcome, RunOutcome::Held);
}

#[test]
fn a_baseline_that_swings_is_not_steady_even_without_limits() {
    let mut run = Run::of(WELL).expecting(|experiment| experiment.steady_state.clear());
    for second in 0..4 {
        run = run.at(WARM_UP + 5 * second, 1, Second { median_s: 2.0, ..WELL });
    }
    let run = run.expecting(|experiment| experiment.steady_state = vec![limit(Measure::P50, "<= 10s")]);
    assert_eq!(run.judged().outcome, NOT_STEADY);
}

#[test]
fn the_gate_before_the_fault_agrees_with_the_verdict_after_it() {
    for run in [Run::of(WELL), Run::of(DOWN), Run::of(WELL).at(WARM_UP + 3, 1, SLOW)] {
        let observation = run.observation();
        let baseline = &observation.windows[WARM_UP..WARM_UP + BASELINE];
        assert_eq!(baseline_gate(&run.experiment, baseline), run.judged().gate);
    }
}

#[test]
fn a_baseline_without_requests_is_not_steady() {
    let silent = Second { rate: 0, ..WELL };
    assert_eq!(Run::of(silent).judged().outcome, NOT_STEADY);
    assert!(!baseline_gate(&experiment(), &[]).is_open());
}

#[test]
fn a_stalled_window_is_left_out() {
    let stalled = Second { stalled: true, ..DOWN };
    for place in [WARM_UP + 4, WARM_UP + BASELINE + FAULT, WARM_UP + BASELINE + FAULT + 20] {
        let verdict = Run::of(WELL).at(place, 2, stalled).judged();
        assert_eq!((verdict.outcome, verdict.recovery.relapses), (RunOutcome::Held, Some(0)));
    }
}

#[test]
fn a_generator_that_stalls_too_often_makes_a_run_inconclusive() {
    let stalled = Second { stalled: true, ..WELL };
    let verdict = Run::of(WELL).then(0, 9, stalled).judged();
    assert_eq!(verdict.outcome, RunOutcome::Inconclusive(Inconclusive::NotMeasured));
    assert_eq!(verdict.outcome.exit_code(), 3);
    let why = "the load generator stalled in 9 of 80 windows (at most 10% are allowed)";
    assert_eq!(verdict.unfit.as_deref(), Some(why));
    let in_baseline = Run::of(WELL).at(WARM_UP, 3, stalled).judged();
    assert_eq!(in_baseline.outcome, NOT_STEADY);
}

#[test]
fn a_guard_and_a_signal_have_codes_of_their_own() {
    let guard = down_until(0).cut(30, Ended::Guard("success < 20% for 5s".into()));
    assert_eq!(guard.judged().outcome.exit_code(), 5);
    for (signal, code) in [(2, 130), (15, 143)] {
        for after in [1, WARM_UP + 3, WARM_UP + BASELINE + 3, WARM_UP + BASELINE + FAULT + 3] {
            let cut = down_until(0).cut(after, Ended::Signal(signal)).judged();
            assert_eq!(cut.outcome.exit_code(), code);
        }
    }
    let unsteady = Run::of(DOWN).cut(WARM_UP + BASELINE, Ended::NotSteady);
    assert_eq!(unsteady.judged().outcome, NOT_STEADY);
    let unreachable = Run::of(WELL).cut(0, Ended::Unreachable("refused".into())).judged();
    assert_eq!(unreachable.outcome, RunOutcome::Inconclusive(Inconclusive::Unreachable));
}

#[test]
fn a_phase_has_all_its_requests_or_none_if_it_was_not_reached() {
    let verdict = down_until(0).cut(WARM_UP + BASELINE + 3, Ended::Signal(2)).judged();
    let offered = |phase| verdict.measured(phase).offered;
    assert_eq!((offered(Phase::Baseline), offered(Phase::Fault)), (50 * BASELINE as u64, 150));
    assert_eq!((offered(Phase::Recovery), verdict.phases.contains_key(&Phase::Recovery)), (0, false));
}

#[test]
fn few_requests_are_judged_in_longer_steps() {
    let slow_rate = Second { rate: 4, ..WELL };
    let verdict = Run::of(slow_rate).judged();
    assert_eq!(verdict.run.baseline.len(), BASELINE / 5);
    assert_eq!(verdict.outcome, CANNOT_TELL, "160 requests show no share of one percent");
    let more_s = verdict.recovery.more_s.unwrap();
    assert!((30.0..120.0).contains(&more_s), "it takes 299 requests at least: {more_s}");
    let down = Second { failing: 1.0, ..slow_rate };
    let long = Run::of(slow_rate).then(0, FAULT + 10, down).lasting(90);
    let long = long.expecting(|experiment| {
        experiment.steady_state = vec![limit(Measure::Success, ">= 98%")];
        experiment.judge.quantiles = vec![Measure::P50];
        experiment.judge.success_margin = 0.03;
    });
    let verdict = long.judged();
    assert_eq!(
        (verdict.outcome.clone(), recover_s(&verdict)),
        (RunOutcome::Held, Some(10.0)),
        "{verdict:#?}"
    );
}

#[test]
fn a_baseline_of_one_window_may_leave_the_verdict_undecided() {
    let run = Run::of(WELL).cut(WARM_UP + BASELINE + FAULT + 12, Ended::Complete);
    let mut observation = run.observation();
    observation.times.baseline = Some(seconds(WARM_UP + BASELINE - 1));
    let verdict = judge(&run.experiment, &observation);
    assert_eq!(verdict.outcome, CANNOT_TELL);
    assert!(verdict.recovery.why.contains("more would show"), "{}", verdict.recovery.why);
}

#[test]
fn one_request_a_second_is_enough_to_see_an_outage() {
    let rare = Second { rate: 1, ..WELL };
    let dead = Second { failing: 1.0, ..rare };
    let verdict = Run::of(rare).then(0, FAULT + RECOVERY, dead).judged();
    assert_eq!((verdict.outcome.exit_code(), verdict.recovery.recovered), (1, Outcome::Missed));
}

#[test]
fn the_error_budget_follows_from_the_rate_of_the_baseline() {
    let run = down_until(0).expecting(|experiment| {
        experiment.judge.slo = Some(Slo { failing_max: 0.001, window: Duration::from_hours(720) });
        experiment.expect.budget_max = Some(0.01);
    });
    let verdict = run.judged();
    // 90 % of 50 requests a second fail for 20 s; the budget is 0.001 · 50 · 30 d.
    let expected = 20.0 * 45.0 / (0.001 * 50.0 * 30.0 * 86_400.0);
    let burnt = verdict.measures.budget.unwrap();
    assert!((burnt / expected - 1.0).abs() < 0.05, "{burnt} {expected}");
    assert_eq!(answer(&verdict, "budget"), Outcome::Held);
    let none = down_until(0).expecting(|experiment| {
        experiment.judge.slo = Some(Slo { failing_max: 0.0, window: Duration::from_hours(720) });
    });
    assert_eq!(none.judged().measures.budget, None, "nothing may fail");
}

#[test]
fn retry_amplification_is_attempts_per_request_relative_to_the_baseline() {
    let retrying = Second { attempts: 3, ..DOWN };
    let run = |most| {
        let run = Run::of(WELL).then(0, FAULT, retrying);
        run.expecting(|experiment| experiment.expect.amplification_max = Some(most)).judged()
    };
    assert_eq!(run(2.0).measures.amplification, Some(3.0));
    let usually = |attempts, then: Second| {
        Run::of(Second { attempts, ..WELL }).then(0, FAULT, then).judged().measures.amplification
    };
    assert_eq!(usually(2, Second { attempts: 6, ..DOWN }), Some(3.0));
    assert_eq!(usually(0, retrying), None);
    assert_eq!(usually(1, Second { rate: 0, ..DOWN }), Some(1.0), "there was no request");
    assert_eq!((run(2.0).outcome, run(3.0).outcome), (RunOutcome::Missed, RunOutcome::Held));
    // A proxy that refuses connections does not see the attempts.
    let upstream = Upstream::Address("127.0.0.1:5432".into());
    let dependency = Proxy { name: "db".into(), listen: None, upstream, http: true };
    let refusing = Run::of(WELL).then(0, FAULT, retrying);
    let refusing = refusing.expecting(|experiment| experiment.proxies = vec![dependency]);
    assert_eq!(refusing.judged().measures.amplification, None);
}

#[test]
fn the_overshoot_is_the_longest_response_time_after_clearing() {
    let burst = Second { median_s: 0.5, sigma: 0.1, ..WELL };
    let usual = Second { sigma: 0.1, ..WELL };
    let run = |most| {
        let run = Run::of(usual).then(0, FAULT, DOWN).then(FAULT, 3, burst);
        run.expecting(|experiment| experiment.expect.overshoot_max = Some(most)).judged()
    };
    let overshoot = run(2.0).measures.overshoot.unwrap();
    assert!((9.0..12.0).contains(&overshoot.ratio), "{overshoot:?}");
    assert_eq!((run(2.0).outcome, run(20.0).outcome), (RunOutcome::Missed, RunOutcome::Held));
    // It is relative to the median step of the baseline.
    let uneven = Run::of(usual).then(FAULT, 3, burst).at(WARM_UP, 5, Second { median_s: 0.02, ..usual });
    let uneven = uneven.judged().measures.overshoot.unwrap();
    assert!((uneven.ratio / overshoot.ratio - 1.0).abs() < 0.15, "{uneven:?} {overshoot:?}");
}

#[test]
fn quantiles_with_an_upper_limit_are_compared_with_the_baseline() {
    let run = Run::of(WELL).expecting(|experiment| {
        experiment.judge.quantiles = vec![Measure::P99];
        let limits = [
            (Measure::Success, "<= 100%"),
            (Measure::P50, ">= 1ms"),
            (Measure::P90, "<= 1s"),
            (Measure::Max, "<= 1m"),
        ];
        experiment.steady_state = limits.map(|(measure, text)| limit(measure, text)).into();
    });
    let rules = run.judged().normal.rules;
    let words: Vec<&str> = rules.iter().map(|rule| rule.text.split(' ').next().unwrap()).collect();
    assert_eq!(words, ["success", "p50", "p90", "max", "success", "p90", "p99"]);
}

#[test]
fn the_window_of_the_injection_counts_to_the_fault() {
    let mut observation = down_until(0).observation();
    let half = Duration::from_millis(500);
    observation.times.injected = observation.times.injected.map(|at| at.saturating_sub(half));
    observation.times.cleared = observation.times.cleared.map(|at| at.saturating_sub(half));
    observation.windows[WARM_UP + BASELINE - 1] = observation.windows[WARM_UP + BASELINE].clone();
    let verdict = judge(&experiment(), &observation);
    assert_eq!(verdict.run.baseline.len(), BASELINE - 1);
    assert_eq!(verdict.recovery.detect.unwrap().value_s, 0.5);
    assert_eq!((verdict.outcome.clone(), recover_s(&verdict)), (RunOutcome::Held, Some(0.5)));
}

/// A guard clears the faults a moment after the window on which it decided, when the next one has hardly
/// begun.
#[test]
fn the_window_of_the_clearing_counts_to_the_phase_with_its_greater_part() {
    for (past_ms, windows_of_fault) in [(10, FAULT), (500, FAULT + 1), (990, FAULT + 1)] {
        let mut observation = down_until(0).observation();
        let past = Duration::from_millis(past_ms);
        observation.times.cleared = observation.times.cleared.map(|at| at + past);
        let verdict = judge(&experiment(), &observation);
        assert_eq!(verdict.run.fault.len(), windows_of_fault, "{past_ms} ms");
        assert_eq!(verdict.run.recovery.len(), FAULT + RECOVERY - windows_of_fault);
    }
}

/// Without an end every window is whole; the window in which the baseline ends belongs to neither phase.
#[test]
fn windows_have_their_phase_and_length() {
    let mut observation = down_until(0).observation();
    let half = Duration::from_millis(500);
    observation.times.settling = Some(seconds(WARM_UP + BASELINE).saturating_sub(half));
    let phases: Vec<Phase> = placed(&observation).iter().map(|placed| placed.phase).collect();
    let count = |phase| phases.iter().filter(|found| **found == phase).count();
    assert_eq!((count(Phase::WarmUp), count(Phase::Baseline)), (WARM_UP, BASELINE - 1));
    assert_eq!((count(Phase::Settling), count(Phase::Fault)), (1, FAULT));
    observation.times.ended = Duration::ZERO;
    assert!(placed(&observation).iter().all(|placed| placed.length() == seconds(1)));
    observation.times.ended = seconds(9) + half;
    assert_eq!(placed(&observation)[9].length(), half);
    assert_eq!(Totals::default().per_s(5), None, "no time passed");
}

/// A request that was due just before the injection, and failed because of it, does not count to the
/// baseline.
#[test]
fn requests_due_while_settling_are_not_judged() {
    let run = down_until(0);
    let mut observation = run.observation();
    observation.times.settling = observation.times.settling.map(|at| at.saturating_sub(seconds(1)));
    observation.windows[WARM_UP + BASELINE - 1] = observation.windows[WARM_UP + BASELINE].clone();
    let verdict = judge(&run.experiment, &observation);
    assert!(verdict.gate.is_open(), "{:?}", verdict.gate);
    assert_eq!(verdict.run.baseline.len(), BASELINE - 1);
    assert_eq!(verdict.run.fault.len(), FAULT);
    assert_eq!(verdict.outcome, RunOutcome::Held);
}

/// Times are known to the length of a window, so a bound within that range is undecided.
#[test]
fn a_bound_within_the_known_range_of_a_time_is_undecided() {
    let within = |late: usize, bound_ms: u64| {
        let bound = Duration::from_millis(bound_ms);
        let run = down_until(late).expecting(|experiment| experiment.expect.recover_within = Some(bound));
        answer(&run.judged(), "recover_within")
    };
    assert_eq!(within(0, 500), Outcome::Inconclusive);
    assert_eq!(within(0, 1000), Outcome::Held);
    assert_eq!(within(5, 4000), Outcome::Missed);
    assert_eq!(within(5, 4500), Outcome::Inconclusive);
    assert_eq!(within(5, 5000), Outcome::Held);
}

#[test]
fn a_target_that_refuses_connections_is_not_metastable() {
    let run = down_until(RECOVERY);
    let mut observation = run.observation();
    assert!(judge(&run.experiment, &observation).measures.metastable.is_some());
    for window in &mut observation.windows {
        let failed = window.measured.failed();
        window.failed = [(Failure::Connect, failed)].into();
    }
    let verdict = judge(&run.experiment, &observation);
    assert_eq!(verdict.outcome, RunOutcome::Missed);
    assert_eq!(verdict.measures.metastable, None);
    // It counts as gone if at least half of the failures had no connection.
    let mut with = |gone: &dyn Fn(u64) -> u64| {
        for window in &mut observation.windows {
            window.failed = [(Failure::Connect, gone(window.measured.failed()))].into();
        }
        judge(&run.experiment, &observation).measures.metastable.is_some()
    };
    assert!(with(&|failed| failed / 3) && !with(&|failed| failed.div_ceil(2)));
}

fn windows(like: &[Second]) -> Vec<Window> {
    let mut run = Run::of(WELL);
    run.seconds = like.to_vec();
    run.observation().windows
}

fn aborts(limits: &[(Measure, &str)], like: &[Second]) -> Option<String> {
    let condition = Abort {
        limits: limits.iter().map(|(measure, text)| limit(*measure, text)).collect(),
        lasts: seconds(3),
    };
    let baseline = Run::of(WELL).observation().windows[5].measured.clone();
    abort(&condition, seconds(1), &windows(like), Some(&baseline))
}

#[test]
fn the_injection_ends_when_the_condition_held_in_every_window_for_long_enough() {
    let low = [(Measure::Success, "< 50%")];
    assert_eq!(aborts(&low, &[DOWN, DOWN, DOWN]).unwrap(), "success < 50% for 3s");
    assert_eq!(aborts(&low, &[DOWN, DOWN]), None);
    assert_eq!(aborts(&low, &[DOWN, DOWN, WELL, DOWN, DOWN]), None);
    assert_eq!(aborts(&low, &[DOWN, DOWN, DOWN, WELL]), None);
    assert_eq!(aborts(&[], &[DOWN; 9]), None);
    let at_once = Abort { limits: vec![limit(Measure::Success, "< 50%")], lasts: Duration::ZERO };
    assert_eq!(abort(&at_once, seconds(1), &windows(&[WELL]), None), None, "it must hold in a window");
}

#[test]
fn stalled_and_empty_windows_neither_count_nor_interrupt() {
    let stalled = Second { stalled: true, ..WELL };
    let silent = Second { rate: 0, ..WELL };
    let low = [(Measure::Success, "< 50%")];
    assert!(aborts(&low, &[DOWN, stalled, DOWN, silent, DOWN]).is_some());
    assert_eq!(aborts(&low, &[DOWN, stalled, silent, DOWN]), None);
}

#[test]
fn all_limits_of_a_condition_must_hold_and_may_be_relative() {
    let both = [(Measure::Success, "< 50%"), (Measure::P99, "> 2x baseline")];
    assert_eq!(aborts(&both, &[DOWN; 3]), None);
    assert!(aborts(&both[1..], &[SLOW; 3]).is_some());
    let dead = Second { failing: 1.0, ..WELL };
    assert!(aborts(&both, &[dead; 3]).is_some(), "a target that never responds counts as slow");
}
