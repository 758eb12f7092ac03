//! Translates blocks, nested or named, to gates over parts.
//!
//! Nothing here recurses: an expression gets its gate first and the inputs of the gate later. Blocks may
//! therefore be nested and refer to each other to any depth.

use super::component::Draft;
use super::names::{Listed, Names, Symbol, component_of, no_part, unit_title};
use crate::config::document::Node;
use crate::config::document::{Reading, one_key};
use crate::simulate::block::{BLOCKS, BlockContext, BlockInput, StructureRole};
use crate::simulate::detection::detection;
use crate::simulate::model::{Life, Standby};
use crate::stats::distribution::Distribution;
use crate::stats::times::distribution;
use std::collections::{HashMap, VecDeque};

/// Maximum number of inputs of all gates: a few lines can name a large component many times over.
const INPUTS_MAX: usize = 10_000_000;

/// A gate over parts. A gate without inputs could not be read; a problem was added for it.
#[derive(Default, Clone)]
pub(super) struct PartGate {
    pub(super) k: u32,
    pub(super) inputs: Vec<BlockInput>,
}

/// The owner of a reference: a named block, a component by its requirements, or the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Block(u32),
    Component(u32),
    System,
}

/// A reference from one named part to another, and its place in the file.
pub(super) struct Use<'t> {
    pub(super) from: Owner,
    pub(super) to: Owner,
    pub(super) at: Node<'t>,
}

/// A standby block, and the part that must be up for its switch to work.
pub(super) struct StandbyDraft {
    pub(super) standby: Standby,
    pub(super) switch: Option<BlockInput>,
}

/// All blocks of a file, translated to gates over parts.
pub(super) struct Wired<'t> {
    /// The named blocks come first, in order.
    pub(super) gates: Vec<PartGate>,
    pub(super) standbys: Vec<StandbyDraft>,
    /// For each component with requirements, the part without which its units are out of service.
    pub(super) requirements: HashMap<u32, BlockInput>,
    /// The system; `None` if it could not be read.
    pub(super) top: Option<BlockInput>,
    pub(super) uses: Vec<Use<'t>>,
}

/// The translation in progress.
pub(super) struct Wiring<'t, 'r, 'l> {
    pub(super) reading: &'r mut Reading<'l>,
    names: &'r Names<'t>,
    drafts: &'r [Draft<'t>],
    /// The named blocks come first, in order.
    gates: Vec<PartGate>,
    standbys: Vec<StandbyDraft>,
    requirements: HashMap<u32, BlockInput>,
    top: Option<BlockInput>,
    uses: Vec<Use<'t>>,
    /// The series gate of each component that is referred to as a single part.
    wholes: HashMap<u32, u32>,
    /// For each unit in a standby block, the place of that block.
    serves_in: HashMap<u32, Node<'t>>,
    waiting: VecDeque<(u32, Node<'t>)>,
    owner: Owner,
    owner_name: &'t str,
    /// Number of standby blocks of the current owner so far.
    owned: usize,
    input_count: usize,
}

impl<'t, 'r, 'l> Wiring<'t, 'r, 'l> {
    pub(super) fn new(names: &'r Names<'t>, drafts: &'r [Draft<'t>], reading: &'r mut Reading<'l>) -> Self {
        Self {
            reading,
            names,
            drafts,
            gates: Vec::new(),
            standbys: Vec::new(),
            requirements: HashMap::new(),
            top: None,
            uses: Vec::new(),
            wholes: HashMap::new(),
            serves_in: HashMap::new(),
            waiting: VecDeque::new(),
            owner: Owner::System,
            owner_name: "system",
            owned: 0,
            input_count: 0,
        }
    }

    /// Reads the named blocks; block `i` becomes gate `i`.
    pub(super) fn blocks(&mut self, section: Option<Node<'t>>) {
        let Some(section) = section else { return };
        let Some(entries) = section.entries() else {
            self.reading.refuse(section.expected("a map of blocks"));
            return;
        };
        self.gates = vec![PartGate::default(); entries.len()];
        for (number, (key, value)) in entries.enumerate() {
            self.own(Owner::Block(number as u32), key.text().unwrap_or_default());
            self.waiting.push_back((number as u32, value));
            self.settle();
        }
    }

    /// Reads the system.
    pub(super) fn system(&mut self, expression: Node<'t>) {
        self.own(Owner::System, "system");
        self.top = self.part(expression);
        self.settle();
    }

    /// Builds for each component with requirements a gate that is down while any of them is down.
    pub(super) fn requirements(&mut self) {
        for (number, draft) in self.drafts.iter().enumerate() {
            let Some(list) = draft.requires else { continue };
            self.own(Owner::Component(number as u32), draft.name);
            if let Some(inputs) = self.inputs(list) {
                self.settle();
                let part = self.gate(1, inputs);
                self.requirements.insert(number as u32, part);
            }
        }
    }

    /// Returns the finished gates.
    pub(super) fn finish(self) -> Wired<'t> {
        Wired {
            gates: self.gates,
            standbys: self.standbys,
            requirements: self.requirements,
            top: self.top,
            uses: self.uses,
        }
    }

    fn own(&mut self, owner: Owner, name: &'t str) {
        self.owner = owner;
        self.owner_name = name;
        self.owned = 0;
    }

    fn gate(&mut self, k: u32, inputs: Vec<BlockInput>) -> BlockInput {
        self.gates.push(PartGate { k, inputs });
        BlockInput::Gate((self.gates.len() - 1) as u32)
    }

    fn set(&mut self, gate: u32, k: u32, inputs: Vec<BlockInput>) {
        if let Some(slot) = self.gates.get_mut(gate as usize) {
            *slot = PartGate { k, inputs };
        }
    }

    /// Reads the queued expressions, and those that they add to the queue.
    fn settle(&mut self) {
        while let Some((gate, expression)) = self.waiting.pop_front() {
            match self.place(expression) {
                Some(Placed::Alias(part)) => self.set(gate, 1, vec![part]),
                Some(Placed::Block(StructureRole::Gate { k, inputs })) => self.set(gate, k, inputs),
                Some(Placed::Block(StructureRole::Standby { standby, switch })) => {
                    let part = self.standby(*standby, switch, gate, expression);
                    self.set(gate, 1, vec![part]);
                }
                None => {}
            }
        }
    }

    fn place(&mut self, expression: Node<'t>) -> Option<Placed> {
        if expression.text().is_some() {
            return self.named(expression).map(Placed::Alias);
        }
        let Some((key, name, value)) = one_key(expression) else {
            let problem = expression.expected("a name or one block");
            let names: Vec<&str> = BLOCKS.iter().map(|block| block.name).collect();
            self.reading
                .refuse(problem.help(format!(
                    "write one block, in which others may be nested: `{{ series: [a, {{ parallel: [b, c] }}] }}`; blocks are {}",
                    names.join(", ")
                )));
            return None;
        };
        if let Some(block) = BLOCKS.iter().find(|block| block.name == name) {
            return (block.place)(value, self).map(Placed::Block);
        }
        let names = BLOCKS.iter().map(|block| block.name);
        let listed = names.clone().collect::<Vec<_>>().join(", ");
        let problem = key.problem(format!("unknown block `{name}`"));
        let problem = self.reading.guess(problem, name, names, "");
        self.reading.refuse(problem.help(format!("blocks are {listed}")));
        None
    }

    /// Adds a standby block and names it after its block or its place. Adds a problem if one of its
    /// units belongs to another standby block.
    fn standby(
        &mut self,
        mut standby: Standby,
        switch: Option<BlockInput>,
        gate: u32,
        at: Node<'t>,
    ) -> BlockInput {
        self.owned += 1;
        standby.name = match (self.owner, self.owned) {
            (Owner::Block(block), _) if block == gate => self.owner_name.to_owned(),
            (_, 1) => format!("standby in {}", self.owner_name),
            (_, nth) => format!("standby {nth} in {}", self.owner_name),
        };
        for unit in &standby.units {
            if let Some(first) = self.serves_in.insert(*unit, at) {
                let name = unit_title(*unit, self.drafts);
                let problem = at.problem(format!("`{name}` is a unit of two standby blocks"));
                self.reading.refuse(problem.and(first.place(), "the first one"));
                break;
            }
        }
        self.standbys.push(StandbyDraft { standby, switch });
        BlockInput::Standby((self.standbys.len() - 1) as u32)
    }

    /// Resolves a name where a single part is expected.
    fn named(&mut self, node: Node<'t>) -> Option<BlockInput> {
        let symbol = self.names.resolve(node, self.reading)?;
        self.part_of(symbol, node)
    }

    fn part_of(&mut self, symbol: Symbol, node: Node<'t>) -> Option<BlockInput> {
        match symbol {
            Symbol::Component(number) => {
                self.uses(Owner::Component(number), node);
                self.whole(number, node)
            }
            Symbol::Unit(unit) => {
                self.uses_unit(unit, node);
                Some(BlockInput::Unit(unit))
            }
            Symbol::Block(block) => {
                self.uses(Owner::Block(block), node);
                Some(BlockInput::Gate(block))
            }
            other => {
                self.reading.refuse(no_part(node, other));
                None
            }
        }
    }

    /// Returns a component as a single part: all its units in series.
    fn whole(&mut self, number: u32, node: Node<'t>) -> Option<BlockInput> {
        let units = self.drafts.get(number as usize)?.units.clone();
        if units.len() == 1 {
            return Some(BlockInput::Unit(units.start));
        }
        if let Some(gate) = self.wholes.get(&number) {
            return Some(BlockInput::Gate(*gate));
        }
        self.room_for(units.len(), node)?;
        let part = self.gate(1, units.map(BlockInput::Unit).collect());
        if let BlockInput::Gate(gate) = part {
            self.wholes.insert(number, gate);
        }
        Some(part)
    }

    /// Appends the parts that a list item stands for; a component contributes each of its units.
    fn item(&mut self, item: Node<'t>, listed: &mut Listed<'t>, inputs: &mut Vec<BlockInput>) -> Option<()> {
        if item.text().is_none() {
            inputs.push(self.part(item)?);
            return Some(());
        }
        let symbol = self.names.resolve(item, self.reading)?;
        if listed.again(symbol, item, self.drafts, self.reading) {
            return None;
        }
        let Symbol::Component(number) = symbol else {
            inputs.push(self.part_of(symbol, item)?);
            return Some(());
        };
        self.uses(Owner::Component(number), item);
        let units = self.drafts.get(number as usize)?.units.clone();
        self.room_for(units.len(), item)?;
        inputs.extend(units.map(BlockInput::Unit));
        Some(())
    }

    /// Counts inputs, and adds a problem once when they exceed the limit that protects the memory.
    fn room_for(&mut self, count: usize, at: Node<'t>) -> Option<()> {
        self.input_count = self.input_count.saturating_add(count);
        if self.input_count <= INPUTS_MAX {
            return Some(());
        }
        if self.input_count - count <= INPUTS_MAX {
            let problem = at.problem(format!(
                "from this place on the blocks have more than {INPUTS_MAX} inputs in total"
            ));
            self.reading
                .refuse(problem.note("a component that is named in a list stands for all of its units"));
        }
        None
    }

    fn uses(&mut self, to: Owner, at: Node<'t>) {
        let matters = match to {
            Owner::Component(number) => {
                let draft = self.drafts.get(number as usize);
                draft.is_some_and(|draft| draft.requires.is_some())
            }
            _ => true,
        };
        if matters {
            let from = self.owner;
            self.uses.push(Use { from, to, at });
        }
    }

    fn uses_unit(&mut self, unit: u32, at: Node<'t>) {
        let component = component_of(unit, self.drafts);
        self.uses(Owner::Component(component as u32), at);
    }
}

enum Placed {
    /// A reference to a part by name.
    Alias(BlockInput),
    /// A nested block.
    Block(StructureRole),
}

impl<'t, 'l> BlockContext<'t, 'l> for Wiring<'t, '_, 'l> {
    fn inputs(&mut self, list: Node<'t>) -> Option<Vec<BlockInput>> {
        let Some(items) = list.items() else {
            let problem = list.expected("a list of parts");
            let listed = list.text().map(|name| format!("write `[{name}]`"));
            self.reading.refuse(match listed {
                Some(listed) => problem.help(listed),
                None => problem,
            });
            return None;
        };
        if items.len() == 0 {
            self.reading.refuse(list.problem("an empty list: a block needs parts"));
            return None;
        }
        let mut inputs = Vec::with_capacity(items.len());
        let mut listed = Listed::default();
        let mut all_right = true;
        for item in items {
            all_right &= self.item(item, &mut listed, &mut inputs).is_some();
        }
        all_right.then_some(inputs)
    }

    fn part(&mut self, expression: Node<'t>) -> Option<BlockInput> {
        if expression.text().is_some() {
            return self.named(expression);
        }
        let part = self.gate(0, Vec::new());
        if let BlockInput::Gate(gate) = part {
            self.waiting.push_back((gate, expression));
        }
        Some(part)
    }

    fn units(&mut self, list: Node<'t>) -> Option<Vec<u32>> {
        let named = self.names.units(list, self.drafts, self.reading)?;
        let mut all_right = true;
        let mut before = None;
        for (unit, item) in &named {
            self.uses_unit(*unit, *item);
            let component = component_of(*unit, self.drafts);
            let life = self.drafts.get(component).and_then(|draft| draft.life.as_ref());
            if matches!(life, Some(Life::Fixed { .. })) && before != Some(component) {
                let name = item.text().unwrap_or_default();
                let problem = item.problem(format!(
                    "`{name}` has a fixed unavailability: it cannot be part of a standby block"
                ));
                self.reading
                    .refuse(problem.help("give it `mtbf` and `mttr`, or name it in a `parallel` block"));
                all_right = false;
            }
            before = Some(component);
        }
        all_right.then(|| named.into_iter().map(|(unit, _)| unit).collect())
    }

    fn time(&mut self, node: Node<'t>) -> Option<Distribution> {
        distribution(node, self.reading)
    }

    fn detection(&mut self, node: Node<'t>) -> Option<Distribution> {
        detection(node, self.reading)
    }

    fn reading(&mut self) -> &mut Reading<'l> {
        self.reading
    }
}
