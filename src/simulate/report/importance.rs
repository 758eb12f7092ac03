//! Importance measures and minimal cut sets for the report, or why they are not available.

use super::measure::is_mission;
use super::{CutSetReport, CutSetsReport, Important};
use crate::simulate::analytic::Solvers;
use crate::simulate::analytic::bdd::cut_sets::Count;
use crate::simulate::analytic::bdd::{Budget, Exact, Tails};
use crate::simulate::analytic::modular::{PartImportance, PartsImportance};
use crate::simulate::model::{Leaf, Model};
use crate::simulate::monte_carlo::estimate::Scope;
use std::collections::HashMap;

/// Largest order whose cut sets are counted separately.
const ORDERS_MAX: usize = 6;

/// Importance measures, most critical first, and the minimal cut sets.
pub(super) type Contributions = (Vec<Important>, Option<CutSetsReport>);

/// Returns what all parts of the system contribute to its unavailability, with up to `cut_sets_max` minimal
/// cut sets, or why that is not known.
pub(super) fn contributions(
    model: &Model,
    scope: &Scope,
    solvers: &Solvers<'_>,
    cut_sets_max: usize,
    budget: Budget,
) -> Result<Contributions, String> {
    let solution = match solvers.of_parts() {
        Some(Ok(solution)) => solution,
        Some(Err(why)) => return Err(why.to_string()),
        None => return Ok(Contributions::default()),
    };
    let Some(meaning) = solution.importance(scope.horizon_s, is_mission(model), budget) else {
        // Single units always have probabilities, unless their repair times have no mean.
        let known = if solution.states().is_empty() { None } else { Some("a part has no steady state") };
        return known.map_or(Ok(Contributions::default()), |why| Err(why.into()));
    };
    let mut importance: Vec<Important> = meaning.parts.iter().map(|part| important(model, part)).collect();
    let cut_sets = cut_sets(model, solution.exact(), &meaning, (cut_sets_max, budget), &importance);
    importance.sort_by(|a, b| b.criticality.total_cmp(&a.criticality));
    Ok((importance, cut_sets))
}

fn important(model: &Model, part: &PartImportance) -> Important {
    Important {
        name: name(model, &part.leaves),
        component: match part.leaves[..] {
            [leaf] => component(model, leaf),
            _ => None,
        },
        unavailability: part.importance.failed,
        birnbaum: part.importance.birnbaum,
        criticality: part.importance.criticality(),
        fussell_vesely: part.fussell_vesely,
        raw: part.importance.risk_achievement_worth(),
        rrw: Some(part.importance.risk_reduction_worth()).filter(|rrw| rrw.is_finite()),
    }
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
    let mut names: Vec<&str> = Vec::new();
    for &leaf in leaves {
        let component = model.components.iter().find(|of| of.units.contains(&leaf));
        let name = match component.filter(|of| whole(&of.units)) {
            Some(component) => component.name.as_str(),
            None => model.leaf_name(leaf),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" + ")
}

/// Returns the minimal cut sets, where the probabilities of parts are known and their diagram does not exceed
/// the budget. `importance` names the parts of `meaning`, in the same order.
fn cut_sets(
    model: &Model,
    exact: &Exact,
    meaning: &PartsImportance,
    (count_max, budget): (usize, Budget),
    importance: &[Important],
) -> Option<CutSetsReport> {
    let probabilities: &[Tails] = meaning.probabilities.as_ref()?;
    let sets = exact.cut_sets(budget).ok()?;
    let digits = |count: &Count| match count {
        Count::Exactly(count) => count.to_string(),
        Count::About(count) => format!("{count:.6e}"),
    };
    let numbers = meaning.parts.iter().map(|part| part.number);
    let names: HashMap<u32, &str> = numbers.zip(importance.iter().map(|part| part.name.as_str())).collect();
    let name = |number: &u32| names.get(number).copied().unwrap_or_default().to_owned();
    let is_standby = |leaf: &u32| matches!(model.leaf(*leaf), Leaf::Standby(_));
    let stands_for_several =
        |part: &PartImportance| part.leaves.len() > 1 || part.leaves.iter().any(is_standby);
    Some(CutSetsReport {
        of_parts: meaning.parts.iter().any(stands_for_several),
        count: digits(&sets.count()),
        by_order: sets.count_by_order(ORDERS_MAX).iter().map(digits).collect(),
        top: sets
            .most_probable(count_max, probabilities)
            .iter()
            .map(|set| CutSetReport {
                probability: set.probability,
                members: set.leaves.iter().map(name).collect(),
            })
            .collect(),
    })
}
