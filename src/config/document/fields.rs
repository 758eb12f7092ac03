//! Reading a map whose keys are known: unknown ones are refused with the nearest that would be right.

use super::Node;
use crate::base::problem::{Problem, Problems};
use crate::base::suggest::nearest;
use crate::config::schema::Key;

/// The values of a map, by key. A value of nothing counts as not given.
#[derive(Debug)]
pub struct Fields<'t> {
    node: Node<'t>,
    found: Vec<(&'static str, Node<'t>, Node<'t>)>,
}

impl<'t> Fields<'t> {
    /// Reads the map at `node`. Unknown keys are entered in `problems`, and so is a value that is no map.
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

    /// Reads the known keys among others, which are somebody else's to judge.
    pub fn among(node: Node<'t>, keys: &'static [Key]) -> Self {
        let entries = node.entries().into_iter().flatten();
        let found = entries.filter(|(_, value)| !value.is_nothing());
        let found = found.filter_map(|(key, value)| {
            let known = keys.iter().find(|known| Some(known.name) == key.text())?;
            Some((known.name, key, value))
        });
        Self { node, found: found.collect() }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<Node<'t>> {
        self.find(name).map(|(_, _, value)| *value)
    }

    /// The key itself, where it stands in the file.
    pub fn key(&self, name: &str) -> Option<Node<'t>> {
        self.find(name).map(|(_, key, _)| *key)
    }

    /// The value of a key that must be there; that it is not is entered in `problems`.
    pub fn required(&self, name: &str, problems: &mut Problems) -> Option<Node<'t>> {
        let found = self.get(name);
        if found.is_none() {
            problems.push(self.node.problem(format!("`{name}` is missing")));
        }
        found
    }

    /// The whole map.
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// The keys that are there, in the file's order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Node<'t>)> + '_ {
        self.found.iter().map(|(name, _, value)| (*name, *value))
    }

    /// The value of a key, read; what is wrong with it is entered in `problems` and reads as not given.
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
