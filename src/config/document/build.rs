//! Builds a tree from parser events, one event at a time and without recursion.

use super::{Entry, Fault, Value};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The largest number of values in a file, with every alias counted as a copy. Without this limit, a few
/// lines of YAML could expand to billions of values.
const NODES_MAX: usize = 10_000_000;

/// A tree under construction.
#[derive(Debug, Default)]
pub(super) struct Builder {
    nodes: Vec<Entry>,
    /// The lists and maps that are still open, innermost last.
    open: Vec<Open>,
    root: Option<u32>,
    anchors: HashMap<usize, u32>,
    pub(super) faults: Vec<Fault>,
}

/// A list or map whose end has not been read yet.
#[derive(Debug)]
struct Open {
    id: u32,
    children: Vec<u32>,
    map: bool,
    /// The anchor to define when it is closed; 0 for none.
    anchor: usize,
}

impl Builder {
    /// Adds a scalar value.
    pub(super) fn scalar(&mut self, span: Range<u32>, text: &str, plain: bool, anchor: usize) {
        let value = Value::Scalar { text: text.into(), plain };
        let id = self.push(span, value);
        self.remember(anchor, id);
        self.attach(id);
    }

    /// Opens a list or, with `map`, a map.
    pub(super) fn start(&mut self, span: Range<u32>, map: bool, anchor: usize) {
        let id = self.push(span, Value::List(Vec::new()));
        self.open.push(Open { id, children: Vec::new(), map, anchor });
    }

    /// Closes the innermost list or map at byte `end`.
    pub(super) fn end(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let value =
            if open.map { Value::Map(self.pairs(&open.children)) } else { Value::List(open.children) };
        if let Some(entry) = self.nodes.get_mut(open.id as usize) {
            entry.span.end = end.max(entry.span.start);
            entry.value = value;
        }
        self.remember(open.anchor, open.id);
        self.attach(open.id);
    }

    /// Adds the value of an anchor again. The node is shared, not copied.
    pub(super) fn alias(&mut self, span: Range<u32>, anchor: usize) {
        match self.anchors.get(&anchor) {
            Some(id) => self.attach(*id),
            // An anchor is defined only when its value is closed, so no value can contain itself.
            None => self.faults.push(Fault::new(span, "this alias refers to a value that contains it")),
        }
    }

    /// Returns the nodes and the index of the root, or the errors found. An empty file gives an empty map.
    pub(super) fn finish(mut self) -> Result<(Vec<Entry>, u32), Vec<Fault>> {
        if self.faults.is_empty() && self.expanded_size() > NODES_MAX as f64 {
            self.faults.push(Fault::new(0..0, "the aliases expand to more than ten million values"));
        }
        let root = match self.root {
            Some(root) => root,
            None => self.push(0..0, Value::Map(Vec::new())),
        };
        if self.faults.is_empty() { Ok((self.nodes, root)) } else { Err(self.faults) }
    }

    fn push(&mut self, span: Range<u32>, value: Value) -> u32 {
        self.nodes.push(Entry { span, value });
        (self.nodes.len() - 1) as u32
    }

    fn remember(&mut self, anchor: usize, id: u32) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn attach(&mut self, id: u32) {
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.root = self.root.or(Some(id)),
        }
    }

    /// Pairs up keys and values. Reports duplicate keys, and merges the maps behind `<<`: the map's own
    /// keys take precedence, then those of earlier merged maps.
    fn pairs(&mut self, children: &[u32]) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(children.len() / 2);
        let mut seen: HashSet<Box<str>> = HashSet::new();
        let mut merged: Vec<u32> = Vec::new();
        for pair in children.chunks_exact(2) {
            let [key, value] = *pair else { continue };
            let Some(name) = self.key_text(key) else { continue };
            if &*name == "<<" {
                merged.push(value);
            } else if seen.contains(&name) {
                self.given_twice(&name, key);
            } else {
                seen.insert(name);
                pairs.push((key, value));
            }
        }
        let sources: Vec<(u32, u32)> =
            merged.into_iter().flat_map(|value| self.merge_sources(value)).collect();
        for (key, value) in sources {
            let Some(name) = self.key_text(key) else { continue };
            if seen.insert(name) {
                pairs.push((key, value));
            }
        }
        pairs
    }

    fn key_text(&mut self, key: u32) -> Option<Box<str>> {
        let entry = self.nodes.get(key as usize)?;
        if let Value::Scalar { text, .. } = &entry.value {
            return Some(text.clone());
        }
        let span = entry.span.clone();
        self.faults.push(Fault::new(span, "a key must be a name, not a list or a map"));
        None
    }

    /// Reports a duplicate key.
    fn given_twice(&mut self, name: &str, key: u32) {
        let span = self.nodes.get(key as usize).map_or(0..0, |entry| entry.span.clone());
        let mut fault = Fault::new(span, format!("`{name}` is given twice"));
        fault.label = "the second time".into();
        self.faults.push(fault);
    }

    /// Returns the entries of the map, or of each map in the list, that is the value of `<<`.
    fn merge_sources(&mut self, value: u32) -> Vec<(u32, u32)> {
        let Some(entry) = self.nodes.get(value as usize) else {
            return Vec::new();
        };
        match &entry.value {
            Value::Map(pairs) => pairs.clone(),
            Value::List(items) => items
                .iter()
                .filter_map(|id| self.nodes.get(*id as usize))
                .filter_map(|entry| match &entry.value {
                    Value::Map(pairs) => Some(pairs.clone()),
                    _ => None,
                })
                .flatten()
                .collect(),
            Value::Scalar { .. } => {
                let span = entry.span.clone();
                self.faults.push(Fault::new(span, "`<<` takes a map or a list of maps"));
                Vec::new()
            }
        }
    }

    /// Returns the number of values in the tree when every alias is counted as a copy. The result is a
    /// float because it can exceed any integer type.
    ///
    /// Walks the tree in post-order with an explicit stack. Each node is sized once, however often it is
    /// shared. The walk ends because no value contains itself; see [`Builder::alias`].
    fn expanded_size(&self) -> f64 {
        let mut sizes = vec![0.0_f64; self.nodes.len()];
        let mut stack: Vec<(u32, bool)> = self.root.map(|root| (root, false)).into_iter().collect();
        while let Some((id, children_done)) = stack.pop() {
            let size_of = |child: u32| sizes.get(child as usize).copied().unwrap_or(0.0);
            let Some(entry) = self.nodes.get(id as usize) else {
                continue;
            };
            if size_of(id) > 0.0 {
                continue;
            }
            let children: Vec<u32> = match &entry.value {
                Value::Scalar { .. } => Vec::new(),
                Value::List(items) => items.clone(),
                Value::Map(pairs) => pairs.iter().flat_map(|(k, v)| [*k, *v]).collect(),
            };
            if children_done || children.is_empty() {
                let size = 1.0 + children.iter().map(|child| size_of(*child)).sum::<f64>();
                if let Some(slot) = sizes.get_mut(id as usize) {
                    *slot = size;
                }
            } else {
                stack.push((id, true));
                stack.extend(children.into_iter().map(|child| (child, false)));
            }
        }
        self.root.and_then(|root| sizes.get(root as usize)).copied().unwrap_or(0.0)
    }
}
