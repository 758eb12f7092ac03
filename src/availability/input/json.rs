//! Converts JSON arrays, envelopes and lines of objects into records.

use super::field::{Field, NAMED, Record, TIMES};
use super::json_path::{at, is_same_or_nested};
use super::preset::Preset;
use crate::base::suggest::fold;
use crate::base::text::excerpt;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::map::{Entry, Map};
use std::fmt;

/// Parses JSON text.
///
/// # Errors
///
/// Returns a syntax error with its position. An object that holds the same key twice is a data error,
/// since there is no telling which value is meant.
pub fn parse(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text).map(|Unrepeated(value)| value)
}

/// A value in which no object holds the same key twice.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnrepeatedVisitor).map(Self)
    }
}

struct UnrepeatedVisitor;

/// The most characters of a key that a message shows.
const KEY_CHARS: usize = 60;

impl<'de> Visitor<'de> for UnrepeatedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unrepeated(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            match object.entry(key) {
                Entry::Occupied(known) => {
                    let key = excerpt(known.key().as_bytes(), KEY_CHARS);
                    return Err(A::Error::custom(format!("the key `{key}` appears twice in one object")));
                }
                Entry::Vacant(free) => {
                    let Unrepeated(value) = entries.next_value()?;
                    free.insert(value);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// Finds the list of objects in a document: the document itself if it is an array, else the list with
/// the most objects in its first two levels. The list may also hold items that are not objects.
pub fn list_of_objects(document: &Value) -> Option<&[Value]> {
    if let Value::Array(list) = document {
        return Some(list);
    }
    let inner = document.as_object()?.values();
    let deeper = inner.clone().filter_map(Value::as_object).flat_map(serde_json::Map::values);
    inner
        .chain(deeper)
        .filter_map(Value::as_array)
        .map(|list| (list.iter().filter(|item| item.is_object()).count(), list))
        .filter(|(objects, _)| *objects > 0)
        .max_by_key(|(objects, _)| *objects)
        .map(|(_, list)| list.as_slice())
}

/// Maps fields to paths.
pub struct PathMap {
    /// The path of a list whose elements make a record each.
    each: Option<&'static str>,
    /// The paths of each field, of which the first present one is used; `@` stands for the list element.
    pub paths: Vec<(Field, Vec<String>)>,
}

impl PathMap {
    /// Creates the mapping of a preset, or by the usual names of fields if the preset names none, given
    /// the keys of the objects.
    pub fn new(preset: &Preset, keys: &[String]) -> Self {
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let mut paths: Vec<(Field, Vec<String>)> =
            preset.fields.iter().map(|(field, paths)| (*field, owned(paths))).collect();
        if paths.is_empty() {
            paths.extend(NAMED.iter().map(|named| {
                let found =
                    named.usual.iter().filter_map(|usual| keys.iter().find(|key| fold(key) == fold(usual)));
                (named.field, found.cloned().collect())
            }));
            paths.retain(|(_, found)| !found.is_empty());
        }
        Self { each: preset.each, paths }
    }

    /// Returns the paths of a field; `None` if it has none.
    pub fn paths_of(&self, field: Field) -> Option<&Vec<String>> {
        self.paths.iter().find(|(mapped, _)| *mapped == field).map(|(_, paths)| paths)
    }

    /// Sets the paths of a field, replacing earlier ones.
    pub fn set(&mut self, field: Field, paths: Vec<String>) {
        self.paths.retain(|(mapped, _)| *mapped != field);
        self.paths.push((field, paths));
    }

    /// Whether a field has a path.
    pub fn has(&self, field: Field) -> bool {
        self.paths_of(field).is_some()
    }

    /// Whether a path of one field is, contains or lies in a path of another.
    pub fn shares(&self, one: Field, other: Field) -> bool {
        let paths = |field| self.paths_of(field).into_iter().flatten();
        paths(one).any(|path| paths(other).any(|other| is_same_or_nested(path, other)))
    }

    /// Returns the records of one object: a single one, or one for each element of its list.
    pub fn records(&self, number: u32, object: &Value) -> Vec<Record> {
        let list = self.each.and_then(|path| at(object, path)).and_then(Value::as_array);
        match list.filter(|list| !list.is_empty()) {
            None => vec![self.record(number, object, &Value::Null, false)],
            Some(list) => {
                let each = list.iter().enumerate();
                each.map(|(i, element)| self.record(number, object, element, i > 0)).collect()
            }
        }
    }

    fn record(&self, number: u32, object: &Value, element: &Value, repeated: bool) -> Record {
        let mut record = Record::new(number);
        record.repeated = repeated;
        for (field, paths) in &self.paths {
            let texts = paths.iter().filter_map(|path| match path.strip_prefix("@.") {
                Some(below) => cell(*field, at(element, below)?),
                None => cell(*field, at(object, path)?),
            });
            if let Some(text) = texts.into_iter().next() {
                record.set(*field, text);
            }
        }
        record
    }
}

/// Returns a field's value as text. A time that is a list or an object must not pass for a missing one;
/// its JSON text is returned, which is then rejected as unreadable.
fn cell(field: Field, value: &Value) -> Option<String> {
    let is_odd = TIMES.contains(&field) && matches!(value, Value::Array(_) | Value::Object(_));
    text(value).or_else(|| is_odd.then(|| value.to_string()))
}

/// Returns a scalar as text, and an object as its `name` or `summary`. `None` for null, lists, other
/// objects and the empty string.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(object) => object.get("name").or_else(|| object.get("summary")).and_then(text),
        _ => None,
    }
}

/// Returns the keys of the first hundred objects, in order of first appearance.
pub fn keys(objects: &[Value]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in objects.iter().take(100).filter_map(Value::as_object).flat_map(|object| object.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::list_of_objects;
    use serde_json::json;

    #[test]
    fn the_list_is_found_inside_an_envelope() {
        let value = json!({"meta": {"page": 1}, "data": {"incidents": [{"a": 1}, {"a": 2}]}});
        assert_eq!(list_of_objects(&value).map(<[_]>::len), Some(2));
        assert_eq!(list_of_objects(&json!({"a": 1})), None);
        assert_eq!(list_of_objects(&json!({"a": [1, 2]})), None);
    }
}
