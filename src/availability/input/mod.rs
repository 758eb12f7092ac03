//! FAMILY: bytes in, evidence out. [`preset`] holds the exports that are recognised; the rest is the same for all of them.
//!
//! ```text
//! open ─▶ unpack ─▶ sniff ─▶ preset ─▶ columns or paths ─▶ time formats ─▶ Plan ─▶ rows ─▶ Sink ─▶ Evidence
//! ```

mod blocks;
pub mod bytes;
pub mod columns;
mod delimited;
mod ends;
pub mod field;
mod gather;
mod intern;
pub mod json;
mod lines;
pub mod plan;
pub mod preset;
mod records;
mod sink;
mod split;
mod table;
mod times;
pub mod timestamp;

pub use sink::state_of_code;

use crate::availability::evidence::{Evidence, Shape, Source};
use crate::base::problem::{Location, Problem, Problems};
use crate::base::time::Zone;
use bytes::Input;
use columns::ColumnWishes;
use gather::Gathering;
use preset::Preset;
use std::io::Read;
use timestamp::DateOrder;

/// How logs are to be read.
#[derive(Clone)]
pub struct ReadOptions {
    /// `--preset`; `None` to recognise the export by its content.
    pub preset: Option<&'static Preset>,
    /// `--shape`; `None` to tell by the columns.
    pub shape: Option<Shape>,
    /// `--timezone`; `None` reads local times as UTC and says so.
    pub zone: Option<Zone>,
    /// `--date-order`.
    pub date_order: Option<DateOrder>,
    /// `--columns`, `--where` and `--by`.
    pub wishes: ColumnWishes,
    /// `--max-gap` in microseconds; `None` for twice the usual step.
    pub max_gap_micros: Option<i64>,
    /// Whether every entry of the ledger is wanted.
    pub keep_ledger: bool,
    /// Workers for large tables.
    pub threads: usize,
}

/// Bytes looked at to recognise an input.
const HEAD_BYTES: u64 = 64 << 10;

/// The largest JSON document that is read whole.
pub const DOCUMENT_BYTES_MAX: u64 = 512 << 20;

/// Reads all inputs into one body of evidence. `open` opens the i-th.
///
/// Errs with every input that cannot be read at all; rows that cannot be read are in the evidence.
pub fn read(
    names: &[String],
    open: impl Fn(&str) -> Result<Input, String>,
    options: &ReadOptions,
) -> Result<Evidence, Problems> {
    let mut gathering = Gathering::new(options.keep_ledger);
    let mut problems = Vec::new();
    let mut row_base = 0;
    for name in names {
        let input = open(name).map_err(|why| Problem::new(format!("{name}: {why}")));
        match input.and_then(|input| read_one(input, row_base, options, &mut gathering)) {
            Ok(next) => row_base = next,
            Err(problem) => problems.push(problem),
        }
    }
    match gathering.shape {
        Some(shape) if problems.is_empty() => Ok(gathering.finish(shape)),
        _ => Err(Problems(problems)),
    }
}

/// One input whose first bytes were looked at.
struct Sniffed {
    name: String,
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    /// Rows of the inputs before it.
    row_base: u32,
}

/// Reads one input; returns the number of its last row over all inputs.
fn read_one(
    mut input: Input,
    row_base: u32,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let mut head = Vec::new();
    let broken = |why: &dyn std::fmt::Display| file_problem(&input.name, format!("cannot be read: {why}"));
    input.reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| broken(&error))?;
    if head.starts_with(b"\xef\xbb\xbf") {
        head.drain(..3);
    }
    let sniffed = Sniffed { name: input.name, head, rest: input.reader, row_base };
    check_text(&sniffed)?;
    let text = String::from_utf8_lossy(&sniffed.head).into_owned();
    if let Some((preset, reader)) = preset::for_text(&text) {
        return records::read_lines(sniffed, preset, reader, options, gathering);
    }
    match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => records::read_json(sniffed, options, gathering),
        _ => table::read(sniffed, options, gathering),
    }
}

/// Refuses what is no text in a way that says what it is.
fn check_text(sniffed: &Sniffed) -> Result<(), Problem> {
    let head = sniffed.head.as_slice();
    let refuse = |why: &str| Err(file_problem(&sniffed.name, why));
    match head {
        [] => refuse("is empty"),
        _ if head.iter().all(u8::is_ascii_whitespace) => refuse("holds nothing but white space"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            refuse("is UTF-16; save it as UTF-8 (Excel: \"CSV UTF-8\"; on a shell: iconv -f utf-16 -t utf-8)")
        }
        [b'P', b'K', 3, 4, ..] => refuse("is a ZIP archive or an Excel workbook; export it as CSV"),
        _ if ends_lines_with_cr_alone(head) => refuse(
            "ends its lines with a carriage return alone, as an old Mac did; write line feeds (tr '\\r' '\\n')",
        ),
        [b'%', b'P', b'D', b'F', ..] => refuse("is a PDF; export it as CSV or JSON"),
        _ if begins_with(head, b"<?xml") => refuse("is XML; export it as CSV or JSON"),
        _ if begins_with(head, b"<!doctype") || begins_with(head, b"<html") => {
            refuse("is an HTML page, perhaps one that asks to log in; export the log as CSV or JSON")
        }
        _ => check_nul(&sniffed.name, head),
    }
}

/// Refuses text with a NUL byte, at its line.
fn check_nul(name: &str, text: &[u8]) -> Result<(), Problem> {
    match memchr::memchr(0, text) {
        Some(at) => {
            let before = text.get(..at).unwrap_or_default();
            let lines = memchr::memchr_iter(b'\n', before).count();
            Err(no_text(name, u32::try_from(lines + 1).unwrap_or(u32::MAX)))
        }
        None => Ok(()),
    }
}

/// The problem of a line that holds a NUL byte.
fn no_text(name: &str, line: u32) -> Problem {
    line_problem(name, line, NO_TEXT.into())
}

/// What is said of a NUL byte.
const NO_TEXT: &str = "this line holds a NUL byte: it is no text";

/// Whether the text begins with a word in any case, after white space.
fn begins_with(text: &[u8], word: &[u8]) -> bool {
    let first = text.trim_ascii_start().get(..word.len());
    first.is_some_and(|first| first.eq_ignore_ascii_case(word))
}

fn ends_lines_with_cr_alone(head: &[u8]) -> bool {
    !head.contains(&b'\n') && head.trim_ascii().contains(&b'\r')
}

/// A problem of a whole file.
fn file_problem(name: &str, why: impl Into<String>) -> Problem {
    Problem::new(format!("{name}: {}", why.into()))
}

/// A problem on one line of a file.
fn line_problem(name: &str, line: u32, message: String) -> Problem {
    let place = Location { file: name.to_owned(), line: u64::from(line), text: None, span: 0..0 };
    Problem::new(message).at(place)
}

/// Begins an input: notes its mapping, and refuses a shape other than that of the inputs before.
fn begin(gathering: &mut Gathering, source: Source, shape: Shape) -> Result<(), Problem> {
    if let Some(before) = gathering.shape.filter(|before| *before != shape) {
        let message =
            format!("{}: holds {}, the inputs before it {}", source.name, shape.name(), before.name());
        return Err(Problem::new(message).help("compute them apart, or say what it holds with --shape"));
    }
    gathering.shape = Some(shape);
    gathering.begin(source);
    Ok(())
}

/// The zone of local times.
fn zone(options: &ReadOptions) -> Zone {
    options.zone.clone().unwrap_or_else(Zone::utc)
}

/// The note on a zone that nobody named, when local times occur.
fn zone_note(options: &ReadOptions, saw_local: bool) -> Option<String> {
    (saw_local && options.zone.is_none()).then(|| LOCAL_AS_UTC.to_owned())
}

/// What is said when local times are read as UTC.
pub const LOCAL_AS_UTC: &str = "its times bear no zone: read as UTC; say which with --timezone";
