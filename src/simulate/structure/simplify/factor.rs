//! Factoring: `(a ∧ b) ∨ (a ∧ c)` is `a ∧ (b ∨ c)`, and `(a ∨ b) ∧ (a ∨ c)` is `a ∨ (b ∧ c)`.

use super::rebuild::{Kind, Rebuild, Renamed, uses_of_gates};
use crate::simulate::structure::{Gate, Node, Structure};
use hashbrown::HashMap;

type Counts = HashMap<Node, u32, foldhash::fast::FixedState>;

/// Factors an input that several inputs of one gate share out of them, where no other gate uses these.
pub(super) fn factor(structure: &Structure) -> Structure {
    let uses = uses_of_gates(structure);
    let mut rebuild = Rebuild::new();
    let mut renamed = Renamed::new(structure);
    for &number in &structure.bottom_up {
        let gate = &structure.gates[number as usize];
        let kind = Kind::of(gate);
        // Only gates of the dual kind without other users: these disappear when their inputs are
        // factored.
        let (parts, others): (Vec<Node>, Vec<Node>) = gate.inputs.iter().partition(|input| match input {
            Node::Leaf(_) => false,
            Node::Gate(inner) => {
                uses[*inner as usize] == 1 && Kind::of(&structure.gates[*inner as usize]).is_dual_of(kind)
            }
        });
        let others: Vec<Node> = others.into_iter().map(|input| renamed.of(input)).collect();
        let parts: Vec<Node> = parts.into_iter().map(|input| renamed.of(input)).collect();
        let node = if parts.len() < 2 {
            rebuild.node(gate.k, others.into_iter().chain(parts).collect())
        } else {
            factored(&mut rebuild, kind, others, &parts)
        };
        renamed.set(number, node);
    }
    rebuild.finish(structure.leaf_count, renamed.of(structure.top))
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
    let counts = count(&parts);
    let mut groups: HashMap<Node, Vec<usize>, _> =
        HashMap::with_hasher(foldhash::fast::FixedState::with_seed(0));
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
    // The order of the groups must not depend on hashing.
    let mut groups: Vec<(Node, Vec<usize>)> = groups.into_iter().collect();
    groups.sort_unstable();
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
    let both = Gate { k: dual.threshold(2), inputs: vec![shared, rest] };
    rebuild.node(both.k, both.inputs)
}

fn count(parts: &[Vec<Node>]) -> Counts {
    let mut counts = Counts::with_hasher(foldhash::fast::FixedState::with_seed(0));
    for node in parts.iter().flatten() {
        *counts.entry(*node).or_default() += 1;
    }
    counts
}
