//! Simulated figures compared with the exact ones.

use super::topologies::topology;
use super::{cases, model, number_at};
use serde_json::Value;
use steadfast::simulate::model::Model;
use steadfast::simulate::monte_carlo::engine::replication::Engine;
use steadfast::simulate::monte_carlo::estimate::{Conduct, Figure, Figures, Rule, Scope, run};

const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 1;
/// Component events that a comparison may take. A figure for which they are too few is left out and
/// listed.
const EVENTS: f64 = 1e6;
/// Failures below which the normal approximation of a z-score is not reliable.
const FAILURES_MIN: f64 = 25.0;

/// The comparisons made, those left out, and those that failed.
#[derive(Default)]
struct Log {
    compared: usize,
    left_out: Vec<String>,
    wrong: Vec<String>,
}

impl Log {
    fn compare(&mut self, what: &str, figure: &Figure, exact: f64) {
        let half = figure.interval.and_then(|i| Some(0.5 * (i.upper? - i.lower?)));
        let error = half.unwrap_or(0.0) / 1.96;
        let z = (figure.value - exact) / error;
        self.compared += 1;
        if !(z.abs() <= 4.0 || (figure.value - exact).abs() <= 1e-9 * exact.abs()) {
            self.wrong.push(format!("{what}: {} ± {error:.3e}, exact {exact} (z = {z:.1})", figure.value));
        }
    }
}

fn simulate(model: &Model, replications: u64) -> Figures {
    let scope = Scope::new(model.horizon_s, None, None, None);
    let rule = Rule {
        precision: None,
        confidence: CONFIDENCE,
        replications_max: replications,
        events_max: u64::MAX,
    };
    let conduct = Conduct { threads: 2, go_on: &|| Ok(()), progress: &|_| {} };
    let engine = Engine::new(model).unwrap();
    let (tally, _) = run(&engine, &scope, SEED, &rule, &conduct);
    tally.figures(&scope, CONFIDENCE).unwrap()
}

/// Runs as many replications as the events allow, found by trying a few.
fn within_budget(model: &Model, most: u64) -> Figures {
    let trial = simulate(model, 4);
    let each = trial.events as f64 / 4.0;
    simulate(model, ((EVENTS / each.max(1.0)) as u64).clamp(20, most))
}

#[test]
fn simulated_figures_lie_within_four_standard_errors_of_the_exact_ones() {
    let Some(cases) = cases() else { return };
    let mut log = Log::default();
    for case in &cases {
        if let Ok(topology) = topology(case) {
            steady(case, &topology, &mut log);
            at_times(case, &topology, &mut log);
            first_failure(case, &topology, &mut log);
        }
    }
    for reason in &log.left_out {
        eprintln!("left out: {reason}");
    }
    eprintln!("{} figures compared, {} left out", log.compared, log.left_out.len());
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
    assert!(log.compared > 130);
}

fn expected(case: &Value, names: &[&str]) -> Option<f64> {
    names.iter().find_map(|name| case["expected"][*name].as_f64())
}

/// Compares the long-run unavailability and related figures, taken from the second half of a long
/// horizon.
fn steady(case: &Value, topology: &str, log: &mut Log) {
    let id = case["id"].as_str().unwrap_or_default();
    let unavailability = expected(
        case,
        &["steady_unavailability", "pfd_avg", "average_unavailability", "failure_probability"],
    )
    .or_else(|| expected(case, &["unavailability"]))
    .or_else(|| expected(case, &["availability"]).map(|availability| 1.0 - availability));
    let Some(unavailability) = unavailability else {
        return;
    };
    let cycle_h = expected(case, &["mtbf_system_h"]).unwrap_or(10_000.0);
    let inspected = expected(case, &["pfd_avg"]).is_some();
    // A number of whole test intervals, also in the second half.
    let horizon_h = if inspected { 8_760.0 * 40.0 } else { (60.0 * cycle_h).clamp(20_000.0, 300_000.0) };
    let figures = within_budget(&model(topology, horizon_h), 200_000);
    let enough = figures.failing_replications as f64 >= FAILURES_MIN;
    if !enough {
        log.left_out.push(format!("{id}: {} replications with an outage", figures.failing_replications));
        return;
    }
    log.compare(&format!("{id}: unavailability"), &figures.late_unavailability, unavailability);
    if let (Some(per_hour), true) = (expected(case, &["failure_frequency_per_h"]), figures.failures >= 200.0)
    {
        // A system that starts new misses about one failure's worth of its first relaxation, which lies far within the error.
        log.compare(&format!("{id}: failures"), &figures.failure_frequency_per_year, per_hour * 8_766.0);
    }
    if let (Some(exact), Some(figure)) = (expected(case, &["mean_down_time_h"]), figures.mdt_s) {
        log.compare(&format!("{id}: mean down time"), &figure, exact * 3_600.0);
    }
    if let (Some(share), planned) = (expected(case, &["planned_share"]), figures.planned_unavailability) {
        log.compare(&format!("{id}: planned"), &planned, share * unavailability);
    }
}

/// Compares reliability and point unavailability at the listed times, each at the end of a horizon that
/// long.
fn at_times(case: &Value, topology: &str, log: &mut Log) {
    let id = case["id"].as_str().unwrap_or_default();
    for (key, is_reliability) in [("reliability", true), ("point_unavailability", false)] {
        let Some(times) = case["expected"][key].as_object() else {
            continue;
        };
        for (time_h, value) in times {
            let exact = super::super::shared::number(value);
            let figures = within_budget(&model(topology, time_h.parse().unwrap()), 40_000);
            let (figure, exact) = if is_reliability {
                let exact = case["expected"]["unreliability"][time_h].as_f64().unwrap_or(1.0 - exact);
                (figures.unreliability, exact)
            } else {
                let last = figures.curve.last().unwrap();
                (last.unavailability, exact)
            };
            let n = figures.replications as f64;
            let rare = n * exact.min(1.0 - exact);
            if rare < FAILURES_MIN {
                log.left_out.push(format!("{id}: {key} at {time_h} h, {rare:.1} expected of {n}"));
                continue;
            }
            log.compare(&format!("{id}: {key} at {time_h} h"), &figure, exact);
        }
    }
}

/// Compares the mean time to the first failure, from horizons so long that nearly all replications fail.
fn first_failure(case: &Value, topology: &str, log: &mut Log) {
    let id = case["id"].as_str().unwrap_or_default();
    let Some(mttf_h) = expected(case, &["mttf_from_all_up_h", "mttf_h"]) else {
        return;
    };
    let model = model(topology, 25.0 * mttf_h);
    let trial = simulate(&model, 2);
    let replications = EVENTS / (trial.events as f64 / 2.0).max(1.0);
    if replications < 100.0 {
        log.left_out.push(format!("{id}: time to the first failure, {replications:.0} replications"));
        return;
    }
    let figures = simulate(&model, (replications as u64).min(20_000));
    let figure = figures.mttf_s.unwrap();
    log.compare(&format!("{id}: mean time to the first failure"), &figure, mttf_h * 3_600.0);
}

#[test]
fn downtime_of_a_year_has_the_distribution_of_takacs() {
    let Some(cases) = cases() else { return };
    let case = cases.iter().find(|case| case["id"] == "downtime_distribution_single").unwrap();
    let model = model(&topology(case).unwrap(), number_at(case, "model", "horizon_h"));
    let mut checked = 0;
    for (threshold, share) in case["expected"]["p_downtime_le"].as_object().unwrap() {
        let minutes: f64 = threshold.trim_end_matches(" min").parse().unwrap();
        let exact = super::super::shared::number(share);
        let target = minutes * 60.0 / model.horizon_s;
        let scope = Scope::new(model.horizon_s, None, Some(target), None);
        let rule =
            Rule { precision: None, confidence: CONFIDENCE, replications_max: 20_000, events_max: u64::MAX };
        let conduct = Conduct { threads: 2, go_on: &|| Ok(()), progress: &|_| {} };
        let (tally, _) = run(&Engine::new(&model).unwrap(), &scope, SEED, &rule, &conduct);
        let met = tally.figures(&scope, CONFIDENCE).unwrap().windows_met.unwrap().value;
        let error = (exact * (1.0 - exact) / 20_000.0).sqrt();
        assert!((met - exact).abs() <= 4.0 * error + 1e-4, "{threshold}: {met}, exact {exact}");
        checked += 1;
    }
    assert_eq!(checked, 6);
}
