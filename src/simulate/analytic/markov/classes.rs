//! Reachability: closed classes of states, and states that reach a set for certain.

use super::chain::Chain;

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

/// Returns the strongly connected component of each state (Kosaraju; Sharir 1981), with stacks of its own:
/// chains may be long.
fn components(chain: &Chain) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let n = chain.states();
    // The states in the order in which a depth-first search leaves them.
    let (mut left, mut seen) = (Vec::with_capacity(n), vec![false; n]);
    let mut open: Vec<(usize, bool)> = (0..n).map(|state| (state, false)).collect();
    while let Some((state, leaves)) = open.pop() {
        if leaves {
            left.push(state);
        } else if !std::mem::replace(&mut seen[state], true) {
            open.push((state, true));
            open.extend(chain.rows()[state].iter().map(|(to, _)| (*to, false)));
        }
    }
    // Backwards from the state that was left last, exactly its own component can be reached; then from
    // the last of the others, and so on.
    let sources = sources(chain);
    let (mut component, mut count) = (vec![UNSEEN; n], 0);
    for root in left.into_iter().rev() {
        let mut open = vec![root];
        while let Some(state) = open.pop() {
            if component[state] == UNSEEN {
                component[state] = count;
                open.extend(&sources[state]);
            }
        }
        count += usize::from(component[root] == count);
    }
    component
}

/// Returns, by state, the states that lead to it.
fn sources(chain: &Chain) -> Vec<Vec<usize>> {
    let mut sources = vec![Vec::new(); chain.states()];
    for (from, row) in chain.rows().iter().enumerate() {
        for (to, _) in row {
            sources[*to].push(from);
        }
    }
    sources
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
    let sources = sources(chain);
    let mut found = set.to_vec();
    let mut open: Vec<usize> = (0..chain.states()).filter(|state| set[*state]).collect();
    while let Some(state) = open.pop() {
        for &source in &sources[state] {
            if !found[source] && passed(source) {
                found[source] = true;
                open.push(source);
            }
        }
    }
    found
}
