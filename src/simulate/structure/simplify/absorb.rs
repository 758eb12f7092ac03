//! Absorption: `a ∨ (a ∧ b)` is `a`, and `a ∧ (a ∨ b)` is `a`.

use super::rebuild::{Kind, Rebuild};
use crate::simulate::structure::{Node, Structure};
use hashbrown::HashSet;

/// Number of inputs up to which a gate is compared with its users; keeps the cost linear.
const INPUTS_MAX: usize = 32;

/// Removes inputs that another input of the same gate absorbs.
pub(super) fn absorb(structure: &Structure) -> Structure {
    let mut present: HashSet<Node, foldhash::fast::FixedState> = HashSet::default();
    Rebuild::of(structure, |rebuild, _, gate| {
        let kind = Kind::of(gate);
        let mut inputs: Vec<Node> = gate.inputs.iter().map(|input| rebuild.renamed(*input)).collect();
        // A k-of-n gate with another threshold has no such law.
        if kind == Kind::Some {
            return Some(rebuild.node(gate.k, inputs));
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
        Some(rebuild.node(kind.threshold(inputs.len()), inputs))
    })
}
