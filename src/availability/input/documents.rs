//! Reads JSON: an array, an envelope, a document of another structure, or one object per line.

use super::findings::{Findings, LINE};
use super::gather::Gathering;
use super::json;
use super::lines::parse_lines;
use super::lists::lists;
use super::matrix;
use super::objects::{
    ITEM, ListReader, choose, document_preset, is_json_lines, note_unread, object_of_line, one_per_line,
    unreadable,
};
use super::origin::Origin;
use super::records::{Parsed, take};
use super::streamed::{self, Streamed};
use super::{ReadOptions, Sniffed};
use crate::base::problem::Problem;
use serde_json::Value;
use std::io::Read;

/// Size limit of JSON that is read into memory as a whole: it takes up to 25 times its size.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// Reads a JSON input; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    if matrix::is_plain(options) && matrix::is_matrix(&sniffed.head) {
        return matrix::read(sniffed, options, gathering);
    }
    let sniffed = match streamed::read(sniffed, options, gathering)? {
        Streamed::Read(last_row) => return Ok(last_row),
        Streamed::NotSo(sniffed) => sniffed,
    };
    let origin = sniffed.origin.clone();
    let (document, refused, unit) = if is_json_lines(&sniffed.head) {
        let (objects, refused) = read_json_lines(sniffed, options.keep_ledger)?;
        (objects, refused, LINE)
    } else {
        (read_document(sniffed)?, Findings::new(options.keep_ledger), ITEM)
    };
    if let Some((preset, read)) = document_preset(&origin, &document, options)? {
        let records = read(&document).map_err(|why| origin.problem(why))?;
        let parsed = Parsed::of_fields(&origin, preset, records, refused, "sample", options)?;
        return take(&origin, parsed, options, gathering);
    }
    let found = lists(&document);
    let chosen = choose(&origin, &document, &found, options)?;
    let read: Vec<&str> = chosen.iter().map(|(list, _)| list.path.as_str()).collect();
    let notes = note_unread(&found, &read).into_iter().collect();
    let mut reader = ListReader { origin, document: &document, unit, notes };
    let mut refused = Some(refused);
    let mut last_row = reader.origin.row_base;
    for (list, preset) in chosen {
        reader.origin.row_base = last_row;
        let refused = refused.take().unwrap_or_else(|| Findings::new(options.keep_ledger));
        let (parsed, _) = reader.parse(list, preset, refused, options)?;
        last_row = take(&reader.origin, parsed, options, gathering)?;
        // Notes on the document are shown once, with its first list.
        reader.notes.clear();
    }
    Ok(last_row)
}

fn read_document(sniffed: Sniffed) -> Result<Value, Problem> {
    let Sniffed { origin, mut head, rest } = sniffed;
    rest.take(DOCUMENT_BYTES_MAX).read_to_end(&mut head).map_err(|error| origin.broken(&error))?;
    if head.len() as u64 >= DOCUMENT_BYTES_MAX {
        return Err(too_long(&origin));
    }
    origin.check_nul(&head)?;
    json::parse_pages(&head).map_err(|error| {
        let this_is = if error.is_data() { "" } else { "this is " };
        origin.problem_at(error.line() as u32, format!("{this_is}{}", unreadable(&error)))
    })
}

fn too_long(origin: &Origin) -> Problem {
    let what =
        format!("is JSON of more than {} MiB that has to be read as a whole", DOCUMENT_BYTES_MAX >> 20);
    one_per_line(origin.problem(what), &["incidents".to_owned()]).help("or split it")
}

/// Reads JSON Lines into one list of objects. A line that is not an object becomes null in the list, so
/// that the index of an item is that of its line.
fn read_json_lines(sniffed: Sniffed, keep_ledger: bool) -> Result<(Value, Findings), Problem> {
    let (mut objects, mut bytes) = (Vec::new(), 0);
    let origin = sniffed.origin.clone();
    let (refused, _) = parse_lines(sniffed, keep_ledger, |_, line| {
        bytes += line.len() as u64;
        if bytes > DOCUMENT_BYTES_MAX {
            return Ok(());
        }
        let object = object_of_line(line.trim_ascii());
        let (object, parsed) = object.map_or_else(|why| (Value::Null, Err(why)), |object| (object, Ok(())));
        objects.push(object);
        parsed
    })?;
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(too_long(&origin));
    }
    Ok((Value::Array(objects), refused))
}
