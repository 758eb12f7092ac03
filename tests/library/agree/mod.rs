//! Agreement of independent solvers. The exact answers of the Markov chain and the results of
//! replications must agree, on random systems made of everything that a chain can represent; and so must
//! the chain and the decision diagram where both apply. The figures that `availability` measures in the
//! trace of a replication must be those that the replication counted (`traces`).
//!
//! A figure is wrong if it lies more than four standard errors off. Chance alone does that to one of
//! 16,000 figures, so to any of the 600 or so compared here with a probability of 4 %. Seeds are fixed:
//! a test that passes once passes always.

mod estimates;
mod parts;
mod systems;
mod traces;

use steadfast::base::patience::Patience;
use steadfast::simulate::analytic::Solver as _;
use steadfast::simulate::analytic::bdd::Budget;
use steadfast::simulate::analytic::chain::ChainSolution;
use steadfast::simulate::analytic::modular::{DiagramSolution, Series};
use steadfast::simulate::model::Model;
use steadfast::simulate::monte_carlo::engine::outage::Outage;
use steadfast::simulate::monte_carlo::engine::replication::{Bench, Engine};
use steadfast::simulate::topology_file::read;
use systems::{FOUND, archipelago, independent, system};

const HORIZON_H: f64 = 400.0;
const STANDARD_ERRORS: f64 = 4.0;
/// Replications with an event, and without it, that a normal approximation needs.
const COUNT_MIN: f64 = 25.0;
/// A number of states that is small enough for a test of many systems.
const STATES_SMALL: usize = 400;
/// States of a chain that take about a second to generate.
const STATES_MAX: usize = 20_000;

fn model(topology: &str) -> Model {
    let text = format!("horizon: {HORIZON_H}h\n{topology}");
    match read("case.yaml", &text, &[], &|_| Err("no files here".into())) {
        Ok((model, _)) => model,
        Err(problems) => panic!("{problems}\n{text}"),
    }
}

/// The comparisons made, and those that failed.
#[derive(Default)]
struct Log {
    models: usize,
    refused: Vec<String>,
    figures: usize,
    wrong: Vec<String>,
}

impl Log {
    fn compare(&mut self, what: &str, found: f64, exact: f64, error: f64) {
        self.figures += 1;
        let z = (found - exact) / error;
        if !(z.abs() <= STANDARD_ERRORS || (found - exact).abs() < 1e-9) {
            self.wrong.push(format!("{what}: {found:.5} ± {error:.5}, exact {exact:.5} (z = {z:.1})"));
        }
    }
}

/// Returns a mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Compares chain and replications over the horizon: mean unavailability, failures, unreliability, and
/// unavailability at some moments.
fn compare(name: &str, model: &Model, chain: &ChainSolution, replications: u64, log: &mut Log) {
    let engine = Engine::new(model).unwrap();
    let mut bench = Bench::default();
    let horizon_s = model.horizon_s;
    let moments_s = [0.0, 0.05 * horizon_s, 0.5 * horizon_s];
    let (mut downtimes, mut failures) = (Vec::new(), Vec::new());
    let (mut failed, mut down) = (0.0, [0.0; 3]);
    for index in 0..replications {
        let (outages, _) = engine.replicate(&mut bench, 1, index);
        downtimes.push(outages.iter().map(Outage::length_s).sum::<f64>() / horizon_s);
        failures.push(outages.iter().filter(|o| o.start_s > 0.0).count() as f64);
        failed += if outages.is_empty() { 0.0 } else { 1.0 };
        for (count, at_s) in down.iter_mut().zip(moments_s) {
            let is_down = outages.iter().any(|o| o.start_s <= at_s && at_s < o.end_s);
            *count += if is_down { 1.0 } else { 0.0 };
        }
    }
    log.models += 1;
    if failed >= COUNT_MIN {
        let exact = chain.over(horizon_s).unwrap();
        let (found, error) = mean(&downtimes);
        log.compare(&format!("{name}: mean unavailability"), found, exact.tails.failed, error);
        let (found, error) = mean(&failures);
        log.compare(&format!("{name}: failures"), found, exact.failures.unwrap(), error);
    }
    let n = replications as f64;
    let mut share = |what: &str, count: f64, exact: f64| {
        if n * exact.min(1.0 - exact) >= COUNT_MIN {
            let error = (exact * (1.0 - exact) / n).sqrt();
            log.compare(&format!("{name}: {what}"), count / n, exact, error);
        }
    };
    share("unreliability", failed, chain.unreliability_at_each(&[horizon_s]).unwrap()[0]);
    let exact = chain.unavailability_at_each(&moments_s).unwrap();
    for ((count, at_s), exact) in down.into_iter().zip(moments_s).zip(exact) {
        share(&format!("unavailability at {} h", at_s / 3_600.0), count, exact);
    }
}

fn chain_against_engine(seeds: std::ops::Range<u64>, replications: u64, extra: &str) -> Log {
    let mut log = Log::default();
    for seed in seeds {
        let topology = system(seed) + extra;
        // With a stationary start, what is never repaired has failed already.
        if extra.contains("stationary") && topology.contains("never") {
            continue;
        }
        let model = model(&topology);
        match ChainSolution::new(&model, STATES_SMALL) {
            Ok(chain) => {
                let name = format!("system {seed}");
                let wrong_before = log.wrong.len();
                compare(&name, &model, &chain, replications, &mut log);
                if log.wrong.len() > wrong_before {
                    log.wrong.push(topology);
                }
            }
            Err(why) => log.refused.push(why.to_string()),
        }
    }
    eprintln!(
        "{} systems, {} figures compared, {} systems refused",
        log.models,
        log.figures,
        log.refused.len()
    );
    log
}

#[test]
fn the_chain_agrees_with_replications() {
    let log = chain_against_engine(0..120, 1_500, "");
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
}

#[test]
fn replications_with_a_stationary_start_agree_with_the_chain() {
    let log = chain_against_engine(300..360, 1_200, "start: stationary\n");
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
}

#[test]
#[ignore = "slow: any number of systems, for changes to the engine or the chain"]
fn the_chain_agrees_with_replications_on_many_systems() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let from = number("AGREE_FROM", 1_000);
    let (systems, replications) = (number("AGREE_SYSTEMS", 1_000), number("AGREE_REPLICATIONS", 4_000));
    let extra = std::env::var("AGREE_START").map_or(String::new(), |start| format!("start: {start}\n"));
    let log = chain_against_engine(from..from + systems, replications, &extra);
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
}

#[test]
fn systems_that_were_wrong_once_agree() {
    let mut log = Log::default();
    for (name, topology) in FOUND {
        let model = model(topology);
        let chain = ChainSolution::new(&model, STATES_MAX).unwrap();
        compare(name, &model, &chain, 2_000, &mut log);
    }
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n"));
}

#[test]
fn the_chain_agrees_with_the_diagram_to_eleven_digits() {
    let near = |name: String, chain: f64, diagram: f64| {
        assert!((chain - diagram).abs() <= 1e-11 * diagram, "{name}: {chain:e}, by diagram {diagram:e}");
    };
    let mut compared = 0;
    for seed in 0..60 {
        let model = model(&independent(seed));
        let diagram = DiagramSolution::independent(&model, Budget::default()).unwrap();
        let chain = ChainSolution::new(&model, STATES_MAX).unwrap();
        let (long, short) = (chain.long_run().unwrap(), diagram.long_run().unwrap());
        let at_s = 0.03 * model.horizon_s;
        let name = |what: &str| format!("system {seed}: {what}");
        near(name("unavailability"), long.tails.failed, short.tails.failed);
        near(name("frequency"), long.failures.unwrap(), short.failures.unwrap());
        near(
            name("unavailability at a time"),
            chain.unavailability_at_each(&[at_s]).unwrap()[0],
            diagram.unavailability_at_each(&[at_s]).unwrap()[0],
        );
        let (long, short) = (chain.over(at_s).unwrap(), diagram.over(at_s).unwrap());
        near(name("mean"), long.tails.failed, short.tails.failed);
        near(name("failures"), long.failures.unwrap(), short.failures.unwrap());
        compared += 5;
    }
    eprintln!("{compared} figures compared");
}

/// Tolerance for sums over some hundred states and some hundred moments.
const TEN_DIGITS: f64 = 1e-10;

#[test]
fn composed_chains_agree_with_the_chain_of_the_whole_to_ten_digits() {
    let (mut compared, mut refused, mut in_series) = (0, Vec::new(), 0);
    for seed in 0..150 {
        let topology = archipelago(seed);
        let model = model(&topology);
        let states_max = 600;
        let Ok(whole) = ChainSolution::new(&model, states_max) else {
            continue;
        };
        let mut near = |what: &str, found: Option<f64>, exact: f64| {
            compared += 1;
            assert!(
                found.is_some_and(|found| (found - exact).abs() <= TEN_DIGITS * exact),
                "system {seed}, {what}: {found:?}, by the chain of the whole {exact:e}\n{topology}"
            );
        };
        let at_s = [0.0, 0.01 * model.horizon_s, 0.3 * model.horizon_s];
        match DiagramSolution::composed(&model, Budget::default(), states_max) {
            Ok(composition) => {
                let (long, settled) = (whole.long_run().unwrap(), composition.long_run().unwrap());
                near("unavailability", Some(settled.tails.failed), long.tails.failed);
                near("frequency", settled.failures, long.failures.unwrap());
                let (found, exact) = (composition.over(at_s[2]).unwrap(), whole.over(at_s[2]).unwrap());
                near("mean", Some(found.tails.failed), exact.tails.failed);
                near("failures", found.failures, exact.failures.unwrap());
                let curve = composition.unavailability_at_each(&at_s).unwrap();
                for (found, exact) in curve.into_iter().zip(whole.unavailability_at_each(&at_s).unwrap()) {
                    near("unavailability at a time", Some(found), exact);
                }
            }
            Err(why) => refused.push(why.to_string()),
        }
        if let Some(series) = Series::new(&model, states_max, Patience::ENDLESS) {
            in_series += 1;
            let found = series.unreliability_at_each(&at_s).unwrap();
            for (found, exact) in found.into_iter().zip(whole.survival_at_each(&at_s).unwrap()) {
                near("unreliability", Some(found), exact.unreliability);
            }
            near("MTTF", series.mttf_s(), whole.mttf_s().unwrap());
        }
    }
    eprintln!(
        "{compared} figures compared, {in_series} systems in series, {} refused: {refused:?}",
        refused.len()
    );
    assert!(compared > 500 && in_series > 20 && refused.len() < 10);
}

#[test]
fn composed_chains_agree_with_replications() {
    let mut log = Log::default();
    for seed in 1_000..1_020 {
        let topology = archipelago(seed);
        let model = model(&topology);
        let composition = DiagramSolution::composed(&model, Budget::default(), STATES_MAX).unwrap();
        let engine = Engine::new(&model).unwrap();
        let mut bench = Bench::default();
        let runs: Vec<(f64, f64)> = (0..1_500)
            .map(|index| {
                let (outages, _) = engine.replicate(&mut bench, 1, index);
                let down_s: f64 = outages.iter().map(Outage::length_s).sum();
                let failures = outages.iter().filter(|outage| outage.start_s > 0.0).count();
                (down_s / model.horizon_s, failures as f64)
            })
            .collect();
        let over = composition.over(model.horizon_s).unwrap();
        let (downtimes, failures): (Vec<f64>, Vec<f64>) = runs.into_iter().unzip();
        for (what, values, exact) in [
            ("mean unavailability", downtimes, Some(over.tails.failed)),
            ("failures", failures, over.failures),
        ] {
            let events = values.iter().filter(|value| **value > 0.0).count();
            if events as f64 >= COUNT_MIN {
                let (found, error) = mean(&values);
                log.compare(&format!("system {seed}: {what}"), found, exact.unwrap(), error);
            }
        }
    }
    eprintln!("{} figures compared", log.figures);
    assert!(log.figures > 20 && log.wrong.is_empty(), "{}", log.wrong.join("\n"));
}
