//! Reachability: closed classes of states, and states that reach a set for certain.

use super::chain::Chain;
use std::collections::VecDeque;

/// Returns the closed classes of a chain: sets of states that all lead to each other and nowhere else.
/// The states of each are in ascending order; every other state is transient.
pub(super) fn closed_classes(chain: &Chain) -> Vec<Vec<usize>> {
    let component = components(chain);
    let count = component.iter().max().map_or(0, |last| last + 1);
    let mut members = vec![Vec::new(); count];
    let mut open = vec![false; count];
    for (state, (row, own)) in chain.rows().iter().zip(&component).enumerate() {
        members[*own].push(state);
        open[*own] |= row.iter().any(|(to, _)| component[*to] != *own);
    }
    let closed = members.into_iter().zip(open).filter(|(_, open)| !open);
    closed.map(|(members, _)| members).collect()
}

/// Returns the strongly connected component of each state (Tarjan 1972, with a stack of its own: chains
/// may be long).
fn components(chain: &Chain) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let n = chain.states();
    // `low` is the earliest visit that can be reached from a state through later ones and one more
    // transition.
    let (mut seen, mut low, mut component) = (vec![UNSEEN; n], vec![0; n], vec![UNSEEN; n]);
    let (mut pending, mut path) = (Vec::new(), Vec::new());
    let (mut clock, mut count) = (0, 0);
    for root in 0..n {
        if seen[root] == UNSEEN {
            path.push((root, 0));
        }
        while let Some((state, at)) = path.pop() {
            if at == 0 {
                (seen[state], low[state]) = (clock, clock);
                clock += 1;
                pending.push(state);
            }
            if let Some(&(to, _)) = chain.rows()[state].get(at) {
                // Come back for the next target once this one is done.
                path.push((state, at + 1));
                if seen[to] == UNSEEN {
                    path.push((to, 0));
                } else if component[to] == UNSEEN {
                    low[state] = low[state].min(seen[to]);
                }
                continue;
            }
            // The state is the root of its component, which consists of all states that are still
            // pending above it.
            if low[state] == seen[state] {
                while let Some(member) = pending.pop() {
                    component[member] = count;
                    if member == state {
                        break;
                    }
                }
                count += 1;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[state]);
            }
        }
    }
    component
}

/// Returns, for each state, whether the chain gets from it into `target` with probability 1.
pub(super) fn reaches_surely(chain: &Chain, target: &[bool]) -> Vec<bool> {
    // A finite chain may miss the target exactly if it can get to a state from which the target is out
    // of reach.
    let reaches = leads_to(chain, target, |_| true);
    let never: Vec<bool> = reaches.iter().map(|reaches| !reaches).collect();
    // Paths through the target have arrived already, so they do not count.
    let may_miss = leads_to(chain, &never, |state| !target[state]);
    may_miss.into_iter().map(|miss| !miss).collect()
}

/// Returns, for each state, whether a path leads from it into `set`, over states (including the first)
/// that satisfy `passed`.
fn leads_to(chain: &Chain, set: &[bool], passed: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut sources = vec![Vec::new(); chain.states()];
    for (from, row) in chain.rows().iter().enumerate() {
        for (to, _) in row {
            sources[*to].push(from);
        }
    }
    let mut found = set.to_vec();
    let mut queue: VecDeque<usize> = (0..chain.states()).filter(|state| set[*state]).collect();
    while let Some(state) = queue.pop_front() {
        for &source in &sources[state] {
            if !found[source] && passed(source) {
                found[source] = true;
                queue.push_back(source);
            }
        }
    }
    found
}
