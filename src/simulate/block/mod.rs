//! Blocks, which combine parts of a system into a larger part.
//!
//! This is a family: one file per variant and one line in [`BLOCKS`]. A variant describes itself for the
//! reference and the schema, and returns its role in the structure function.

mod k_of_n;
mod parallel;
mod series;
mod standby;

use super::model::Standby;
use crate::config::document::{Node, Reading};
use crate::config::schema::{Family, Kind, Member};
use crate::stats::distribution::Distribution;

/// All kinds of blocks, in the order of the reference.
pub static BLOCKS: &[&Block] = &[&series::SERIES, &parallel::PARALLEL, &k_of_n::K_OF_N, &standby::STANDBY];

/// A kind of block.
pub struct Block {
    /// Its name in topology files.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// An example, as written in a file.
    pub example: &'static str,
    /// The type of its value.
    pub value: Kind,
    /// Reads the block's value and returns its role in the structure function. Returns `None` if the
    /// value is invalid; the errors are added to the context's problems.
    pub place: for<'t> fn(Node<'t>, &mut dyn BlockContext<'t, '_>) -> Option<StructureRole>,
}

/// The role of a block in the structure function.
pub enum StructureRole {
    /// A gate, which is down while at least `k` of its inputs are down.
    Gate {
        /// Number of failed inputs that bring the gate down, from 1 to the number of inputs.
        k: u32,
        /// Its inputs.
        inputs: Vec<BlockInput>,
    },
    /// A leaf with its own dynamics.
    Standby {
        /// The block, without its name and without references to nodes outside of it.
        standby: Box<Standby>,
        /// The part that must be up for the switch to work.
        switch: Option<BlockInput>,
    },
}

/// A part that a block can contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockInput {
    /// A unit, by index.
    Unit(u32),
    /// A standby block, by index.
    Standby(u32),
    /// Any other block, by the index of its gate.
    Gate(u32),
}

/// The access to the rest of the topology file that a block needs while it is read.
pub trait BlockContext<'t, 'l> {
    /// Returns the parts that a list names, each once. A named or nested block is one part; a component
    /// contributes each of its units. Returns `None` if an item is invalid, after adding the problem.
    fn inputs(&mut self, list: Node<'t>) -> Option<Vec<BlockInput>>;

    /// Returns the part that a single name or a nested block refers to. A component with several units
    /// becomes one part: its units in series.
    fn part(&mut self, expression: Node<'t>) -> Option<BlockInput>;

    /// Returns the units that a list names, each once.
    fn units(&mut self, list: Node<'t>) -> Option<Vec<u32>>;

    /// Reads the distribution of a time.
    fn time(&mut self, node: Node<'t>) -> Option<Distribution>;

    /// Reads a detection time.
    fn detection(&mut self, node: Node<'t>) -> Option<Distribution>;

    /// Returns the state of reading the file.
    fn reading(&mut self) -> &mut Reading<'l>;
}

/// The blocks, for the reference and the JSON schema.
pub static FAMILY: Family = Family {
    name: "block",
    summary: "How parts are combined into a larger part.",
    members: || BLOCKS.iter().map(|block| block.member()).collect(),
    beside: &[],
};

/// The value of a part: a name, or a nested block.
pub static EXPRESSION: Kind = Kind::Either(&[Kind::Name, Kind::Variant(&FAMILY)]);

impl Block {
    fn member(&self) -> Member {
        Member { name: self.name, summary: self.summary, example: self.example, value: self.value }
    }
}
