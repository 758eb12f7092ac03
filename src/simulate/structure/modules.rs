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

/// The visits of one traversal, by leaf and by gate.
struct Walk {
    leaves: Vec<Visits>,
    gates: Vec<Visits>,
    clock: u32,
}

impl Walk {
    fn of(&mut self, node: Node) -> &mut Visits {
        match node {
            Node::Leaf(leaf) => &mut self.leaves[leaf as usize],
            Node::Gate(gate) => &mut self.gates[gate as usize],
        }
    }

    /// Records a visit; returns whether it is the first.
    fn visit(&mut self, node: Node) -> bool {
        self.clock += 1;
        let clock = self.clock;
        let visits = self.of(node);
        visits.last = clock;
        if visits.first > 0 {
            return false;
        }
        visits.first = clock;
        true
    }

    fn leave(&mut self, gate: u32) {
        self.clock += 1;
        let visits = &mut self.gates[gate as usize];
        visits.left = self.clock;
        visits.last = self.clock;
    }

    fn run(&mut self, structure: &Structure) {
        let Node::Gate(top) = structure.top else { return };
        self.visit(structure.top);
        let mut stack = vec![(top, 0_usize)];
        while let Some((gate, next)) = stack.last_mut() {
            let gate = *gate;
            if let Some(&input) = structure.gates[gate as usize].inputs.get(*next) {
                *next += 1;
                let first = self.visit(input);
                if let (true, Node::Gate(child)) = (first, input) {
                    stack.push((child, 0));
                }
            } else {
                self.leave(gate);
                stack.pop();
            }
        }
    }
}

/// Returns the gates that are modules, bottom-up.
pub(super) fn modules(structure: &Structure) -> Vec<u32> {
    let mut walk = Walk {
        leaves: vec![Visits::default(); structure.leaf_count as usize],
        gates: vec![Visits::default(); structure.gates.len()],
        clock: 0,
    };
    walk.run(structure);
    // By gate, for everything below it: the earliest first visit and the latest last visit.
    let mut below = vec![(u32::MAX, 0); structure.gates.len()];
    let mut found = Vec::new();
    for &number in &structure.bottom_up {
        let (mut earliest, mut latest) = (u32::MAX, 0);
        for &input in &structure.gates[number as usize].inputs {
            let visits = *walk.of(input);
            earliest = earliest.min(visits.first);
            latest = latest.max(visits.last);
            if let Node::Gate(child) = input {
                let (first, last) = below[child as usize];
                earliest = earliest.min(first);
                latest = latest.max(last);
            }
        }
        below[number as usize] = (earliest, latest);
        let own = walk.gates[number as usize];
        if earliest > own.first && latest < own.left {
            found.push(number);
        }
    }
    found
}
