//! Which order of variables gets a part through: several are tried under a budget of nodes that grows.

use super::build::build;
use super::diagram::Diagram;
use super::manager::Full;
use super::ordering::{Walk, depth_first, force};
use super::part::Part;

/// Nodes of the first attempts, and by how much the budget grows from round to round.
const FIRST_NODES: usize = 1 << 13;
const GROWTH: usize = 4;
/// Budget up to which all orders are tried and the smallest diagram wins; beyond it the first one does.
const THOROUGH_NODES: usize = 1 << 17;
/// Work of FORCE in points moved, over all its rounds.
const FORCE_WORK: usize = 4_000_000;
const FORCE_ROUNDS_MAX: usize = 100;

/// The smallest diagram found within the budget.
pub(super) fn solve(part: &Part, nodes_max: usize) -> Result<Diagram, Full> {
    if let Some(diagram) = Diagram::of_single_gate(part, nodes_max) {
        return diagram;
    }
    let mut orders = Orders::new(part);
    let mut budget = FIRST_NODES.max(4 * part.variables.len()).min(nodes_max);
    loop {
        if let Some(diagram) = attempt(part, &mut orders, budget) {
            return Ok(diagram);
        }
        if budget == nodes_max {
            return Err(Full);
        }
        budget = budget.saturating_mul(GROWTH).min(nodes_max);
    }
}

fn attempt(part: &Part, orders: &mut Orders<'_>, budget: usize) -> Option<Diagram> {
    let mut best: Option<Diagram> = None;
    let mut limit = budget;
    for number in 0..Orders::COUNT {
        let levels = orders.get(number);
        if let Ok((manager, root)) = build(part, levels, limit) {
            // A good order is small all the way; whoever needs more room than the best so far is given up early.
            let diagram = Diagram::pack(part, levels, &manager, root);
            limit = limit.min(manager.peak());
            if best
                .as_ref()
                .is_none_or(|best| diagram.nodes.len() < best.nodes.len())
            {
                best = Some(diagram);
            }
            if budget > THOROUGH_NODES {
                break;
            }
        }
    }
    best
}

/// The orders, made when they are asked for: each walk, drawn together by FORCE, then each walk as it is.
struct Orders<'p> {
    part: &'p Part,
    rounds: usize,
    made: Vec<Vec<u32>>,
}

impl<'p> Orders<'p> {
    const COUNT: usize = 2 * Walk::ALL.len();

    fn new(part: &'p Part) -> Self {
        let points = part.variables.len() + part.gates.iter().map(|gate| gate.inputs.len()).sum::<usize>();
        Self {
            part,
            rounds: (FORCE_WORK / points.max(1)).clamp(1, FORCE_ROUNDS_MAX),
            made: Vec::new(),
        }
    }

    fn get(&mut self, number: usize) -> &[u32] {
        while self.made.len() <= number {
            let at = self.made.len();
            let walk = Walk::ALL[at % Walk::ALL.len()];
            let plain = depth_first(self.part, walk);
            let drawn = at < Walk::ALL.len();
            self.made.push(if drawn {
                force(self.part, &plain, self.rounds)
            } else {
                plain
            });
        }
        &self.made[number]
    }
}
