//! Sets values in a tree after it was read, such as those of `--set web.count=4`.

use super::{Entry, Tree, Value, yaml};
use crate::base::problem::{Location, Problem};
use std::ops::Range;

/// Spans from here on are not positions in the text but indices of origins. A text is at most 2³⁰ bytes
/// long, so the two ranges do not overlap.
const ORIGINS_FROM: u32 = 1 << 31;

impl Tree {
    /// Sets the value at `path`, the keys from the root on, separated by dots. An existing value is
    /// replaced, and missing maps along the path are created. A key of the file may itself contain dots;
    /// the longest matching key is taken.
    ///
    /// `value` is a string, number or boolean as in YAML, or a list or map in brackets. Errors, and
    /// later problems with the value, show `origin` as their location.
    pub fn set(&mut self, path: &str, value: &str, origin: &str) -> Result<(), Problem> {
        let span = self.origin(origin);
        let wrong = |message: String| Problem::new(message).at(origin_place(origin));
        if path.split('.').any(|key| key.trim().is_empty()) {
            return Err(wrong(format!("`{path}` is not a path such as `web.count`")));
        }
        // Copy every map on the path before changing it: an alias elsewhere may share the node.
        let mut at = self.copy_of(self.root);
        self.root = at;
        let mut rest = path;
        loop {
            self.open_map(at)
                .map_err(|what| wrong(format!("`{path}`: the value before `{rest}` is {what}, not a map")))?;
            let (key, deeper) = self.next_key(at, rest);
            let Some(deeper) = deeper else {
                let value = self.graft(value, &span).map_err(wrong)?;
                self.put(at, key, value, &span);
                return Ok(());
            };
            let child = match self.child(at, key) {
                Some(child) => self.copy_of(child),
                None => self.add(Value::Map(Vec::new()), &span),
            };
            self.put(at, key, child, &span);
            at = child;
            rest = deeper;
        }
    }

    /// Returns the location of a value that is not from the file, or `None` for a value of the file.
    pub(super) fn place_of_origin(&self, span: &Range<u32>) -> Option<Location> {
        let number = span.start.checked_sub(ORIGINS_FROM)?;
        let origin = self.origins.get(number as usize)?;
        Some(origin_place(origin))
    }

    /// Registers an origin and returns the span that stands for it.
    fn origin(&mut self, origin: &str) -> Range<u32> {
        let number = ORIGINS_FROM + self.origins.len() as u32;
        self.origins.push(origin.to_owned());
        number..number
    }

    /// Adds a node and returns its index.
    fn add(&mut self, value: Value, span: &Range<u32>) -> u32 {
        self.nodes.push(Entry { span: span.clone(), value });
        (self.nodes.len() - 1) as u32
    }

    /// Copies a node, so that an alias elsewhere keeps the old value. Returns the index of the copy.
    fn copy_of(&mut self, id: u32) -> u32 {
        let entry = self.entry(id).clone();
        self.nodes.push(entry);
        (self.nodes.len() - 1) as u32
    }

    /// Turns a null value into an empty map. Fails with the type of any other value that is not a map.
    fn open_map(&mut self, id: u32) -> Result<(), &'static str> {
        let node = self.node(id);
        if node.entries().is_some() {
            return Ok(());
        }
        if !node.is_nothing() {
            return Err(node.what());
        }
        if let Some(entry) = self.nodes.get_mut(id as usize) {
            entry.value = Value::Map(Vec::new());
        }
        Ok(())
    }

    /// Splits `rest` into its first key and the remaining path. The key is the longest key of the map
    /// that matches, else everything up to the next dot.
    fn next_key<'p>(&self, map: u32, rest: &'p str) -> (&'p str, Option<&'p str>) {
        let mut best = rest.find('.').unwrap_or(rest.len());
        for (key, _) in self.node(map).entries().into_iter().flatten() {
            let length = key.text().map_or(0, str::len);
            let fits = key.text().is_some_and(|key| rest.starts_with(key));
            if fits
                && length > best
                && rest.get(length..).is_some_and(|tail| tail.is_empty() || tail.starts_with('.'))
            {
                best = length;
            }
        }
        let (key, tail) = rest.split_at_checked(best).unwrap_or((rest, ""));
        (key, tail.strip_prefix('.'))
    }

    fn child(&self, map: u32, name: &str) -> Option<u32> {
        let Value::Map(pairs) = &self.entry(map).value else {
            return None;
        };
        let found = pairs.iter().find(|(key, _)| self.is_key(*key, name));
        found.map(|(_, value)| *value)
    }

    fn is_key(&self, id: u32, name: &str) -> bool {
        matches!(&self.entry(id).value, Value::Scalar { text, .. } if &**text == name)
    }

    /// Sets the value of a key, which is added when it is missing.
    fn put(&mut self, map: u32, name: &str, value: u32, span: &Range<u32>) {
        let place = match &self.entry(map).value {
            Value::Map(pairs) => pairs.iter().position(|(key, _)| self.is_key(*key, name)),
            _ => None,
        };
        let added = place.is_none().then(|| self.add(Value::plain(name), span));
        let Some(Entry { value: Value::Map(pairs), .. }) = self.nodes.get_mut(map as usize) else {
            return;
        };
        match (place.and_then(|place| pairs.get_mut(place)), added) {
            (Some(pair), _) => pair.1 = value,
            (None, Some(key)) => pairs.push((key, value)),
            (None, None) => {}
        }
    }

    /// Parses the value of a flag and adds its nodes. Returns the index of its root.
    fn graft(&mut self, text: &str, span: &Range<u32>) -> Result<u32, String> {
        if !text.trim_start().starts_with(['[', '{', '"', '\'']) {
            return Ok(self.add(Value::plain(text.trim()), span));
        }
        let (nodes, root) = yaml::read(text).map_err(|faults| {
            let why = faults.into_iter().next().map_or_else(String::new, |fault| fault.message);
            format!("`{text}`: {why}")
        })?;
        // The parsed nodes refer to each other by index, so all indices move by the length of the list.
        let offset = self.nodes.len() as u32;
        for mut entry in nodes {
            entry.span = span.clone();
            match &mut entry.value {
                Value::Scalar { .. } => {}
                Value::List(items) => items.iter_mut().for_each(|id| *id += offset),
                Value::Map(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                    *key += offset;
                    *value += offset;
                }),
            }
            self.nodes.push(entry);
        }
        Ok(offset + root)
    }
}

impl Value {
    fn plain(text: &str) -> Self {
        Self::Scalar { text: text.into(), plain: true }
    }
}

/// Builds a location outside any file: the flag as it was typed.
pub(super) fn origin_place(origin: &str) -> Location {
    Location { file: origin.to_owned(), line: 0, text: None, span: 0..0 }
}
