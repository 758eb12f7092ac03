//! The `series` block: down while any of its parts is down.

use super::{Block, BlockContext, EXPRESSION, StructureRole};
use crate::config::document::Node;
use crate::config::schema::Kind;

pub(super) static SERIES: Block = Block {
    name: "series",
    summary: "requires all of its parts: down while any is down (the OR gate of a fault tree)",
    example: "{ series: [edge, app, store] }",
    value: Kind::List(&EXPRESSION),
    place,
};

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t, '_>) -> Option<StructureRole> {
    let inputs = site.inputs(node)?;
    Some(StructureRole::Gate { k: 1, inputs })
}
