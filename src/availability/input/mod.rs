//! FAMILY: reads logs into evidence. [`preset`] describes the recognised exports; everything else is
//! shared by all of them.
//!
//! ```text
//! open ─▶ unpack ─▶ sniff ─▶ preset ─▶ columns or paths ─▶ time formats ─▶ Plan ─▶ rows ─▶ Sink ─▶ Evidence
//! ```

mod audit_log;
mod blocks;
pub mod bytes;
pub mod columns;
mod delimited;
mod documents;
mod elements;
mod ends;
mod envelope;
mod event_log;
pub mod field;
mod findings;
mod gather;
mod hints;
mod intern;
pub mod json;
mod json_path;
mod length;
mod lines;
mod lists;
mod matrix;
mod objects;
mod origin;
pub mod plan;
mod pluck;
pub mod preset;
mod records;
mod row_map;
mod several;
mod shape;
mod sink;
mod split;
mod start;
pub mod states;
mod steps;
mod streamed;
mod table;
mod times;
pub mod timestamp;

use crate::availability::evidence::{Evidence, Shape};
use crate::base::problem::{Problem, Problems};
use crate::base::text::decoded;
use crate::base::time::Zone;
use bytes::Input;
use columns::ColumnWishes;
use event_log::EventLogs;
use gather::Gathering;
use origin::Origin;
use preset::Preset;
use states::StateMap;
use std::io::Read;
use timestamp::DateOrder;

/// Options for reading logs.
#[derive(Clone)]
pub struct ReadOptions {
    /// `--preset`; `None` recognises the export by its content.
    pub preset: Option<&'static Preset>,
    /// `--shape`; `None` derives it from the columns.
    pub shape: Option<Shape>,
    /// `--log-timezone` or `--timezone`; `None` reads local times as UTC and adds a note.
    pub zone: Option<Zone>,
    /// `--date-order`.
    pub date_order: Option<DateOrder>,
    /// `--columns`, `--where`, `--planned` and `--by`.
    pub wishes: ColumnWishes,
    /// `--list`: the paths of the lists to read from a JSON document; empty chooses by content.
    pub lists: Vec<String>,
    /// `--states`; `None` for the words of the preset and the usual ones.
    pub states: Option<StateMap>,
    /// `--max-gap` in microseconds; `None` for twice the median interval between samples.
    pub max_gap_micros: Option<i64>,
    /// Whether the ledger keeps its entries besides the totals.
    pub keep_ledger: bool,
    /// Number of worker threads for large tables.
    pub threads: usize,
    /// The last row number of inputs read before these.
    pub rows_before: u32,
    /// How the rows name their services.
    pub services: Services,
}

/// How the rows of an input name their services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Services {
    /// By a column or key; without one all rows belong to one service.
    Optional,
    /// By a column or key, unless nothing in the input can be one: planned maintenance that applies to all
    /// services must be said to do so.
    Required,
    /// Not at all.
    None,
}

/// Number of bytes inspected to recognise an input.
const HEAD_BYTES: u64 = 64 << 10;

/// Reads all inputs into one body of evidence. `open` opens an input by name.
///
/// # Errors
///
/// Returns a problem for each input that cannot be read at all. Rows that cannot be read are not errors;
/// they are recorded in the evidence.
pub fn read(
    names: &[String],
    open: impl Fn(&str) -> Result<Input, String>,
    options: &ReadOptions,
) -> Result<Evidence, Problems> {
    let mut gathering = Gathering::new(options.keep_ledger);
    let mut problems = Vec::new();
    let mut row_base = options.rows_before;
    let mut event_logs = EventLogs::default();
    for name in names {
        let input = open(name).map_err(|why| Problem::new(format!("{name}: {why}")));
        match input.and_then(|input| read_one(input, row_base, options, &mut gathering, &mut event_logs)) {
            Ok(next) => row_base = next,
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(event_logs.finish(options, &mut gathering).err());
    match gathering.finish(row_base) {
        Some(evidence) if problems.is_empty() => Ok(evidence),
        _ => Err(Problems(problems)),
    }
}

/// An input of which the first bytes have been read.
struct Sniffed {
    origin: Origin,
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

/// Reads one input; returns the number of its last row, counted over all inputs.
fn read_one(
    input: Input,
    row_base: u32,
    options: &ReadOptions,
    gathering: &mut Gathering,
    event_logs: &mut EventLogs,
) -> Result<u32, Problem> {
    let Input { name, reader: mut rest } = input;
    let origin = Origin { name, row_base };
    let mut head = Vec::new();
    rest.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| origin.broken(&error))?;
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    check_text(&origin, &head)?;
    let sniffed = Sniffed { origin, head, rest };
    let text = decoded(&sniffed.head).into_owned();
    if let Some((preset, parser)) = preset::for_text(&text) {
        if let Some(stated) = options.preset.filter(|stated| stated.name != preset.name) {
            let why = format!("is a log of {}, which --preset {} does not read", preset.name, stated.name);
            return Err(sniffed.origin.problem(why));
        }
        return event_logs.read(sniffed, preset, parser, options);
    }
    match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => documents::read(sniffed, options, gathering),
        _ => table::read(sniffed, options, gathering),
    }
}

/// Rejects binary and markup files with an error that names the detected type.
fn check_text(origin: &Origin, head: &[u8]) -> Result<(), Problem> {
    let refuse = |why: &str| Err(origin.problem(why));
    match head {
        [] => refuse("is empty"),
        _ if head.iter().all(u8::is_ascii_whitespace) => refuse("holds only white space"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            refuse("is UTF-16; save it as UTF-8 (Excel: \"CSV UTF-8\"; in a shell: iconv -f utf-16 -t utf-8)")
        }
        [b'P', b'K', 3, 4, ..] => refuse("is a ZIP archive or an Excel workbook; export it as CSV"),
        _ if ends_lines_with_cr_alone(head) => refuse(
            "ends its lines with carriage returns only (classic Mac OS); convert them with tr '\\r' '\\n'",
        ),
        [b'%', b'P', b'D', b'F', ..] => refuse("is a PDF; export it as CSV or JSON"),
        _ if begins_with(head, b"<?xml") => refuse("is XML; export it as CSV or JSON"),
        _ if begins_with(head, b"<!doctype") || begins_with(head, b"<html") => {
            refuse("is an HTML page, perhaps a login page; export the log as CSV or JSON")
        }
        _ => origin.check_nul(head),
    }
}

/// Whether the text begins with `word` after white space, ignoring case.
fn begins_with(text: &[u8], word: &[u8]) -> bool {
    let first = text.trim_ascii_start().get(..word.len());
    first.is_some_and(|first| first.eq_ignore_ascii_case(word))
}

fn ends_lines_with_cr_alone(head: &[u8]) -> bool {
    !head.contains(&b'\n') && head.trim_ascii().contains(&b'\r')
}
