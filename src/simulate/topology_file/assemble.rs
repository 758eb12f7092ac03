//! Builds the model from valid parts: indices for names, leaves and gates for parts.

use super::causes::Causes;
use super::component::Draft;
use super::crews::Slots;
use super::names::{component_of, unit_name};
use super::reach;
use super::wiring::{StandbyDraft, Wired};
use crate::base::problem::Problem;
use crate::config::document::Node as FileNode;
use crate::simulate::block::BlockInput;
use crate::simulate::model::{
    Component, Crew, Life, Model, Objectives, Schedule, Shock, ShockKind, Standby, Start, Unit,
};
use crate::simulate::structure::{Gate, Node, Structure};
use std::collections::HashMap;

/// The parts of a file, all of them valid.
pub(super) struct Parts<'t> {
    pub(super) drafts: Vec<Draft<'t>>,
    pub(super) block_keys: Vec<FileNode<'t>>,
    pub(super) wired: Wired<'t>,
    pub(super) causes: Causes,
    pub(super) slots: Slots,
}

/// The other settings of a file.
pub(super) struct Frame {
    pub(super) name: String,
    pub(super) horizon_s: f64,
    pub(super) crews: Vec<Crew>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) objectives: Objectives,
    pub(super) start: Start,
    pub(super) suspend: bool,
}

/// Builds the model and the warnings about likely mistakes.
pub(super) fn assemble(parts: Parts<'_>, frame: Frame) -> Result<(Model, Vec<Problem>), Problem> {
    let units = units(&parts);
    let mut builder = StructureBuilder::new(&parts, units.len() as u32);
    let gates = builder.gates(&parts.wired);
    let top = parts.wired.top.map(|top| builder.node(top));
    let standbys: Vec<Standby> = parts.wired.standbys.iter().map(|draft| builder.standby(draft)).collect();
    let leaf_count = builder.leaf_count();
    let gates = [gates, builder.added].concat();
    let unsound =
        |error: &dyn std::fmt::Display| Problem::new(format!("the blocks do not form a system: {error}"));
    let top = top.ok_or_else(|| unsound(&"`system` refers to no block"))?;
    let structure = Structure::new(leaf_count, gates, top).map_err(|error| unsound(&error))?;
    let names = parts.block_keys.iter().map(|key| key.text().unwrap_or_default().to_owned());
    let components = parts
        .drafts
        .iter()
        .map(|draft| Component { name: draft.name.to_owned(), units: draft.units.clone() });
    let model = Model {
        name: frame.name,
        horizon_s: frame.horizon_s,
        units,
        components: components.collect(),
        standbys,
        shocks: parts.causes.shocks,
        crews: frame.crews,
        schedules: frame.schedules,
        structure,
        blocks: names.enumerate().map(|(i, name)| (name, Node::Gate(i as u32))).collect(),
        objectives: frame.objectives,
        start: frame.start,
        suspend: frame.suspend,
    };
    let mut warnings = reach::unreached(&model, &parts.drafts, &parts.block_keys);
    warnings.extend(reach::all_needed(&model, &parts.drafts));
    Ok((model, warnings))
}

fn units(parts: &Parts<'_>) -> Vec<Unit> {
    let mut units = Vec::with_capacity(parts.drafts.last().map_or(0, |draft| draft.units.end as usize));
    for (component, draft) in parts.drafts.iter().enumerate() {
        for (place, number) in draft.units.clone().enumerate() {
            let Some(life) = &draft.life else { continue };
            let name =
                if draft.units.len() > 1 { unit_name(draft.name, place) } else { draft.name.to_owned() };
            units.push(Unit { name, component: component as u32, life: life_of(number, life, parts) });
        }
    }
    units
}

/// Returns the component's life with the crew and the beta-factor group of this unit.
fn life_of(unit: u32, life: &Life, parts: &Parts<'_>) -> Life {
    let mut life = life.clone();
    if let Life::Dynamic(dynamics) = &mut life {
        dynamics.crew = parts.slots.get(&unit).copied();
        if let Some(own) = parts.causes.own_failures.get(&unit) {
            dynamics.failure = own.clone();
        }
    }
    life
}

/// Maps parts to nodes of the structure. A unit that can be out of service without having failed (by a
/// requirement, or a common cause with its own repair) becomes a series gate over its own leaf and the
/// nodes that take it out.
struct StructureBuilder<'p> {
    unit_count: u32,
    standby_count: u32,
    shock_count: u32,
    /// Index of the first gate that is added here.
    first_added: u32,
    added: Vec<Gate>,
    /// For each unit, the leaves of common causes that take it out of service.
    outs: HashMap<u32, Vec<Node>>,
    /// For each unit, the gate over its leaf and the nodes that take it out, once built.
    joined: HashMap<u32, Node>,
    drafts: &'p [Draft<'p>],
    requirements: &'p HashMap<u32, BlockInput>,
}

impl<'p> StructureBuilder<'p> {
    fn new(parts: &'p Parts<'p>, unit_count: u32) -> Self {
        let shocks = &parts.causes.shocks;
        let mut builder = Self {
            unit_count,
            standby_count: parts.wired.standbys.len() as u32,
            shock_count: shocks.len() as u32,
            first_added: parts.wired.gates.len() as u32,
            added: Vec::new(),
            outs: HashMap::new(),
            joined: HashMap::new(),
            drafts: &parts.drafts,
            requirements: &parts.wired.requirements,
        };
        for (number, shock) in shocks.iter().enumerate() {
            builder.strike(number as u32, shock);
        }
        builder
    }

    /// Registers a common cause with its own repair, or with a fixed unavailability, as a leaf that
    /// takes its units out of service.
    fn strike(&mut self, number: u32, shock: &Shock) {
        if let ShockKind::Failure { .. } = shock.kind {
            return;
        }
        let leaf = Node::Leaf(self.unit_count + self.standby_count + number);
        for unit in &shock.units {
            self.outs.entry(*unit).or_default().push(leaf);
        }
    }

    fn leaf_count(&self) -> u32 {
        self.unit_count + self.standby_count + self.shock_count
    }

    fn gates(&mut self, wired: &Wired<'_>) -> Vec<Gate> {
        let gates = wired.gates.iter().map(|gate| Gate {
            k: gate.k,
            inputs: gate.inputs.iter().map(|part| self.node(*part)).collect(),
        });
        gates.collect()
    }

    fn node(&mut self, part: BlockInput) -> Node {
        match part {
            BlockInput::Gate(gate) => Node::Gate(gate),
            BlockInput::Standby(standby) => Node::Leaf(self.unit_count + standby),
            BlockInput::Unit(unit) => self.unit(unit),
        }
    }

    /// Returns the node of a unit, which is down while the unit has failed or is out of service.
    fn unit(&mut self, unit: u32) -> Node {
        let outs = self.outs_of(unit);
        if outs.is_empty() {
            return Node::Leaf(unit);
        }
        if let Some(node) = self.joined.get(&unit) {
            return *node;
        }
        let node = self.series([vec![Node::Leaf(unit)], outs].concat());
        self.joined.insert(unit, node);
        node
    }

    /// Returns all nodes that take a unit out of service.
    fn outs_of(&self, unit: u32) -> Vec<Node> {
        let component = component_of(unit, self.drafts);
        let required = self.requirements.get(&(component as u32));
        let required = required.and_then(|part| match part {
            BlockInput::Gate(gate) => Some(Node::Gate(*gate)),
            _ => None,
        });
        let struck = self.outs.get(&unit).into_iter().flatten().copied();
        required.into_iter().chain(struck).collect()
    }

    fn series(&mut self, inputs: Vec<Node>) -> Node {
        if let [only] = inputs.as_slice() {
            return *only;
        }
        self.added.push(Gate { k: 1, inputs });
        Node::Gate(self.first_added + self.added.len() as u32 - 1)
    }

    fn standby(&mut self, draft: &StandbyDraft) -> Standby {
        let outs: Vec<Option<Node>> = draft
            .standby
            .units
            .iter()
            .map(|unit| {
                let outs = self.outs_of(*unit);
                (!outs.is_empty()).then(|| self.series(outs))
            })
            .collect();
        Standby { out: outs, switch: draft.switch.map(|switch| self.node(switch)), ..draft.standby.clone() }
    }
}
