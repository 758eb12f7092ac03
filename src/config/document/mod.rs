//! Configuration files: YAML, JSON and TOML, read into one tree of values with locations.
//!
//! Every value and every key has a location, so that a reader can point at an error with a caret and can
//! report all errors of a file at once. The tree is flat: its nodes are stored in one list. Deep nesting
//! therefore cannot overflow the stack when the tree is built or dropped.

mod build;
mod reading;
mod scalar;
mod set;
mod toml;
mod yaml;

pub use reading::{Load, Reading, one_key};

use crate::base::problem::{Location, Problem, Problems};
use std::ops::Range;

/// The values of a file with their locations.
#[derive(Debug)]
pub struct Tree {
    file: String,
    text: String,
    /// The byte offset at which each line starts.
    line_starts: Vec<u32>,
    nodes: Vec<Entry>,
    root: u32,
    /// The origins of values that are not from the file; see [`Tree::set`].
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
    /// A string, number, boolean or null, as it was written; `plain` when it was written without quotes.
    Scalar { text: Box<str>, plain: bool },
    /// The node indices of the items.
    List(Vec<u32>),
    /// The node indices of the keys and the values.
    Map(Vec<(u32, u32)>),
}

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// YAML 1.2, which includes JSON.
    Yaml,
    /// TOML 1.
    Toml,
}

impl Syntax {
    /// Returns the syntax of a file by its extension: TOML for `.toml`, else YAML.
    pub fn of(file: &str) -> Self {
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        if extension.eq_ignore_ascii_case("toml") { Self::Toml } else { Self::Yaml }
    }
}

/// The longest file that is read, in bytes. Positions are stored in 32 bits.
const TEXT_BYTES_MAX: usize = 1 << 30;

impl Tree {
    /// Reads `text`, the content of the file called `file`.
    ///
    /// Returns errors with their locations for invalid syntax, duplicate keys, aliases without an
    /// anchor, aliases that expand to more than ten million values, and YAML nested deeper than a
    /// thousand levels.
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

    /// Returns the value of the whole file.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// Returns the file name as the user gave it.
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

    /// Returns the location of a span with the text of its first line. Of a very long line, only the
    /// part around the span is kept.
    fn place(&self, span: &Range<u32>) -> Location {
        if let Some(place) = self.place_of_origin(span) {
            return place;
        }
        // The number of lines that start at or before the span is its line number, counted from 1.
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
        // A password or a token must not end up in the log of a CI job.
        let text = Some(shown).filter(|shown| !may_hold_a_secret(shown)).map(str::to_owned);
        Location {
            file: self.file.clone(),
            line: line as u64,
            text,
            span: start..start + marked.trim_end().len(),
        }
    }

    /// Clamps the byte offset `at` to the line and moves it back to the start of a character.
    fn boundary(&self, line: &Range<usize>, at: usize) -> usize {
        let mut at = at.clamp(line.start, line.end);
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// The number of bytes of a line kept on either side of a span.
const LINE_BYTES_MAX: usize = 1_000;

/// Returns the byte offset at which each line starts.
fn line_starts(text: &str) -> Vec<u32> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect()
}

/// A syntax error, found before there is a tree to give it a location.
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
    /// Returns the location of the value.
    pub fn place(&self) -> Location {
        self.tree.place(&self.entry().span)
    }

    /// Builds a problem located at this value.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(message).at(self.place())
    }

    /// Describes the type of the value for messages: `a list`, `a map`, `a number`, `a text`, `nothing`.
    pub fn what(&self) -> &'static str {
        match &self.entry().value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar { .. } if self.is_nothing() => "nothing",
            Value::Scalar { plain: true, text } if text.parse::<f64>().is_ok() => "a number",
            Value::Scalar { .. } => "a text",
        }
    }

    /// Returns the items of a list; `None` for anything else.
    pub fn items(&self) -> Option<impl ExactSizeIterator<Item = Node<'t>> + use<'t>> {
        let tree = self.tree;
        match &self.entry().value {
            Value::List(items) => Some(items.iter().map(move |id| tree.node(*id))),
            _ => None,
        }
    }

    /// Returns the keys and values of a map, in the order of the file; `None` for anything else.
    pub fn entries(&self) -> Option<impl ExactSizeIterator<Item = (Node<'t>, Node<'t>)> + use<'t>> {
        let tree = self.tree;
        match &self.entry().value {
            Value::Map(entries) => {
                Some(entries.iter().map(move |(key, value)| (tree.node(*key), tree.node(*value))))
            }
            _ => None,
        }
    }

    /// Returns a string, number or boolean as it was written; `None` for lists, maps and null.
    pub fn text(&self) -> Option<&'t str> {
        match &self.entry().value {
            Value::Scalar { text, .. } if !self.is_nothing() => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is null: empty, `null` or `~`.
    pub fn is_nothing(&self) -> bool {
        match &self.entry().value {
            Value::Scalar { text, plain } => *plain && matches!(&**text, "" | "~" | "null" | "Null" | "NULL"),
            _ => false,
        }
    }

    /// Formats the value as one line of YAML: `{ delay: 200ms, jitter: 50ms }`.
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

    /// Returns whether `other` is the same node of the same tree.
    pub fn is(&self, other: Node<'_>) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }

    fn entry(&self) -> &'t Entry {
        self.tree.entry(self.id)
    }
}

/// Whether a line of a file may hold a password or a token. Errors end up in public logs of CI, so such a line is
/// not shown with them.
fn may_hold_a_secret(line: &str) -> bool {
    const WORDS: [&str; 8] =
        ["authorization", "cookie", "password", "passwd", "secret", "token", "api-key", "api_key"];
    let lower = line.to_lowercase();
    let mut urls =
        lower.split("://").skip(1).map(|url| url.split([' ', '"', '\'']).next().unwrap_or_default());
    WORDS.iter().any(|word| lower.contains(word)) || urls.any(|url| url.contains(['@', '?']))
}

#[cfg(test)]
mod tests;
