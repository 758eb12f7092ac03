//! Markov chains against closed forms: models from Trivedi, from Rausand and Høyland and from IEC 61508,
//! with answers that were computed independently of this program.
//!
//! Each model is built here from its rules: a state is a count (failed units, the unit under repair),
//! and a rule says where a state leads and at what rate per hour. Without the file the tests say that
//! they are skipped.

use super::shared::{number, text};
use serde_json::Value;
use std::collections::BTreeMap;
use steadfast::simulate::analytic::markov::Chain;

/// Required relative agreement.
const TOLERANCE: f64 = 1e-10;

/// A chain with names for its states.
struct Model<S> {
    chain: Chain,
    states: Vec<S>,
    up: Vec<bool>,
    /// By state, the failures per hour spent in it.
    failing: Vec<f64>,
}

/// The long run of a model.
struct Steady {
    availability: f64,
    unavailability: f64,
    frequency: f64,
}

impl<S: Ord + Clone> Model<S> {
    /// Builds the chain of all states that can be reached from `start`, which is state 0.
    fn explore(start: S, rules: impl Fn(&S) -> Vec<(S, f64)>, up: impl Fn(&S) -> bool) -> Self {
        let (mut states, mut numbers) = (vec![start.clone()], BTreeMap::from([(start, 0)]));
        let (mut rates, mut at) = (Vec::new(), 0);
        while at < states.len() {
            for (to, rate) in rules(&states[at]).into_iter().filter(|(_, rate)| *rate > 0.0) {
                let next = states.len();
                let number = *numbers.entry(to.clone()).or_insert(next);
                if number == next {
                    states.push(to);
                }
                rates.push((at, number, rate));
            }
            at += 1;
        }
        let up: Vec<bool> = states.iter().map(up).collect();
        let mut failing = vec![0.0; states.len()];
        for &(from, to, rate) in &rates {
            failing[from] += if up[from] && !up[to] { rate } else { 0.0 };
        }
        Self { chain: Chain::new(states.len(), rates).unwrap(), up, failing, states }
    }

    fn start(&self) -> Vec<f64> {
        let mut start = vec![0.0; self.states.len()];
        start[0] = 1.0;
        start
    }

    fn down(&self) -> Vec<bool> {
        self.up.iter().map(|up| !up).collect()
    }

    fn long_run(&self) -> Vec<f64> {
        self.chain.stationary_from(&self.start()).unwrap()
    }

    /// Returns the long-run mean of a function of the state.
    fn mean(&self, of: impl Fn(&S) -> f64) -> f64 {
        self.long_run().iter().zip(&self.states).map(|(p, state)| p * of(state)).sum()
    }

    fn steady(&self) -> Steady {
        let long_run = self.long_run();
        let share = |wanted: bool| {
            let states = long_run.iter().zip(&self.up).filter(|(_, up)| **up == wanted);
            states.map(|(p, _)| p).sum()
        };
        let frequency = long_run.iter().zip(&self.failing).map(|(p, rate)| p * rate).sum();
        Steady { availability: share(true), unavailability: share(false), frequency }
    }

    /// Returns the mean unavailability from the start to some time.
    fn mean_unavailability(&self, hours: f64) -> f64 {
        let down: Vec<f64> = self.up.iter().map(|up| if *up { 0.0 } else { 1.0 }).collect();
        self.chain.gathered(&down, &self.start(), &[hours]).unwrap()[0] / hours
    }

    fn unavailability_at(&self, hours: f64) -> f64 {
        let states = self.chain.transient(&self.start(), &[hours]).unwrap();
        let down = states[0].iter().zip(&self.up).filter(|(_, up)| !**up);
        down.map(|(p, _)| p).sum()
    }
}

/// Figures compared, over all models.
#[derive(Default)]
struct Count {
    models: usize,
    figures: usize,
    worst: f64,
}

impl Count {
    #[track_caller]
    fn check(&mut self, what: &str, got: f64, expected: f64) {
        let error = (got / expected - 1.0).abs();
        assert!(error <= TOLERANCE, "{what}: got {got:e}, expected {expected:e}, error {error:.1e}");
        self.worst = self.worst.max(error);
        self.figures += 1;
    }

    /// Checks every figure of an oracle that a chain can answer.
    fn model<S: Ord + Clone>(&mut self, case: &Value, model: &Model<S>) {
        let id = case["id"].as_str().unwrap();
        let (start, down) = (model.start(), model.down());
        self.models += 1;
        let before = self.figures;
        for (key, expected) in case["expected"].as_object().unwrap() {
            let what = format!("{id}: {key}");
            let steady = model.steady();
            let single = match key.as_str() {
                "steady_unavailability" => Some(steady.unavailability),
                "steady_availability" => Some(steady.availability),
                "failure_frequency_per_h" => Some(steady.frequency),
                "mean_up_time_h" => Some(steady.availability / steady.frequency),
                "mean_down_time_h" => Some(steady.unavailability / steady.frequency),
                "mtbf_system_h" => Some((steady.availability + steady.unavailability) / steady.frequency),
                "mttf_from_all_up_h" | "mttf_h" => Some(model.chain.mean_time_to(&down, &start).unwrap()),
                "mean_interval_unavailability_8760h" => Some(model.mean_unavailability(8760.0)),
                _ => None,
            };
            if let Some(got) = single {
                self.check(&what, got, number(expected));
            }
            let by_time = expected.as_object().into_iter().flatten();
            for (hours, expected) in by_time.filter_map(|(t, value)| Some((t.parse::<f64>().ok()?, value))) {
                let what = format!("{what} {hours}");
                match key.as_str() {
                    "reliability" => {
                        let got = model.chain.survival(&model.up, &start, &[hours]).unwrap()[0];
                        self.check(&what, got.reliability, number(expected));
                        let sum = got.reliability + got.unreliability;
                        assert!((sum - 1.0).abs() < 1e-14, "{what}: {got:?}");
                    }
                    // The uniformisation of the reference underflowed for one model, and gives 0.
                    "point_unavailability" if number(expected) > 0.0 => {
                        self.check(&what, model.unavailability_at(hours), number(expected));
                    }
                    _ => {}
                }
            }
        }
        assert!(self.figures > before, "{id}: nothing to check");
    }
}

fn cases() -> Option<BTreeMap<String, Value>> {
    let cases: Vec<Value> = serde_json::from_str(&text("oracles/closed_forms.json")?).unwrap();
    let named = cases.into_iter().map(|case| (case["id"].as_str().unwrap().to_owned(), case));
    Some(named.collect())
}

/// Returns a parameter of a model.
fn given(case: &Value, key: &str) -> f64 {
    number(&case["model"][key])
}

/// A chain over the number of failed units out of `n`. `failure` gives the rate of the next failure by
/// the number failed; each of `crews` repairs one unit at a time.
fn failures_counted(
    n: u32,
    up_until: u32,
    failure: impl Fn(u32) -> f64,
    repair: f64,
    crews: u32,
) -> Model<u32> {
    let rules = |failed: &u32| {
        let mut to = Vec::new();
        if *failed < n {
            to.push((failed + 1, failure(*failed)));
        }
        if *failed > 0 {
            to.push((failed - 1, f64::from(crews.min(*failed)) * repair));
        }
        to
    };
    Model::explore(0, rules, |failed| *failed <= up_until)
}

/// Independent units; the bits of a state are set for the units that are down.
fn independent(rates: &[(f64, f64)], up: impl Fn(u32) -> bool) -> Model<u32> {
    let rules = |down: &u32| {
        let units = rates.iter().enumerate();
        units
            .map(|(unit, (failure, repair))| {
                let rate = if down >> unit & 1 == 0 { failure } else { repair };
                (down ^ (1 << unit), *rate)
            })
            .collect()
    };
    Model::explore(0, rules, |down| up(*down))
}

#[test]
fn redundant_units_with_crews_agree_with_their_closed_forms() {
    let Some(cases) = cases() else { return };
    let mut count = Count::default();
    for (id, case) in &cases {
        let whole = |key: &str| given(case, key) as u32;
        let model = if id.starts_with("kofn_") && id != "kofn_weibull_95of100" {
            let (n, k, failure) = (whole("n"), whole("k"), 1.0 / given(case, "mtbf_h"));
            let (repair, crews) = (1.0 / given(case, "mttr_h"), whole("crews"));
            failures_counted(n, n - k, |failed| f64::from(n - failed) * failure, repair, crews)
        } else if id.starts_with("load_sharing_2_repairable") {
            let rates = [2.0 * given(case, "rate_shared_per_h"), given(case, "rate_alone_per_h")];
            let rate = |failed: u32| rates[failed as usize];
            failures_counted(2, 1, rate, 1.0 / given(case, "mttr_h"), whole("crews"))
        } else if id.starts_with("standby_1plus1") {
            let (failure, dormancy) = (1.0 / given(case, "mtbf_h"), given(case, "dormancy"));
            let rate = |failed| {
                if failed == 0 { failure * (1.0 + dormancy) } else { failure }
            };
            failures_counted(2, 1, rate, 1.0 / given(case, "mttr_h"), whole("crews"))
        } else if id.starts_with("standby_nonrep") {
            let (active, spares) = (given(case, "active"), whole("spares"));
            let (failure, dormancy) = (1.0 / given(case, "mtbf_h"), given(case, "dormancy"));
            let rate = |failed: u32| failure * (active + f64::from(spares - failed) * dormancy);
            failures_counted(spares + 1, spares, rate, 0.0, 0)
        } else if id == "insensitivity" {
            failures_counted(3, 1, |failed| f64::from(3 - failed) / 1000.0, 1.0 / 10.0, 3)
        } else {
            continue;
        };
        count.model(case, &model);
        if let Some(expected) = case["expected"].get("mean_components_down") {
            count.check(id, model.mean(|failed| f64::from(*failed)), number(expected));
        }
    }
    assert!(count.models >= 20, "{} models found", count.models);
    println!(
        "{} models, {} figures, largest relative error {:.1e}",
        count.models, count.figures, count.worst
    );
}

#[test]
fn systems_of_different_units_agree_with_their_closed_forms() {
    let Some(cases) = cases() else { return };
    let mut count = Count::default();
    count.model(&cases["single"], &independent(&[(1e-3, 0.1)], |down| down == 0));
    let series = [(500.0, 5.0), (1000.0, 2.0), (4000.0, 24.0)].map(|(mtbf, mttr)| (1.0 / mtbf, 1.0 / mttr));
    count.model(&cases["series3"], &independent(&series, |down| down == 0));
    for (id, beta) in [("0.02", 0.02), ("0.1", 0.1)] {
        let unit = ((1.0 - beta) * 1e-3, 0.1);
        let block = independent(&[unit, unit, (beta * 1e-3, 0.1)], |down| down & 3 != 3 && down & 4 == 0);
        count.model(&cases[&format!("ccf_beta{id}_1of2_as_series_block")], &block);
    }
    // One crew, which interrupts a repair of unit 2 for unit 1.
    let (first, second) = ((1.0 / 200.0, 1.0 / 8.0), (1.0 / 500.0, 1.0 / 48.0));
    let priority = Model::explore(
        (false, false),
        |&(one, two)| {
            let of_first = if one { first.1 } else { first.0 };
            let of_second = match (one, two) {
                (_, false) => second.0,
                (true, true) => 0.0,
                (false, true) => second.1,
            };
            vec![((!one, two), of_first), ((one, !two), of_second)]
        },
        |down| *down != (true, true),
    );
    count.model(&cases["crew1_two_different_parallel_priority1_preemptive"], &priority);
    println!(
        "{} models, {} figures, largest relative error {:.1e}",
        count.models, count.figures, count.worst
    );
}

/// A model whose states have names and whose rules are a list; it starts in the first state listed.
fn named(rates: &[(&'static str, &'static str, f64)], down: &[&str]) -> Model<&'static str> {
    let rules = |from: &&'static str| {
        let own = rates.iter().filter(|(start, ..)| start == from);
        own.map(|(_, to, rate)| (*to, *rate)).collect()
    };
    Model::explore(rates[0].0, rules, |state| !down.contains(state))
}

#[test]
fn failover_and_common_causes_agree_with_their_closed_forms() {
    let Some(cases) = cases() else { return };
    let mut count = Count::default();
    let (l, c, ls) = (1e-3, 0.99, 1.0 / 5000.0);
    let switch = [("both", "last", l * c), ("both", "down", l * (1.0 - c)), ("last", "down", l)];
    count.model(&cases["cold_imperfect_switch_0.99"], &named(&switch, &["down"]));
    let ageing = [("both", "last", l), ("both", "stuck", ls), ("stuck", "down", l), ("last", "down", l)];
    count.model(&cases["cold_switch_fails_in_time"], &named(&ageing, &["down"]));
    let beta = 0.02;
    let common = [
        ("2", "1", 2.0 * (1.0 - beta) * l),
        ("2", "0", beta * l),
        ("1", "0", l),
        ("1", "2", 0.1),
        ("0", "1", 0.1),
    ];
    count.model(&cases["ccf_beta0.02_1of2_crews1"], &named(&common, &["0"]));
    let (l, m, d) = (1.0 / 720.0, 0.5, 60.0);
    let passive = [
        ("A_S", "F", l),
        ("A_S", "A", l),
        ("F", "A", d),
        ("F", "0", l),
        ("F", "A_S", m),
        ("A", "A_S", m),
        ("A", "0", l),
        ("0", "A", 2.0 * m),
    ];
    count.model(&cases["active_passive_hot_failover_1min"], &named(&passive, &["F", "0"]));
    let covered = &cases["failover_coverage_0.000166667_0.95"];
    let (l, m, c) = (given(covered, "lambda_per_h"), given(covered, "mu_per_h"), given(covered, "coverage"));
    let (delta, manual) =
        (given(covered, "failover_rate_per_h"), given(covered, "manual_recovery_rate_per_h"));
    let rates = [
        ("2", "1C", 2.0 * l * c),
        ("2", "1U", 2.0 * l * (1.0 - c)),
        ("1C", "1", delta),
        ("1U", "1", manual),
        ("1", "2", m),
        ("1", "0", l),
        ("0", "1", m),
    ];
    let model = named(&rates, &["1C", "1U", "0"]);
    count.model(covered, &model);
    let total = model.mean(|state| f64::from(u8::from(["1C", "1U", "0"].contains(state))));
    let shares = &covered["expected"]["share_of_downtime"];
    for (state, name) in [("1C", "failover"), ("1U", "uncovered_manual_recovery"), ("0", "both_down")] {
        let share = model.mean(|other| f64::from(u8::from(*other == state))) / total;
        count.check(name, share, number(&shares[name]));
    }
    println!(
        "{} models, {} figures, largest relative error {:.1e}",
        count.models, count.figures, count.worst
    );
}

#[test]
fn maintenance_agrees_with_its_closed_forms() {
    let Some(cases) = cases() else { return };
    let mut count = Count::default();
    let (l, m, start, end) = (1.0 / 2000.0, 0.25, 1.0 / 168.0, 2.0);
    let single = [("up", "failed", l), ("failed", "up", m), ("up", "planned", start), ("planned", "up", end)];
    count.model(&cases["maintenance_window_single"], &named(&single, &["failed", "planned"]));
    // Number of failed nodes, and whether one is out for maintenance.
    let rolling = Model::explore(
        (0_u32, false),
        |&(failed, planned)| {
            let working = 3 - failed - u32::from(planned);
            let mut to = vec![((failed + 1, planned), f64::from(working) * l)];
            if failed > 0 {
                to.push(((failed - 1, planned), f64::from(failed) * m));
            }
            if planned {
                to.push(((failed, false), end));
            } else if failed == 0 {
                to.push(((failed, true), start));
            }
            to
        },
        |(failed, planned)| failed + u32::from(*planned) <= 1,
    );
    assert_eq!(rolling.states.len(), 7);
    count.model(&cases["rolling_maintenance_2of3"], &rolling);
    println!(
        "{} models, {} figures, largest relative error {:.1e}",
        count.models, count.figures, count.worst
    );
}

#[test]
fn capacity_spares_and_hidden_failures_agree_with_their_closed_forms() {
    let Some(cases) = cases() else { return };
    let mut count = Count::default();
    for (id, case) in cases.iter().filter(|(id, _)| id.starts_with("capacity_")) {
        let (n, crews) = (given(case, "n") as u32, given(case, "crews") as u32);
        let failure = |failed: u32| f64::from(n - failed) / 1000.0;
        let model = failures_counted(n, 0, failure, 1.0 / 24.0, crews);
        let capacity = |failed: &u32| f64::from(n - failed) * 100.0;
        let expected = &case["expected"];
        count.models += 1;
        count.check(id, model.mean(capacity), number(&expected["expected_capacity"]));
        for (limit, share) in expected["p_capacity_below"].as_object().unwrap() {
            let limit: f64 = limit.parse().unwrap();
            let below = model.mean(|failed| f64::from(u8::from(capacity(failed) < limit)));
            count.check(&format!("{id} {limit}"), below, number(share));
        }
        let demand = 90.0 * f64::from(n);
        let unserved = model.mean(|failed| (demand - capacity(failed)).max(0.0));
        count.check(id, unserved, number(&expected["expected_unserved_at_90pct_demand"]));
    }
    let spares = &cases["spares_10pos_2spares_1channels"];
    let operating = |failed: u32| f64::from((12 - failed).min(10));
    let model = failures_counted(12, 2, |failed| operating(failed) / 1000.0, 1.0 / 168.0, 1);
    count.model(spares, &model);
    let mean = model.mean(|failed| operating(*failed));
    count.check("operating", mean, number(&spares["expected"]["expected_operating"]));
    for (architecture, n, spare) in [("1oo1", 1, 0), ("1oo2", 2, 1), ("2oo2", 2, 0)] {
        let expected = &cases[&format!("inspection_{architecture}")]["expected"];
        let model = failures_counted(n, spare, |failed| f64::from(n - failed) * 1e-5, 0.0, 0);
        let at_end = model.chain.survival(&model.up, &model.start(), &[8760.0]).unwrap()[0];
        let average = model.mean_unavailability(8760.0);
        count.models += 1;
        count.check(architecture, at_end.unreliability, number(&expected["pfd_at_end_of_interval"]));
        count.check(architecture, average, number(&expected["pfd_avg"]));
    }
    println!(
        "{} models, {} figures, largest relative error {:.1e}",
        count.models, count.figures, count.worst
    );
}
