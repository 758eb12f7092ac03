//! Warnings about likely mistakes: parts outside the system, and redundant-looking units that are all
//! needed.

use super::component::Draft;
use super::names::unit_title;
use crate::base::problem::{Problem, Problems};
use crate::config::document::Node as FileNode;
use crate::simulate::model::{Leaf, Model};
use crate::simulate::structure::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Returns a warning for each component, unit and block that the system does not depend on.
pub(super) fn unreached(model: &Model, drafts: &[Draft<'_>], block_keys: &[FileNode<'_>]) -> Vec<Problem> {
    let reached = Reached::of(model);
    let mut warnings = Problems::default();
    for draft in drafts {
        let missing: Vec<u32> = draft.units.clone().filter(|unit| !reached.unit(*unit)).collect();
        if missing.len() == draft.units.len() {
            warnings.push(draft.key.problem(unused(model, draft)));
        } else if let Some(first) = missing.first() {
            let (count, all) = (missing.len(), draft.units.len());
            let problem = draft.key.problem(format!(
                "{count} of {all} units of `{}` are not part of the system: {}{}",
                draft.name,
                unit_title(*first, drafts),
                if count > 1 { ", …" } else { "" }
            ));
            warnings.push(problem);
        }
    }
    for (number, key) in block_keys.iter().enumerate() {
        if !reached.gate(number as u32) {
            let name = key.text().unwrap_or_default();
            warnings.push(key.problem(format!("block `{name}` is not part of the system")));
        }
    }
    warnings.0
}

/// Returns a warning for each component with several units that are all needed in some place: `count: 2`
/// is often meant as a spare.
pub(super) fn all_needed(model: &Model, drafts: &[Draft<'_>]) -> Vec<Problem> {
    let mut components = BTreeSet::new();
    for gate in model.structure.gates().iter().filter(|gate| gate.k == 1) {
        let mut needed: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for input in &gate.inputs {
            if let Node::Leaf(leaf) = input
                && let Leaf::Unit(number) = model.leaf(*leaf)
                && let Some(unit) = model.units.get(number as usize)
            {
                needed.entry(unit.component).or_default().insert(number);
            }
        }
        let all = |component: u32| drafts.get(component as usize).map_or(0, |draft| draft.units.len());
        let whole =
            needed.into_iter().filter(|(component, units)| units.len() > 1 && units.len() == all(*component));
        components.extend(whole.map(|(component, _)| component));
    }
    let warning = |component: u32| {
        let draft = drafts.get(component as usize)?;
        let (name, count) = (draft.name, draft.units.len());
        let problem = draft.key.problem(format!(
            "all {count} units of `{name}` are needed where it is used: each further unit makes the system less available"
        ));
        Some(problem.help(format!(
            "if the units are redundant, write `{{ parallel: [{name}] }}` or `{{ k_of_n: {{ k: …, of: [{name}] }} }}` there"
        )))
    };
    components.into_iter().filter_map(warning).collect()
}

/// Describes a component that the system does not depend on, and whether it still occupies a crew.
fn unused(model: &Model, draft: &Draft<'_>) -> String {
    let mut units = draft.units.clone();
    let slot = units.find_map(|unit| model.units.get(unit as usize)?.life.crew());
    let crew = slot.and_then(|slot| model.crews.get(slot.crew as usize));
    match crew {
        Some(crew) => format!(
            "component `{}` is not part of the system: it only occupies crew `{}`",
            draft.name, crew.name
        ),
        None => format!("component `{}` is not part of the system", draft.name),
    }
}

/// The parts that the top depends on, including the units of standby blocks.
struct Reached {
    units: Vec<bool>,
    gates: Vec<bool>,
}

impl Reached {
    fn of(model: &Model) -> Self {
        let gates = model.structure.gates();
        let mut reached = Self { units: vec![false; model.units.len()], gates: vec![false; gates.len()] };
        let mut standbys = vec![false; model.standbys.len()];
        let mut waiting = vec![model.structure.top()];
        while let Some(node) = waiting.pop() {
            match node {
                Node::Gate(number) => {
                    if first_time(&mut reached.gates, number)
                        && let Some(gate) = gates.get(number as usize)
                    {
                        waiting.extend(&gate.inputs);
                    }
                }
                Node::Leaf(leaf) => match model.leaf(leaf) {
                    Leaf::Unit(unit) => {
                        first_time(&mut reached.units, unit);
                    }
                    Leaf::Standby(number) => {
                        if first_time(&mut standbys, number)
                            && let Some(standby) = model.standbys.get(number as usize)
                        {
                            waiting.extend(standby.units.iter().map(|unit| Node::Leaf(*unit)));
                            waiting.extend(standby.out.iter().flatten().chain(&standby.switch));
                        }
                    }
                    Leaf::Shock(_) => {}
                },
            }
        }
        reached
    }

    fn unit(&self, unit: u32) -> bool {
        self.units.get(unit as usize) == Some(&true)
    }

    fn gate(&self, gate: u32) -> bool {
        self.gates.get(gate as usize) == Some(&true)
    }
}

/// Marks an entry and returns whether it was unmarked before.
fn first_time(marks: &mut [bool], number: u32) -> bool {
    marks.get_mut(number as usize).is_some_and(|mark| !std::mem::replace(mark, true))
}
