//! Converts JSON arrays, envelopes and lines of objects into records.

use super::field::{Field, NAMED, Record, TIMES};
use super::json_path::{all_at, at, is_same_or_nested};
use super::lists::Item;
use super::preset::{PLANNED_COLUMNS, Preset};
use super::several::LIST;
use crate::base::suggest::fold;
use crate::base::text::excerpt;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::map::{Entry, Map};
use std::cell::Cell;
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

/// Parses a JSON document, or several that follow each other, such as the pages of an API, into one list.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_pages(text: &[u8]) -> serde_json::Result<Value> {
    let left = Cell::new(VALUES_MAX);
    let mut source = serde_json::Deserializer::from_slice(text);
    // An empty text is a syntax error.
    let mut pages = vec![Within(&left).deserialize(&mut source)?];
    while source.end().is_err() {
        pages.push(Within(&left).deserialize(&mut source)?);
    }
    Ok(if pages.len() == 1 { pages.remove(0) } else { Value::Array(pages) })
}

/// The most values of a document that is held as a whole: with the records made from them some gigabyte.
const VALUES_MAX: usize = 8_000_000;

/// The values that an object counts for: its table of keys alone takes 700 bytes.
const VALUES_OF_OBJECT: usize = 8;

/// A value in which no object holds the same key twice.
#[derive(Default)]
pub(super) struct Unrepeated(pub(super) Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Within(&Cell::new(VALUES_MAX)).deserialize(deserializer).map(Self)
    }
}

/// Reads such a value, of which so many more values are allowed.
#[derive(Clone, Copy)]
struct Within<'c>(&'c Cell<usize>);

impl Within<'_> {
    fn count<E: Error>(self, values: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(values).ok_or_else(|| {
            E::custom(
                "holds too many values to be read as a whole; write its objects one per line (JSON Lines)",
            )
        })?;
        self.0.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count(1)?;
        deserializer.deserialize_any(UnrepeatedVisitor(self))
    }
}

struct UnrepeatedVisitor<'c>(Within<'c>);

/// The most characters of a key that a message shows.
const KEY_CHARS: usize = 60;

impl<'de> Visitor<'de> for UnrepeatedVisitor<'_> {
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
        while let Some(value) = list.next_element_seed(self.0)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.0.count(VALUES_OF_OBJECT)?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            match object.entry(key) {
                Entry::Occupied(known) => {
                    let key = excerpt(known.key().as_bytes(), KEY_CHARS);
                    return Err(A::Error::custom(format!("the key `{key}` appears twice in one object")));
                }
                Entry::Vacant(free) => {
                    let value = entries.next_value_seed(self.0)?;
                    free.insert(value);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// Maps fields to paths.
pub struct PathMap {
    /// The path of a list whose elements make a record each.
    pub each: Option<&'static str>,
    /// The paths of each field, of which the first present one is used. A path that starts with `@` leads into
    /// the list element, one that starts with `^` into the object that the list belongs to.
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
            let planned =
                keys.iter().filter(|key| PLANNED_COLUMNS.iter().any(|name| fold(key) == fold(name)));
            paths.push((Field::Kind, planned.cloned().collect()));
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

    /// Removes the paths of a field.
    pub fn remove(&mut self, field: Field) {
        self.paths.retain(|(mapped, _)| *mapped != field);
    }

    /// Whether a field has a path.
    pub fn has(&self, field: Field) -> bool {
        self.paths_of(field).is_some()
    }

    /// Whether a field has this path.
    pub fn uses(&self, path: &str) -> bool {
        self.paths.iter().any(|(_, paths)| paths.iter().any(|used| used == path))
    }

    /// Whether a path of one field is, contains or lies in a path of another.
    pub fn shares(&self, one: Field, other: Field) -> bool {
        let paths = |field| self.paths_of(field).into_iter().flatten();
        paths(one).any(|path| paths(other).any(|other| is_same_or_nested(path, other)))
    }

    /// Returns the records of one object: a single one, or one for each element of its list.
    pub fn records(&self, item: Item<'_>) -> Vec<Record> {
        let list = self.each.and_then(|path| at(item.value, path)).and_then(Value::as_array);
        match list.filter(|list| !list.is_empty()) {
            None => vec![self.record(item, &Value::Null, false)],
            Some(list) => {
                let each = list.iter().enumerate();
                each.map(|(i, element)| self.record(item, element, i > 0)).collect()
            }
        }
    }

    fn record(&self, item: Item<'_>, element: &Value, repeated: bool) -> Record {
        let mut record = Record::new(item.number);
        record.repeated = repeated;
        for (field, paths) in &self.paths {
            let found = paths.iter().find_map(|path| text_at(*field, item, element, path));
            if let Some(text) = found {
                record.set(*field, text);
            }
        }
        record
    }
}

/// Returns the text of a field at a path, or at several that are joined as in a table: `date+time`.
fn text_at(field: Field, item: Item<'_>, element: &Value, path: &str) -> Option<String> {
    let text = |path: &str| one_text(field, &values(item, element, path));
    text(path).or_else(|| {
        let parts: Vec<Option<String>> = split_joined(path)?.map(text).collect();
        if parts.iter().all(Option::is_none) {
            return None;
        }
        if !TIMES.contains(&field) {
            return Some(parts.into_iter().flatten().collect::<Vec<_>>().join("/"));
        }
        // A time of which a part is missing must not pass for a missing one.
        let parts: Vec<String> = parts.into_iter().map(|part| part.unwrap_or("?".into())).collect();
        Some(parts.join(" "))
    })
}

/// Returns the paths that a joined one consists of.
pub(super) fn split_joined(path: &str) -> Option<impl Iterator<Item = &str>> {
    path.contains('+').then(|| path.split('+').map(str::trim))
}

/// Returns the values at a path of an item.
pub(super) fn values<'v>(item: Item<'v>, element: &'v Value, path: &str) -> Vec<&'v Value> {
    let below = |path: &'_ str| path.strip_prefix('.').unwrap_or(path).to_owned();
    match (path.strip_prefix('@'), path.strip_prefix('^'), item.other) {
        (Some(path), ..) => all_at(element, &below(path)),
        (_, Some(path), Some(other)) => all_at(other, &below(path)),
        (_, Some(_), None) => Vec::new(),
        (None, None, _) => all_at(item.value, path),
    }
}

/// Returns the text of a field from all values at its path: of several ends the last, of anything else the
/// first, in the order of text, which is that of time for ISO dates.
fn one_text(field: Field, values: &[&Value]) -> Option<String> {
    let texts = values.iter().filter_map(|value| cell(field, value));
    if field == Field::End { texts.max() } else { texts.min() }
}

/// Returns a field's value as text; several services become a list. A time that is a list or an object must not pass for a missing one;
/// its JSON text is returned, which is then rejected as unreadable.
fn cell(field: Field, value: &Value) -> Option<String> {
    let is_odd = TIMES.contains(&field) && matches!(value, Value::Array(_) | Value::Object(_));
    let several = || {
        let names = value.as_array().filter(|_| field == Field::Service)?.iter().map(text_of);
        names
            .collect::<Option<Vec<String>>>()
            .filter(|names| !names.is_empty())
            .map(|names| names.join(LIST.encode_utf8(&mut [0; 4])))
    };
    text_of(value).or_else(several).or_else(|| is_odd.then(|| value.to_string()))
}

/// Returns a scalar as text, and an object as its `name`, `display_value` or `summary`. `None` for null,
/// lists, other objects and the empty string.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(object) => {
            ["name", "display_value", "summary"].iter().find_map(|key| object.get(*key)).and_then(text_of)
        }
        _ => None,
    }
}

/// Returns the keys of the first hundred objects, in order of first appearance.
pub(super) fn keys(items: &[Item<'_>]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let objects = items.iter().filter_map(|item| item.value.as_object()).take(100);
    for key in objects.flat_map(|object| object.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// Returns the paths of all scalars in the first objects whose text `is_wanted`, for advice.
pub(super) fn paths_of_scalars(items: &[Item<'_>], is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    fn visit(value: &Value, path: &str, is_wanted: &dyn Fn(&str) -> bool, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (key, inner) in object {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    visit(inner, &path, is_wanted, found);
                }
            }
            Value::Array(_) => {}
            _ if text_of(value).is_some_and(|text| is_wanted(&text))
                && !found.iter().any(|known| known == path) =>
            {
                found.push(path.to_owned());
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for item in items.iter().take(20) {
        visit(item.value, "", &is_wanted, &mut found);
    }
    found
}
