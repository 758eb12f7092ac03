use super::ChainSolution;
use crate::simulate::analytic::solver::Solver as _;
use crate::simulate::model::Model;
use crate::simulate::topology_file::read;

const HOUR_S: f64 = 3_600.0;

fn model(topology: &str) -> Model {
    match read("case.yaml", &format!("horizon: 1000h\n{topology}"), &[], &|_| Err("no files here".into())) {
        Ok((model, _)) => model,
        Err(problems) => panic!("{problems}\n{topology}"),
    }
}

fn solve(topology: &str) -> ChainSolution {
    ChainSolution::new(&model(topology), 20_000).unwrap()
}

fn refusal(topology: &str) -> String {
    ChainSolution::new(&model(topology), 1_000).unwrap_err().to_string()
}

fn assert_near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-12, "{found:e}, expected {expected:e}");
}

#[test]
fn units_that_are_alike_need_one_state_for_each_number_failed() {
    let solution = solve(
        "components: { unit: { count: 100, mtbf: 1000h, mttr: 24h } }\nsystem: { k_of_n: { k: 90, of: [unit] } }\n\
         crews: { people: { serves: [unit], size: 3 } }\n",
    );
    assert_eq!(solution.states(), 101);
    // The machine repairman's model: p(i + 1) / p(i) = (100 − i) λ / (min(i + 1, 3) μ).
    let mut weights = vec![1.0_f64];
    for down in 0..100_u32 {
        let ratio = f64::from(100 - down) / 1000.0 * 24.0 / f64::from((down + 1).min(3));
        weights.push(weights[down as usize] * ratio);
    }
    let share = |from: usize| weights[from..].iter().sum::<f64>() / weights.iter().sum::<f64>();
    assert_near(solution.long_run().unwrap().tails.failed, share(11));
}

#[test]
fn the_nodes_of_a_zone_are_interchangeable() {
    let solution = solve(
        "components: { node: { count: 8, mtbf: 1000h, mttr: 10h } }\nsystem: { k_of_n: { k: 3, of: [node] } }\n\
         crews: { people: { serves: [node], size: 1, discipline: fifo } }\ncommon_causes:\n  \
         a: { mtbf: 5000h, mttr: 2h, takes_down: [node-1, node-2, node-3, node-4] }\n  \
         b: { mtbf: 7000h, mttr: 2h, takes_down: [node-5, node-6, node-7, node-8] }\n",
    );
    // Of the queue only the order of the zones matters, and each zone is present or not: far fewer than
    // 2^10 · 8!.
    assert!(solution.states() < 2_000, "{}", solution.states());
}

#[test]
fn queues_of_different_units_differ_by_their_order() {
    let solution = solve(
        "components:\n  a: { mtbf: 100h, mttr: 10h }\n  b: { mtbf: 200h, mttr: 10h }\n  c: { mtbf: 300h, mttr: 10h }\n\
         system: { parallel: [a, b, c] }\ncrews: { people: { serves: [a, b, c], size: 1 } }\n",
    );
    // None down, one, two in order, three in order.
    assert_eq!(solution.states(), 1 + 3 + 6 + 6);
}

#[test]
fn stages_of_a_repair_do_not_change_the_long_run_unavailability() {
    let solution =
        solve("components:\n  a: { mtbf: 100h, repair: { erlang: { stages: 4, mean: 10h } } }\nsystem: a\n");
    assert_eq!(solution.states(), 5);
    assert_near(solution.long_run().unwrap().tails.failed, 1.0 / 11.0);
}

#[test]
fn a_fixed_unavailability_is_a_permanent_state() {
    let solution = solve(
        "components:\n  a: { mtbf: 100h, mttr: 10h }\n  p: { unavailability: 0.25 }\nsystem: { parallel: [a, p] }\n",
    );
    let long_run = solution.long_run().unwrap();
    assert_near(long_run.tails.failed, 0.25 / 11.0);
    assert_near(long_run.failures.unwrap(), 0.25 / (110.0 * HOUR_S));
    assert_eq!(solution.mttf_s().unwrap(), f64::INFINITY);
}

#[test]
fn expected_failures_of_a_unit_match_renewal_theory() {
    let solution = solve("components: { a: { mtbf: 100h, mttr: 25h } }\nsystem: a\n");
    let (fails, returns) = (0.01_f64, 0.04_f64);
    let expected = |t: f64| {
        let both = fails + returns;
        fails * returns / both * t + (fails / both).powi(2) * -(-both * t).exp_m1()
    };
    assert_near(solution.over(500.0 * HOUR_S).unwrap().failures.unwrap(), expected(500.0));
}

#[test]
fn a_curve_agrees_with_its_single_points() {
    let solution = solve(
        "components: { a: { count: 3, mtbf: 100h, mttr: 25h } }\nsystem: { k_of_n: { k: 2, of: [a] } }\n\
         crews: { one: { serves: [a] } }\n",
    );
    let points_s = [0.0, 3.0 * HOUR_S, 1000.0 * HOUR_S];
    let (down, survival) =
        (solution.unavailability_at_each(&points_s).unwrap(), solution.survival_at_each(&points_s).unwrap());
    assert_eq!((down[0], survival[0].unreliability), (0.0, 0.0));
    for (place, at_s) in points_s.into_iter().enumerate().skip(1) {
        assert_near(down[place], solution.unavailability_at_each(&[at_s]).unwrap()[0]);
        assert_near(survival[place].reliability, solution.survival_at_each(&[at_s]).unwrap()[0].reliability);
    }
}

#[test]
fn errors_name_the_component_and_the_cause() {
    let wearing =
        "components: { a: { failure: { weibull: { shape: 2, scale: 100h } }, mttr: 10h } }\nsystem: a\n";
    assert_eq!(refusal(wearing), "the failure of `a` is not exponential");
    let fixed = "components: { a: { mtbf: 100h, repair: 2h } }\nsystem: a\n";
    assert_eq!(refusal(fixed), "the repair of `a` is not exponential");
    let replaced =
        "components: { a: { mtbf: 100h, mttr: 2h, replacement: { age: 50h, duration: 1h } } }\nsystem: a\n";
    assert_eq!(refusal(replaced), "`a` is replaced at an age");
    let crowd = "components: { a: { count: 100000, mtbf: 100h, mttr: 10h } }\nsystem: { parallel: [a] }\n\
        crews: { people: { serves: [a] } }\n";
    let why = "the system depends on more than 2000 parts, which is too many for a chain";
    assert_eq!(refusal(crowd), why);
    let each = |unit: usize| format!("  u{unit}: {{ mtbf: {}h, mttr: 10h }}\n", 100 + unit);
    let units: String = (0..20).map(each).collect();
    let many = format!("components:\n{units}")
        + "system: { series: [u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, u10, u11, u12, u13, u14, u15, u16, u17, u18, u19] }\n";
    assert_eq!(refusal(&many), "the system has more than 1000 states");
}
