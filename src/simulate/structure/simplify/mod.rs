//! Rewriting a structure into an equivalent, smaller one over the same leaves.
//!
//! The passes, each linear in the number of inputs, are repeated while they change something:
//!
//! | pass | before | after |
//! |---|---|---|
//! | [`flatten`] | `a ∨ (b ∨ c)`, gates with one input, equal gates, repeated inputs | `a ∨ b ∨ c`, each gate once |
//! | [`absorb`] | `a ∨ (a ∧ b)`, and the dual | `a` |
//! | [`factor`] | `(a ∧ b) ∨ (a ∧ c)`, and the dual | `a ∧ (b ∨ c)` |
//! | [`group`] | `a` and `b` side by side wherever they are used | a gate of their own, which is a module |
//!
//! Rewritings of this kind go before the diagram in Rauzy, "Toward an efficient implementation of the MOCUS algorithm", IEEE
//! Transactions on Reliability 52 (2003), and in Niemelä, "On simplification of large fault trees", Reliability Engineering and
//! System Safety 44 (1994).

mod absorb;
mod factor;
mod flatten;
mod group;
mod rebuild;

use super::Structure;

/// Rounds after which rewriting ends even if it still finds something: deep graphs can give up one layer a round.
const ROUNDS_MAX: usize = 24;

/// An equivalent structure with the same leaves; the gates are new ones.
pub(super) fn simplify(structure: &Structure) -> Structure {
    let mut current = flatten::flatten(structure);
    for _ in 0..ROUNDS_MAX {
        let absorbed = absorb::absorb(&current);
        let factored = flatten::flatten(&factor::factor(&absorbed));
        let next = flatten::flatten(&group::group_shared(&factored));
        if next == current {
            break;
        }
        current = next;
    }
    group::group_all(&current)
}
