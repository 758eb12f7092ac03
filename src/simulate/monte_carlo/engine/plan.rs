//! Partitions a system into parts that can be simulated one by one.
//!
//! A module shares neither components nor dynamics with the rest of the system, so its outages can be
//! drawn independently, and a gate over modules only has to merge them. The state of a part then fits
//! into the fastest cache; typical systems (redundant groups in series) consist of very small modules.
//! Parts that remain coupled are simulated event by event.

use super::coupled::{Cell, Root};
use super::islands::Islands;
use super::renewal::{Group, Renewal};
use crate::simulate::model::Model;
use crate::simulate::structure::{Node, StructureError};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The steps of a simulation in order. Each step leaves one list of outages for a later step.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    pub(super) steps: Vec<Step<'m>>,
}

/// A step of a plan.
#[derive(Debug)]
pub(super) enum Step<'m> {
    /// Draws the outages of one independent unit, or of a small gate over such units.
    Group(Group<'m>),
    /// Draws the outages of a cell of dependent leaves.
    Cell(Box<Cell<'m>>),
    /// Merges the last `parts` lists: down while at least `k` of them are.
    Merge {
        /// Number of parts that must be down.
        k: u32,
        /// Number of lists.
        parts: usize,
    },
}

impl<'m> Plan<'m> {
    /// Builds the plan for the model's top node.
    pub(super) fn new(model: &'m Model) -> Result<Self, StructureError> {
        let islands = Islands::of(model);
        let contracted = islands.contracted(&model.structure)?;
        let mut planner = Planner {
            model,
            members: islands.members(),
            modules: contracted.modules().into_iter().collect(),
            islands,
            steps: Vec::new(),
        };
        planner.plan(model.structure.top());
        Ok(Self { steps: planner.steps })
    }

    /// Builds a plan that simulates everything as one cell. The outages are the same.
    pub(super) fn whole(model: &'m Model) -> Self {
        let leaves: Vec<u32> = (0..model.leaf_count()).collect();
        let cell = Cell::new(model, &leaves, &Root::Node(model.structure.top()));
        Self { steps: vec![Step::Cell(Box::new(cell))] }
    }
}

struct Planner<'m> {
    model: &'m Model,
    islands: Islands,
    members: HashMap<u32, Vec<u32>>,
    /// Gates that are modules: they share nothing with the rest of the system.
    modules: HashSet<u32>,
    steps: Vec<Step<'m>>,
}

/// A pending item on the planner's stack. Steps are emitted in the order in which lists must be drawn
/// and merged.
enum PlanItem {
    Part(Node),
    Coupled(Root),
    Merge { k: u32, parts: usize },
}

/// Maximum number of inputs of a gate that is simulated as one group. Beyond it, the linear search for
/// the next event costs more than drawing each unit on its own and merging.
const GROUP_UNITS_MAX: usize = 12;

impl<'m> Planner<'m> {
    fn plan(&mut self, top: Node) {
        let mut open = vec![PlanItem::Part(top)];
        while let Some(task) = open.pop() {
            match task {
                PlanItem::Part(Node::Leaf(leaf)) => self.plan_leaf(leaf),
                PlanItem::Part(Node::Gate(gate)) => self.plan_gate(gate, &mut open),
                PlanItem::Coupled(root) => self.plan_cell(&root),
                PlanItem::Merge { k, parts } => self.steps.push(Step::Merge { k, parts }),
            }
        }
    }

    fn plan_leaf(&mut self, leaf: u32) {
        match self.renewal(leaf) {
            Some(renewal) => self.steps.push(Step::Group(Group::new(1, vec![renewal]))),
            None => self.plan_cell(&Root::Node(Node::Leaf(leaf))),
        }
    }

    fn plan_gate(&mut self, gate: u32, open: &mut Vec<PlanItem>) {
        let structure = &self.model.structure;
        let gate_spec = &structure.gates()[gate as usize];
        let (k, inputs) = (gate_spec.k, &gate_spec.inputs);
        if let Some(units) = self.small_group(inputs) {
            self.steps.push(Step::Group(Group::new(k, units)));
            return;
        }
        let groups = self.connected(inputs);
        let all_apart = groups.len() == inputs.len();
        // Only OR (k = 1) and AND (k = n) can be split into sub-gates over groups of inputs.
        let associative = k == 1 || k as usize == inputs.len();
        if !all_apart && (groups.len() == 1 || !associative) {
            open.push(PlanItem::Coupled(Root::Node(Node::Gate(gate))));
            return;
        }
        // OR stays OR and AND stays AND over the groups; with separate inputs the gate is unchanged.
        let k_of = |parts: usize| if k == 1 { 1 } else { parts as u32 };
        let merged_k = if all_apart { k } else { k_of(groups.len()) };
        // The stack is last in, first out: the merge is emitted after the parts pushed below.
        open.push(PlanItem::Merge { k: merged_k, parts: groups.len() });
        for group in groups {
            open.push(match group.as_slice() {
                [single] => PlanItem::Part(*single),
                _ => PlanItem::Coupled(Root::Gate { k: k_of(group.len()), inputs: group }),
            });
        }
    }

    /// Returns the inputs as units of a small group, if they are few, distinct and independent units.
    fn small_group(&self, inputs: &[Node]) -> Option<Vec<Renewal<'m>>> {
        let leaf = |input: &Node| match input {
            Node::Leaf(leaf) => Some(*leaf),
            Node::Gate(_) => None,
        };
        let leaves: BTreeSet<u32> = inputs.iter().take(GROUP_UNITS_MAX).filter_map(leaf).collect();
        if leaves.len() < inputs.len() {
            return None;
        }
        leaves.into_iter().map(|leaf| self.renewal(leaf)).collect()
    }

    /// Returns the leaf as an independent unit with renewals, if it is one.
    fn renewal(&self, leaf: u32) -> Option<Renewal<'m>> {
        if self.members.contains_key(&self.islands.representative(leaf)) {
            return None;
        }
        Renewal::of_leaf(self.model, leaf)
    }

    /// Groups the inputs of a gate into connected components that share parts or dynamics, by following
    /// each input down to modules and leaves.
    fn connected(&self, inputs: &[Node]) -> Vec<Vec<Node>> {
        let mut parts = Islands::apart(inputs.len() as u32);
        let mut first_seen: HashMap<Node, u32> = HashMap::new();
        for (index, input) in (0..).zip(inputs) {
            let mut open = vec![self.islands.contract(*input)];
            while let Some(node) = open.pop() {
                if let Some(&other) = first_seen.get(&node) {
                    parts.join([other, index]);
                    continue;
                }
                first_seen.insert(node, index);
                if let Node::Gate(gate) = node
                    && !self.modules.contains(&gate)
                {
                    let below = &self.model.structure.gates()[gate as usize].inputs;
                    open.extend(below.iter().map(|node| self.islands.contract(*node)));
                }
            }
        }
        let mut groups: Vec<Vec<Node>> = vec![Vec::new(); inputs.len()];
        for (index, input) in (0..).zip(inputs) {
            groups[parts.representative(index) as usize].push(*input);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// Adds a cell with everything below `root`, and everything that depends on it.
    fn plan_cell(&mut self, root: &Root) {
        let structure = &self.model.structure;
        let nodes: &[Node] = match root {
            Root::Node(node) => std::slice::from_ref(node),
            Root::Gate { inputs, .. } => inputs,
        };
        let mut open: Vec<u32> = nodes.iter().flat_map(|node| structure.leaves_below(*node)).collect();
        let (mut leaves, mut islands): (HashSet<u32>, HashSet<u32>) = Default::default();
        while let Some(leaf) = open.pop() {
            let island = self.islands.representative(leaf);
            if leaves.insert(leaf)
                && islands.insert(island)
                && let Some(members) = self.members.get(&island)
            {
                open.extend(members);
            }
        }
        let mut leaves: Vec<u32> = leaves.into_iter().collect();
        leaves.sort_unstable();
        self.steps.push(Step::Cell(Box::new(Cell::new(self.model, &leaves, root))));
    }
}
