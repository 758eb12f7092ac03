//! Which order of variables gets a part through: several are tried under a budget of nodes that grows.

use super::build::build;
use super::diagram::Diagram;
use super::ordering::{Walk, force, walked};
use super::part::ModuleGates;
use crate::simulate::analytic::bdd::builder::Full;

/// Nodes of the first attempts, and by how much the budget grows from round to round.
const FIRST_NODES: usize = 1 << 13;
const GROWTH: usize = 4;
/// Budget up to which all orders are tried and the smallest diagram wins; beyond it the first one does.
const THOROUGH_NODES: usize = 1 << 17;
/// Work of FORCE in points moved, over all its rounds.
const FORCE_WORK: usize = 2_000_000;
const FORCE_ROUNDS_MAX: usize = 100;

/// The smallest diagram found within the budget.
///
/// With small budgets all orders are tried. The larger the budget, the fewer: those that got farthest before.
pub(super) fn solve(part: &ModuleGates, nodes_max: usize) -> Result<Diagram, Full> {
    if let Some(diagram) = Diagram::of_single_gate(part, nodes_max) {
        return diagram;
    }
    let mut orders = Orders::new(part);
    let mut candidates: Vec<usize> = (0..Orders::COUNT).collect();
    let mut budget = FIRST_NODES.max(4 * part.variables.len()).min(nodes_max);
    loop {
        let attempt = attempt(part, &mut orders, &candidates, budget);
        match attempt {
            Ok(diagram) => return Ok(diagram),
            Err(_) if budget == nodes_max => return Err(Full),
            Err(mut progress) => {
                progress.sort_by_key(|(inputs_done, _)| std::cmp::Reverse(*inputs_done));
                candidates = progress.into_iter().map(|(_, number)| number).collect();
            }
        }
        budget = budget.saturating_mul(GROWTH).min(nodes_max);
        if budget > THOROUGH_NODES {
            candidates.truncate(2 * THOROUGH_NODES.saturating_mul(GROWTH) / budget + 1);
        }
    }
}

/// A diagram by one of the orders, or how many inputs of gates each of them took in.
fn attempt(
    part: &ModuleGates,
    orders: &mut Orders<'_>,
    candidates: &[usize],
    budget: usize,
) -> Result<Diagram, Vec<(usize, usize)>> {
    let mut best: Option<Diagram> = None;
    let mut limit = budget;
    let mut progress = Vec::new();
    for &number in candidates {
        let levels = orders.get(number);
        match build(part, levels, limit) {
            Err(stuck) => progress.push((stuck.inputs_done, number)),
            Ok((manager, root)) => {
                // A good order is small all the way; whoever needs more room than the best so far is given up early.
                limit = limit.min(manager.peak());
                let diagram = Diagram::pack(part, levels, &manager, root);
                if best.as_ref().is_none_or(|best| diagram.nodes.len() < best.nodes.len()) {
                    best = Some(diagram);
                }
                if budget > THOROUGH_NODES {
                    break;
                }
            }
        }
    }
    best.ok_or(progress)
}

/// The orders, made when they are asked for: each walk, drawn together by FORCE, then each walk as it is.
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
