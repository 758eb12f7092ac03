//! The importance of interdependent parts, compared with results derived by hand.

use super::{STATES_MAX, model};
use steadfast::simulate::analytic::bdd::Budget;
use steadfast::simulate::analytic::modular::{DiagramSolution, PartImportance, PartsImportance};

fn in_long_run(topology: &str) -> PartsImportance {
    let model = model(topology);
    let composition = DiagramSolution::composed(&model, Budget::default(), STATES_MAX).unwrap();
    composition.importance(model.horizon_s, false, Budget::default()).unwrap()
}

fn of<'m>(all: &'m PartsImportance, leaves: &[u32]) -> &'m PartImportance {
    all.parts.iter().find(|part| part.leaves == leaves).unwrap()
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
    let all = in_long_run(
        "components: { db: { count: 2, mtbf: 50h, mttr: 10h }, web: { count: 2, mtbf: 40h, mttr: 10h } }
blocks: { store: { parallel: [db] } }
system: { series: [store, { parallel: [web] }] }
crews: { one: { serves: [db] } }",
    );
    let (_, both) = repaired_by_one(0.2);
    let web = 0.2;
    let pair = web * web;
    let top = 1.0 - (1.0 - both) * (1.0 - pair);
    let store = of(&all, &[0, 1]);
    assert_same(store.importance.failed, both);
    assert_same(store.importance.birnbaum, 1.0 - pair);
    assert_same(store.importance.criticality(), both * (1.0 - pair) / top);
    assert_same(store.importance.risk_achievement_worth(), 1.0 / top);
    assert_same(store.importance.risk_reduction_worth(), top / pair);
    assert_same(store.fussell_vesely.unwrap(), both / top);
    let unit = of(&all, &[2]);
    assert_same(unit.importance.failed, web);
    assert_same(unit.importance.birnbaum, web * (1.0 - both));
    assert_same(unit.fussell_vesely.unwrap(), pair / top);
    let probabilities = all.probabilities.as_ref().unwrap();
    assert_same(probabilities[store.number as usize].failed, both);
}

#[test]
fn interdependent_parts_in_two_places_are_weighted_by_class() {
    let all = in_long_run(
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
    let a = of(&all, &[0]);
    assert_same(a.importance.failed, b_down);
    assert_same(a.importance.birnbaum, if_failed - if_working);
    assert_same(a.importance.criticality(), (one * x + both * x * (1.0 - y)) / top);
    assert_same(a.importance.risk_achievement_worth(), if_failed / top);
    assert_same(a.importance.risk_reduction_worth(), top / if_working);
    let unit = of(&all, &[2]);
    assert_same(unit.importance.failed, x);
    assert_same(unit.importance.birnbaum, one + both * (1.0 - y));
    assert!(all.probabilities.is_none() && a.fussell_vesely.is_none());
}
