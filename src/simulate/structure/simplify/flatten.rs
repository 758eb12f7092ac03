//! Flattening: nested gates of one kind become one gate.

use super::rebuild::{Kind, Rebuild, Renamed, uses_of_gates};
use crate::simulate::structure::{Node, Structure};

/// Merges a series gate into a series gate that is its only user, and parallel gates likewise. Also
/// merges equal gates, and removes gates with one input and repeated inputs.
pub(super) fn flatten(structure: &Structure) -> Structure {
    let uses = uses_of_gates(structure);
    let kinds: Vec<Kind> = structure.gates.iter().map(Kind::of).collect();
    // A gate that others use too has to stay; merging a copy of it would enlarge the structure.
    let merges = |outer: u32, inner: u32| {
        let kind = kinds[outer as usize];
        kind != Kind::Some && kind == kinds[inner as usize] && uses[inner as usize] == 1
    };
    let mut merged = vec![false; structure.gates.len()];
    for &number in &structure.bottom_up {
        for &input in &structure.gates[number as usize].inputs {
            if let Node::Gate(inner) = input {
                merged[inner as usize] |= merges(number, inner);
            }
        }
    }
    let mut rebuild = Rebuild::new();
    let mut renamed = Renamed::new(structure);
    for &number in &structure.bottom_up {
        if merged[number as usize] {
            continue;
        }
        let kind = kinds[number as usize];
        let inputs: Vec<Node> =
            gather(structure, number, &merged).into_iter().map(|input| renamed.of(input)).collect();
        let k = match kind {
            Kind::Some => structure.gates[number as usize].k,
            kind => kind.threshold(inputs.len()),
        };
        renamed.set(number, rebuild.node(k, inputs));
    }
    rebuild.finish(structure.leaf_count, renamed.of(structure.top))
}

/// Returns the inputs of a gate and of those merged into it, from left to right.
fn gather(structure: &Structure, number: u32, merged: &[bool]) -> Vec<Node> {
    let mut inputs = Vec::new();
    let mut stack: Vec<Node> = structure.gates[number as usize].inputs.iter().rev().copied().collect();
    while let Some(node) = stack.pop() {
        match node {
            Node::Gate(inner) if merged[inner as usize] => {
                stack.extend(structure.gates[inner as usize].inputs.iter().rev());
            }
            _ => inputs.push(node),
        }
    }
    inputs
}
