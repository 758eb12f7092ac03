//! The `parallel` block: down while all of its parts are down.

use super::{Block, BlockContext, EXPRESSION, StructureRole};
use crate::config::document::Node;
use crate::config::schema::Kind;

pub(super) static PARALLEL: Block = Block {
    name: "parallel",
    summary: "requires one of its parts: down while all are down (the AND gate of a fault tree)",
    example: "{ parallel: [lb] }",
    value: Kind::List(&EXPRESSION),
    place,
};

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t, '_>) -> Option<StructureRole> {
    let inputs = site.inputs(node)?;
    let k = inputs.len() as u32;
    Some(StructureRole::Gate { k, inputs })
}
