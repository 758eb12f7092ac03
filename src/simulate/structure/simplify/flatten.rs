//! Flattening: nested gates of one kind become one gate.

use super::rebuild::{Kind, Rebuild, uses_of_gates};
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
        for inner in structure.gates[number as usize].inputs.iter().filter_map(|input| input.gate()) {
            merged[inner as usize] |= merges(number, inner);
        }
    }
    Rebuild::of(structure, |rebuild, number, gate| {
        if merged[number as usize] {
            return None;
        }
        let inputs = gather(structure, number, &merged);
        let inputs: Vec<Node> = inputs.into_iter().map(|input| rebuild.renamed(input)).collect();
        let k = match kinds[number as usize] {
            Kind::Some => gate.k,
            kind => kind.threshold(inputs.len()),
        };
        Some(rebuild.node(k, inputs))
    })
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
