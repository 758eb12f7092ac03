//! What sets of leaves add to the downtime of a replication, as far as it is known before a simulation.

use super::downs::Downs;
use crate::base::random::key;
use crate::simulate::analytic::bdd::{Budget, Exact, Tails};
use crate::simulate::model::{Leaf, Model, Shock, ShockKind};
use crate::simulate::structure::{Node, Structure};
use std::collections::BTreeSet;

/// What a set of leaves that brings the system down adds to the downtime of a replication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Contribution {
    /// Tells the set by the names of its leaves.
    pub key: u64,
    /// The probability that a replication has any of it.
    pub probability: f64,
    /// What it adds at least to the variance of the downtime, in seconds squared.
    pub variance: f64,
}

/// The most nodes of the diagrams from which the sets are taken: a fraction of a second.
const NODES_MAX: usize = 1 << 16;

/// The most sets, the most probable first.
const SETS_MAX: usize = 400;

/// Returns the contributions of the most probable minimal cut sets. Those of fixed events alone are left out, unless
/// `with_fixed`.
pub(super) fn contributions(model: &Model, with_fixed: bool) -> Vec<Contribution> {
    let mut downs: Vec<Option<Downs>> = vec![None; model.structure.leaf_count() as usize];
    for leaf in model.structure.leaves_below(model.structure.top()) {
        downs[leaf as usize] = Downs::of(model, leaf);
    }
    let tails: Vec<Tails> = downs
        .iter()
        .map(|downs| {
            downs.map_or(Tails::WORKING, |downs| Tails::of_failed(downs.unavailability(model.horizon_s)))
        })
        .collect();
    let mut found: Vec<Contribution> = Vec::new();
    for set in cut_sets(&model.structure, &tails) {
        let parts: Option<Vec<Downs>> = set.iter().map(|leaf| *downs.get(*leaf as usize)?).collect();
        let names = set.iter().map(|leaf| model.leaf_name(*leaf));
        let of_set = parts.filter(|parts| with_fixed || parts.iter().any(|part| !part.is_fixed));
        found.extend(of_set.map(|parts| of_parts(&parts, key_of(names), model.horizon_s)));
    }
    found.extend(common_failures(model, &downs));
    found.retain(|contribution| contribution.variance > 0.0);
    found
}

fn key_of<'n>(names: impl Iterator<Item = &'n str>) -> u64 {
    names.fold(0, |sum, name| sum.wrapping_add(key(name)))
}

/// Returns minimal cut sets: the most probable ones, or, where there are too many for a diagram, those of one leaf.
fn cut_sets(structure: &Structure, tails: &[Tails]) -> Vec<Vec<u32>> {
    let budget = Budget::of_nodes(NODES_MAX);
    let sets = Exact::new(structure, budget).and_then(|exact| exact.cut_sets(budget));
    match sets {
        Ok(sets) => sets.most_probable(SETS_MAX, tails).into_iter().map(|set| set.leaves).collect(),
        Err(_) => single_points(structure).into_iter().map(|leaf| vec![leaf]).collect(),
    }
}

/// Returns the leaves that alone bring the system down, as far as series blocks show them.
fn single_points(structure: &Structure) -> BTreeSet<u32> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting = vec![structure.top()];
    while let Some(node) = waiting.pop() {
        match node {
            Node::Leaf(leaf) => drop(found.insert(leaf)),
            Node::Gate(number) if seen.insert(number) => {
                let series = structure.gates().get(number as usize).filter(|gate| gate.k == 1);
                waiting.extend(series.iter().flat_map(|gate| &gate.inputs));
            }
            Node::Gate(_) => {}
        }
    }
    found
}

/// Returns what leaves add that must all be down: fixed events for the whole replication, the others by chance at
/// the same time.
fn of_parts(parts: &[Downs], key: u64, horizon_s: f64) -> Contribution {
    let fixed: f64 = parts.iter().filter(|part| part.is_fixed).map(|part| part.expected).product();
    let failing: Vec<&Downs> = parts.iter().filter(|part| !part.is_fixed).collect();
    let (number, down_s, spread, rare) = match failing.as_slice() {
        [] => (1.0, horizon_s, 0.0, 1.0),
        [one] => {
            let square = one.down_s * one.down_s;
            let spread = (one.down_s2 - square) + one.dispersion * square;
            (one.expected, one.down_s, one.expected * spread, one.rare)
        }
        several => {
            let share = |part: &&Downs| part.unavailability(horizon_s);
            let all: f64 = several.iter().map(share).product();
            // The set begins with any of its leaves, while the others are down, and lasts until one is up again.
            let rate: f64 = several.iter().map(|part| 1.0 / part.down_s).sum();
            let number = all * horizon_s * rate;
            (number, 1.0 / rate, 0.5 * number / (rate * rate), number)
        }
    };
    let mean_s = number * down_s;
    let square = mean_s * mean_s + spread;
    Contribution {
        key,
        probability: fixed * rare.min(1.0),
        variance: fixed * (square - fixed * mean_s * mean_s),
    }
}

/// The most leaves that are evaluated for all common causes together.
const LEAVES_EVALUATED_MAX: usize = 50_000_000;

/// Returns what common causes add by which units fail together: until the first of them is repaired.
fn common_failures(model: &Model, downs: &[Option<Downs>]) -> Vec<Contribution> {
    let are_few = model.shocks.len().saturating_mul(downs.len()) <= LEAVES_EVALUATED_MAX;
    let shocks = model.shocks.iter().filter(|_| are_few);
    shocks.filter_map(|shock| of_common_failure(model, downs, shock)).collect()
}

fn of_common_failure(model: &Model, downs: &[Option<Downs>], shock: &Shock) -> Option<Contribution> {
    let ShockKind::Failure { arrival, probability } = &shock.kind else { return None };
    let mut failed = vec![false; downs.len()];
    let mut parts = Vec::new();
    for unit in &shock.units {
        let leaf = model.leaf_number(Leaf::Unit(*unit)) as usize;
        *failed.get_mut(leaf)? = true;
        parts.push((*downs.get(leaf)?)?);
    }
    if !model.structure.evaluate(&failed) {
        return None;
    }
    let rate: f64 = parts.iter().map(|part| 1.0 / part.down_s).sum();
    let all_fail = probability.powi(parts.len() as i32);
    let number = model.horizon_s / arrival.mean() * all_fail;
    Some(Contribution {
        key: key(&shock.name),
        probability: number.min(1.0),
        variance: number / (rate * rate),
    })
}

#[cfg(test)]
mod tests {
    use super::{Contribution, Downs, contributions, key, of_parts, single_points};
    use crate::simulate::topology_file::tests::model;

    const HOUR_S: f64 = 3_600.0;

    fn of(topology: &str, with_fixed: bool) -> Vec<Contribution> {
        contributions(&model(&format!("horizon: 1000h\n{topology}")), with_fixed)
    }

    fn find(all: &[Contribution], names: &[&str]) -> Option<Contribution> {
        let wanted = names.iter().fold(0_u64, |sum, name| sum.wrapping_add(key(name)));
        all.iter().find(|contribution| contribution.key == wanted).copied()
    }

    fn near(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected, "{found:e}, not {expected:e}");
    }

    /// A fixed event of probability p is down for the horizon H: the variance is p(1 − p)H².
    #[test]
    fn fixed_events_add_the_variance_of_a_coin() {
        let series = "components: { a: { unavailability: 1e-3 }, b: { unavailability: 2e-3 } }\nsystem: { series: [a, b] }\n";
        let all = of(series, true);
        let horizon_s = 1000.0 * HOUR_S;
        for (name, p) in [("a", 1e-3), ("b", 2e-3)] {
            let found = find(&all, &[name]).unwrap();
            near(found.probability, p, 1e-12);
            near(found.variance, p * (1.0 - p) * horizon_s * horizon_s, 1e-9);
        }
        assert_eq!(of(series, false), [], "what is conditioned on adds nothing");
        let both = of(&series.replace("series", "parallel"), true);
        assert_eq!(both.len(), 1);
        near(find(&both, &["a", "b"]).unwrap().probability, 2e-6, 1e-12);
    }

    /// A rare failure with exponential repair of mean r adds 2r² for each failure.
    #[test]
    fn rare_failures_add_the_second_moment_of_their_repairs() {
        let alone = "components: { a: { mtbf: 1000000h, mttr: 5h } }\nsystem: a\n";
        let found = find(&of(alone, true), &["a"]).unwrap();
        near(found.probability, 1e-3, 2e-3);
        near(found.variance, 1e-3 * 2.0 * (5.0 * HOUR_S).powi(2), 0.02);
        let coupled = "components: { a: { mtbf: 1000000h, mttr: 5h }, b: { unavailability: 1e-2 } }\nsystem: { parallel: [a, b] }\n";
        let found = find(&of(coupled, false), &["a", "b"]).unwrap();
        near(found.probability, 1e-5, 2e-3);
        near(found.variance, 1e-5 * 2.0 * (5.0 * HOUR_S).powi(2), 0.02);
    }

    /// Failures that come in numbers n of variance d·n, each of length l with a variance of v, add n(v + d·l²).
    #[test]
    fn parts_add_the_variance_of_a_random_sum() {
        let part = |expected: f64, down_s: f64, down_s2: f64, dispersion: f64| Downs {
            expected,
            down_s,
            down_s2,
            rare: 0.5 * expected,
            dispersion,
            is_fixed: false,
        };
        let one = of_parts(&[part(3.0, 10.0, 250.0, 0.25)], 7, 1_000.0);
        assert_eq!((one.key, one.probability), (7, 1.0));
        near(one.variance, 3.0 * (150.0 + 0.25 * 100.0), 1e-12);
        // Of both failures 3 · 10/1,000 · 2 · 20/1,000 of the time; a common failure ends at the rate of 1/10 + 1/20.
        let both = of_parts(&[part(3.0, 10.0, 250.0, 1.0), part(2.0, 20.0, 900.0, 1.0)], 7, 1_000.0);
        let (number, lasting_s) = (0.03 * 0.04 * 1_000.0 * 0.15, 1.0 / 0.15);
        near(both.probability, number, 1e-12);
        let spread = 0.5 * number * lasting_s * lasting_s;
        near(both.variance, spread, 1e-12);
        // Beside a fixed event of probability p: p(E² + spread) − (pE)².
        let fixed = Downs { is_fixed: true, ..part(0.25, 1_000.0, 1_000_000.0, 0.75) };
        let beside = of_parts(&[fixed, part(3.0, 10.0, 250.0, 1.0), part(2.0, 20.0, 900.0, 1.0)], 7, 1_000.0);
        let mean_s = number * lasting_s;
        near(beside.variance, 0.25 * (spread + 0.75 * mean_s * mean_s), 1e-12);
    }

    /// Where the diagram is too large, the points are those that series show.
    #[test]
    fn single_points_are_the_leaves_of_series() {
        let text = "components: { a: { mtbf: 9h, mttr: 1h }, b: { mtbf: 9h, mttr: 1h }, c: { mtbf: 9h, mttr: 1h }, d: { mtbf: 9h, mttr: 1h } }\n\
                    system: { series: [a, { parallel: [b, c] }, { series: [d, { parallel: [a, b] }] }] }\n";
        let model = model(text);
        let points = single_points(&model.structure);
        let names: Vec<&str> = points.iter().map(|leaf| model.leaf_name(*leaf)).collect();
        assert_eq!(names, ["a", "d"]);
    }

    /// Two units of unavailability u that overlap for half a repair: the pair fails at the rate 2u/mtbf.
    #[test]
    fn a_pair_is_down_while_its_repairs_overlap() {
        let pair = "components: { a: { count: 2, mtbf: 100000h, mttr: 10h } }\nsystem: { parallel: [a] }\n";
        let found = find(&of(pair, true), &["a-1", "a-2"]).unwrap();
        let number = 1000.0 * 2.0 * 1e-4 / 1e5;
        near(found.probability, number, 0.02);
        // The true second moment is that of exponential overlaps; of others no more than the mean is known.
        let true_variance = number * 0.5 * (10.0 * HOUR_S).powi(2);
        assert!((0.2 * true_variance..true_variance).contains(&found.variance), "{found:?}");
    }

    /// A common cause that fails both units ends with the first repair.
    #[test]
    fn common_causes_count_where_they_bring_the_system_down() {
        let with = |units: &str, more: &str| {
            format!(
                "components: {{ a: {{ count: 2, mtbf: 1000000000h, mttr: 10h }}, b: {{ mtbf: 1000000000h, mttr: 10h }} }}\n\
                 system: {{ series: [{{ parallel: [a] }}, b] }}\n\
                 common_causes: {{ x: {{ mtbf: 1000000h{more}, takes_down: [{units}] }} }}\n"
            )
        };
        let found = find(&of(&with("a-1, a-2", ""), true), &["x"]).unwrap();
        near(found.probability, 1e-3, 1e-9);
        near(found.variance, 1e-3 * (5.0 * HOUR_S).powi(2), 1e-3);
        let found = find(&of(&with("a-1, a-2", ", probability: 0.5"), true), &["x"]).unwrap();
        near(found.probability, 0.25e-3, 1e-9);
        let harmless = with("a-1, a-2", "").replace("parallel: [a]", "parallel: [a, b]");
        assert_eq!(find(&of(&harmless, true), &["x"]), None);
    }
}
