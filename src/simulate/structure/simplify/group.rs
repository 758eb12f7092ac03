//! Grouping: nodes that occur side by side in every gate that uses them become one gate.

use super::rebuild::{Kind, Rebuild, Renamed};
use crate::simulate::structure::{Node, Structure};
use hashbrown::HashMap;

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Groups nodes that several gates use together.
pub(super) fn group_shared(structure: &Structure) -> Structure {
    group(structure, 2)
}

/// Also groups nodes within a single gate that has others besides. Flattening would undo this, so it
/// comes last.
pub(super) fn group_all(structure: &Structure) -> Structure {
    group(structure, 1)
}

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

fn group(structure: &Structure, users_min: usize) -> Structure {
    let groups = groups(structure, users_min);
    let mut rebuild = Rebuild::new();
    let mut renamed = Renamed::new(structure);
    for &number in &structure.bottom_up {
        let gate = &structure.gates[number as usize];
        let kind = Kind::of(gate);
        let mut inputs = Vec::new();
        let mut grouped: Vec<(u32, Node)> = Vec::new();
        for &input in &gate.inputs {
            match groups.get(&input) {
                Some(group) if kind != Kind::Some => grouped.push((*group, renamed.of(input))),
                _ => inputs.push(renamed.of(input)),
            }
        }
        grouped.sort_unstable();
        for members in grouped.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<Node> = members.iter().map(|member| member.1).collect();
            inputs.push(rebuild.node(kind.threshold(members.len()), members));
        }
        let k = if kind == Kind::Some { gate.k } else { kind.threshold(inputs.len()) };
        renamed.set(number, rebuild.node(k, inputs));
    }
    rebuild.finish(structure.leaf_count, renamed.of(structure.top))
}
