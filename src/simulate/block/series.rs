//! Down while any of its parts is.

use super::{Block, BlockContext, EXPRESSION, StructureRole};
use crate::config::document::Node;
use crate::config::schema::Kind;

pub(super) static SERIES: Block = Block {
    name: "series",
    summary: "needs all of its parts: down while any is (the OR of a fault tree)",
    example: "{ series: [edge, app, store] }",
    value: Kind::List(&EXPRESSION),
    place,
};

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t>) -> Option<StructureRole> {
    let inputs = site.inputs(node)?;
    Some(StructureRole::Gate { k: 1, inputs })
}
