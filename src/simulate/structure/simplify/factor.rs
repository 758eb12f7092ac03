//! Factoring: `(a ∧ b) ∨ (a ∧ c)` is `a ∧ (b ∨ c)`, and `(a ∨ b) ∧ (a ∨ c)` is `a ∨ (b ∧ c)`.

use super::Map;
use super::rebuild::{Kind, Rebuild, uses_of_gates};
use crate::simulate::structure::{Node, Structure};
use std::collections::BTreeMap;

/// Factors an input that several inputs of one gate share out of them, where no other gate uses these.
pub(super) fn factor(structure: &Structure) -> Structure {
    let uses = uses_of_gates(structure);
    Rebuild::of(structure, |rebuild, _, gate| {
        let kind = Kind::of(gate);
        // Only gates of the dual kind without other users: these disappear when their inputs are
        // factored.
        let is_part = |inner: u32| {
            uses[inner as usize] == 1 && Kind::of(&structure.gates[inner as usize]).is_dual_of(kind)
        };
        let (parts, others): (Vec<Node>, Vec<Node>) =
            gate.inputs.iter().partition(|input| input.gate().is_some_and(is_part));
        let others: Vec<Node> = others.into_iter().map(|input| rebuild.renamed(input)).collect();
        let parts: Vec<Node> = parts.into_iter().map(|input| rebuild.renamed(input)).collect();
        Some(if parts.len() < 2 {
            rebuild.node(gate.k, others.into_iter().chain(parts).collect())
        } else {
            factored(rebuild, kind, others, &parts)
        })
    })
}

/// Returns the gate of a kind over `others` and `parts`, with the inputs that several parts share
/// factored out.
fn factored(rebuild: &mut Rebuild, kind: Kind, others: Vec<Node>, parts: &[Node]) -> Node {
    let dual = if kind == Kind::Any { Kind::All } else { Kind::Any };
    let inside = |rebuild: &Rebuild, part: Node| -> Vec<Node> {
        match part {
            Node::Gate(number) if Kind::of(rebuild.gate(number)) == dual => {
                rebuild.gate(number).inputs.clone()
            }
            _ => vec![part],
        }
    };
    let parts: Vec<Vec<Node>> = parts.iter().map(|part| inside(rebuild, *part)).collect();
    let mut counts: Map<Node, u32> = Map::default();
    for node in parts.iter().flatten() {
        *counts.entry(*node).or_default() += 1;
    }
    let mut groups: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
    let mut inputs = others;
    for (at, part) in parts.iter().enumerate() {
        // Each part joins the others that have its most frequent input; ties go to the largest node.
        let shared = part.iter().max_by_key(|node| (counts.get(*node).copied(), **node));
        match shared {
            Some(node) if counts.get(node).is_some_and(|count| *count > 1) => {
                groups.entry(*node).or_default().push(at);
            }
            _ => inputs.push(rebuild.node(dual.threshold(part.len()), part.clone())),
        }
    }
    for (shared, members) in groups {
        let members: Vec<&Vec<Node>> = members.iter().filter_map(|at| parts.get(*at)).collect();
        inputs.push(take_out(rebuild, kind, dual, shared, &members));
    }
    rebuild.node(kind.threshold(inputs.len()), inputs)
}

/// Returns `shared` joined with the gate of the given kind over the rest of the parts.
fn take_out(rebuild: &mut Rebuild, kind: Kind, dual: Kind, shared: Node, parts: &[&Vec<Node>]) -> Node {
    let mut rests = Vec::new();
    for part in parts {
        let rest: Vec<Node> = part.iter().copied().filter(|node| *node != shared).collect();
        if rest.is_empty() {
            // This part is `shared` alone, and absorbs the others.
            return shared;
        }
        rests.push(rebuild.node(dual.threshold(rest.len()), rest));
    }
    let rest = rebuild.node(kind.threshold(rests.len()), rests);
    rebuild.node(dual.threshold(2), vec![shared, rest])
}
