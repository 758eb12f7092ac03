//! The importance of interdependent parts, compared with results derived by hand.

use super::model;
use steadfast::simulate::analytic::bdd::Budget;
use steadfast::simulate::analytic::chain::ChainBudget;
use steadfast::simulate::analytic::modular::{Composition, Meaning, PartImportance};

fn meaning(topology: &str) -> Meaning {
    let model = model(topology);
    let composition = Composition::new(&model, Budget::default(), ChainBudget::default()).unwrap();
    composition.meaning(None, Budget::default()).unwrap()
}

fn of<'m>(meaning: &'m Meaning, leaves: &[u32]) -> &'m PartImportance {
    meaning.parts.iter().find(|part| part.leaves == leaves).unwrap()
}

/// Equal but for a few roundings.
fn assert_same(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found}, not {expected}");
}

/// Two units of one repairer, ρ = repair / life: 1 : ρ : ρ : 2ρ² for none, one, the other and both down.
/// Returns the probabilities that a given one is down alone, and that both are down.
fn repaired_by_one(rho: f64) -> (f64, f64) {
    let none = 1.0 / (1.0 + 2.0 * rho + 2.0 * rho * rho);
    (rho * none, 2.0 * rho * rho * none)
}

#[test]
fn a_pair_with_one_repairer_is_one_part() {
    let meaning = meaning(
        "components: { db: { count: 2, mtbf: 50h, mttr: 10h }, web: { count: 2, mtbf: 40h, mttr: 10h } }
blocks: { store: { parallel: [db] } }
system: { series: [store, { parallel: [web] }] }
crews: { one: { serves: [db] } }",
    );
    let (_, both) = repaired_by_one(0.2);
    let web = 0.2;
    let pair = web * web;
    let top = 1.0 - (1.0 - both) * (1.0 - pair);
    let store = of(&meaning, &[0, 1]);
    assert_same(store.failed, both);
    assert_same(store.birnbaum, 1.0 - pair);
    assert_same(store.criticality, both * (1.0 - pair) / top);
    assert_same(store.raw, 1.0 / top);
    assert_same(store.rrw, top / pair);
    assert_same(store.fussell_vesely.unwrap(), both / top);
    let unit = of(&meaning, &[2]);
    assert_same(unit.failed, web);
    assert_same(unit.birnbaum, web * (1.0 - both));
    assert_same(unit.fussell_vesely.unwrap(), pair / top);
    let probabilities = meaning.probabilities.as_ref().unwrap();
    assert_same(probabilities[store.number as usize].failed, both);
}

#[test]
fn interdependent_parts_in_two_places_are_weighted_by_class() {
    let meaning = meaning(
        "components:
  a: { mtbf: 50h, mttr: 10h }
  b: { mtbf: 50h, mttr: 10h }
  x: { mtbf: 90h, mttr: 10h }
  y: { mtbf: 30h, mttr: 10h }
system: { series: [{ parallel: [a, x] }, { parallel: [b, y] }] }
crews: { one: { serves: [a, b] } }",
    );
    let (one, both) = repaired_by_one(0.2);
    let (x, y) = (0.1, 0.25);
    let either = 1.0 - (1.0 - x) * (1.0 - y);
    let top = one * x + one * y + both * either;
    let b_down = one + both;
    let if_failed = (1.0 - b_down) * x + b_down * either;
    let if_working = b_down * y;
    let a = of(&meaning, &[0]);
    assert_same(a.failed, b_down);
    assert_same(a.birnbaum, if_failed - if_working);
    assert_same(a.criticality, (one * x + both * x * (1.0 - y)) / top);
    assert_same(a.raw, if_failed / top);
    assert_same(a.rrw, top / if_working);
    let unit = of(&meaning, &[2]);
    assert_same(unit.failed, x);
    assert_same(unit.birnbaum, one + both * (1.0 - y));
    assert!(meaning.probabilities.is_none() && a.fussell_vesely.is_none());
}
