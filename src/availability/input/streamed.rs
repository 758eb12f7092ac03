//! Reads long JSON Lines and long lists of a JSON document without holding them in memory. The first megabyte decides
//! how the objects are read; then all of them are read in blocks, like a table. What follows the list in its document
//! must not change that decision.

use super::blocks::{Block, BlockReader};
use super::delimited::{Rows, Supply, read_rows};
use super::elements::{AFTER_BYTES_MAX, After, Elements};
use super::envelope::OpenList;
use super::field::Field;
use super::findings::{Findings, LINE};
use super::gather::Gathering;
use super::json::{self, PathMap};
use super::lists::{Item, lists};
use super::objects::{
    ITEM, ListReader, choose, document_preset, is_json_lines, note_unread, object_of_line, one_per_line,
};
use super::origin::Origin;
use super::plan::Plan;
use super::pluck::{Places, Plucker};
use super::records::{planned, source};
use super::sink::Sink;
use super::split::Dialect;
use super::{ReadOptions, Sniffed};
use crate::availability::evidence::Source;
use crate::base::problem::Problem;
use crate::base::workers::lock;
use serde_json::Value;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// The number of bytes that decide how the objects are read. A shorter input is read as a whole.
const SAMPLE_BYTES: u64 = 1 << 20;

/// The outcome of an attempt.
pub(super) enum Streamed {
    /// The input was read; with the number of its last row, counted over all inputs.
    Read(u32),
    /// It is short, or is something else that must be read as a whole.
    NotSo(Sniffed),
}

/// Reads an input if it is long and its beginning tells how.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<Streamed, Problem> {
    let Sniffed { origin, mut head, mut rest } = sniffed;
    let more = SAMPLE_BYTES.saturating_sub(head.len() as u64);
    rest.by_ref().take(more).read_to_end(&mut head).map_err(|error| origin.broken(&error))?;
    let form = if (head.len() as u64) < SAMPLE_BYTES { None } else { Form::of(&head) };
    let decided = form.as_ref().and_then(|form| form.decide(&origin, &form.sample(&head)?, options));
    let (Some(form), Some((objects, plan, source))) = (form, decided) else {
        return Ok(Streamed::NotSo(Sniffed { origin, head, rest }));
    };
    gathering.begin(source.clone(), &plan)?;
    let after = After::default();
    let mut begun = Vec::new();
    let whole: Box<dyn Read + Send> = match &form {
        Form::Lines => Box::new(Cursor::new(head).chain(rest)),
        Form::List => Box::new(Elements::new(Cursor::new(head).chain(rest))),
        Form::Within(list) => {
            begun.clone_from(&head);
            head.drain(..list.start);
            Box::new(Elements::of_one(Cursor::new(head).chain(rest), Arc::clone(&after)))
        }
    };
    let reader = BlockReader::new(origin.clone(), whole, Vec::new(), Dialect::LINES, 1);
    let last_row = read_rows(Supply::new(Vec::new(), reader), &objects, &plan, options, gathering)?;
    if let Form::Within(list) = &form {
        let document = whole_document(&origin, list, &begun, &lock(&after))?;
        let again = form.decide(&origin, &document, options);
        if !again.is_some_and(|again| is_same(&(objects, plan, source), &again)) {
            let what = format!("what follows its list `{}` changes how the list is read", list.path());
            return Err(one_per_line(origin.problem(what), &list.keys));
        }
        gathering.note(note_unread(&lists(&document), &[&list.path()]));
    }
    Ok(Streamed::Read(last_row))
}

/// How the objects lie in a document.
enum Form {
    /// Each on a line.
    Lines,
    /// In one list, or several that follow each other.
    List,
    /// In a list within objects.
    Within(OpenList),
}

/// How the objects are read.
type Decided = (Objects, Plan, Source);

impl Form {
    fn of(head: &[u8]) -> Option<Self> {
        match head.trim_ascii_start().first() {
            _ if is_json_lines(head) => Some(Self::Lines),
            Some(b'[') => Some(Self::List),
            _ => OpenList::find(head).map(Self::Within),
        }
    }

    /// Returns the document as far as the beginning of the input has whole objects.
    fn sample(&self, head: &[u8]) -> Option<Value> {
        let mut elements = Vec::new();
        let lines = match self {
            Self::Lines => head,
            Self::List => {
                // The beginning of a list breaks off within an element.
                let _ = Elements::new(Cursor::new(head)).read_to_end(&mut elements);
                &elements
            }
            Self::Within(list) => return json::parse(&list.document(head, None)).ok(),
        };
        let whole = lines.get(..memchr::memrchr(b'\n', lines)? + 1)?;
        let objects = whole.split(|byte| *byte == b'\n').map(|line| object_of_line(line.trim_ascii()));
        Some(Value::Array(objects.collect::<Result<_, _>>().ok()?))
    }

    /// Decides how the objects are read by a document with the first of them; `None` if that is not certain.
    fn decide(&self, origin: &Origin, document: &Value, options: &ReadOptions) -> Option<Decided> {
        let unit = if matches!(self, Self::Lines) { LINE } else { ITEM };
        if document_preset(origin, document, options).ok()?.is_some() {
            return None;
        }
        let found = lists(document);
        let [(list, preset)] = choose(origin, document, &found, options).ok()?[..] else { return None };
        let is_ours = match self {
            Self::Lines | Self::List => list.path.is_empty(),
            Self::Within(open) => list.path == open.path(),
        };
        if !is_ours || preset.prepare.is_some() || preset.roster.is_some() || preset.last_row_counts {
            return None;
        }
        let reader = ListReader { origin: origin.clone(), document, unit, notes: Vec::new() };
        let (mut parsed, map) = reader.parse(list, preset, Findings::default(), options).ok()?;
        // A field that no object of the sample has may be in later ones.
        let has_service = parsed.records.iter().any(|record| record.get(Field::Service).is_some());
        let is_certain = has_service || !map.has(Field::Service);
        let (plan, notes) = planned(origin, &mut parsed, options).ok().filter(|_| is_certain)?;
        let parent = list.items.first().and_then(|item| item.other).map(|parent| self.without_list(parent));
        let places = Places::of(&map);
        Some((Objects { map, places, unit, parent }, plan, source(origin, &parsed, notes)))
    }

    /// Returns the object that the list belongs to, without the list.
    fn without_list(&self, parent: &Value) -> Value {
        let mut parent = parent.clone();
        if let (Self::Within(list), Some(object)) = (self, parent.as_object_mut()) {
            list.keys.last().and_then(|key| object.remove(key));
        }
        parent
    }
}

/// Returns the document with the beginning of its list and all that follows the list.
fn whole_document(origin: &Origin, list: &OpenList, head: &[u8], after: &[u8]) -> Result<Value, Problem> {
    let refuse = |what: String| {
        let what = format!("what follows its list `{}` {what}", list.path());
        Err(one_per_line(origin.problem(what), &list.keys))
    };
    if after.len() > AFTER_BYTES_MAX {
        return refuse(format!("is longer than {} MiB", AFTER_BYTES_MAX >> 20));
    }
    json::parse(&list.document(head, Some(after))).or_else(|error| {
        let text = error.to_string();
        let why = text.split(" at line ").next().unwrap_or_default();
        refuse(format!("cannot be read: {why}"))
    })
}

/// Whether a list is read in the same way.
fn is_same((objects, plan, source): &Decided, (objects2, plan2, source2): &Decided) -> bool {
    let parent_counts =
        objects.map.paths.iter().flat_map(|(_, paths)| paths).any(|path| path.starts_with('^'));
    source.preset == source2.preset
        && source.mapping == source2.mapping
        && source.notes == source2.notes
        && plan.zone.name() == plan2.zone.name()
        && (objects.parent == objects2.parent || !parent_counts)
}

/// Objects, one on each line.
struct Objects {
    map: PathMap,
    /// The places of the fields, where objects need not be read as trees.
    places: Option<Places>,
    unit: &'static str,
    /// The object that their list belongs to.
    parent: Option<Value>,
}

impl Objects {
    /// Passes the object on a line to the sink by the tree of its values.
    fn fill_by_tree(&self, row: u32, line: &[u8], sink: &mut Sink<'_>) {
        match object_of_line(line) {
            // A blank line.
            Ok(Value::Null) => {}
            Ok(object) => {
                let item = Item { number: row, value: &object, other: self.parent.as_ref() };
                self.map.records(item).iter().for_each(|record| sink.record(record));
            }
            Err(why) => sink.findings.refuse_whole(row, self.unit, line, &why),
        }
    }
}

impl Rows for Objects {
    fn fill(&self, block: &Block, sink: &mut Sink<'_>) {
        let mut plucker = self.places.as_ref().map(Plucker::new);
        let lines = block.bytes.split_inclusive(|byte| *byte == b'\n');
        for (row, line) in (block.first_row..).zip(lines) {
            let line = line.trim_ascii();
            match plucker.as_mut().and_then(|plucker| plucker.read(line)) {
                Some(cells) => sink.row(row, &cells, false),
                None => self.fill_by_tree(row, line, sink),
            }
        }
    }
}
