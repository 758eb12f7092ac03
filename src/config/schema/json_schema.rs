//! Generates the JSON Schema (draft 2020-12) of a file format, so that editors can complete keys and
//! mark errors.
//!
//! The schema checks keys and the form of each value. Conditions that involve several values are left to
//! the reader.

use super::{AnyKey, Family, Kind, Record, SchemaPart, WhenAbsent, Word, parts};
use crate::base::quantity::parse_duration;
use serde_json::{Map, Number, Value, json};
use std::collections::{BTreeSet, HashMap};

/// The units of time that the readers accept, as a regular expression.
const UNIT: &str = "(y|yr|years?|w|weeks?|d|days?|h|hr|hours?|m|mins?|minutes?|s|secs?|seconds?|ms|us|µs)";
/// An amount of data, a number with an optional unit, as a regular expression.
const BYTES: &str = r"[0-9._]+\s*([kKmMgG]?[bB]|[kKmMgG][iI][bB]|[kKmMgG]?[bB][iI][tT])?";

/// Generates the schema of the file format whose root is `root`.
pub fn schema(root: &'static Record) -> Value {
    let names = Names::of(root);
    let mut definitions = Map::new();
    for part in parts(root).into_iter().skip(1) {
        let definition = match part {
            SchemaPart::Record(record) => names.record(record),
            SchemaPart::Family(family) => names.family(family),
        };
        definitions.insert(names.name(part), definition);
    }
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!(format!("steadfast {}", root.name)));
    if let Value::Object(record) = names.record(root) {
        schema.extend(record);
    }
    schema.insert("$defs".into(), Value::Object(definitions));
    Value::Object(schema)
}

/// The name of each definition. Parts of the same name are numbered.
struct Names {
    /// Keyed by the address of the part, since two parts may share a name.
    by_address: HashMap<usize, String>,
}

impl Names {
    fn of(root: &'static Record) -> Self {
        let mut taken = BTreeSet::new();
        let mut by_address = HashMap::new();
        for part in parts(root) {
            let plain = part.name().replace(' ', "_");
            let mut name = plain.clone();
            let mut number = 1;
            while !taken.insert(name.clone()) {
                number += 1;
                name = format!("{plain}_{number}");
            }
            by_address.insert(part.address(), name);
        }
        Self { by_address }
    }

    fn name(&self, part: SchemaPart) -> String {
        self.by_address.get(&part.address()).cloned().unwrap_or_default()
    }

    fn reference(&self, part: SchemaPart) -> Value {
        json!({ "$ref": format!("#/$defs/{}", self.name(part)) })
    }

    fn record(&self, record: &Record) -> Value {
        let mut object = self.object(record.keys);
        object.insert("description".into(), json!(record.summary));
        let required: Vec<&str> = required(record.keys).collect();
        if !required.is_empty() {
            object.insert("required".into(), json!(required));
        }
        Value::Object(object)
    }

    /// Generates an object with one property for each variant, of which exactly one must be present.
    fn family(&self, family: &Family) -> Value {
        let mut object = self.object(family.beside);
        let mut properties = Map::new();
        let mut one_of = Vec::new();
        for member in (family.members)() {
            one_of.push(json!({ "required": [member.name] }));
            let description = format!("{}. Example: `{}`", member.summary, member.example);
            properties.insert(member.name.into(), described(self.kind(member.value), &description));
        }
        if let Some(Value::Object(beside)) = object.remove("properties") {
            properties.extend(beside);
        }
        object.insert("properties".into(), Value::Object(properties));
        object.insert("description".into(), json!(family.summary));
        let required: Vec<&str> = required(family.beside).collect();
        // If every key beside the variant is required, the number of properties alone ensures that exactly
        // one variant is present.
        if family.beside.len() == required.len() {
            object.insert("minProperties".into(), json!(1 + required.len()));
            object.insert("maxProperties".into(), json!(1 + required.len()));
        } else {
            object.insert("oneOf".into(), Value::Array(one_of));
        }
        if !required.is_empty() {
            object.insert("required".into(), json!(required));
        }
        Value::Object(object)
    }

    fn object(&self, keys: &[&dyn AnyKey]) -> Map<String, Value> {
        let properties = keys.iter().map(|key| (key.name().to_owned(), self.key(*key)));
        let mut object = Map::new();
        object.insert("type".into(), json!("object"));
        object.insert("properties".into(), Value::Object(properties.collect()));
        object.insert("additionalProperties".into(), json!(false));
        object
    }

    fn key(&self, key: &dyn AnyKey) -> Value {
        let (kind, summary) = (self.kind(key.kind()), key.summary());
        let text = match key.when_absent() {
            WhenAbsent::Value(text) => text,
            WhenAbsent::Rule(rule) => return described(kind, &format!("{summary} (default: {rule})")),
            WhenAbsent::Required | WhenAbsent::Absent => return described(kind, summary),
        };
        let mut schema = described(kind, &format!("{summary} (default: {text})"));
        if let (Value::Object(schema), Some(value)) = (&mut schema, default_value(key.kind(), &text)) {
            schema.insert("default".into(), value);
        }
        schema
    }

    /// Generates the schema of a value. The recursion is shallow, because kinds are static and refer to
    /// records by name.
    fn kind(&self, kind: Kind) -> Value {
        match kind {
            Kind::Text => json!({ "type": ["string", "number"] }),
            Kind::Name => json!({ "type": "string" }),
            Kind::Number => json!({ "type": "number" }),
            Kind::Count { min } => json!({ "type": "integer", "minimum": min }),
            Kind::Probability => either(&[
                json!({ "type": "number", "minimum": 0, "maximum": 1 }),
                pattern(r"^\s*[0-9.eE+-]+\s*%$"),
            ]),
            Kind::Share => either(&[
                json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
                pattern(r"^\s*[0-9.]+\s*%?$"),
            ]),
            Kind::Duration => pattern(&format!(r"^\s*([0-9]*\.?[0-9]+\.?\s*{UNIT}\s*)+$")),
            Kind::Bytes => {
                either(&[json!({ "type": "integer", "minimum": 0 }), pattern(&format!(r"^\s*{BYTES}\s*$"))])
            }
            Kind::ByteRate => pattern(&format!(r"^\s*{BYTES}\s*/\s*s$")),
            Kind::Rate => pattern(&format!(r"^\s*[0-9.eE+-]+\s*/\s*([0-9]*\.?[0-9]*\s*{UNIT}\s*)+$")),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Choice(words) => choice(&words()),
            Kind::List(kind) => json!({ "type": "array", "items": self.kind(*kind), "minItems": 1 }),
            Kind::Map(kind) => json!({ "type": "object", "additionalProperties": self.kind(*kind) }),
            Kind::Record(record) => self.reference(SchemaPart::Record(record)),
            Kind::Variant(family) => self.reference(SchemaPart::Family(family)),
            Kind::Either(kinds) => either(&kinds.iter().map(|kind| self.kind(*kind)).collect::<Vec<_>>()),
        }
    }
}

fn required<'k>(keys: &'k [&dyn AnyKey]) -> impl Iterator<Item = &'k str> {
    let required = keys.iter().filter(|key| key.when_absent() == WhenAbsent::Required);
    required.map(|key| key.name())
}

fn described(schema: Value, description: &str) -> Value {
    match schema {
        Value::Object(mut object) => {
            object.insert("description".into(), json!(description));
            Value::Object(object)
        }
        other => other,
    }
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn either(schemas: &[Value]) -> Value {
    json!({ "anyOf": schemas })
}

fn choice(words: &[Word]) -> Value {
    let said = |value: Value, word: &Word| json!({ "const": value, "description": word.summary });
    let word = |word: &Word| said(json!(word.name), word);
    // A word such as `2` is a number when it is written without quotes, so accept both.
    let number = |word: &Word| {
        let number = serde_json::from_str::<Number>(word.name).ok()?;
        Some(said(number.into(), word))
    };
    let words = words.iter().map(word).chain(words.iter().filter_map(number));
    json!({ "oneOf": words.collect::<Vec<_>>() })
}

/// Returns the default as a JSON value, or `None` when its text only describes one.
fn default_value(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Number | Kind::Count { .. } | Kind::Probability => {
            let number: f64 = text.parse().ok()?;
            Some(if number.fract() == 0.0 { json!(number as i64) } else { json!(number) })
        }
        Kind::Flag => text.parse::<bool>().ok().map(Value::Bool),
        Kind::Duration => parse_duration(text).ok().map(|_| json!(text)),
        Kind::Choice(words) => words().iter().any(|word| word.name == text).then(|| json!(text)),
        Kind::Either(kinds) => kinds.iter().find_map(|kind| default_value(*kind, text)),
        _ => None,
    }
}
