use super::cut_sets::Count;
use super::*;
use crate::simulate::structure::tests::structures;
use crate::simulate::structure::{Gate, Node, Structure};
use Node::{Gate as G, Leaf as L};
use proptest::prelude::*;

fn gate(k: u32, inputs: &[Node]) -> Gate {
    Gate { k, inputs: inputs.to_vec() }
}

fn exact(leaves: u32, gates: Vec<Gate>) -> Exact {
    Exact::new(&Structure::new(leaves, gates, G(0)).unwrap(), Budget::default()).unwrap()
}

/// Returns the tails of all components for their failure probabilities.
fn tails(failed: &[f64]) -> Vec<Tails> {
    failed.iter().map(|failed| Tails::of_failed(*failed)).collect()
}

#[track_caller]
fn close(value: f64, expected: f64, relative: f64) {
    assert!((value - expected).abs() <= relative * expected.abs(), "{value} is not {expected}");
}

fn bridge() -> (Exact, Vec<Tails>) {
    // A bridge: a = 0 and b = 1 at the front, c = 2 and d = 3 at the back, e = 4 between. Down when no
    // path is left.
    let gates = vec![
        gate(1, &[G(1), G(2), G(3), G(4)]),
        gate(2, &[L(0), L(1)]),
        gate(2, &[L(2), L(3)]),
        gate(3, &[L(0), L(3), L(4)]),
        gate(3, &[L(1), L(2), L(4)]),
    ];
    (exact(5, gates), tails(&[1e-3, 2e-3, 3e-3, 4e-3, 5e-3]))
}

#[test]
fn a_bridge_has_its_textbook_cut_sets_and_probability() {
    let (bridge, leaves) = bridge();
    let (a, b, c, d, e) = (1e-3, 2e-3, 3e-3, 4e-3, 5e-3);
    // By the state of e: with it the two pairs are in series, without it the two paths are in parallel.
    let with = 1.0 - (1.0 - a * b) * (1.0 - c * d);
    let without = (1.0 - (1.0 - a) * (1.0 - c)) * (1.0 - (1.0 - b) * (1.0 - d));
    close(bridge.top(&leaves).failed, (1.0 - e) * with + e * without, 1e-10);
    let sets = bridge.cut_sets(Budget::default()).unwrap();
    let found: Vec<Vec<u32>> = sets.most_probable(9, &leaves).into_iter().map(|set| set.leaves).collect();
    assert_eq!(found, [vec![2, 3], vec![0, 1], vec![1, 2, 4], vec![0, 3, 4]]);
    assert_eq!(sets.count_by_order(9), [0, 2, 2].map(Count::Exactly));
}

#[test]
fn tiny_probabilities_keep_their_digits_in_both_tails() {
    // A thousand in parallel, each down with probability 10^−0.3: 10^−300 together.
    let n = 1000;
    let inputs: Vec<Node> = (0..n).map(L).collect();
    let parallel = exact(n, vec![gate(n, &inputs)]);
    let q = 10_f64.powf(-0.3);
    close(parallel.top(&tails(&vec![q; 1000])).failed, 1e-300, 1e-12);
    let series = exact(n, vec![gate(1, &inputs)]);
    let component = Tails { failed: 1.0 - q, working: q };
    close(series.top(&vec![component; 1000]).working, 1e-300, 1e-12);
    close(series.top(&tails(&vec![1e-20; 1000])).failed, 1e-17, 1e-12);
}

#[test]
fn a_component_that_every_failure_needs_has_an_infinite_risk_reduction_worth() {
    let both = exact(3, vec![gate(2, &[L(0), G(1)]), gate(1, &[L(1), L(2)])]);
    let importance = both.importance(&tails(&[1e-3, 0.01, 0.02]));
    let [first, second, _] = importance.leaves[..] else { panic!() };
    assert_eq!(first.top_if_working, 0.0);
    assert_eq!(first.risk_reduction_worth(), f64::INFINITY);
    close(first.risk_achievement_worth(), 1e3, 1e-12);
    close(second.risk_reduction_worth(), 0.0298 / 0.02, 1e-12);
    close(first.criticality(), 1.0, 1e-12);
}

#[test]
fn the_frequency_of_two_in_parallel_matches_the_formula() {
    // w = q₂ w₁ + q₁ w₂.
    let parallel = exact(2, vec![gate(2, &[L(0), L(1)])]);
    let leaves = tails(&[1e-3, 2e-3]);
    close(parallel.failing(&leaves, &[0.1, 0.3]).1, 2e-3 * 0.1 + 1e-3 * 0.3, 1e-14);
    // A component beyond the end of the list works and does not fail.
    assert_eq!(parallel.failing(&leaves[..1], &[0.1, 0.3]), (Tails::of_failed(0.0), 1e-3 * 0.3));
    assert_eq!(parallel.failing(&leaves, &[0.1]).1, 2e-3 * 0.1);
}

#[test]
fn equal_parts_are_folded_into_one() {
    // A series of two pairs of leaves of the same two classes, and a pair of one class.
    let pairs = [[0, 1], [2, 3], [4, 5]].map(|pair| gate(2, &[L(pair[0]), L(pair[1])]));
    let series = exact(6, [gate(1, &[G(1), G(2), G(3)])].into_iter().chain(pairs).collect());
    let folded = series.folded(&[0, 1, 0, 1, 0, 0]);
    assert_eq!((series.nodes(), folded.nodes()), (9, 7));
    assert_eq!(series.folded(&[0; 6]).nodes(), 5);
    assert_eq!(series.folded(&[0, 1, 2, 3, 4, 5]).nodes(), 9);
}

#[test]
fn a_gate_over_equal_components_counts_them() {
    let n = 40;
    for k in [1, 2, 17, 39, 40] {
        let all: Vec<Node> = (0..n).map(L).collect();
        let each = exact(n, vec![gate(k, &all)]);
        let folded = each.folded(&vec![0; n as usize]);
        for tails in [0.0, 1e-9, 0.1, 0.5, 0.97]
            .map(Tails::of_failed)
            .into_iter()
            .chain([Tails { failed: 1.0, working: 1e-20 }])
        {
            let (expected, failures) = each.failing(&vec![tails; n as usize], &vec![0.3; n as usize]);
            let (found, found_failures) = folded.failing(&[tails], &[0.3]);
            assert_eq!(folded.top(&[tails]), found);
            close(found.failed, expected.failed, 1e-12);
            close(found.working, expected.working, 1e-12);
            close(found_failures, failures, 1e-12);
        }
    }
    let pairs: Vec<u32> = (0..n).map(|leaf| leaf / 2).collect();
    let mixed = exact(n, vec![gate(20, &(0..n).map(L).collect::<Vec<_>>())]);
    assert_eq!(mixed.folded(&pairs).nodes(), mixed.nodes());
}

#[test]
fn single_components_and_components_beyond_the_list_are_handled() {
    let structure = Structure::new(2, vec![], L(1)).unwrap();
    let single = Exact::new(&structure, Budget::default()).unwrap();
    let leaves = tails(&[0.5, 0.25]);
    assert_eq!(single.top(&leaves).failed, 0.25);
    assert_eq!(single.top(&[]), Tails::WORKING);
    assert_eq!(single.importance(&leaves).leaves[1].birnbaum, 1.0);
    assert_eq!(single.importance(&leaves).leaves[0].birnbaum, 0.0);
    assert_eq!(single.fussell_vesely(&leaves, Budget::default()).unwrap(), [0.0, 1.0]);
    let sets = single.cut_sets(Budget::default()).unwrap();
    assert_eq!(sets.count(), Count::Exactly(1));
    assert_eq!(sets.most_probable(5, &leaves).len(), 1);
    assert_eq!(sets.count_by_order(5).len(), 1);
}

#[test]
fn a_tower_and_a_row_of_a_hundred_thousand_are_solved() {
    let n = 100_000;
    let mut gates: Vec<Gate> = (0..n).map(|i| gate(1 + i % 2, &[L(i), G(i + 1)])).collect();
    gates.push(gate(2, &(0..n).map(|i| L(n + i)).collect::<Vec<_>>()));
    let tower = exact(2 * n, gates);
    let leaves = tails(&vec![1e-3; 2 * n as usize]);
    // 0 ∨ (1 ∧ (0 ∨ …)): x = q + p q x.
    close(tower.top(&leaves).failed, 1e-3 / (1.0 - 0.999e-3), 1e-12);
    assert_eq!(tower.importance(&leaves).leaves.len(), 2 * n as usize);
    let sets = tower.cut_sets(Budget::default()).unwrap();
    assert_eq!(sets.count(), Count::Exactly(50_000 + 99_999 * 50_000));
    assert_eq!(sets.count_by_order(2)[1], Count::Exactly(1));
    assert_eq!(sets.most_probable(3, &leaves)[2].leaves, [1, 3, 4]);
}

#[test]
fn a_diagram_with_a_hundred_thousand_levels_is_solved() {
    // All of a row are inputs of a second gate too, so nothing is a module.
    let n = 100_000;
    let row: Vec<Node> = (0..n).map(L).collect();
    let gates = vec![gate(2, &[G(1), G(2), G(3)]), gate(2, &row), gate(3, &row), gate(1, &[L(7), L(8)])];
    let structure = exact(n, gates);
    let top = structure.top(&tails(&vec![1e-7; n as usize])).failed;
    // At least three of the row, or exactly two of which one is 7 or 8.
    let (n, p) = (f64::from(n), 1e-7_f64);
    let mut at_least_three = 0.0;
    let mut exactly = (n * (-p).ln_1p()).exp();
    for i in 0..12 {
        at_least_three += if i >= 3 { exactly } else { 0.0 };
        exactly *= (n - f64::from(i)) / f64::from(i + 1) * p / (1.0 - p);
    }
    let pairs = (2.0 * (n - 2.0) + 1.0) * p * p * ((n - 2.0) * (-p).ln_1p()).exp();
    close(top, at_least_three + pairs, 1e-10);
    assert!(structure.importance(&tails(&vec![1e-7; n as usize])).leaves[7].birnbaum > 0.0);
}

#[test]
fn a_system_beyond_the_budget_fails_with_the_budget_in_the_message() {
    // Pairs across two sides: the order "all left, then all right", which every walk gives, doubles the
    // diagram with every pair.
    let n = 12;
    let mut gates = vec![gate(1, &(0..n * n).map(|i| G(i + 1)).collect::<Vec<_>>())];
    for i in 0..n {
        gates.extend((0..n).map(|j| gate(3, &[L(i), L(n + j), L(2 * n + (i * j) % n)])));
    }
    let structure = Structure::new(3 * n, gates, G(0)).unwrap();
    let error = Exact::new(&structure, Budget::of_nodes(1000)).unwrap_err();
    assert_eq!(error.nodes_max, 1000);
    assert!(error.to_string().contains("more than 1000 nodes"));
}

/// The measures by their definitions, computed from all states.
struct ByStates {
    leaves: u32,
    down: Vec<bool>,
}

impl ByStates {
    fn of(structure: &Structure) -> Self {
        let leaves = structure.leaf_count();
        let state = |bits: u32| (0..leaves).map(|leaf| bits >> leaf & 1 == 1).collect::<Vec<_>>();
        Self { leaves, down: (0..1 << leaves).map(|bits| structure.evaluate(&state(bits))).collect() }
    }

    fn probability(&self, tails: &[Tails], event: impl Fn(u32) -> bool) -> f64 {
        let of_state = |bits: u32| -> f64 {
            (0..self.leaves)
                .map(|leaf| {
                    let tails = tails[leaf as usize];
                    if bits >> leaf & 1 == 1 { tails.failed } else { tails.working }
                })
                .product()
        };
        (0..1 << self.leaves).filter(|bits| event(*bits)).map(of_state).sum()
    }

    fn is_down(&self, bits: u32) -> bool {
        self.down[bits as usize]
    }

    fn cut_sets(&self) -> Vec<u32> {
        let minimal = |bits: &u32| {
            let smaller = (0..self.leaves).map(|leaf| bits & !(1 << leaf)).filter(|less| less != bits);
            self.is_down(*bits) && !smaller.into_iter().any(|less| self.is_down(less))
        };
        (0..1 << self.leaves).filter(minimal).collect()
    }
}

fn bits(set: &[u32]) -> u32 {
    set.iter().map(|leaf| 1 << leaf).sum()
}

fn probabilities() -> impl Strategy<Value = Vec<Tails>> {
    prop::collection::vec(prop_oneof![0.0..1.0, 1e-9..1e-3, Just(0.0), Just(1.0)], 14).prop_map(|q| tails(&q))
}

/// Rounding of sums of up to 2¹⁴ products of 14 factors.
const ROUNDING: f64 = 1e-11;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn simplifying_changes_no_answer(structure in structures(9, 14)) {
        let simple = structure.simplify();
        prop_assert_eq!(ByStates::of(&structure).down, ByStates::of(&simple).down);
    }

    #[test]
    fn probability_and_importance_match_all_states(structure in structures(10, 16), leaves in probabilities()) {
        let states = ByStates::of(&structure);
        let importance = Exact::new(&structure, Budget::default()).unwrap().importance(&leaves);
        close(importance.top.failed, states.probability(&leaves, |s| states.is_down(s)), ROUNDING);
        close(importance.top.working, states.probability(&leaves, |s| !states.is_down(s)), ROUNDING);
        for (leaf, found) in importance.leaves.iter().enumerate() {
            let with = |failed| {
                let mut leaves = leaves.clone();
                leaves[leaf] = failed;
                leaves
            };
            let mask = 1 << leaf;
            let critical = |s: u32| states.is_down(s | mask) && !states.is_down(s & !mask);
            let expected = states.probability(&leaves, critical);
            prop_assert!((found.birnbaum - expected).abs() <= ROUNDING * expected + 1e-15);
            close(found.top_if_failed, states.probability(&with(Tails::FAILED), |s| states.is_down(s)), ROUNDING);
            close(found.top_if_working, states.probability(&with(Tails::WORKING), |s| states.is_down(s)), ROUNDING);
        }
    }

    #[test]
    fn failures_are_the_sum_over_all_components(structure in structures(10, 16), leaves in probabilities()) {
        let exact = Exact::new(&structure, Budget::default()).unwrap();
        let intensities: Vec<f64> = (1..=10).map(|leaf| f64::from(leaf) * 0.3).collect();
        let each = exact.importance(&leaves).leaves;
        let sum: f64 = each.iter().zip(&intensities).map(|(leaf, intensity)| leaf.birnbaum * intensity).sum();
        let (top, failures) = exact.failing(&leaves, &intensities);
        prop_assert_eq!(top, exact.top(&leaves));
        prop_assert!((failures - sum).abs() <= ROUNDING * sum + 1e-15);
    }

    #[test]
    fn folding_changes_no_probability(structure in structures(10, 16), leaves in probabilities(), classes in 1_u32..5) {
        let exact = Exact::new(&structure, Budget::default()).unwrap();
        let class: Vec<u32> = (0..10).map(|leaf| leaf % classes).collect();
        let of_class = &leaves[..classes as usize];
        let intensities: Vec<f64> = (0..classes).map(|class| f64::from(class) + 0.5).collect();
        let all: Vec<Tails> = class.iter().map(|class| of_class[*class as usize]).collect();
        let all_intensities: Vec<f64> = class.iter().map(|class| intensities[*class as usize]).collect();
        let folded = exact.folded(&class);
        prop_assert!(folded.nodes() <= exact.nodes());
        prop_assert_eq!(folded.failing(of_class, &intensities), exact.failing(&all, &all_intensities));
    }

    #[test]
    fn fussell_vesely_matches_the_listed_cut_sets(structure in structures(8, 14), leaves in probabilities()) {
        let states = ByStates::of(&structure);
        let sets = states.cut_sets();
        let top = states.probability(&leaves, |s| states.is_down(s));
        let exact = Exact::new(&structure, Budget::default()).unwrap();
        for (leaf, found) in exact.fussell_vesely(&leaves, Budget::default()).unwrap().into_iter().enumerate() {
            let takes_part = |s: u32| sets.iter().any(|set| set >> leaf & 1 == 1 && set & s == *set);
            let joint = states.probability(&leaves, takes_part);
            close(found, if joint > 0.0 { joint / top } else { 0.0 }, ROUNDING);
        }
    }

    #[test]
    fn cut_sets_match_all_states(structure in structures(10, 16), leaves in probabilities()) {
        let expected = ByStates::of(&structure).cut_sets();
        let sets = Exact::new(&structure, Budget::default()).unwrap().cut_sets(Budget::default()).unwrap();
        prop_assert_eq!(sets.count(), Count::Exactly(expected.len() as u128));
        for (order, count) in sets.count_by_order(14).iter().enumerate() {
            let of_order = expected.iter().filter(|set| set.count_ones() as usize == order + 1).count();
            prop_assert_eq!(*count, Count::Exactly(of_order as u128));
        }
        let listed = sets.most_probable(usize::MAX, &leaves);
        let mut found: Vec<u32> = listed.iter().map(|set| bits(&set.leaves)).collect();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        let few = sets.most_probable(3, &leaves);
        for (some, all) in few.iter().zip(&listed) {
            close(some.probability, all.probability, 1e-9);
        }
        prop_assert_eq!(few.len(), listed.len().min(3));
    }

    #[test]
    fn a_tight_budget_gives_the_same_results(structure in structures(24, 40), nodes_max in 10_usize..200) {
        // Garbage is collected on the way, again and again.
        let (tight, roomy) = (Budget::of_nodes(nodes_max), Budget::default());
        let leaves: Vec<Tails> = (1..=24).map(|i| Tails::of_failed(f64::from(i) / 50.0)).collect();
        let expected = Exact::new(&structure, roomy).unwrap();
        let Ok(exact) = Exact::new(&structure, tight) else { return Ok(()) };
        close(exact.top(&leaves).failed, expected.top(&leaves).failed, ROUNDING);
        if let Ok(sets) = exact.cut_sets(tight) {
            prop_assert_eq!(sets.count(), expected.cut_sets(roomy).unwrap().count());
        }
        if let (Ok(found), Ok(expected)) = (exact.fussell_vesely(&leaves, tight), expected.fussell_vesely(&leaves, roomy)) {
            for (found, expected) in found.into_iter().zip(expected) {
                close(found, expected, ROUNDING);
            }
        }
    }
}
