//! Reads long JSON Lines, and long JSON arrays, without holding them in memory. The first megabyte decides how the
//! objects are read; then all of them are read in blocks, like a table.

use super::blocks::{Block, BlockReader};
use super::delimited::{Rows, Supply, read_rows};
use super::elements::Elements;
use super::field::Field;
use super::findings::{Findings, LINE};
use super::gather::Gathering;
use super::json::PathMap;
use super::lists::{Item, lists};
use super::objects::{ITEM, ListReader, choose, document_preset, is_json_lines, object_of_line};
use super::origin::Origin;
use super::plan::Plan;
use super::records::{planned, source};
use super::sink::Sink;
use super::split::Dialect;
use super::{ReadOptions, Sniffed};
use crate::availability::evidence::{Shape, Source};
use crate::base::problem::Problem;
use serde_json::Value;
use std::io::{Cursor, Read};

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
    let has_lines = is_json_lines(&head);
    let is_list = head.trim_ascii_start().first() == Some(&b'[');
    let decided = if (head.len() as u64) < SAMPLE_BYTES || !(has_lines || is_list) {
        None
    } else if has_lines {
        decide(&origin, &head, LINE, options)
    } else {
        let mut lines = Vec::new();
        // The beginning of a list breaks off within an element.
        let _ = Elements::new(Cursor::new(&head)).read_to_end(&mut lines);
        decide(&origin, &lines, ITEM, options)
    };
    let Some((rows, plan, source)) = decided else {
        return Ok(Streamed::NotSo(Sniffed { origin, head, rest }));
    };
    gathering.begin(source, &plan)?;
    let whole: Box<dyn Read + Send> = if has_lines {
        Box::new(Cursor::new(head).chain(rest))
    } else {
        Box::new(Elements::new(Cursor::new(head).chain(rest)))
    };
    let reader = BlockReader::new(origin, whole, Vec::new(), Dialect::LINES, 1);
    read_rows(Supply::new(Vec::new(), reader), &rows, &plan, options, gathering).map(Streamed::Read)
}

/// Decides how the objects are read by those on the whole lines of a sample; `None` if that is not certain.
fn decide(
    origin: &Origin,
    sample: &[u8],
    unit: &'static str,
    options: &ReadOptions,
) -> Option<(ObjectLines, Plan, Source)> {
    let whole = sample.get(..memchr::memrchr(b'\n', sample)? + 1)?;
    let objects = whole.split(|byte| *byte == b'\n').map(|line| object_of_line(line.trim_ascii()));
    let document = Value::Array(objects.collect::<Result<_, _>>().ok()?);
    if !options.lists.is_empty() || document_preset(origin, &document, options).ok()?.is_some() {
        return None;
    }
    let found = lists(&document);
    let [(list, preset)] = choose(origin, &found, options).ok()?[..] else { return None };
    if !list.path.is_empty() || preset.prepare.is_some() || preset.last_row_counts {
        return None;
    }
    let reader = ListReader { origin: origin.clone(), document: &document, unit, notes: Vec::new() };
    let (mut parsed, map) = reader.parse(list, preset, Findings::default(), options).ok()?;
    // A field that no object of the sample has may be in later ones.
    let has_service = parsed.records.iter().any(|record| record.get(Field::Service).is_some());
    let is_certain = has_service || !map.has(Field::Service);
    let (plan, notes) = planned(origin, &mut parsed, options).ok().filter(|_| is_certain)?;
    Some((ObjectLines { map, unit }, plan, source(origin, &parsed, notes)))
}

/// Objects, one on each line.
struct ObjectLines {
    map: PathMap,
    unit: &'static str,
}

impl Rows for ObjectLines {
    fn fill(&self, block: &Block, _: Shape, sink: &mut Sink<'_>) {
        let lines = block.bytes.split_inclusive(|byte| *byte == b'\n');
        for (row, line) in (block.first_row..).zip(lines) {
            let line = line.trim_ascii();
            match object_of_line(line) {
                // A blank line.
                Ok(Value::Null) => {}
                Ok(object) => {
                    let item = Item { number: row, value: &object, other: None };
                    self.map.records(item).iter().for_each(|record| sink.record(record));
                }
                Err(why) => sink.findings.refuse_whole(row, self.unit, line, &why),
            }
        }
    }
}
