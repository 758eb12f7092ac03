//! Finds modules, after Dutuit and Rauzy (1996).
//!
//! One depth-first traversal from the left numbers the visits: when a node is first visited, when it is
//! last visited, and when the traversal leaves it for good. A gate is a module exactly if all its
//! descendants are first visited after the gate and last visited before the traversal leaves it.

use super::{Node, Structure};

#[derive(Clone, Copy, Default)]
struct Visits {
    /// First visit; 0 for never.
    first: u32,
    /// When the traversal left the node with everything below it.
    left: u32,
    /// Last visit, from any parent.
    last: u32,
}

/// Returns the gates that are modules, bottom-up.
pub(super) fn modules(structure: &Structure) -> Vec<u32> {
    let place = |node: Node| match node {
        Node::Leaf(leaf) => leaf as usize,
        Node::Gate(gate) => structure.leaf_count as usize + gate as usize,
    };
    let visits = visits(structure, place);
    // By node, for it and everything below it: the earliest first visit and the latest last visit.
    let mut spans: Vec<(u32, u32)> = visits.iter().map(|own| (own.first, own.last)).collect();
    let union = |a: (u32, u32), b: (u32, u32)| (a.0.min(b.0), a.1.max(b.1));
    let mut found = Vec::new();
    for &number in &structure.bottom_up {
        let inputs = structure.gates[number as usize].inputs.iter();
        let below = inputs.map(|input| spans[place(*input)]).fold((u32::MAX, 0), union);
        let at = place(Node::Gate(number));
        if below.0 > visits[at].first && below.1 < visits[at].left {
            found.push(number);
        }
        spans[at] = union(spans[at], below);
    }
    found
}

/// Traverses the structure depth first from the left.
fn visits(structure: &Structure, place: impl Fn(Node) -> usize) -> Vec<Visits> {
    let mut visits = vec![Visits::default(); structure.leaf_count as usize + structure.gates.len()];
    let mut clock = 0;
    // Nodes to visit, and gates to leave.
    let mut open = vec![(structure.top, false)];
    while let Some((node, leaves)) = open.pop() {
        clock += 1;
        let own = &mut visits[place(node)];
        own.last = clock;
        if leaves {
            own.left = clock;
        } else if own.first == 0 {
            own.first = clock;
            if let Node::Gate(gate) = node {
                open.push((node, true));
                let inputs = structure.gates[gate as usize].inputs.iter().rev();
                open.extend(inputs.map(|input| (*input, false)));
            }
        }
    }
    visits
}
