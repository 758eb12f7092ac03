//! Files that users write: YAML, JSON and TOML as one tree of located values.
//!
//! Every value and every key knows where it stands, so that whoever reads it can say what is wrong with a caret under it,
//! and can go on to find all that is wrong with a file in one go. The tree is flat (nodes in one list), so that no depth
//! of nesting overflows a stack when it is built or dropped.

mod build;
mod fields;
mod reading;
mod scalar;
mod set;
mod toml;
mod yaml;

pub use fields::Fields;
pub use reading::{Load, NAMES, Reading, one_key};

use crate::base::problem::{Location, Problem, Problems};
use std::ops::Range;

/// A file's values with their places.
#[derive(Debug)]
pub struct Tree {
    file: String,
    text: String,
    /// The byte offset at which each line starts.
    line_starts: Vec<u32>,
    nodes: Vec<Entry>,
    root: u32,
    /// Where values come from that did not stand in the file; see [`Tree::set`].
    origins: Vec<String>,
}

/// One value of a file.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
}

#[derive(Debug, Clone)]
struct Entry {
    span: Range<u32>,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    /// A text, number, truth value or nothing, as it was written; `plain` when it stood without quotes.
    Scalar { text: Box<str>, plain: bool },
    /// Numbers of the items' nodes.
    List(Vec<u32>),
    /// Numbers of the keys' and the values' nodes.
    Map(Vec<(u32, u32)>),
}

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2, and with it JSON, of which it is a superset.
    Yaml,
    /// TOML 1.
    Toml,
}

impl Syntax {
    /// The syntax that a file's extension stands for: TOML for `.toml`, else YAML.
    pub fn of(file: &str) -> Self {
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        if extension.eq_ignore_ascii_case("toml") { Self::Toml } else { Self::Yaml }
    }
}

/// The longest file that is read: positions are 32 bits wide.
const TEXT_BYTES_MAX: usize = 1 << 30;

impl Tree {
    /// Reads `text`, the content of the file called `file`.
    ///
    /// Errors name the place: bad syntax, a key given twice, an alias without its anchor, aliases that multiply into more
    /// than ten million values, nesting deeper than a thousand.
    pub fn parse(file: &str, text: &str, syntax: Syntax) -> Result<Self, Problems> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Problem::new(format!("{file} is longer than 1 GiB")).into());
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut tree = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            line_starts: line_starts(text),
            nodes: Vec::new(),
            root: 0,
            origins: Vec::new(),
        };
        let built = match syntax {
            Syntax::Yaml => yaml::read(text),
            Syntax::Toml => toml::read(text),
        };
        match built {
            Ok((nodes, root)) => {
                tree.nodes = nodes;
                tree.root = root;
                Ok(tree)
            }
            Err(faults) => Err(Problems(faults.into_iter().map(|fault| fault.in_tree(&tree)).collect())),
        }
    }

    /// The whole file's value.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// The file's name as the user gave it.
    pub fn file(&self) -> &str {
        &self.file
    }

    fn node(&self, id: u32) -> Node<'_> {
        Node { tree: self, id }
    }

    fn entry(&self, id: u32) -> &Entry {
        const NOTHING: &Entry = &Entry { span: 0..0, value: Value::List(Vec::new()) };
        self.nodes.get(id as usize).unwrap_or(NOTHING)
    }

    /// The place of a span, with the first line it covers; of a line of kilobytes only what is around it.
    fn place(&self, span: &Range<u32>) -> Location {
        if let Some(place) = self.place_of_origin(span) {
            return place;
        }
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        let line_start = line
            .checked_sub(1)
            .and_then(|before| self.line_starts.get(before))
            .map_or(0, |start| *start as usize);
        let line_end = self.line_starts.get(line).map_or(self.text.len(), |next| *next as usize);
        let whole = line_start..line_end;
        let from = self.boundary(&whole, (span.start as usize).saturating_sub(LINE_BYTES_MAX));
        let to = self.boundary(&whole, (span.end as usize).saturating_add(LINE_BYTES_MAX));
        let to = to.min(self.boundary(&whole, (span.start as usize).saturating_add(2 * LINE_BYTES_MAX)));
        let shown = self.text.get(from..to).unwrap_or_default();
        let shown = shown.trim_end_matches(['\n', '\r']);
        let start = (span.start as usize).saturating_sub(from).min(shown.len());
        let end = (span.end as usize).saturating_sub(from).clamp(start, shown.len());
        let marked = shown.get(start..end).unwrap_or_default();
        Location {
            file: self.file.clone(),
            line: line as u64,
            text: Some(shown.to_owned()),
            span: start..start + marked.trim_end().len(),
        }
    }

    /// The place of `at` in the text, moved into the line and back to the start of a character.
    fn boundary(&self, line: &Range<usize>, at: usize) -> usize {
        let mut at = at.clamp(line.start, line.end);
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// Bytes of a line kept on either side of what is meant.
const LINE_BYTES_MAX: usize = 1_000;

fn line_starts(text: &str) -> Vec<u32> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect()
}

/// What is wrong with a file's syntax, before there is a tree to point into.
#[derive(Debug)]
struct Fault {
    span: Range<u32>,
    message: String,
    label: String,
}

impl Fault {
    fn new(span: Range<u32>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: String::new() }
    }

    fn in_tree(self, tree: &Tree) -> Problem {
        Problem::new(self.message).at(tree.place(&self.span)).label(self.label)
    }
}

impl<'t> Node<'t> {
    /// Where the value stands.
    pub fn place(&self) -> Location {
        self.tree.place(&self.entry().span)
    }

    /// A problem with this value.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(message).at(self.place())
    }

    /// What the value is, for messages: `a list`, `a map`, `a text`, `nothing`.
    pub fn what(&self) -> &'static str {
        match &self.entry().value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar { .. } if self.is_nothing() => "nothing",
            Value::Scalar { plain: true, text } if text.parse::<f64>().is_ok() => "a number",
            Value::Scalar { .. } => "a text",
        }
    }

    /// The items of a list; `None` for anything else.
    pub fn items(&self) -> Option<impl ExactSizeIterator<Item = Node<'t>> + use<'t>> {
        let tree = self.tree;
        match &self.entry().value {
            Value::List(items) => Some(items.iter().map(move |id| tree.node(*id))),
            _ => None,
        }
    }

    /// The keys and values of a map, in the file's order; `None` for anything else.
    pub fn entries(&self) -> Option<impl ExactSizeIterator<Item = (Node<'t>, Node<'t>)> + use<'t>> {
        let tree = self.tree;
        match &self.entry().value {
            Value::Map(entries) => {
                Some(entries.iter().map(move |(key, value)| (tree.node(*key), tree.node(*value))))
            }
            _ => None,
        }
    }

    /// A text, number or truth value as it was written; `None` for lists, maps and nothing.
    pub fn text(&self) -> Option<&'t str> {
        match &self.entry().value {
            Value::Scalar { text, .. } if !self.is_nothing() => Some(text),
            _ => None,
        }
    }

    /// Whether nothing stands there: an empty value, `null` or `~`.
    pub fn is_nothing(&self) -> bool {
        match &self.entry().value {
            Value::Scalar { text, plain } => *plain && matches!(&**text, "" | "~" | "null" | "Null" | "NULL"),
            _ => false,
        }
    }

    /// The value as it would stand in one line of YAML: `{ delay: 200ms, jitter: 50ms }`.
    pub fn inline(&self) -> String {
        match &self.entry().value {
            Value::Scalar { text, .. } => text.to_string(),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|id| self.tree.node(*id).inline()).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let words = |id: &u32| self.tree.node(*id).inline();
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{}: {}", words(key), words(value))).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// Whether it is the same value at the same place.
    pub fn is(&self, other: Node<'_>) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }

    fn entry(&self) -> &'t Entry {
        self.tree.entry(self.id)
    }
}

#[cfg(test)]
mod tests;
