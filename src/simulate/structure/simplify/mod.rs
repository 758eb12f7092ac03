//! Rewrites a structure into an equivalent, smaller one over the same leaves.
//!
//! The passes are repeated as long as they change something; each is linear in the number of inputs:
//!
//! | pass | before | after |
//! |---|---|---|
//! | [`flatten`] | `a ∨ (b ∨ c)`, single inputs, equal gates, repeated inputs | `a ∨ b ∨ c`, each gate once |
//! | [`absorb`] | `a ∨ (a ∧ b)`, and the dual | `a` |
//! | [`factor`] | `(a ∧ b) ∨ (a ∧ c)`, and the dual | `a ∧ (b ∨ c)` |
//! | [`group`] | `a` and `b` side by side in every gate that uses them | a gate of their own, a module |
//!
//! Rewritings of this kind precede the analysis in Rauzy, "Toward an efficient implementation of the
//! MOCUS algorithm", IEEE Transactions on Reliability 52 (2003), and in Niemelä, "On simplification of
//! large fault trees", Reliability Engineering and System Safety 44 (1994).

mod absorb;
mod factor;
mod flatten;
mod group;
mod rebuild;

use super::Structure;
use hashbrown::HashMap;

/// A hash map that is the same in every run.
type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Maximum number of rounds, even if the last one still found something: a deep graph may give up one
/// layer a round.
const ROUNDS_MAX: usize = 24;

/// Returns an equivalent structure over the same leaves; its gates are new ones.
pub(super) fn simplify(structure: &Structure) -> Structure {
    let mut current = flatten::flatten(structure);
    for _ in 0..ROUNDS_MAX {
        let absorbed = absorb::absorb(&current);
        let factored = flatten::flatten(&factor::factor(&absorbed));
        let next = flatten::flatten(&group::group(&factored, 2));
        if next == current {
            break;
        }
        current = next;
    }
    group::group(&current, 1)
}
