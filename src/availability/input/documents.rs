//! Reads JSON: an array, an envelope, a document of another structure, or one object per line.

use super::field::Field;
use super::findings::{Findings, LINE};
use super::gather::Gathering;
use super::json::{self, PathMap};
use super::json_path::at;
use super::lines::parse_lines;
use super::origin::{Origin, listed, unknown};
use super::preset::{self, Preset};
use super::records::{Parsed, take};
use super::{ReadOptions, Sniffed};
use crate::availability::evidence::Shape;
use crate::base::problem::Problem;
use serde_json::Value;
use std::io::Read;

/// Size limit of a JSON document, which is read into memory as a whole.
const DOCUMENT_BYTES_MAX: u64 = 512 << 20;

/// The unit of rows that are numbered by their place in a list.
const ITEM: &str = "item";

/// The message for an item that is not an object.
const NO_OBJECT: &str = "not an object";

/// Reads a JSON input; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let origin = sniffed.origin.clone();
    let (document, refused, unit) = if is_json_lines(&sniffed.head) {
        let (objects, refused) = read_json_lines(sniffed, options.keep_ledger)?;
        (objects, refused, LINE)
    } else {
        (read_document(sniffed)?, Findings::new(options.keep_ledger), ITEM)
    };
    let parsed = match preset::for_document(&document) {
        Some((preset, read)) => {
            Parsed::of_fields(&origin, preset, read(&document), refused, "sample", options)?
        }
        None => parse_list(&origin, &document, refused, unit, options)?,
    };
    take(&origin, parsed, options, gathering)
}

/// Whether the input is JSON Lines: the first line is a complete object and the next one begins another.
fn is_json_lines(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let first_is_object = lines.next().is_some_and(|line| {
        line.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    });
    first_is_object && lines.next().is_some_and(|line| line.trim_ascii_start().starts_with(b"{"))
}

fn read_document(sniffed: Sniffed) -> Result<Value, Problem> {
    let Sniffed { origin, mut head, rest } = sniffed;
    rest.take(DOCUMENT_BYTES_MAX).read_to_end(&mut head).map_err(|error| origin.broken(&error))?;
    if head.len() as u64 >= DOCUMENT_BYTES_MAX {
        return Err(origin.problem(format!(
            "is a JSON document of more than {} MiB; split it, or write one object per line",
            DOCUMENT_BYTES_MAX >> 20
        )));
    }
    origin.check_nul(&head)?;
    json::parse(&head).map_err(|error| {
        let this_is = if error.is_data() { "" } else { "this is " };
        origin.problem_at(error.line() as u32, format!("{this_is}{}", unreadable(&error)))
    })
}

/// Reads JSON Lines into one list of objects. A line that is not an object becomes null in the list, so
/// that the index of an item is that of its line.
fn read_json_lines(sniffed: Sniffed, keep_ledger: bool) -> Result<(Value, Findings), Problem> {
    let mut objects = Vec::new();
    let (refused, _) = parse_lines(sniffed, keep_ledger, |_, line| {
        let object = object_of_line(line.trim_ascii());
        let (object, parsed) = object.map_or_else(|why| (Value::Null, Err(why)), |object| (object, Ok(())));
        objects.push(object);
        parsed
    })?;
    Ok((Value::Array(objects), refused))
}

/// Parses the object on a line; a blank line gives null.
fn object_of_line(text: &[u8]) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match json::parse(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(NO_OBJECT.into()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Formats the error with its column but without its line, which the caller reports.
fn unreadable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    let not_json = if error.is_data() { "" } else { "not JSON: " };
    format!("{not_json}{why} (column {})", error.column())
}

/// Parses a list of objects. In one read line by line, the lines that are not objects are refused already.
fn parse_list(
    origin: &Origin,
    document: &Value,
    mut refused: Findings,
    unit: &'static str,
    options: &ReadOptions,
) -> Result<Parsed, Problem> {
    let objects = json::list_of_objects(document).unwrap_or_default();
    let first = objects.iter().find(|value| value.is_object());
    let first =
        first.ok_or_else(|| origin.problem("holds no list of objects (incidents, states or samples)"))?;
    let preset = preset::of_list(first, options.preset).map_err(|why| origin.problem(why))?;
    let map = path_map(origin, preset, objects, options)?;
    let shape = options.shape.unwrap_or_else(|| preset.shape_with(|field| map.has(field), || Shape::States));
    let mut records = Vec::new();
    for (number, object) in (1..).zip(objects) {
        if object.is_object() {
            records.extend(map.records(number, object));
        } else if unit == ITEM {
            let row = origin.row_base.saturating_add(number);
            refused.refuse_whole(row, ITEM, object.to_string().as_bytes(), NO_OBJECT);
        }
    }
    let described = map.paths.iter().map(|(field, paths)| (field.name().to_owned(), paths.join("|")));
    Ok(Parsed {
        preset,
        shape,
        records,
        mapping: described.filter(|(name, _)| name != "filter").collect(),
        filters: options.wishes.scoped_filters(|of, field| map.shares(of, field)),
        refused,
        unit,
        last_row: u32::try_from(objects.len()).unwrap_or(u32::MAX),
        seen: None,
    })
}

fn path_map(
    origin: &Origin,
    preset: &Preset,
    objects: &[Value],
    options: &ReadOptions,
) -> Result<PathMap, Problem> {
    let keys = json::keys(objects);
    let mut map = PathMap::new(preset, &keys);
    for (field, expression) in &options.wishes.columns {
        map.set(*field, expression.split('|').map(|path| path.trim().to_owned()).collect());
    }
    let (named, wrong) = options.wishes.find_named(|name| {
        let of_field = Field::named(name).and_then(|field| map.paths_of(field)).cloned();
        let is_there = || objects.iter().any(|object| at(object, name).is_some());
        let paths = of_field.or_else(|| is_there().then(|| vec![name.to_owned()]));
        paths.ok_or_else(|| unknown("key", name, &keys))
    });
    let problem = |why: &str| origin.problem(why).help(format!("the keys are: {}", listed(&keys)));
    if !wrong.is_empty() {
        return Err(problem(&wrong.join(" ")));
    }
    for (field, paths) in named {
        map.set(field, paths);
    }
    if map.has(Field::Start) {
        return Ok(map);
    }
    let help = "name the keys, for example: --columns start=attributes.opened_at,end=attributes.closed_at";
    Err(problem("no key is recognised as the start").help(help))
}
