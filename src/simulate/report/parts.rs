//! Importance measures and minimal cut sets for the report, or why they are not available.

use super::build::is_mission;
use super::{CutSetReport, CutSetsReport, Important, Report};
use crate::simulate::analytic::bdd::cut_sets::Count;
use crate::simulate::analytic::bdd::{Budget, Exact, Tails};
use crate::simulate::analytic::modular::{Composition, PartImportance};
use crate::simulate::analytic::{Solution, Solvers};
use crate::simulate::model::{Leaf, Model};
use crate::simulate::monte_carlo::estimate::Scope;
use std::collections::HashMap;

/// Largest order whose cut sets are counted separately.
const ORDERS_MAX: usize = 6;

/// Adds importance measures and minimal cut sets to the report, or the reasons why they are missing.
pub(super) fn describe(report: &mut Report, model: &Model, scope: &Scope, solvers: &Solvers<'_>, top: usize) {
    if let Ok(solution) = &solvers.diagram {
        of_units(report, model, solution, top);
    } else if let Some(Ok(composition)) = &solvers.composition {
        of_parts(report, model, scope, composition, top);
    } else if let Some(why) = solvers.why_no_importance() {
        let missing = format!("importance and minimal cut sets are not available: {why}");
        report.exact.missing.push(missing);
        return;
    }
    report.importance.sort_by(|a, b| b.criticality.total_cmp(&a.criticality));
    if !report.importance.is_empty() && report.cut_sets.is_none() {
        let why = "minimal cut sets are not available: there are too many, or dependent units occur in several places of the structure";
        report.exact.missing.push(why.into());
    }
}

fn of_units(report: &mut Report, model: &Model, solution: &Solution<'_>, top: usize) {
    let Some(probabilities) = solution.leaf_probabilities() else {
        return;
    };
    let (exact, budget) = (solution.exact(), Budget::default());
    let importance = exact.importance(&probabilities);
    let fussell_vesely = exact.fussell_vesely(&probabilities, budget).ok();
    let of = |leaf: u32| {
        let of_leaf = importance.leaves.get(leaf as usize)?;
        Some(Important {
            name: model.leaf_name(leaf).to_owned(),
            component: component(model, leaf),
            unavailability: of_leaf.failed,
            birnbaum: of_leaf.birnbaum,
            criticality: of_leaf.criticality(),
            fussell_vesely: fussell_vesely.as_ref().and_then(|all| all.get(leaf as usize).copied()),
            raw: of_leaf.risk_achievement_worth(),
            rrw: finite(of_leaf.risk_reduction_worth()),
        })
    };
    report.importance = solution.leaves().filter_map(of).collect();
    let several = solution.leaves().any(|leaf| is_standby(model, leaf));
    report.cut_sets = cut_sets(exact, &probabilities, top, several, &|leaf| model.leaf_name(leaf).to_owned());
}

fn of_parts(report: &mut Report, model: &Model, scope: &Scope, composition: &Composition<'_>, top: usize) {
    let at_s = is_mission(model).then_some(scope.horizon_s);
    let Some(meaning) = composition.meaning(at_s, Budget::default()) else {
        let why = "importance and minimal cut sets are not available: a part has no steady state";
        report.exact.missing.push(why.into());
        return;
    };
    let names: HashMap<u32, String> =
        meaning.parts.iter().map(|part| (part.number, name(model, &part.leaves))).collect();
    let named = |number: u32| names.get(&number).cloned().unwrap_or_default();
    let of = |part: &PartImportance| Important {
        name: named(part.number),
        component: match part.leaves[..] {
            [leaf] => component(model, leaf),
            _ => None,
        },
        unavailability: part.failed,
        birnbaum: part.birnbaum,
        criticality: part.criticality,
        fussell_vesely: part.fussell_vesely,
        raw: part.raw,
        rrw: finite(part.rrw),
    };
    report.importance = meaning.parts.iter().map(of).collect();
    let several = meaning
        .parts
        .iter()
        .any(|part| part.leaves.len() > 1 || part.leaves.iter().any(|leaf| is_standby(model, *leaf)));
    report.cut_sets = meaning
        .probabilities
        .and_then(|probabilities| cut_sets(composition.exact(), &probabilities, top, several, &named));
}

fn is_standby(model: &Model, leaf: u32) -> bool {
    matches!(model.leaf(leaf), Leaf::Standby(_))
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Returns the component of a leaf, if the leaf is a unit.
pub(super) fn component(model: &Model, leaf: u32) -> Option<String> {
    let Leaf::Unit(unit) = model.leaf(leaf) else {
        return None;
    };
    let component = model.units.get(unit as usize)?.component as usize;
    model.components.get(component).map(|component| component.name.clone())
}

/// Names a group of leaves: a single leaf by its own name, all leaves of a named block by the block's
/// name, and other groups by their components and units joined with `+`.
fn name(model: &Model, leaves: &[u32]) -> String {
    if let [leaf] = leaves {
        return model.leaf_name(*leaf).to_owned();
    }
    let block = model.blocks.iter().find(|(_, node)| {
        let mut below = model.structure.leaves_below(*node);
        below.sort_unstable();
        below == leaves
    });
    if let Some((name, _)) = block {
        return name.clone();
    }
    let whole = |component: &std::ops::Range<u32>| component.clone().all(|unit| leaves.contains(&unit));
    let mut names: Vec<String> = Vec::new();
    for &leaf in leaves {
        let of = model.components.iter().find(|of| of.units.contains(&leaf));
        let name = match of.filter(|of| whole(&of.units)) {
            Some(of) => of.name.clone(),
            None => model.leaf_name(leaf).to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" + ")
}

fn cut_sets(
    exact: &Exact,
    probabilities: &[Tails],
    top: usize,
    of_parts: bool,
    name: &dyn Fn(u32) -> String,
) -> Option<CutSetsReport> {
    let sets = exact.cut_sets(Budget::default()).ok()?;
    let digits = |count: &Count| match count.exact {
        Some(exact) => exact.to_string(),
        None => format!("{:.6e}", count.about),
    };
    let by_order = sets.count_by_order(ORDERS_MAX);
    let likely = sets.most_probable(top, probabilities);
    Some(CutSetsReport {
        of_parts,
        count: digits(&sets.count()),
        by_order: by_order.counts.iter().map(digits).collect(),
        top: likely
            .iter()
            .map(|set| CutSetReport {
                probability: set.probability,
                members: set.leaves.iter().map(|leaf| name(*leaf)).collect(),
            })
            .collect(),
    })
}
