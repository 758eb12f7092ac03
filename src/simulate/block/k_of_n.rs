//! The `k_of_n` block: down while fewer than `k` of its parts are up.

use super::{Block, BlockContext, EXPRESSION, StructureRole};
use crate::config::document::{Fields, Node};
use crate::config::schema::{Key, Kind, Record, WhenAbsent};

pub(super) static K_OF_N: Block = Block {
    name: "k_of_n",
    summary: "requires `k` of its parts: down while fewer are up",
    example: "{ k_of_n: { k: 3, of: [web] } }",
    value: Kind::Record(&RECORD),
    place,
};

static RECORD: Record = Record {
    name: "k_of_n",
    summary: "Up while at least `k` of its parts are up.",
    keys: &[
        Key {
            name: "k",
            kind: Kind::Count { min: 1 },
            default: WhenAbsent::Required,
            summary: "how many parts must be up",
        },
        Key {
            name: "of",
            kind: Kind::List(&EXPRESSION),
            default: WhenAbsent::Required,
            summary: "the parts; a component with several units counts as that many parts",
        },
    ],
};

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t>) -> Option<StructureRole> {
    let fields = Fields::of(node, RECORD.keys, site.problems())?;
    let k = fields.required("k", site.problems());
    let of = fields.required("of", site.problems());
    let needed = k.and_then(|k| site.problems().take(k.read_count(1, u64::from(u32::MAX))));
    let inputs = of.and_then(|of| site.inputs(of));
    let (k, needed, inputs) = (k?, needed?, inputs?);
    let count = inputs.len() as u64;
    if needed > count {
        let problem = k.problem(format!("k is {needed}, but there are {count} parts"));
        site.problems().push(problem.label(format!("at most {count}")));
        return None;
    }
    // At least k up of n means down when n − k + 1 are down, and gates count failed inputs.
    let k = (count - needed + 1) as u32;
    Some(StructureRole::Gate { k, inputs })
}
