//! Grouping: nodes that occur side by side in every gate that uses them become one gate.

use super::Map;
use super::rebuild::{Kind, Rebuild};
use crate::simulate::structure::{Node, Structure};

/// Returns, for every node, the gates that use it, if all of them are series gates or all are parallel
/// ones.
fn users(structure: &Structure) -> Map<Node, Option<(Kind, Vec<u32>)>> {
    let mut users: Map<Node, Option<(Kind, Vec<u32>)>> = Map::default();
    for &number in &structure.bottom_up {
        let gate = &structure.gates[number as usize];
        let kind = Kind::of(gate);
        for &input in &gate.inputs {
            let entry = users.entry(input).or_insert_with(|| Some((kind, Vec::new())));
            match entry {
                Some((known, gates)) if *known == kind && kind != Kind::Some => gates.push(number),
                _ => *entry = None,
            }
        }
    }
    users
}

/// Returns the number of the group of each grouped node.
fn groups(structure: &Structure, users_min: usize) -> Map<Node, u32> {
    let mut members: Map<(Kind, Vec<u32>), Vec<Node>> = Map::default();
    for (node, usage) in users(structure) {
        if let Some(usage) = usage.filter(|(_, gates)| gates.len() >= users_min) {
            members.entry(usage).or_default().push(node);
        }
    }
    // A single gate that consists of the group alone is the group already.
    let whole = |gates: &[u32], size: usize| match gates {
        [only] => structure.gates[*only as usize].inputs.len() == size,
        _ => false,
    };
    let mut members: Vec<_> = members
        .into_iter()
        .filter(|((_, gates), nodes)| nodes.len() > 1 && !whole(gates, nodes.len()))
        .collect();
    // The numbers of the groups must not depend on hashing.
    members.sort_unstable_by(|a, b| a.0.1.cmp(&b.0.1));
    let numbered = members.into_iter().zip(0_u32..);
    numbered.flat_map(|((_, nodes), number)| nodes.into_iter().map(move |node| (node, number))).collect()
}

/// Groups nodes that at least `users_min` gates use together. With 1, nodes within a single gate that has
/// others besides are grouped too; flattening would undo this.
pub(super) fn group(structure: &Structure, users_min: usize) -> Structure {
    let groups = groups(structure, users_min);
    Rebuild::of(structure, |rebuild, _, gate| {
        let kind = Kind::of(gate);
        let mut inputs = Vec::new();
        let mut grouped: Vec<(u32, Node)> = Vec::new();
        for &input in &gate.inputs {
            match groups.get(&input) {
                Some(group) if kind != Kind::Some => grouped.push((*group, rebuild.renamed(input))),
                _ => inputs.push(rebuild.renamed(input)),
            }
        }
        grouped.sort_unstable();
        for members in grouped.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<Node> = members.iter().map(|member| member.1).collect();
            inputs.push(rebuild.node(kind.threshold(members.len()), members));
        }
        let k = if kind == Kind::Some { gate.k } else { kind.threshold(inputs.len()) };
        Some(rebuild.node(k, inputs))
    })
}
