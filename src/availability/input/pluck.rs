//! Plucks the fields out of the text of JSON objects, without building a tree of their values.

use super::field::{ByField, Cells, Field};
use super::json::PathMap;
use hashbrown::HashMap;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// The places of the fields in an object, made from a [`PathMap`] whose paths are all keys, or keys of keys.
pub(super) struct Places {
    /// The object itself first, then the objects in it that paths lead into.
    objects: Vec<ObjectPlaces>,
    /// For each field its paths, of which the first with a text counts; of each path the slots, of which the first
    /// that is filled counts.
    paths: ByField<Vec<Vec<usize>>>,
    /// The number of slots.
    slots: usize,
}

/// What the keys of one object hold.
#[derive(Default)]
struct ObjectPlaces {
    keys: Vec<(String, Place)>,
}

/// What a key holds: the value of a slot, an object in which more slots lie, or nothing that counts.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    slot: Option<usize>,
    object: Option<usize>,
}

impl Places {
    /// Returns the places; `None` if a path leads through a list or out of the object, or is joined.
    pub(super) fn of(map: &PathMap) -> Option<Self> {
        let is_plain = |path: &String| {
            let is_key = |key: &str| key.parse::<usize>().is_err();
            !path.is_empty() && !path.contains(['[', '@', '^', '+']) && path.split('.').all(is_key)
        };
        let is_whole = map.each.is_none() && map.paths.iter().flat_map(|(_, paths)| paths).all(is_plain);
        let mut places = Self {
            objects: vec![ObjectPlaces::default()],
            paths: ByField::<Vec<Vec<usize>>>::default(),
            slots: 0,
        };
        for (field, paths) in map.paths.iter().filter(|_| is_whole) {
            places.paths[*field] = paths.iter().map(|path| places.add(0, path)).collect();
        }
        is_whole.then_some(places)
    }

    /// Adds a path that begins in an object. Returns its slots: that of a key which is the whole path, and then those
    /// in the objects that the beginnings of the path lead to, the shortest first.
    fn add(&mut self, object: usize, path: &str) -> Vec<usize> {
        let slots = self.slots;
        let whole = self.place(object, path);
        let slot = *whole.slot.get_or_insert(slots);
        self.slots = slots.max(slot + 1);
        let mut found = vec![slot];
        for (at, _) in path.match_indices('.') {
            let objects = self.objects.len();
            let below = *self.place(object, &path[..at]).object.get_or_insert(objects);
            if below == objects {
                self.objects.push(ObjectPlaces::default());
            }
            found.extend(self.add(below, &path[at + 1..]));
        }
        found
    }

    fn place(&mut self, object: usize, key: &str) -> &mut Place {
        let keys = &mut self.objects[object].keys;
        let at = keys.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            keys.push((key.to_owned(), Place::default()));
            keys.len() - 1
        });
        &mut keys[at].1
    }
}

/// The most different keys of an object, over all rows; data may stand in the keys.
const KEYS_MAX: usize = 10_000;

/// Reads objects from the lines of one block.
pub(super) struct Plucker<'p, 'b> {
    places: &'p Places,
    objects: Vec<KnownKeys>,
    /// The number of the object that is read.
    number: u32,
    slots: Vec<Slot<'b>>,
}

/// What was found for a slot.
#[derive(Debug, Clone, Default)]
enum Slot<'b> {
    #[default]
    Absent,
    /// Null or the empty text.
    Empty,
    Text(Cow<'b, str>),
}

/// The keys that were met in an object.
struct KnownKeys {
    numbers: HashMap<Box<str>, usize, foldhash::fast::FixedState>,
    keys: Vec<KnownKey>,
}

struct KnownKey {
    name: Box<str>,
    place: Place,
    /// The number of the object in which it was last met.
    met_in: u32,
    /// The key that last followed it.
    next: usize,
}

impl KnownKeys {
    /// Starts with the keys that hold a field. Key 0 has no name: it stands before the first key of each object, so
    /// that [`after`](Self::after) can guess that key too.
    fn new(places: &ObjectPlaces) -> Self {
        let mut known = Self { numbers: HashMap::default(), keys: Vec::new() };
        known.keys.push(KnownKey { name: Box::default(), place: Place::default(), met_in: 0, next: 0 });
        for (name, place) in &places.keys {
            known.add(name, *place);
        }
        known
    }

    fn add(&mut self, name: &str, place: Place) -> usize {
        let number = self.keys.len();
        self.numbers.insert(name.into(), number);
        self.keys.push(KnownKey { name: name.into(), place, met_in: 0, next: 0 });
        number
    }

    /// Returns the number of the key with a name. It is looked up only if it is not the key that followed `before` the
    /// last time: objects mostly have the same keys in the same order.
    fn after(&mut self, before: usize, name: &str) -> usize {
        let next = self.keys[before].next;
        if next > 0 && *self.keys[next].name == *name {
            return next;
        }
        let number = self.numbers.get(name).copied().unwrap_or_else(|| self.add(name, Place::default()));
        self.keys[before].next = number;
        number
    }
}

impl<'p, 'b> Plucker<'p, 'b> {
    pub(super) fn new(places: &'p Places) -> Self {
        let objects = places.objects.iter().map(KnownKeys::new).collect();
        Self { places, objects, number: 0, slots: vec![Slot::Absent; places.slots] }
    }

    /// Reads the object on a line; returns its cells, or `None` if it must be read as a tree: it is not sound, holds a
    /// key twice, or has a list or an object in the place of a text.
    pub(super) fn read(&mut self, line: &'b [u8]) -> Option<Plucked<'_>> {
        self.number = self.number.checked_add(1)?;
        self.slots.fill(Slot::Absent);
        let mut text = serde_json::Deserializer::from_slice(line);
        text.deserialize_map(ObjectVisitor { plucker: self, object: 0 }).ok()?;
        text.end().ok()?;
        Some(Plucked { places: self.places, slots: &self.slots })
    }

    /// Returns the number of a key and its place; `None` if the object holds the key twice, or too many are known.
    fn meet(&mut self, object: usize, before: usize, name: &str) -> Option<(usize, Place)> {
        let known = &mut self.objects[object];
        let number = known.after(before, name);
        let key = &mut known.keys[number];
        let is_new = key.met_in != self.number;
        key.met_in = self.number;
        (is_new && number < KEYS_MAX).then_some((number, key.place))
    }
}

/// The cells of an object.
pub(super) struct Plucked<'r> {
    places: &'r Places,
    slots: &'r [Slot<'r>],
}

impl Cells for Plucked<'_> {
    fn cell(&self, field: Field) -> &[u8] {
        let first = |slots: &Vec<usize>| {
            let mut found = slots.iter().map(|slot| &self.slots[*slot]);
            match found.find(|slot| !matches!(slot, Slot::Absent))? {
                Slot::Text(text) => Some(text.as_bytes()),
                _ => None,
            }
        };
        self.places.paths[field].iter().find_map(first).unwrap_or_default()
    }
}

/// Visits the keys of an object.
struct ObjectVisitor<'v, 'p, 'b> {
    plucker: &'v mut Plucker<'p, 'b>,
    object: usize,
}

impl<'b> Visitor<'b> for ObjectVisitor<'_, '_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { plucker, object } = self;
        let mut before = 0;
        while let Some(met) = entries.next_key_seed(KeySeed { plucker: &mut *plucker, object, before })? {
            let (number, place) = met.ok_or_else(|| A::Error::custom("a key appears twice"))?;
            before = number;
            match place {
                Place { slot: None, object: None } => entries.next_value_seed(Skip)?,
                place => entries.next_value_seed(ValueVisitor { plucker: &mut *plucker, place })?,
            }
        }
        Ok(())
    }
}

/// Reads a key.
struct KeySeed<'v, 'p, 'b> {
    plucker: &'v mut Plucker<'p, 'b>,
    object: usize,
    before: usize,
}

impl<'b> DeserializeSeed<'b> for KeySeed<'_, '_, 'b> {
    type Value = Option<(usize, Place)>;

    fn deserialize<D: Deserializer<'b>>(self, text: D) -> Result<Self::Value, D::Error> {
        text.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_, '_> {
    type Value = Option<(usize, Place)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.plucker.meet(self.object, self.before, name))
    }
}

/// Reads the value of a key that counts.
struct ValueVisitor<'v, 'p, 'b> {
    plucker: &'v mut Plucker<'p, 'b>,
    place: Place,
}

impl<'b> ValueVisitor<'_, '_, 'b> {
    fn fill(self, text: Option<Cow<'b, str>>) {
        if let Some(slot) = self.place.slot {
            self.plucker.slots[slot] = text.filter(|text| !text.is_empty()).map_or(Slot::Empty, Slot::Text);
        }
    }

    /// Fills the slot with a scalar as the reader of trees writes it.
    fn fill_scalar(self, value: impl Into<Value>) {
        self.fill(Some(value.into().to_string().into()));
    }
}

impl<'b> DeserializeSeed<'b> for ValueVisitor<'_, '_, 'b> {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, text: D) -> Result<(), D::Error> {
        text.deserialize_any(self)
    }
}

impl<'b> Visitor<'b> for ValueVisitor<'_, '_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'b str) -> Result<(), E> {
        self.fill(Some(text.into()));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.fill(Some(text.to_owned().into()));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.fill(None);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.fill_scalar(flag);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.fill_scalar(number);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.fill_scalar(number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.fill_scalar(number);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'b>>(self, list: A) -> Result<(), A::Error> {
        match self.place.slot {
            Some(_) => Err(A::Error::custom("a list in the place of a text")),
            None => Skip.visit_seq(list),
        }
    }

    fn visit_map<A: MapAccess<'b>>(self, entries: A) -> Result<(), A::Error> {
        match self.place {
            Place { slot: None, object: Some(object) } => {
                ObjectVisitor { plucker: self.plucker, object }.visit_map(entries)
            }
            _ => Err(A::Error::custom("an object in the place of a text")),
        }
    }
}

/// Skips a value, in which no object may hold a key twice.
#[derive(Clone, Copy)]
struct Skip;

impl<'b> DeserializeSeed<'b> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'b>>(self, text: D) -> Result<(), D::Error> {
        text.deserialize_any(self)
    }
}

impl<'b> Visitor<'b> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'b>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut names: Vec<Cow<'b, str>> = Vec::new();
        while let Some(Name(name)) = entries.next_key()? {
            names.push(name);
            entries.next_value_seed(self)?;
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(A::Error::custom("a key appears twice"));
        }
        Ok(())
    }
}

/// A key, borrowed from the text where it can be.
#[derive(serde::Deserialize)]
struct Name<'b>(#[serde(borrow)] Cow<'b, str>);

#[cfg(test)]
mod tests {
    use super::{Places, Plucker};
    use crate::availability::input::field::{Cells, Field};
    use crate::availability::input::json::{self, PathMap};
    use crate::availability::input::lists::Item;
    use crate::availability::input::preset::CANONICAL_JSON;
    use proptest::prelude::*;

    const FIELDS: [Field; 4] = [Field::Start, Field::End, Field::Service, Field::Id];

    /// The paths of the fields in the tests; some are one within the other.
    fn map(paths: [&[&str]; 4]) -> PathMap {
        let mut map = PathMap::new(CANONICAL_JSON, &[]);
        for (field, paths) in FIELDS.into_iter().zip(paths) {
            map.set(field, paths.iter().map(|path| (*path).to_owned()).collect());
        }
        map
    }

    fn nested() -> PathMap {
        map([&["a"], &["b", "c"], &["d.e", "d.f.g"], &["h"]])
    }

    /// The cells of a line by the tree of its values; `None` if it is refused.
    fn by_tree(map: &PathMap, line: &str) -> Option<Vec<String>> {
        let value = json::parse(line.as_bytes()).ok().filter(serde_json::Value::is_object)?;
        let records = map.records(Item { number: 1, value: &value, other: None });
        Some(FIELDS.map(|field| records[0].get(field).unwrap_or_default().to_owned()).to_vec())
    }

    fn plucked(plucker: &mut Plucker<'_, '_>, line: &'static str) -> Option<Vec<String>> {
        let cells = plucker.read(line.as_bytes())?;
        Some(FIELDS.map(|field| String::from_utf8_lossy(cells.cell(field)).into_owned()).to_vec())
    }

    #[test]
    fn the_cells_of_a_line_are_those_of_its_tree() {
        let (map, mut lines) = (nested(), Vec::new());
        let places = Places::of(&map).unwrap();
        let mut plucker = Plucker::new(&places);
        for line in [
            r#"{"a": "1", "b": null, "c": "\u00e9\n", "d": {"e": 7, "x": [{"y": 1}]}, "h": true}"#,
            r#"{"h": -1.5e3, "d.e": "whole", "d": {"e": "in d"}, "b": "", "c": 2}"#,
            r#"{"d": {"f": {"g": "deep"}}, "d.f": {"g": "not so"}, "more": {"k": {}}}"#,
            r#"{"d": {"e": null, "f": {"g": "second path"}}, "a": 18446744073709551615}"#,
            r#"{"d": [1, 2], "a": "x"}"#,
            "{}",
        ] {
            assert_eq!(plucked(&mut plucker, line), by_tree(&map, line), "{line}");
            lines.push(line);
        }
        // What was met in an earlier line does not count in a later one.
        for line in lines {
            assert_eq!(plucked(&mut plucker, line), by_tree(&map, line), "{line}");
        }
    }

    #[test]
    fn what_the_tree_must_decide_is_left_to_it() {
        let map = nested();
        let places = Places::of(&map).unwrap();
        let mut plucker = Plucker::new(&places);
        for line in [
            r#"{"a": 1, "a": 2}"#,
            r#"{"x": 1, "y": 2, "x": 3}"#,
            r#"{"x": {"y": 1, "y": 2}}"#,
            r#"{"d": {"z": 1, "z": 2}}"#,
            r#"{"a": ["1"]}"#,
            r#"{"a": {"name": "1"}}"#,
            r#"{"a": 1} 2"#,
            r#"{"a": 1"#,
            "[1]",
            "7",
        ] {
            assert_eq!(plucked(&mut plucker, line), None, "{line}");
        }
        assert!(plucked(&mut plucker, r#"{"a": 1}"#).is_some());
    }

    #[test]
    fn paths_through_lists_and_joined_ones_are_left_to_the_tree() {
        for path in ["a.0.b", "a[b=c].d", "@x", "^x", "a+b", ""] {
            assert!(Places::of(&map([&["a"], &[path], &["b"], &["c"]])).is_none(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_object_is_read_as_its_tree_or_left_to_it(
            keys in proptest::collection::vec(("[a-h]|d\\.e|d\\.f", "null|1|\"\"|\"t\"|\\{\"[efz]\":(2|\\{\"g\":3\\}),\"[efz]\":4\\}|\\[5\\]"), 0..6)
        ) {
            let pairs: Vec<String> = keys.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let line: &'static str = Box::leak(format!("{{{}}}", pairs.join(",")).into_boxed_str());
            let map = nested();
            let places = Places::of(&map).unwrap();
            let mut plucker = Plucker::new(&places);
            let cells = plucked(&mut plucker, line);
            if cells.is_some() {
                prop_assert_eq!(cells, by_tree(&map, line), "{}", line);
            }
        }
    }
}
