//! Reads maps with known keys. Unknown keys are errors that suggest the nearest known key.

use crate::config::document::{Node, Reading};
use crate::config::schema::{AnyKey, Key, KeyOr, Record, Section};

/// The values of a map by key. A key with a null value counts as absent.
#[derive(Debug)]
pub(crate) struct Fields<'t> {
    node: Node<'t>,
    /// The name, key node and value node of each known key, in the order of the file.
    found: Vec<(&'static str, Node<'t>, Node<'t>)>,
}

impl<'t> Fields<'t> {
    /// Reads the map at `node`. Adds a problem for each unknown key. Returns `None` and adds a problem
    /// when the value is not a map.
    pub(crate) fn of(node: Node<'t>, record: &'static Record, reading: &mut Reading<'_>) -> Option<Self> {
        let Some(entries) = node.entries() else {
            reading.refuse(node.expected("a map"));
            return None;
        };
        let mut found = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match known(key, record.keys) {
                Some(name) if !value.is_nothing() => found.push((name, key, value)),
                Some(_) => {}
                None => refuse_unknown(key, record.keys, reading),
            }
        }
        Some(Self { node, found })
    }

    /// Reads a map with known keys, or in its place a bare value of `key`. Adds a problem and returns `None` when that
    /// value is invalid or missing.
    pub(crate) fn or_bare<T>(
        node: Node<'t>,
        record: &'static Record,
        key: &Key<T>,
        reading: &mut Reading<'_>,
    ) -> Option<(T, Self)>
    where
        Key<T>: AnyKey,
    {
        if node.text().is_some() {
            return Some(((key.read)(node, reading)?, Self { node, found: Vec::new() }));
        }
        let fields = Self::of(node, record, reading)?;
        Some((fields.given(key, reading)?, fields))
    }

    /// Reads the known keys and ignores all others, which another reader checks.
    pub(crate) fn among(node: Node<'t>, keys: &'static [&'static dyn AnyKey]) -> Self {
        let entries = node.entries().into_iter().flatten();
        let found = entries.filter(|(_, value)| !value.is_nothing());
        let found = found.filter_map(|(key, value)| Some((known(key, keys)?, key, value)));
        Self { node, found: found.collect() }
    }

    /// Returns the fields of a section: none if it is absent or not a map, which adds a problem.
    #[must_use]
    pub(crate) fn section(&self, section: &Section, reading: &mut Reading<'_>) -> Self {
        let fields = self.node(section).and_then(|node| Self::of(node, section.record, reading));
        fields.unwrap_or(Self { node: self.node, found: Vec::new() })
    }

    /// Returns the value of a key. Adds a problem and returns `None` when it is invalid, or required and absent.
    pub(crate) fn given<T>(&self, key: &Key<T>, reading: &mut Reading<'_>) -> Option<T>
    where
        Key<T>: AnyKey,
    {
        match self.node(key) {
            Some(node) => (key.read)(node, reading),
            None if key.is_required() => self.required_node(key, reading).and(None),
            None => None,
        }
    }

    /// Returns the value of a key, or its default when it is absent. Adds a problem and returns `None` when it is
    /// invalid.
    pub(crate) fn valid<T>(&self, key: &KeyOr<T>, reading: &mut Reading<'_>) -> Option<T>
    where
        KeyOr<T>: AnyKey,
    {
        self.node(key).map_or_else(|| Some((key.default)()), |node| (key.key.read)(node, reading))
    }

    /// Returns the value of a key, or its default when it is absent. Adds a problem and returns the default when
    /// it is invalid, so that the rest of the file can be checked.
    pub(crate) fn value<T>(&self, key: &KeyOr<T>, reading: &mut Reading<'_>) -> T
    where
        KeyOr<T>: AnyKey,
    {
        self.valid(key, reading).unwrap_or_else(key.default)
    }

    /// Returns the node of the value of a key that must be given. Adds a problem when it is absent.
    pub(crate) fn required_node(&self, key: &dyn AnyKey, reading: &mut Reading<'_>) -> Option<Node<'t>> {
        let node = self.node(key);
        if node.is_none() {
            reading.refuse(self.node.problem(format!("`{}` is missing", key.name())));
        }
        node
    }

    /// Returns the node of the value of a key.
    pub(crate) fn node(&self, key: &dyn AnyKey) -> Option<Node<'t>> {
        self.find(key).map(|(_, _, value)| *value)
    }

    /// Returns the node of the key itself, for its location in the file.
    pub(crate) fn key(&self, key: &dyn AnyKey) -> Option<Node<'t>> {
        self.find(key).map(|(_, key, _)| *key)
    }

    /// Returns the node of the value of a key, or that of the whole map.
    pub(crate) fn node_or_map(&self, key: &dyn AnyKey) -> Node<'t> {
        self.node(key).unwrap_or(self.node)
    }

    /// Returns the node of the whole map.
    pub(crate) fn map(&self) -> Node<'t> {
        self.node
    }

    /// Returns the keys that are present with their values, in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, Node<'t>, Node<'t>)> + '_ {
        self.found.iter().copied()
    }

    fn find(&self, key: &dyn AnyKey) -> Option<&(&'static str, Node<'t>, Node<'t>)> {
        self.found.iter().find(|(known, _, _)| *known == key.name())
    }
}

fn known(key: Node<'_>, keys: &'static [&'static dyn AnyKey]) -> Option<&'static str> {
    keys.iter().map(|known| known.name()).find(|name| key.text() == Some(name))
}

fn refuse_unknown(key: Node<'_>, keys: &[&dyn AnyKey], reading: &mut Reading<'_>) {
    let name = key.text().unwrap_or_default();
    let names: Vec<&str> = keys.iter().map(|known| known.name()).collect();
    let known = format!("known keys: {}", names.join(", "));
    let problem = key.problem(format!("unknown key `{name}`"));
    let problem = reading.guess(problem, name, names.into_iter(), &known);
    reading.refuse(problem);
}
