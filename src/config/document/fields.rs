//! Reads maps with known keys. Unknown keys are errors that suggest the nearest known key.

use super::Node;
use crate::base::problem::{Problem, Problems};
use crate::base::suggest::nearest;
use crate::config::schema::Key;

/// The values of a map by key. A key with a null value counts as absent.
#[derive(Debug)]
pub struct Fields<'t> {
    node: Node<'t>,
    /// The name, key node and value node of each known key, in the order of the file.
    found: Vec<(&'static str, Node<'t>, Node<'t>)>,
}

impl<'t> Fields<'t> {
    /// Reads the map at `node`. Adds a problem for each unknown key. Returns `None` and adds a problem
    /// when the value is not a map.
    pub fn of(node: Node<'t>, keys: &'static [Key], problems: &mut Problems) -> Option<Self> {
        let Some(entries) = node.entries() else {
            problems.push(node.expected("a map"));
            return None;
        };
        let mut found = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = key.text().unwrap_or_default();
            match keys.iter().find(|known| known.name == name) {
                Some(known) if !value.is_nothing() => found.push((known.name, key, value)),
                Some(_) => {}
                None => problems.push(unknown_key(key, keys)),
            }
        }
        Some(Self { node, found })
    }

    /// Reads the known keys and ignores all others, which another reader checks.
    pub fn among(node: Node<'t>, keys: &'static [Key]) -> Self {
        let entries = node.entries().into_iter().flatten();
        let found = entries.filter(|(_, value)| !value.is_nothing());
        let found = found.filter_map(|(key, value)| {
            let known = keys.iter().find(|known| Some(known.name) == key.text())?;
            Some((known.name, key, value))
        });
        Self { node, found: found.collect() }
    }

    /// Returns the value of a key.
    pub fn get(&self, name: &str) -> Option<Node<'t>> {
        self.find(name).map(|(_, _, value)| *value)
    }

    /// Returns the node of the key itself, for its location in the file.
    pub fn key(&self, name: &str) -> Option<Node<'t>> {
        self.find(name).map(|(_, key, _)| *key)
    }

    /// Returns the value of a required key. Adds a problem when it is absent.
    pub fn required(&self, name: &str, problems: &mut Problems) -> Option<Node<'t>> {
        let found = self.get(name);
        if found.is_none() {
            problems.push(self.node.problem(format!("`{name}` is missing")));
        }
        found
    }

    /// Returns the node of the whole map.
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// Returns the keys that are present with their values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Node<'t>)> + '_ {
        self.found.iter().map(|(name, _, value)| (*name, *value))
    }

    /// Reads the value of a key with `read`. Returns `None` when the key is absent, or when reading
    /// fails and a problem is added.
    pub fn read<T>(
        &self,
        name: &str,
        problems: &mut Problems,
        read: impl FnOnce(Node<'t>) -> Result<T, Problem>,
    ) -> Option<T> {
        match read(self.get(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    }

    fn find(&self, name: &str) -> Option<&(&'static str, Node<'t>, Node<'t>)> {
        self.found.iter().find(|(known, _, _)| *known == name)
    }
}

fn unknown_key(key: Node<'_>, keys: &[Key]) -> Problem {
    let name = key.text().unwrap_or_default();
    let names: Vec<&str> = keys.iter().map(|known| known.name).collect();
    let problem = key.problem(format!("unknown key `{name}`"));
    match nearest(name, names.iter().copied()) {
        Some(guess) => problem.label(format!("did you mean `{guess}`?")),
        None => problem.help(format!("known keys: {}", names.join(", "))),
    }
}
