//! Blocks: how parts make up a whole.
//!
//! A FAMILY: one file for each variant and one line in [`BLOCKS`]. A variant describes itself and says its place in the
//! structure function.

mod k_of_n;
mod parallel;
mod series;
mod standby;

use super::model::Standby;
use crate::base::problem::Problems;
use crate::config::document::Node;
use crate::config::schema::{Family, Kind, Member};
use crate::stats::distribution::Distribution;

/// All blocks, in the order of the reference.
pub static BLOCKS: &[&Block] = &[&series::SERIES, &parallel::PARALLEL, &k_of_n::K_OF_N, &standby::STANDBY];

/// A kind of block.
pub struct Block {
    /// Its name in files.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// As it stands in a file.
    pub example: &'static str,
    /// What stands behind its name.
    pub value: Kind,
    /// Reads what stands there, and says the block's place in the structure function. `None` when something is wrong with
    /// it, which is entered.
    pub place: for<'t> fn(Node<'t>, &mut dyn BlockContext<'t>) -> Option<StructureRole>,
}

/// A place in the structure function.
pub enum StructureRole {
    /// It is down while at least `k` of its inputs are.
    Gate {
        /// From 1 to the number of inputs.
        k: u32,
        /// What it looks at.
        inputs: Vec<BlockInput>,
    },
    /// It is a leaf with dynamics of its own.
    Standby {
        /// The block, without a name and what lies outside of it.
        standby: Box<Standby>,
        /// What must be up for its switch to work.
        switch: Option<BlockInput>,
    },
}

/// What a block can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockInput {
    /// A unit, by number.
    Unit(u32),
    /// A standby block, by number.
    Standby(u32),
    /// Any other block, by the number of its gate.
    Gate(u32),
}

/// The file around a block, as the block needs it.
pub trait BlockContext<'t> {
    /// The parts that a list names, each once: a named or nested block is one, a component as many as it has units. `None` when
    /// something is wrong with one, which is entered.
    fn inputs(&mut self, list: Node<'t>) -> Option<Vec<BlockInput>>;

    /// What a single name or a nested block stands for; a component of several units for all of them in series.
    fn part(&mut self, expression: Node<'t>) -> Option<BlockInput>;

    /// The units that a list names, each once.
    fn units(&mut self, list: Node<'t>) -> Option<Vec<u32>>;

    /// Reads a time.
    fn time(&mut self, node: Node<'t>) -> Option<Distribution>;

    /// Reads a detection.
    fn detection(&mut self, node: Node<'t>) -> Option<Distribution>;

    /// What is wrong so far.
    fn problems(&mut self) -> &mut Problems;
}

/// The blocks, as the reference and the schema see them.
pub static FAMILY: Family = Family {
    name: "block",
    summary: "How parts make up a whole.",
    members: || BLOCKS.iter().map(|block| block.member()).collect(),
    beside: &[],
};

/// What stands where a part is expected: a name, or a block written out.
pub static EXPRESSION: Kind = Kind::Either(&[Kind::Name, Kind::Variant(&FAMILY)]);

impl Block {
    fn member(&self) -> Member {
        Member { name: self.name, summary: self.summary, example: self.example, value: self.value }
    }
}
