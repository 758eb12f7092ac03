//! Absorption: `a ∨ (a ∧ b)` is `a`, and `a ∧ (a ∨ b)` is `a`.

use super::rebuild::{Kind, Rebuild, Renamed};
use crate::simulate::structure::{Node, Structure};
use hashbrown::HashSet;

/// Number of inputs up to which a gate is compared with its users; keeps the cost linear.
const INPUTS_MAX: usize = 32;

/// Removes inputs that another input of the same gate absorbs.
pub(super) fn absorb(structure: &Structure) -> Structure {
    let mut rebuild = Rebuild::new();
    let mut renamed = Renamed::new(structure);
    let mut present = HashSet::with_hasher(foldhash::fast::FixedState::with_seed(0));
    for &number in &structure.bottom_up {
        let gate = &structure.gates[number as usize];
        let kind = Kind::of(gate);
        let mut inputs: Vec<Node> = gate.inputs.iter().map(|input| renamed.of(*input)).collect();
        // A k-of-n gate with another threshold has no such law.
        if kind == Kind::Some {
            renamed.set(number, rebuild.node(gate.k, inputs));
            continue;
        }
        present.clear();
        present.extend(inputs.iter().copied());
        inputs.retain(|input| match input {
            Node::Leaf(_) => true,
            Node::Gate(inner) => {
                let inner = rebuild.gate(*inner);
                let absorbed = Kind::of(inner).is_dual_of(kind)
                    && inner.inputs.len() <= INPUTS_MAX
                    && inner.inputs.iter().any(|part| present.contains(part));
                !absorbed
            }
        });
        let k = kind.threshold(inputs.len());
        renamed.set(number, rebuild.node(k, inputs));
    }
    rebuild.finish(structure.leaf_count, renamed.of(structure.top))
}
