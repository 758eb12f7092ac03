use super::{Choice, Choices, Family, Key, KeyOr, Kind, Member, Record, SchemaPart, parts};
use crate::base::quantity::format_duration;
use crate::config::schema::schema;
use serde_json::json;

static ROOT: Record = Record { name: "shop", summary: "A shop.", keys: &[&SHELVES, &OPENS] };

static SHELVES: Key<()> = Key::node("shelves", Kind::Map(&Kind::Record(&SHELF)), "what it has").required();
static OPENS: KeyOr<Opens> = Key::choice("opens", "when it opens").or(|| Opens::Late);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Opens {
    Early,
    Late,
}

impl Choices for Opens {
    const CHOICES: &'static [Choice<Self>] =
        &[("early", Self::Early, "at six"), ("late", Self::Late, "at ten")];
}

static SHELF: Record =
    Record { name: "book shelf", summary: "Holds things, and shelves.", keys: &[&LASTS, &INNER] };

static LASTS: KeyOr<f64> = Key::new(
    "lasts",
    Kind::Either(&[Kind::Duration, Kind::Variant(&THINGS)]),
    "how long | at most",
    |node, reading| reading.take(node.read_duration()),
)
.shown(|seconds| format_duration(*seconds))
.or(|| 3_600.0);
static INNER: Key<()> = Key::node("inner", Kind::List(&Kind::Record(&SHELF)), "shelves");

static THINGS: Family = Family {
    name: "thing",
    summary: "A thing.",
    members: || {
        vec![Member {
            name: "pot",
            summary: "holds tea",
            example: "{ pot: 3 }",
            value: Kind::Count { min: 1 },
        }]
    },
    beside: &[],
};

#[test]
fn every_part_is_found_once_even_when_parts_refer_to_each_other() {
    let names: Vec<&str> = parts(&ROOT).into_iter().map(SchemaPart::name).collect();
    assert_eq!(names, ["shop", "book shelf", "thing"]);
}

#[test]
fn the_schema_describes_keys_kinds_and_defaults() {
    let schema = schema(&ROOT);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["required"], json!(["shelves"]));
    assert_eq!(schema["additionalProperties"], false);
    let opens = &schema["properties"]["opens"];
    assert_eq!(opens["default"], "late");
    assert_eq!(opens["oneOf"][1], json!({ "const": "late", "description": "at ten" }));
    let shelf = &schema["$defs"]["book_shelf"];
    assert_eq!(shelf["properties"]["inner"]["items"]["$ref"], "#/$defs/book_shelf");
    assert_eq!(shelf["properties"]["lasts"]["default"], "1h");
    let things = &schema["$defs"]["thing"];
    assert_eq!((&things["minProperties"], &things["maxProperties"]), (&json!(1), &json!(1)));
    assert_eq!(things["properties"]["pot"]["minimum"], 1);
}
