//! The `k_of_n` block: down while fewer than `k` of its parts are up.

use super::{Block, BlockContext, EXPRESSION, StructureRole};
use crate::config::document::Node;
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};

pub(super) static K_OF_N: Block = Block {
    name: "k_of_n",
    summary: "requires `k` of its parts: down while fewer are up",
    example: "{ k_of_n: { k: 3, of: [web] } }",
    value: Kind::Record(&RECORD),
    place,
};

static RECORD: Record =
    Record { name: "k_of_n", summary: "Up while at least `k` of its parts are up.", keys: &[&K, &OF] };

static K: Key<u64> = Key::count::<1, { u32::MAX as u64 }>("k", "how many parts must be up").required();
static OF: Key<()> = Key::node(
    "of",
    Kind::List(&EXPRESSION),
    "the parts; a component with several units counts as that many parts",
)
.required();

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t, '_>) -> Option<StructureRole> {
    let fields = Fields::of(node, &RECORD, site.reading())?;
    let needed = fields.given(&K, site.reading());
    let of = fields.required_node(&OF, site.reading());
    let inputs = of.and_then(|of| site.inputs(of));
    let (k, needed, inputs) = (fields.node(&K)?, needed?, inputs?);
    let count = inputs.len() as u64;
    if needed > count {
        let problem = k.problem(format!("k is {needed}, but there are {count} parts"));
        site.reading().refuse(problem.label(format!("at most {count}")));
        return None;
    }
    // At least k up of n means down when n − k + 1 are down, and gates count failed inputs.
    let k = (count - needed + 1) as u32;
    Some(StructureRole::Gate { k, inputs })
}
