//! Candidate variable orders. The size of a diagram depends on the order, and no rule finds a good one
//! for all graphs; so there are several candidates, and the caller finds out which one fits.

use super::part::{Input, ModuleGates};
use std::collections::VecDeque;

/// How a traversal from the top visits the inputs of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// As listed.
    Given,
    /// From the last to the first.
    Reversed,
    /// Those with the fewest variables below them first.
    LightFirst,
    /// Those with the most variables below them first.
    HeavyFirst,
    /// Variables first, those that many gates use before others; then the gates, the heaviest first.
    SharedFirst,
    /// Breadth first and not depth first: what is near the top comes first. For networks that were
    /// unrolled into gates this is the order in which a wave from one end reaches the links.
    Breadth,
    /// Not from the top, but from one end of the graph below it to the other. For wide gates over many
    /// small ones that share variables with a few others each.
    Across,
}

impl Walk {
    pub(super) const ALL: [Self; 7] = [
        Self::Given,
        Self::LightFirst,
        Self::HeavyFirst,
        Self::SharedFirst,
        Self::Breadth,
        Self::Reversed,
        Self::Across,
    ];
}

/// Returns the levels of the variables: the order in which a walk first visits them.
pub(super) fn walked(part: &ModuleGates, walk: Walk) -> Vec<u32> {
    if walk == Walk::Across {
        return walked_across(part);
    }
    let (weights, uses) = (weights(part), uses(part));
    let variables = part.variables.len();
    let mut levels = vec![u32::MAX; variables];
    let mut met = 0;
    let mut seen = vec![false; part.gates.len()];
    let mut queue: VecDeque<Input> =
        part.gates.len().checked_sub(1).map(|top| Input::Gate(top as u32)).into_iter().collect();
    while let Some(input) = queue.pop_front() {
        match input {
            Input::Variable(variable) => {
                let level = &mut levels[variable as usize];
                if *level == u32::MAX {
                    *level = met;
                    met += 1;
                }
            }
            Input::Gate(gate) if !std::mem::replace(&mut seen[gate as usize], true) => {
                let mut inputs = part.gates[gate as usize].inputs.clone();
                let weight = |input: &Input| weights[index(*input, variables)];
                sort(&mut inputs, walk, weight, |input| uses[index(*input, variables)]);
                // Behind the others in the queue for breadth first, in front of them for depth first.
                if walk == Walk::Breadth {
                    queue.extend(inputs);
                } else {
                    inputs.into_iter().rev().for_each(|input| queue.push_front(input));
                }
            }
            Input::Gate(_) => {}
        }
    }
    levels
}

fn sort(inputs: &mut [Input], walk: Walk, weight: impl Fn(&Input) -> f64, shared: impl Fn(&Input) -> u32) {
    match walk {
        Walk::Given | Walk::Breadth | Walk::Across => {}
        Walk::Reversed => inputs.reverse(),
        Walk::LightFirst => inputs.sort_by(|a, b| weight(a).total_cmp(&weight(b))),
        Walk::HeavyFirst => inputs.sort_by(|a, b| weight(b).total_cmp(&weight(a))),
        Walk::SharedFirst => {
            inputs.sort_by(|a, b| shared(b).cmp(&shared(a)).then(weight(b).total_cmp(&weight(a))));
        }
    }
}

/// Returns the number of variables below each variable and gate, counted once for every path.
fn weights(part: &ModuleGates) -> Vec<f64> {
    let variables = part.variables.len();
    let mut weights = vec![1.0; variables];
    for gate in &part.gates {
        let weight: f64 = gate.inputs.iter().map(|input| weights[index(*input, variables)]).sum();
        weights.push(weight.min(f64::MAX));
    }
    weights
}

/// Returns how many inputs of gates refer to each variable; 0 for the gates.
fn uses(part: &ModuleGates) -> Vec<u32> {
    let mut uses = vec![0; part.variables.len() + part.gates.len()];
    for input in part.gates.iter().flat_map(|gate| &gate.inputs) {
        uses[index(*input, part.variables.len())] += u32::from(matches!(input, Input::Variable(_)));
    }
    uses
}

/// Returns levels in breadth-first order from a variable at one end of the graph without its top, after
/// Cuthill and `McKee` (1969): variables of the same gate come close to each other.
fn walked_across(part: &ModuleGates) -> Vec<u32> {
    let variables = part.variables.len();
    let below_top = part.gates.len().saturating_sub(1);
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); variables + part.gates.len()];
    for (number, gate) in part.gates.iter().enumerate().take(below_top) {
        for input in &gate.inputs {
            let input = index(*input, variables);
            neighbours[input].push(variables + number);
            neighbours[variables + number].push(input);
        }
    }
    let reached = |start: usize| -> Vec<usize> {
        let nodes = spread(&neighbours, start);
        nodes.into_iter().filter(|node| *node < variables).collect()
    };
    let mut levels = vec![u32::MAX; variables];
    let mut met = 0;
    for variable in 0..variables {
        if levels[variable] == u32::MAX {
            // The variable that is reached last from anywhere lies near an end; the one reached last
            // from there, more so.
            let mut end = variable;
            for _ in 0..2 {
                end = reached(end).last().copied().unwrap_or(end);
            }
            for variable in reached(end) {
                levels[variable] = met;
                met += 1;
            }
        }
    }
    levels
}

/// Returns all reachable nodes, nearest first; of the new neighbours of a node, those with fewer
/// neighbours first.
fn spread(neighbours: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut seen = vec![false; neighbours.len()];
    seen[start] = true;
    let mut nodes = vec![start];
    let mut at = 0;
    while let Some(&node) = nodes.get(at) {
        let first = nodes.len();
        for &next in &neighbours[node] {
            if !std::mem::replace(&mut seen[next], true) {
                nodes.push(next);
            }
        }
        nodes[first..].sort_by_key(|node| neighbours[*node].len());
        at += 1;
    }
    nodes
}

/// Moves variables towards the gates that use them, round by round: the FORCE heuristic of Aloul, Markov
/// and Sakallah (2003). Gates and variables are points on a line; every gate pulls itself and its inputs
/// towards their mean. Returns the levels with the smallest span.
pub(super) fn force(part: &ModuleGates, levels: &[u32], rounds: usize) -> Vec<u32> {
    let variables = part.variables.len();
    let mut place: Vec<f64> = levels.iter().map(|level| f64::from(*level)).collect();
    for gate in &part.gates {
        let at = mean(gate.inputs.iter().map(|input| place[index(*input, variables)]));
        place.push(at);
    }
    let (mut best, mut best_span) = (levels.to_vec(), span(part, levels));
    for _ in 0..rounds {
        let mut pull = vec![(0.0, 0_u32); place.len()];
        for (number, gate) in part.gates.iter().enumerate() {
            let members =
                || gate.inputs.iter().map(|input| index(*input, variables)).chain([variables + number]);
            let center = mean(members().map(|member| place[member]));
            for member in members() {
                pull[member].0 += center;
                pull[member].1 += 1;
            }
        }
        for (at, (sum, count)) in place.iter_mut().zip(&pull) {
            *at = sum / f64::from((*count).max(1));
        }
        // Averaging draws all points together; ranks restore the distances between them.
        let ranked = ranks(&place);
        for (at, rank) in place.iter_mut().zip(&ranked) {
            *at = f64::from(*rank);
        }
        let levels = ranks(&place[..variables]);
        let now = span(part, &levels);
        if now < best_span {
            (best, best_span) = (levels, now);
        }
    }
    best
}

fn index(input: Input, variables: usize) -> usize {
    match input {
        Input::Variable(variable) => variable as usize,
        Input::Gate(gate) => variables + gate as usize,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Returns the rank of every place, from 0.
fn ranks(place: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..place.len() as u32).collect();
    order.sort_by(|a, b| place[*a as usize].total_cmp(&place[*b as usize]));
    let mut ranks = vec![0; place.len()];
    for (rank, number) in order.iter().enumerate() {
        ranks[*number as usize] = rank as u32;
    }
    ranks
}

/// Returns the sum over the gates of the distance between the first and the last variable below them.
fn span(part: &ModuleGates, levels: &[u32]) -> u64 {
    let mut ends: Vec<(u32, u32)> = levels.iter().map(|level| (*level, *level)).collect();
    let mut total = 0;
    for gate in &part.gates {
        let (mut first, mut last) = (u32::MAX, 0);
        for input in &gate.inputs {
            let (low, high) = ends[index(*input, levels.len())];
            first = first.min(low);
            last = last.max(high);
        }
        ends.push((first, last));
        total += u64::from(last - first);
    }
    total
}
