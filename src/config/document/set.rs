//! Values put into a tree after it was read, such as those of `--set web.count=4`.

use super::{Entry, Tree, Value, yaml};
use crate::base::problem::{Location, Problem};
use std::ops::Range;

/// Spans from here on are no positions in the text but numbers of origins.
const ORIGINS_FROM: u32 = 1 << 31;

impl Tree {
    /// Puts `value` at `path`, which names keys from the root on, with dots between them. What stands there is replaced; maps on
    /// the way that are missing are made. A key of the file may itself contain dots: the longest that fits is taken.
    ///
    /// `value` is a text, number or flag as in YAML, or a list or map in brackets. Errors and later problems with the value show
    /// `origin` as their place.
    pub fn set(&mut self, path: &str, value: &str, origin: &str) -> Result<(), Problem> {
        let span = self.origin(origin);
        let wrong = |message: String| Problem::new(message).at(origin_place(origin));
        if path.split('.').any(|key| key.trim().is_empty()) {
            return Err(wrong(format!("`{path}` is not a path such as `web.count`")));
        }
        let mut at = self.copy_of(self.root);
        self.root = at;
        let mut rest = path;
        loop {
            self.open_map(at).map_err(|what| {
                wrong(format!("`{path}`: what stands before `{rest}` is {what}, not a map"))
            })?;
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

    /// The paths of all values that are no maps, in the file's order; at most `max`.
    pub fn paths(&self, max: usize) -> Vec<String> {
        let mut paths = Vec::new();
        let mut waiting = vec![(self.root, String::new())];
        while let Some((id, path)) = waiting.pop() {
            if paths.len() >= max {
                break;
            }
            let Value::Map(pairs) = &self.entry(id).value else {
                paths.push(path);
                continue;
            };
            for (key, value) in pairs.iter().take(max).rev() {
                let key = self.node(*key).text().unwrap_or_default();
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                waiting.push((*value, path));
            }
        }
        paths
    }

    /// The place of a value that did not stand in the file.
    pub(super) fn place_of_origin(&self, span: &Range<u32>) -> Option<Location> {
        let number = span.start.checked_sub(ORIGINS_FROM)?;
        let origin = self.origins.get(number as usize)?;
        Some(origin_place(origin))
    }

    fn origin(&mut self, origin: &str) -> Range<u32> {
        let number = ORIGINS_FROM + self.origins.len() as u32;
        self.origins.push(origin.to_owned());
        number..number
    }

    fn add(&mut self, value: Value, span: &Range<u32>) -> u32 {
        self.nodes.push(Entry { span: span.clone(), value });
        (self.nodes.len() - 1) as u32
    }

    /// The value once more: an alias elsewhere keeps what it had.
    fn copy_of(&mut self, id: u32) -> u32 {
        let entry = self.entry(id).clone();
        self.nodes.push(entry);
        (self.nodes.len() - 1) as u32
    }

    /// Makes sure that a map stands there; what else does is said.
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

    /// The key that `rest` begins with, and what follows it: the longest of the map's keys that fits, else up to the next dot.
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

    /// Sets the value of a key, which is added where it is missing.
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

    /// The nodes of a value written behind a flag.
    fn graft(&mut self, text: &str, span: &Range<u32>) -> Result<u32, String> {
        if !text.trim_start().starts_with(['[', '{', '"', '\'']) {
            return Ok(self.add(Value::plain(text.trim()), span));
        }
        let (nodes, root) = yaml::read(text).map_err(|faults| {
            let why = faults.into_iter().next().map_or_else(String::new, |fault| fault.message);
            format!("`{text}`: {why}")
        })?;
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

/// A place that is no file: the flag as it was typed.
pub(super) fn origin_place(origin: &str) -> Location {
    Location { file: origin.to_owned(), line: 0, text: None, span: 0..0 }
}
