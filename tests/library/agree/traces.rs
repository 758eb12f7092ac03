//! `availability` measures the figures that `simulate` counted, if a replication is written as an
//! incident log.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use steadfast::simulate::monte_carlo::engine::outage::Outage;
use steadfast::simulate::monte_carlo::engine::replication::{Bench, Engine};
use steadfast::simulate::topology_file::read;

const TOPOLOGY: &str = "
name: shop
horizon: 365d
components:
  lb:  { count: 2, mtbf: 200h, mttr: 3h }
  web: { count: 3, failure: { weibull: { shape: 1.5, scale: 300h } }, repair: { lognormal: { median: 2h, p95: 9h } },
         detection: { probe: { interval: 1m, failures: 3 } } }
  db:  { count: 2, mtbf: 400h, mttr: 4h, maintenance: { every: 30d, duration: 20m, pattern: rolling } }
blocks:
  store: { standby: { units: [db], switchover: { uniform: { low: 10s, high: 60s } } } }
system: { series: [{ parallel: [lb] }, { k_of_n: { k: 2, of: [web] } }, store] }
crews: { oncall: { size: 1, serves: [lb, web, db] } }
";
const SEED: u64 = 11;
/// Every instant of a log is rounded to a microsecond.
const ROUNDING_S: f64 = 1e-6;

fn steadfast(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn availability_measures_in_a_trace_what_the_replication_counted() {
    let (model, _) = read("shop.yaml", TOPOLOGY, &[], &|_| Err("no files here".into())).unwrap();
    let engine = Engine::new(&model).unwrap();
    for index in 0..4 {
        let mut bench = Bench::default();
        let outages: Vec<Outage> = engine.replicate(&mut bench, SEED, index).0.to_vec();
        assert!(outages.len() > 10, "too few outages to compare");
        let number = index.to_string();
        let seed = SEED.to_string();
        let log = steadfast(&["simulate", "-", "--trace", &number, "--seed", &seed], TOPOLOGY);
        let window = ["--from", "2026-01-01", "--to", "2027-01-01", "--format", "json"];
        let report = steadfast(&[&["availability", "-"][..], &window].concat(), &log);
        let report: Value = serde_json::from_str(&report).unwrap();
        let total = &report["total"];
        let downtime_s: f64 = outages.iter().map(Outage::length_s).sum();
        let tolerance_s = ROUNDING_S * outages.len() as f64;
        assert_eq!(total["outages"].as_u64(), Some(outages.len() as u64), "{total}");
        let measured_s = total["downtime_s"].as_f64().unwrap();
        assert!((measured_s - downtime_s).abs() <= tolerance_s, "{measured_s} {downtime_s}");
        let mtbf_s = (model.horizon_s - downtime_s) / outages.len() as f64;
        let measured_s = total["mtbf_s"]["value"].as_f64().unwrap();
        assert!((measured_s - mtbf_s).abs() <= tolerance_s, "{measured_s} {mtbf_s}");
    }
}

#[test]
fn the_trace_of_units_separates_detection_and_repair() {
    let seed = SEED.to_string();
    let log = steadfast(&["simulate", "-", "--trace", "0", "--trace-units", "--seed", &seed], TOPOLOGY);
    let window = ["--from", "2026-01-01", "--to", "2027-01-01", "--format", "json"];
    let report = steadfast(&[&["availability", "-"][..], &window].concat(), &log);
    let report: Value = serde_json::from_str(&report).unwrap();
    let services = report["breakdowns"][0]["lines"].as_array().expect("lines by service");
    assert_eq!(services.len(), 7, "every unit failed at least once in a year");
}
