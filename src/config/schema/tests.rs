use super::{Family, Key, Kind, Member, Record, SchemaPart, WhenAbsent, Word, parts, reference};
use crate::config::schema::schema;
use serde_json::json;

static ROOT: Record = Record {
    name: "shop",
    summary: "A shop.",
    keys: &[
        Key {
            name: "shelves",
            kind: Kind::Map(&Kind::Record(&SHELF)),
            default: WhenAbsent::Required,
            summary: "what it has",
        },
        Key {
            name: "opens",
            kind: Kind::Choice(&[
                Word { name: "early", summary: "at six" },
                Word { name: "late", summary: "at ten" },
            ]),
            default: WhenAbsent::Value("late"),
            summary: "when it opens",
        },
    ],
};

static SHELF: Record = Record {
    name: "book shelf",
    summary: "Holds things, and shelves.",
    keys: &[
        Key {
            name: "lasts",
            kind: Kind::Either(&[Kind::Duration, Kind::Variant(&THINGS)]),
            default: WhenAbsent::Value("1h"),
            summary: "how long | at most",
        },
        Key {
            name: "inner",
            kind: Kind::List(&Kind::Record(&SHELF)),
            default: WhenAbsent::Absent,
            summary: "shelves",
        },
    ],
};

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

#[test]
fn the_reference_has_a_section_for_each_part() {
    let text = reference(&ROOT);
    for line in [
        "### shop",
        "| `shelves` | map of name to [book shelf](#book-shelf) | required | what it has |",
        "| `opens` | `early`, `late` | `late` | when it opens. `early`: at six; `late`: at ten |",
        "| `lasts` | duration, or [thing](#thing) | `1h` | how long \\| at most |",
        "| `pot` | holds tea | `{ pot: 3 }` |",
        "Takes a whole number, at least 1.",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
