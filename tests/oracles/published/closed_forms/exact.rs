//! Exact figures compared with the published ones, to ten digits of the unavailability.

use super::topologies::topology;
use super::{cases, model};
use serde_json::Value;
use steadfast::simulate::analytic::Solver;
use steadfast::simulate::analytic::bdd::Budget;
use steadfast::simulate::analytic::chain::ChainSolution;
use steadfast::simulate::analytic::modular::DiagramSolution;
use steadfast::timeline::exposure::Exposure;

const HOUR_S: f64 = 3_600.0;
/// States of a chain that take about a second to generate.
const STATES_MAX: usize = 20_000;
/// Ten digits, relative.
const TOLERANCE: f64 = 1e-10;

#[derive(Default)]
struct Log {
    compared: usize,
    wrong: Vec<String>,
}

impl Log {
    fn compare(&mut self, what: &str, found: Option<f64>, exact: Option<f64>) {
        let (Some(found), Some(exact)) = (found, exact) else {
            return;
        };
        self.compared += 1;
        if !((found - exact).abs() <= TOLERANCE * exact.abs()) {
            self.wrong.push(format!("{what}: {found}, exact {exact}"));
        }
    }
}

#[test]
fn figures_of_the_decision_diagram_have_ten_digits() {
    let Some(cases) = cases() else { return };
    let mut log = Log::default();
    let mut solved = 0;
    for case in &cases {
        let Ok(topology) = topology(case) else { continue };
        let model = model(&topology, 8_760.0);
        match DiagramSolution::independent(&model, Budget::default()) {
            Ok(solution) => {
                solved += 1;
                compare(case, &solution, &mut log);
            }
            Err(why) => eprintln!("not by diagram: {}: {why}", case["id"]),
        }
    }
    eprintln!("{solved} cases solved by decision diagram, {} figures compared", log.compared);
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
    assert!(solved >= 20 && log.compared >= 70, "{solved} {}", log.compared);
}

#[test]
fn figures_of_the_chain_have_ten_digits() {
    let Some(cases) = cases() else { return };
    let mut log = Log::default();
    let (mut alone, mut both) = (Vec::new(), 0);
    for case in &cases {
        let Ok(topology) = topology(case) else { continue };
        let model = model(&topology, 8_760.0);
        let by_diagram = DiagramSolution::independent(&model, Budget::default()).is_ok();
        match ChainSolution::new(&model, STATES_MAX) {
            Ok(solution) => {
                compare_chain(case, &solution, &mut log);
                if by_diagram {
                    both += 1;
                } else {
                    alone.push(format!("{} ({} states)", case["id"], solution.states()));
                }
            }
            Err(why) if by_diagram => eprintln!("by diagram alone: {}: {why}", case["id"]),
            Err(why) => eprintln!("by neither solver: {}: {why}", case["id"]),
        }
    }
    eprintln!("by chain alone: {}", alone.join(", "));
    eprintln!(
        "{} cases solved by chain alone, {both} by both solvers, {} figures compared",
        alone.len(),
        log.compared
    );
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
    assert!(alone.len() >= 20, "{}", alone.len());
}

fn compare_chain(case: &Value, solution: &ChainSolution, log: &mut Log) {
    let id = case["id"].as_str().unwrap_or_default();
    let expected = |name: &str| case["expected"][name].as_f64();
    let long_run = solution.long_run().unwrap();
    let mean_h = |mean_s: Option<f64>| mean_s.map(|s| s / HOUR_S);
    let exposure = long_run.exposure().unwrap();
    let figures = [
        ("steady_unavailability", Some(long_run.tails.failed)),
        ("unavailability", Some(long_run.tails.failed)),
        ("failure_probability", Some(long_run.tails.failed)),
        ("steady_availability", Some(long_run.tails.working)),
        ("failure_frequency_per_h", Some(exposure.failures * HOUR_S)),
        ("mean_up_time_h", mean_h(exposure.mtbf_s())),
        ("mean_down_time_h", mean_h(exposure.mdt_s())),
        ("mttf_h", mean_h(solution.mttf_s())),
        ("mttf_from_all_up_h", mean_h(solution.mttf_s())),
        ("mean_interval_unavailability_8760h", mean_unavailability(solution)),
    ];
    for (key, found) in figures {
        log.compare(&format!("{id}: {key}"), found, expected(key));
    }
    at_times(case, "point_unavailability", &|at_s| unavailability_at(solution, at_s), log);
    let survival = |at_s| solution.survival_at_each(&[at_s]).unwrap()[0];
    at_times(case, "unreliability", &|at_s| Some(survival(at_s).unreliability), log);
    at_times(case, "reliability", &|at_s| Some(survival(at_s).reliability), log);
}

/// Returns the mean unavailability of a year.
fn mean_unavailability(solver: &dyn Solver) -> Option<f64> {
    Some(solver.over(8_760.0 * HOUR_S)?.tails.failed)
}

fn unavailability_at(solver: &dyn Solver, at_s: f64) -> Option<f64> {
    Some(solver.unavailability_at_each(&[at_s])?[0])
}

fn compare(case: &Value, solution: &DiagramSolution<'_>, log: &mut Log) {
    let id = case["id"].as_str().unwrap_or_default();
    let expected = |name: &str| case["expected"][name].as_f64();
    let name = |what: &str| format!("{id}: {what}");
    let long_run = solution.long_run();
    let unavailability = long_run.map(|long_run| long_run.tails.failed);
    for key in ["steady_unavailability", "unavailability", "failure_probability"] {
        log.compare(&name(key), unavailability, expected(key));
    }
    let availability = long_run.map(|long_run| long_run.tails.working);
    for key in ["steady_availability", "availability"] {
        log.compare(&name(key), availability, expected(key));
    }
    let frequency = long_run.and_then(|long_run| long_run.failures);
    log.compare(
        &name("frequency"),
        frequency.map(|per_s| per_s * HOUR_S),
        expected("failure_frequency_per_h"),
    );
    let exposure = long_run.and_then(|long_run| long_run.exposure());
    let mean_h = |mean_s: Option<f64>| mean_s.map(|s| s / HOUR_S);
    log.compare(&name("up"), mean_h(exposure.and_then(Exposure::mtbf_s)), expected("mean_up_time_h"));
    log.compare(&name("down"), mean_h(exposure.and_then(Exposure::mdt_s)), expected("mean_down_time_h"));
    log.compare(&name("MTTF"), mean_h(solution.mttf_s()), expected("mttf_h"));
    let year = mean_unavailability(solution);
    for key in ["mean_interval_unavailability_8760h", "pfd_avg"] {
        log.compare(&name(key), year, expected(key));
    }
    let end = unavailability_at(solution, 8_760.0 * HOUR_S * (1.0 - 1e-15));
    log.compare(&name("end of interval"), end, expected("pfd_at_end_of_interval"));
    at_times(case, "point_unavailability", &|at_s| unavailability_at(solution, at_s), log);
    let unreliability = |at_s| Some(solution.unreliability_at_each(&[at_s])?[0]);
    at_times(case, "unreliability", &unreliability, log);
    if case["expected"]["unreliability"].is_null() {
        at_times(case, "reliability", &|at_s| unreliability(at_s).map(|q| 1.0 - q), log);
    }
}

fn at_times(case: &Value, key: &str, found: &dyn Fn(f64) -> Option<f64>, log: &mut Log) {
    for (time_h, value) in case["expected"][key].as_object().into_iter().flatten() {
        // The matrix exponential of the reference has underflowed there: it gives 0 long after the long
        // run is reached.
        if case["id"] == "active_passive_hot_failover_1min" && value.as_f64() == Some(0.0) {
            continue;
        }
        let at_s = time_h.parse::<f64>().unwrap() * HOUR_S;
        log.compare(&format!("{}: {key} at {time_h} h", case["id"]), found(at_s), value.as_f64());
    }
}
