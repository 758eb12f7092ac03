//! FAMILY: reads logs into evidence. [`preset`] describes the recognised exports; everything else is
//! shared by all of them.
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

/// Options for reading logs.
#[derive(Clone)]
pub struct ReadOptions {
    /// `--preset`; `None` recognises the export by its content.
    pub preset: Option<&'static Preset>,
    /// `--shape`; `None` derives it from the columns.
    pub shape: Option<Shape>,
    /// `--timezone`; `None` reads local times as UTC and adds a note.
    pub zone: Option<Zone>,
    /// `--date-order`.
    pub date_order: Option<DateOrder>,
    /// `--columns`, `--where` and `--by`.
    pub wishes: ColumnWishes,
    /// `--max-gap` in microseconds; `None` for twice the median interval between samples.
    pub max_gap_micros: Option<i64>,
    /// Whether to keep every entry of the ledger and not only examples.
    pub keep_ledger: bool,
    /// Number of worker threads for large tables.
    pub threads: usize,
}

/// Number of bytes inspected to recognise an input.
const HEAD_BYTES: u64 = 64 << 10;

/// Size limit of a JSON document, which is read into memory as a whole.
pub const DOCUMENT_BYTES_MAX: u64 = 512 << 20;

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

/// An input of which the first bytes have been read.
struct Sniffed {
    name: String,
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
    /// The last row number of the inputs before it.
    row_base: u32,
}

/// Reads one input; returns the number of its last row, counted over all inputs.
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

/// Rejects binary and markup files with an error that names the detected type.
fn check_text(sniffed: &Sniffed) -> Result<(), Problem> {
    let head = sniffed.head.as_slice();
    let refuse = |why: &str| Err(file_problem(&sniffed.name, why));
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
        _ => check_nul(&sniffed.name, head),
    }
}

/// Rejects text that holds a NUL byte, with its line.
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

/// Returns the problem of a line that holds a NUL byte.
fn no_text(name: &str, line: u32) -> Problem {
    line_problem(name, line, NO_TEXT.into())
}

/// The message for a NUL byte.
const NO_TEXT: &str = "this line holds a NUL byte, so the file is not text";

/// Whether the text begins with `word` after white space, ignoring case.
fn begins_with(text: &[u8], word: &[u8]) -> bool {
    let first = text.trim_ascii_start().get(..word.len());
    first.is_some_and(|first| first.eq_ignore_ascii_case(word))
}

fn ends_lines_with_cr_alone(head: &[u8]) -> bool {
    !head.contains(&b'\n') && head.trim_ascii().contains(&b'\r')
}

/// Returns a problem of a whole file.
fn file_problem(name: &str, why: impl Into<String>) -> Problem {
    Problem::new(format!("{name}: {}", why.into()))
}

/// Returns a problem on one line of a file.
fn line_problem(name: &str, line: u32, message: String) -> Problem {
    let place = Location { file: name.to_owned(), line: u64::from(line), text: None, span: 0..0 };
    Problem::new(message).at(place)
}

/// Starts an input. Fails if its shape differs from that of the inputs before it.
fn begin(gathering: &mut Gathering, source: Source, shape: Shape) -> Result<(), Problem> {
    if let Some(before) = gathering.shape.filter(|before| *before != shape) {
        let message = format!(
            "{}: holds {}, but the inputs before it hold {}",
            source.name,
            shape.name(),
            before.name()
        );
        return Err(Problem::new(message).help("analyse them separately, or set the shape with --shape"));
    }
    gathering.shape = Some(shape);
    gathering.begin(source);
    Ok(())
}

/// Returns the time zone of local times.
fn zone(options: &ReadOptions) -> Zone {
    options.zone.clone().unwrap_or_else(Zone::utc)
}

/// Returns the note for local times that are read as UTC because no time zone was given.
fn zone_note(options: &ReadOptions, saw_local: bool) -> Option<String> {
    (saw_local && options.zone.is_none()).then(|| LOCAL_AS_UTC.to_owned())
}

/// The note for local times that are read as UTC.
pub const LOCAL_AS_UTC: &str = "times without a zone are read as UTC; set the zone with --timezone";
