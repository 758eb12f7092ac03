use super::*;

/// Two units, one crew, an imperfect failover: four states whose rates differ by 10⁵.
fn pair() -> Chain {
    let rates = [(0, 1, 1.9e-3), (0, 2, 1e-4), (2, 1, 12.0), (1, 0, 0.5), (1, 3, 1e-3), (3, 1, 0.5)];
    Chain::new(4, rates).unwrap()
}

#[test]
fn uniformisation_and_powers_agree() {
    let chain = pair();
    let times = [0.0, 1e-7, 0.3, 60.0, 777.7, 86_400.0];
    let course = Course::new(&chain, &[1.0, 0.0, 0.0, 0.0], vec![0.0, 0.0, 1.0, 1.0], &times).unwrap();
    let (steps, powers) = (uniformisation::run(&course).unwrap(), powers::run(&course).unwrap());
    for (by_steps, by_powers) in steps.iter().zip(&powers) {
        let close = |a: f64, b: f64| (a - b).abs() <= 2e-12 * b;
        assert!(close(by_steps.reward, by_powers.reward), "{by_steps:?} {by_powers:?}");
        let mut states = by_steps.states.iter().zip(&by_powers.states);
        assert!(states.all(|(a, b)| close(*a, *b)), "{by_steps:?} {by_powers:?}");
    }
}

#[test]
fn a_path_of_many_rare_jumps_keeps_its_digits() {
    // Erlang with 30 stages, at 10⁻³ of the mean of a stage: P(N ≥ 30) = Σ e^-x x^k / k! from k = 30.
    let chain = Chain::new(31, (0..30).map(|k| (k, k + 1, 1.0))).unwrap();
    let mut initial = vec![0.0; 31];
    initial[0] = 1.0;
    let got = chain.transient(&initial, &[1e-3]).unwrap()[0][30];
    let expected = crate::stats::special::gamma_tails(30.0, 1e-3).unwrap().lower;
    assert!((got / expected - 1.0).abs() < 1e-12, "{got:e} {expected:e}");
}

#[test]
fn extreme_rates_and_times_are_solved() {
    let chain = Chain::new(2, [(0, 1, 1e-300), (1, 0, 1e-300)]).unwrap();
    let late = chain.transient(&[1.0, 0.0], &[1e300]).unwrap();
    assert!((late[0][1] - 0.5 * -(-2.0_f64).exp_m1()).abs() < 1e-14);
    let fast = Chain::new(2, [(0, 1, 1e200), (1, 0, 1e200)]).unwrap();
    assert_eq!(fast.transient(&[1.0, 0.0], &[1e100]).unwrap()[0], [0.5, 0.5]);
}

#[test]
fn a_chain_that_does_not_settle_within_its_budget_is_rejected() {
    let rates = (0..500).flat_map(|k| [(k, k + 1, 1e-6), (k + 1, k, 1e-6)]);
    let chain = Chain::new(501, rates.chain([(500, 0, 1e3)])).unwrap();
    let mut initial = vec![0.0; 501];
    initial[0] = 1.0;
    let course = Course::new(&chain, &initial, vec![0.0; 501], &[1e3, 3e8]).unwrap();
    let answer = uniformisation::run_within(&course, 1e7);
    let stiff = matches!(answer, Err(MarkovError::TooStiff { states: 501, steps }) if steps > 3e11);
    assert!(stiff, "{answer:?}");
}

/// State 0 is left with a probability of 4·10⁻¹⁷ per step, less than the rounding error of its own
/// probability. Only the correction of the total makes it lose any.
#[test]
fn a_state_that_is_left_more_slowly_than_rounding_is_still_left() {
    let (slow, fast, times) = (4.4e-15, 100.0, [2e3]);
    let chain = Chain::new(3, [(0, 1, slow), (1, 2, fast), (2, 1, fast)]).unwrap();
    let course = Course::new(&chain, &[1.0, 0.0, 0.0], vec![0.0; 3], &times).unwrap();
    let answer = uniformisation::run(&course).unwrap();
    let [stayed, left, other] = answer[0].states[..] else { panic!("{answer:?}") };
    assert!((stayed - (-slow * times[0]).exp()).abs() < 3e-14, "{stayed}");
    assert!(((left + other) / -(-slow * times[0]).exp_m1() - 1.0).abs() < 1e-13, "{left:e} {other:e}");
}
