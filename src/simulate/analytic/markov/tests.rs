use super::*;
use crate::base::random::stream;
use crate::stats::summary::CompensatedSum;
use proptest::prelude::*;
use serde_json::Value;

/// One unit that fails and is repaired.
fn unit(failure: f64, repair: f64) -> Chain {
    Chain::new(2, [(0, 1, failure), (1, 0, repair)]).unwrap()
}

/// Failed units of `n`, each with failure rate `failure`, with one crew.
fn birth_death(n: usize, failure: f64, repair: f64) -> Chain {
    let rates = (0..n).flat_map(|k| [(k, k + 1, (n - k) as f64 * failure), (k + 1, k, repair)]);
    Chain::new(n + 1, rates).unwrap()
}

/// A chain on a ring with chords, with rates over many orders of magnitude.
fn random_chain(n: usize, chords: usize, seed: u64) -> Chain {
    let mut rng = stream(seed, "chain", 0);
    let mut rate = move || 10_f64.powf(rng.random_range(-6.0..2.0));
    let mut rng = stream(seed, "chords", 0);
    let circle = (0..n).map(|i| (i, (i + 1) % n));
    let mut pairs: Vec<_> = circle.collect();
    pairs.extend((0..chords).map(|_| (rng.random_range(0..n), rng.random_range(0..n))));
    pairs.retain(|(from, to)| from != to);
    Chain::new(n, pairs.into_iter().map(|(from, to)| (from, to, rate()))).unwrap()
}

fn start(n: usize) -> Vec<f64> {
    (0..n).map(|state| f64::from(u8::from(state == 0))).collect()
}

/// Returns the long-run probability of each state from state 0.
fn stationary(chain: &Chain) -> Vec<f64> {
    chain.stationary_from(&start(chain.states())).unwrap()
}

/// Returns the long-run probability of being down, and the failures per second.
fn steady(chain: &Chain, up: &[bool]) -> (f64, f64) {
    let long_run = stationary(chain);
    let (mut unavailability, mut frequency) = (CompensatedSum::default(), CompensatedSum::default());
    for (state, p) in long_run.iter().enumerate() {
        if up[state] {
            let failures = chain.rows()[state].iter().filter(|(to, _)| !up[*to]);
            failures.for_each(|(_, rate)| frequency.add(p * rate));
        } else {
            unavailability.add(*p);
        }
    }
    (unavailability.value(), frequency.value())
}

/// Returns the expected time spent in some states from state 0, up to each of some times.
fn time_in(chain: &Chain, within: &[bool], times: &[f64]) -> Vec<f64> {
    let reward: Vec<f64> = within.iter().map(|within| f64::from(u8::from(*within))).collect();
    chain.gathered(&reward, &start(chain.states()), times).unwrap()
}

/// Returns the relative error of `got`, less the conditioning of the answer itself: exp(−x) has x times
/// the relative error of x.
fn error(got: f64, expected: f64) -> f64 {
    (got / expected - 1.0).abs() / (1.0 + expected.ln().abs())
}

/// Parses a number that is written as text to keep all its digits.
fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(number).collect()
}

/// Chains of 2 to 12 states with rates from 10⁻⁹ to 10³ and times up to ten years. The answers were
/// computed by mpmath with 120 digits: `lu_solve` of πQ = 0, Σπ = 1 and of −Q over the up states; the
/// exponential of Q t by Taylor's series and squaring, with an extra column for the accumulated down
/// time and an extra state for the failure.
#[test]
fn every_answer_agrees_with_120_digits() {
    // Smaller probabilities have no digits in the reference.
    const KNOWN: f64 = 1e-80;
    let cases: Vec<Value> = serde_json::from_str(include_str!("testdata.json")).unwrap();
    let (mut worst, mut checked) = (0.0_f64, 0);
    let mut check = |what: &str, got: f64, expected: f64, tolerance: f64| {
        if expected > KNOWN {
            let error = error(got, expected);
            assert!(error < tolerance, "{what}: {got:e}, expected {expected:e}, error {error:e}");
            worst = worst.max(error);
            checked += 1;
        }
    };
    for case in &cases {
        let n = case["n"].as_u64().unwrap() as usize;
        let rates = case["rates"].as_array().unwrap().iter();
        let rates = rates.map(|rate| {
            let state = |at: usize| rate[at].as_u64().unwrap() as usize;
            (state(0), state(1), rate[2].as_f64().unwrap())
        });
        let chain = Chain::new(n, rates).unwrap();
        let up: Vec<bool> = serde_json::from_value(case["up"].clone()).unwrap();
        let down: Vec<bool> = up.iter().map(|up| !up).collect();
        for (got, expected) in stationary(&chain).iter().zip(numbers(&case["stationary"])) {
            check("stationary", *got, expected, 2e-15);
        }
        check("frequency", steady(&chain, &up).1, number(&case["frequency"]), 2e-15);
        let mttf = chain.mean_time_to(&down, &start(n)).unwrap();
        check("mttf", mttf, number(&case["mttf"]), 2e-15);
        let points = case["times"].as_array().unwrap();
        let times: Vec<f64> = points.iter().map(|point| point["t"].as_f64().unwrap()).collect();
        let states = chain.transient(&start(n), &times).unwrap();
        let survival = chain.survival(&up, &start(n), &times).unwrap();
        let time_down = time_in(&chain, &down, &times);
        for (at, point) in points.iter().enumerate() {
            let what = format!("{n} states, t = {}", times[at]);
            for (got, expected) in states[at].iter().zip(numbers(&point["states"])) {
                check(&what, *got, expected, 2e-13);
            }
            check(&what, survival[at].unreliability, number(&point["unreliability"]), 2e-13);
            check(&what, survival[at].reliability, number(&point["reliability"]), 2e-13);
            check(&what, time_down[at], number(&point["time_down"]), 2e-13);
        }
    }
    println!("{checked} answers, largest relative error {worst:.1e}");
}

#[test]
fn probabilities_down_to_1e_minus_60_are_in_detailed_balance() {
    let (failure, repair) = (1e-7, 10.0);
    let chain = birth_death(9, failure, repair);
    let long_run = stationary(&chain);
    for (k, pair) in long_run.windows(2).enumerate() {
        let expected = (9 - k) as f64 * failure / repair;
        assert!((pair[1] / pair[0] / expected - 1.0).abs() < 1e-14, "{k}");
    }
    assert!(long_run[9] < 1e-60, "{:e}", long_run[9]);
    let mut up = vec![true; 10];
    up[9] = false;
    let (unavailability, frequency) = steady(&chain, &up);
    assert!((unavailability / frequency - 0.1).abs() < 1e-15);
    let mut down = vec![false; 10];
    down[9] = true;
    let mttf = chain.mean_time_to(&down, &start(10)).unwrap();
    assert!((mttf * frequency - 1.0).abs() < 1e-5);
    // A mission of a day: 10⁵ seconds at the failure frequency, less what it takes to get there.
    let mission = chain.survival(&up, &start(10), &[1e5]).unwrap()[0];
    assert!((mission.unreliability / (1e5 * frequency) - 1.0).abs() < 1e-4, "{mission:?}");
}

#[test]
fn a_single_unit_matches_its_closed_form() {
    let (failure, repair) = (1e-3, 0.1);
    let chain = unit(failure, repair);
    for t in [0.0, 1e-9, 1.0, 50.0, 1e4, 1e9] {
        let sum = failure + repair;
        let expected = failure / sum * -(-sum * t).exp_m1();
        let got = chain.transient(&[1.0, 0.0], &[t]).unwrap()[0][1];
        assert!((got - expected).abs() <= 1e-13 * expected, "{t}: {got:e} {expected:e}");
        let survival = chain.survival(&[true, false], &[1.0, 0.0], &[t]).unwrap()[0];
        let failed = -(-failure * t).exp_m1();
        assert!((survival.unreliability - failed).abs() <= 1e-13 * failed, "{t}: {survival:?}");
    }
}

/// Independent units of very different rates: every state probability is a product. The rates per second
/// run from 10⁻⁹ to 240, and the times to ten years: 10¹¹ steps of the fastest unit.
#[test]
fn independent_units_have_the_product_of_their_probabilities() {
    let units: Vec<(f64, f64)> =
        (0..5).map(|unit| (1e-9 * 7_f64.powi(unit), 1e-4 * 40_f64.powi(unit))).collect();
    let rates = (0..32_usize).flat_map(|state| {
        let units = units.iter().enumerate();
        units.map(move |(unit, (failure, repair))| {
            let rate = if state >> unit & 1 == 0 { failure } else { repair };
            (state, state ^ 1 << unit, *rate)
        })
    });
    let chain = Chain::new(32, rates).unwrap();
    let product = |state: usize, t: f64| -> f64 {
        let units = units.iter().enumerate();
        let factors = units.map(|(unit, (failure, repair))| {
            let sum = failure + repair;
            let down = failure / sum * -(-sum * t).exp_m1();
            if state >> unit & 1 == 1 { down } else { 1.0 - down }
        });
        factors.product()
    };
    let times = [1e-3, 1.0, 3600.0, 3.15e8];
    let states = chain.transient(&start(32), &times).unwrap();
    for (states, t) in states.iter().zip(times).chain([(&stationary(&chain), f64::INFINITY)]) {
        for (state, p) in states.iter().enumerate() {
            let expected = product(state, t);
            assert!((p / expected - 1.0).abs() < 1e-13, "{state} at {t}: {p:e}, expected {expected:e}");
        }
    }
}

#[test]
fn with_several_closed_classes_the_long_run_depends_on_the_start() {
    // State 0 leads to the absorbing 1 or into the pair 2, 3; 4 leads to 0.
    let rates = [(0, 1, 1.0), (0, 2, 3.0), (2, 3, 1.0), (3, 2, 4.0), (4, 0, 1e-9)];
    let chain = Chain::new(5, rates).unwrap();
    let ends = chain.stationary_from(&[0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
    let expected = [0.0, 0.25, 0.6, 0.15, 0.0];
    let close = |got: &[f64]| got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15);
    assert!(close(&ends), "{ends:?}");
    let late = chain.transient(&[0.0, 0.0, 0.0, 0.0, 1.0], &[1e12]).unwrap();
    assert!(late[0].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{late:?}");
    let pair = [false, false, true, false, false];
    assert_eq!(chain.mean_time_to(&pair, &[1.0, 0.0, 0.0, 0.0, 0.0]), Ok(f64::INFINITY));
    assert_eq!(chain.mean_time_to(&pair, &[0.0, 0.0, 0.5, 0.5, 0.0]), Ok(0.125));
    let one_class = Chain::new(3, [(0, 1, 1.0), (1, 2, 1.0), (2, 1, 3.0)]).unwrap();
    assert_eq!(stationary(&one_class), [0.0, 0.75, 0.25]);
}

#[test]
fn invalid_chains_and_arguments_are_rejected() {
    let new = |rates: &[(usize, usize, f64)]| Chain::new(2, rates.iter().copied());
    assert_eq!(Chain::new(0, []).unwrap().transient(&[], &[1.0]), Err(MarkovError::BadInitial));
    assert!(matches!(new(&[(0, 2, 1.0)]), Err(MarkovError::BadRate { to: 2, .. })));
    assert!(matches!(new(&[(7, 0, 1.0)]), Err(MarkovError::BadRate { from: 7, .. })));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(new(&[(0, 1, rate)]), Err(MarkovError::BadRate { .. })), "{rate}");
    }
    assert!(matches!(new(&[(1, 1, 1.0)]), Err(MarkovError::BadRate { .. })));
    assert!(matches!(new(&[(0, 1, 1e308), (0, 1, 1e308)]), Err(MarkovError::BadRate { .. })));
    let chain = unit(1.0, 2.0);
    for initial in [[0.5, 0.4], [1.5, -0.5], [f64::NAN, 1.0]] {
        assert_eq!(chain.transient(&initial, &[1.0]), Err(MarkovError::BadInitial));
    }
    assert!(matches!(chain.transient(&[1.0], &[1.0]), Err(MarkovError::WrongLength { .. })));
    assert!(matches!(chain.survival(&[true], &[1.0, 0.0], &[1.0]), Err(MarkovError::WrongLength { .. })));
    assert_eq!(chain.gathered(&[0.0, 1.0], &[1.0, 0.0], &[-1.0]), Err(MarkovError::BadTime(-1.0)));
    assert_eq!(chain.transient(&[1.0, 0.0], &[]), Ok(vec![]));
}

#[test]
fn a_system_that_never_fails_has_no_first_failure() {
    let chain = unit(1.0, 2.0);
    assert_eq!(steady(&chain, &[true, true]), (0.0, 0.0));
    assert_eq!(chain.mean_time_to(&[false, false], &[1.0, 0.0]), Ok(f64::INFINITY));
    let survival = chain.survival(&[true, true], &[1.0, 0.0], &[1e9]).unwrap();
    assert_eq!((survival[0].reliability, survival[0].unreliability), (1.0, 0.0));
    let still = Chain::new(1, []).unwrap();
    assert_eq!(stationary(&still), [1.0]);
    assert_eq!(time_in(&still, &[true], &[5.0]), [5.0]);
}

#[test]
fn extreme_rates_neither_panic_nor_give_wrong_probabilities() {
    let chain = Chain::new(3, [(0, 1, 1e-300), (1, 0, 1e300), (1, 2, 1e-300), (2, 0, 1e300)]).unwrap();
    let long_run = stationary(&chain);
    assert!(long_run[0] == 1.0 && long_run.iter().all(|p| (0.0..=1.0).contains(p)), "{long_run:?}");
    let mttf = chain.mean_time_to(&[false, false, true], &[1.0, 0.0, 0.0]);
    assert!(mttf.is_err() || mttf == Ok(f64::INFINITY), "beyond the range: {mttf:?}");
    let late = chain.transient(&[1.0, 0.0, 0.0], &[1e9]);
    assert!(late.is_err() || late.as_ref().is_ok_and(|p| p[0][0] == 1.0), "{late:?}");
}

#[test]
fn a_large_chain_stops_early_once_it_has_settled() {
    let chain = birth_death(800, 1e-4, 0.5);
    let mut down = vec![false; 801];
    down[20..].fill(true);
    let times = [1e3, 3e8];
    let states = chain.transient(&start(801), &times).unwrap();
    let long_run = stationary(&chain);
    for (p, limit) in states[1].iter().zip(&long_run).filter(|(_, limit)| **limit > 1e-250) {
        assert!((p - limit).abs() <= 1e-15 * limit, "{p:e}, long run {limit:e}");
    }
    let share: f64 = long_run[20..].iter().sum();
    let time_down = time_in(&chain, &down, &times);
    assert!((time_down[1] / (3e8 * share) - 1.0).abs() < 1e-5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_long_run_is_in_balance_for_any_order_of_states(n in 2_usize..60, chords in 0_usize..200, seed in any::<u64>()) {
        let chain = random_chain(n, chords, seed);
        let long_run = stationary(&chain);
        let mut inflow = vec![0.0; n];
        for (p, row) in long_run.iter().zip(chain.rows()) {
            for (to, rate) in row {
                inflow[*to] += p * rate;
            }
        }
        for ((p, exit), inflow) in long_run.iter().zip(chain.exits()).zip(inflow) {
            prop_assert!((p * exit / inflow - 1.0).abs() < 1e-12);
        }
        let flipped = chain.rows().iter().enumerate().flat_map(|(from, row)| {
            row.iter().map(move |(to, rate)| (n - 1 - from, n - 1 - to, *rate))
        });
        let flipped = stationary(&Chain::new(n, flipped).unwrap());
        for (p, q) in long_run.iter().zip(flipped.iter().rev()) {
            prop_assert!((p / q - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn mean_times_satisfy_their_equations(n in 2_usize..40, chords in 0_usize..80, seed in any::<u64>()) {
        let chain = random_chain(n, chords, seed);
        let mut target = vec![false; n];
        target[n - 1] = true;
        let times: Vec<f64> = (0..n)
            .map(|from| {
                let mut initial = vec![0.0; n];
                initial[from] = 1.0;
                chain.mean_time_to(&target, &initial).unwrap()
            })
            .collect();
        for (from, (row, exit)) in chain.rows().iter().zip(chain.exits()).enumerate().take(n - 1) {
            let onward: f64 = row.iter().map(|(to, rate)| rate * times[*to]).sum();
            prop_assert!((exit * times[from] / (1.0 + onward) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn up_and_down_add_up(n in 2_usize..12, chords in 0_usize..20, seed in any::<u64>(), t in -3.0..9.0_f64) {
        assert_up_and_down_add_up(&random_chain(n, chords, seed), 10_f64.powf(t));
    }
}

/// A regression test: powers of the matrix lost their digits here.
#[test]
fn up_and_down_add_up_in_a_small_chain_after_a_long_time() {
    assert_up_and_down_add_up(&random_chain(2, 4, 0), 10_f64.powf(6.966_246_328_582_642));
}

fn assert_up_and_down_add_up(chain: &Chain, time: f64) {
    let n = chain.states();
    let up: Vec<bool> = (0..n).map(|state| state % 2 == 0).collect();
    let down: Vec<bool> = up.iter().map(|up| !up).collect();
    let survival = chain.survival(&up, &start(n), &[time, 2.0 * time]).unwrap();
    assert!((survival[0].reliability + survival[0].unreliability - 1.0).abs() < 1e-13);
    assert!(survival[1].unreliability >= survival[0].unreliability * (1.0 - 1e-12));
    let time_up = time_in(chain, &up, &[time])[0];
    let time_down = time_in(chain, &down, &[time])[0];
    assert!(((time_up + time_down) / time - 1.0).abs() < 1e-12);
}
