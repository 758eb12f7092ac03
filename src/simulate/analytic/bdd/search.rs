//! Searches for a variable order that fits: several orders are tried under a growing budget of nodes.

use super::Budget;
use super::build::build;
use super::diagram::Diagram;
use super::ordering::{Walk, force, walked};
use super::part::ModuleGates;
use crate::simulate::analytic::bdd::builder::Full;

/// Nodes allowed in the first round.
const FIRST_NODES: usize = 1 << 13;
/// Factor by which the budget grows from round to round.
const GROWTH: usize = 4;
/// Budget up to which all orders are tried and the smallest diagram wins; beyond it the first success
/// does.
const THOROUGH_NODES: usize = 1 << 17;
/// Budget up to which all orders are tried at all: how far an order gets with little room says little of how much
/// it needs.
const ALL_ORDERS_NODES: usize = 1 << 19;
/// Orders that are tried with more room than that.
const ORDERS_BEYOND: usize = 3;
/// Work of FORCE over all its rounds, in points moved.
const FORCE_WORK: usize = 2_000_000;
/// Maximum number of rounds of FORCE.
const FORCE_ROUNDS_MAX: usize = 100;

/// Returns the smallest diagram found within the budget.
///
/// Small budgets try all orders, larger ones those that got furthest before.
pub(super) fn solve(part: &ModuleGates, budget: Budget) -> Result<Diagram, Full> {
    let Budget { nodes_max, patience } = budget;
    if let Some(diagram) = Diagram::of_single_gate(part, nodes_max) {
        return diagram;
    }
    let mut orders = Orders::new(part);
    let mut candidates: Vec<usize> = (0..Orders::COUNT).collect();
    let mut limit = FIRST_NODES.max(4 * part.variables.len()).min(nodes_max);
    loop {
        match attempt(part, &mut orders, &candidates, Budget { nodes_max: limit, patience }) {
            Ok(diagram) => return Ok(diagram),
            Err(_) if limit == nodes_max || patience.is_over() => return Err(Full),
            Err(mut progress) => {
                progress.sort_by_key(|(inputs_done, _)| std::cmp::Reverse(*inputs_done));
                candidates = progress.into_iter().map(|(_, number)| number).collect();
            }
        }
        limit = limit.saturating_mul(GROWTH).min(nodes_max);
        if limit > ALL_ORDERS_NODES {
            candidates.truncate(ORDERS_BEYOND);
        }
    }
}

/// Returns a diagram by one of the orders, or how many inputs of gates each of them processed.
fn attempt(
    part: &ModuleGates,
    orders: &mut Orders<'_>,
    candidates: &[usize],
    budget: Budget,
) -> Result<Diagram, Vec<(usize, usize)>> {
    let mut best: Option<Diagram> = None;
    let mut limit = budget;
    let mut progress = Vec::new();
    for &number in candidates {
        let levels = orders.get(number);
        match build(part, levels, limit) {
            Err(stuck) => progress.push((stuck.inputs_done, number)),
            Ok((manager, root)) => {
                // A good order is small all the way; an order that needs more room than the best so far
                // is given up early.
                limit.nodes_max = limit.nodes_max.min(manager.peak());
                let diagram = Diagram::pack(part, levels, &manager, root);
                if best.as_ref().is_none_or(|best| diagram.nodes.len() < best.nodes.len()) {
                    best = Some(diagram);
                }
                if budget.nodes_max > THOROUGH_NODES {
                    break;
                }
            }
        }
    }
    best.ok_or(progress)
}

/// The orders, computed on demand: first each walk improved by FORCE, then each walk as it is.
struct Orders<'p> {
    part: &'p ModuleGates,
    rounds: usize,
    made: Vec<Vec<u32>>,
}

impl<'p> Orders<'p> {
    const COUNT: usize = 2 * Walk::ALL.len();

    fn new(part: &'p ModuleGates) -> Self {
        let points = part.variables.len() + part.gates.iter().map(|gate| gate.inputs.len()).sum::<usize>();
        Self { part, rounds: (FORCE_WORK / points.max(1)).clamp(1, FORCE_ROUNDS_MAX), made: Vec::new() }
    }

    fn get(&mut self, number: usize) -> &[u32] {
        while self.made.len() <= number {
            let at = self.made.len();
            let walk = Walk::ALL[at % Walk::ALL.len()];
            let plain = walked(self.part, walk);
            let drawn = at < Walk::ALL.len();
            self.made.push(if drawn { force(self.part, &plain, self.rounds) } else { plain });
        }
        &self.made[number]
    }
}
