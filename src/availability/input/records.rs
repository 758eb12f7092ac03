//! Reads structured documents (JSON, event logs) and audit logs. Their records are collected in memory
//! before they are passed to a sink.

use super::field::{Field, NAMED, NamedField, Record, TIMES};
use super::gather::Gathering;
use super::json::{self, PathMap};
use super::lines::Lines;
use super::plan::{About, Filter, Plan};
use super::preset::{self, DocumentReader, Json, Kind, LineReader, Preset, ServiceRule};
use super::sink::{Refused, Sink};
use super::table::listed;
use super::times::{TimeScan, Undecided};
use super::timestamp::{Reading, TimeFormat, is_missing, parse_iso_fast};
use super::{
    DOCUMENT_BYTES_MAX, ReadOptions, Sniffed, begin, check_nul, file_problem, line_problem, zone, zone_note,
};
use crate::availability::evidence::{NO_SERVICE, Shape, Source};
use crate::availability::ledger::Reason;
use crate::base::problem::Problem;
use crate::base::suggest::did_you_mean;
use crate::base::time::{Timestamp, WallClock, Zone};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read;

/// The interval assumed between samples if there are too few to measure one: a minute, in microseconds.
pub(super) const STEP_WITHOUT_EVIDENCE_MICROS: i64 = 60_000_000;

/// The result of parsing one structured input.
struct Parsed {
    preset: &'static Preset,
    shape: Shape,
    records: Vec<Record>,
    mapping: Vec<(String, String)>,
    filters: Vec<(Filter, About)>,
    note: &'static str,
    /// The parts that could not be split into fields; also holds the unit of the rows.
    refused: Refused,
    /// The first and last time in the log in epoch seconds, where it has lines besides its records.
    seen: Option<(i64, i64)>,
}

/// Reads a JSON input: an array, an envelope, or one object per line.
pub(super) fn read_json(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let (name, row_base) = (sniffed.name.clone(), sniffed.row_base);
    let (document, refused) = if is_json_lines(&sniffed.head) {
        read_json_lines(sniffed, options.keep_ledger)?
    } else {
        let refused = Refused::new("item", options.keep_ledger);
        (read_document(sniffed)?, refused)
    };
    let parsed = parse_document(&name, row_base, &document, refused, options)?;
    take(&name, row_base, parsed, options, gathering)
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
    let Sniffed { name, mut head, rest, .. } = sniffed;
    let read = rest.take(DOCUMENT_BYTES_MAX).read_to_end(&mut head);
    read.map_err(|error| file_problem(&name, format!("cannot be read: {error}")))?;
    if head.len() as u64 >= DOCUMENT_BYTES_MAX {
        let why = format!(
            "is a JSON document of more than {} MiB; split it, or write one object per line",
            DOCUMENT_BYTES_MAX >> 20
        );
        return Err(file_problem(&name, why));
    }
    check_nul(&name, &head)?;
    json::parse(&head).map_err(|error| json_problem(&name, error.line() as u32, &error))
}

/// Reads JSON Lines into one list of objects, and collects the lines that are not objects. Such a line
/// becomes null in the list, so that the index of an item is that of its line.
fn read_json_lines(sniffed: Sniffed, keep_ledger: bool) -> Result<(Value, Refused), Problem> {
    let row_base = sniffed.row_base;
    let (mut lines, mut objects) = (Lines::of(sniffed), Vec::new());
    let mut refused = Refused::new("line", keep_ledger);
    while let Some((number, line)) = lines.next()? {
        let text = line.trim_ascii();
        objects.push(object_of_line(text).unwrap_or_else(|why| {
            refused.push(row_base + number, text, &why);
            Value::Null
        }));
    }
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

/// The message for an item that is not an object.
const NO_OBJECT: &str = "not an object";

fn json_problem(name: &str, line: u32, error: &serde_json::Error) -> Problem {
    let why = unreadable(error);
    let this_is = if error.is_data() { "" } else { "this is " };
    line_problem(name, line, format!("{this_is}{why}"))
}

/// Formats the error with its column but without its line, which the caller reports.
fn unreadable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    let not_json = if error.is_data() { "" } else { "not JSON: " };
    format!("{not_json}{why} (column {})", error.column())
}

fn parse_document(
    name: &str,
    row_base: u32,
    document: &Value,
    mut refused: Refused,
    options: &ReadOptions,
) -> Result<Parsed, Problem> {
    if let Some((preset, reader)) = preset::for_document(document) {
        return parse_whole(name, preset, reader, document, refused, options);
    }
    let objects = json::list_of_objects(document).unwrap_or_default();
    let first = objects.iter().find(|value| value.is_object());
    let first =
        first.ok_or_else(|| file_problem(name, "holds no list of objects (incidents, states or samples)"))?;
    let (preset, list) = choose(name, first, options)?;
    let map = path_map(name, list, objects, options)?;
    let shape = options.shape.unwrap_or_else(|| shape_of(list, &map));
    let mut records = Vec::new();
    for (number, object) in (1..).zip(objects) {
        if object.is_object() {
            records.extend(map.records(number, object));
        } else if refused.what() == "item" {
            refused.push(row_base.saturating_add(number), object.to_string().as_bytes(), NO_OBJECT);
        }
    }
    let described = map.paths.iter().map(|(field, paths)| (field.name().to_owned(), paths.join("|")));
    let mapping = described.filter(|(name, _)| name != "filter").collect();
    Ok(Parsed {
        preset,
        shape,
        records,
        mapping,
        filters: options.wishes.filters_about(|field| map.about(field)),
        note: list.note,
        refused,
        seen: None,
    })
}

fn parse_whole(
    name: &str,
    preset: &'static Preset,
    reader: &DocumentReader,
    document: &Value,
    refused: Refused,
    options: &ReadOptions,
) -> Result<Parsed, Problem> {
    let mut records = (reader.read)(document);
    let filters = fill_in(name, &mut records, options)?;
    Ok(Parsed {
        preset,
        shape: reader.shape,
        records,
        mapping: Vec::new(),
        filters,
        note: "",
        refused: refused.of("sample"),
        seen: None,
    })
}

fn choose(
    name: &str,
    first: &Value,
    options: &ReadOptions,
) -> Result<(&'static Preset, &'static Json), Problem> {
    let canonical = || preset::named("canonical-json").and_then(json_of);
    match options.preset {
        Some(preset) => json_of(preset).ok_or_else(|| {
            file_problem(
                name,
                format!("is a list of JSON objects, but --preset {} does not read those", preset.name),
            )
        }),
        None => preset::for_object(first)
            .or_else(canonical)
            .ok_or_else(|| file_problem(name, "no preset reads JSON")),
    }
}

fn json_of(preset: &'static Preset) -> Option<(&'static Preset, &'static Json)> {
    match &preset.kind {
        Kind::Json(list) => Some((preset, list)),
        _ => None,
    }
}

fn path_map(name: &str, list: &Json, objects: &[Value], options: &ReadOptions) -> Result<PathMap, Problem> {
    let keys = json::keys(objects);
    let mut map =
        if list.paths.is_empty() { PathMap::by_usual_names(&keys) } else { PathMap::of_preset(list) };
    for (field, expression) in &options.wishes.columns {
        map.set(*field, expression.split('|').map(|path| path.trim().to_owned()).collect());
    }
    let mut wrong = Vec::new();
    for (field, column) in options.wishes.named() {
        let mapped = Field::named(column).and_then(|named| map.paths.iter().find(|(f, _)| *f == named));
        let is_there = || objects.iter().any(|object| json::at(object, column).is_some());
        match mapped {
            Some((_, paths)) => map.set(field, paths.clone()),
            None if is_there() => map.set(field, vec![column.to_owned()]),
            None => wrong.push(format!("there is no key `{column}`{}", guess(column, &keys))),
        }
    }
    if !wrong.is_empty() {
        let problem = file_problem(name, wrong.join(" "));
        return Err(problem.help(format!("the keys are: {}", listed(&keys))));
    }
    if map.has(Field::Start) {
        return Ok(map);
    }
    let problem = file_problem(name, "no key is recognised as the start");
    Err(problem
        .help(format!("the keys are: {}", listed(&keys)))
        .help("name the keys, for example: --columns start=attributes.opened_at,end=attributes.closed_at"))
}

fn guess(typed: &str, names: &[String]) -> String {
    did_you_mean(typed, names.iter().map(String::as_str))
}

/// Fills in the columns that `--where` and `--by` name. In a log without columns these are the fields of
/// its rows. Returns the filters with their scopes.
fn fill_in(
    name: &str,
    records: &mut [Record],
    options: &ReadOptions,
) -> Result<Vec<(Filter, About)>, Problem> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut sources: Vec<(Field, Field)> = vec![(Field::Service, Field::Service)];
    let known: Vec<&NamedField> =
        NAMED.iter().filter(|named| records.iter().any(|record| record.get(named.field).is_some())).collect();
    for (field, column) in options.wishes.named() {
        let Some(named) = known.iter().find(|named| named.name == column) else {
            let names: Vec<String> = known.iter().map(|named| named.name.to_owned()).collect();
            let problem = format!("there is no field `{column}`{}", guess(column, &names));
            return Err(file_problem(name, problem).help(format!("the fields are: {}", names.join(", "))));
        };
        for record in records.iter_mut() {
            if let Some(text) = record.get(named.field).map(str::to_owned) {
                record.set(field, text);
            }
        }
        sources.push((field, named.field));
    }
    let source = |of| sources.iter().find(|(field, _)| *field == of).map(|(_, source)| *source);
    let about = |of| About::of(|field| source(of) == source(field));
    Ok(options.wishes.filters_about(about))
}

fn shape_of(list: &Json, map: &PathMap) -> Shape {
    if !list.paths.is_empty() || map.has(Field::End) || !map.has(Field::State) {
        list.shape
    } else {
        Shape::States
    }
}

/// Reads an event log line by line.
pub(super) fn read_lines(
    sniffed: Sniffed,
    preset: &'static Preset,
    reader: &LineReader,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let (name, row_base) = (sniffed.name.clone(), sniffed.row_base);
    let (mut lines, mut parser) = (Lines::of(sniffed), (reader.start)());
    let mut refused = Refused::new("line", options.keep_ledger);
    while let Some((number, line)) = lines.next()? {
        let text = String::from_utf8_lossy(line);
        if !text.trim().is_empty()
            && let Err(why) = parser.line(number, text.trim_end())
        {
            refused.push(row_base + number, line, &why);
        }
    }
    let (mut records, seen) = parser.finish();
    let filters = fill_in(&name, &mut records, options)?;
    let parsed = Parsed {
        preset,
        shape: Shape::Incidents,
        records,
        mapping: Vec::new(),
        filters,
        note: "",
        refused,
        seen,
    };
    take(&name, row_base, parsed, options, gathering)?;
    Ok(row_base + lines.number())
}

/// The note for a log in which no record names a service.
const NO_SERVICE_NAMED: &str =
    "no row names a service, so all rows belong to one; name the key with --columns service=…";

/// Decides the time formats of the records and adds all records to the evidence.
fn take(
    name: &str,
    row_base: u32,
    parsed: Parsed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    if parsed.records.is_empty() && parsed.refused.is_empty() && parsed.seen.is_none() {
        return Err(file_problem(name, "holds no rows"));
    }
    let mut scan = TimeScan::default();
    for record in &parsed.records {
        for field in TIMES {
            scan.observe(field, record.get(field).unwrap_or_default().as_bytes());
        }
    }
    let formats = scan.decide(options.date_order).map_err(|undecided| match undecided {
        Undecided::NeedMore(problem) | Undecided::Refused(problem) => {
            Problem { message: format!("{name}: {}", problem.message), ..problem }
        }
    })?;
    let plan = plan(&parsed, formats.formats, options);
    let mut notes = formats.notes;
    notes.extend((!parsed.note.is_empty()).then(|| parsed.note.to_owned()));
    notes.extend(zone_note(options, parsed.records.iter().any(|record| has_local_time(record, &plan))));
    let named = |record: &Record| record.get(Field::Service).is_some();
    if !parsed.records.is_empty() && !parsed.records.iter().any(named) {
        notes.push(NO_SERVICE_NAMED.into());
    }
    if parsed.shape == Shape::Samples {
        notes.push(super::table::gap_note(&plan, options));
    }
    let source = Source {
        name: name.to_owned(),
        preset: parsed.preset.name,
        mapping: parsed.mapping,
        notes,
        rows: 0,
        unit: parsed.refused.what(),
        row_base,
    };
    begin(gathering, source, parsed.shape)?;
    gathering.max_gap_micros = gathering.max_gap_micros.max(plan.max_gap_micros);
    if let Some((first, last)) = parsed.seen {
        gathering.cover(Timestamp::from_seconds(first), Timestamp::from_seconds(last));
    }
    let last_row = parsed.records.iter().map(|record| record.row).max().unwrap_or(0);
    let records = parsed.records.into_iter().map(|record| Record { row: record.row + row_base, ..record });
    push(records, &plan, options.keep_ledger, gathering);
    let last_refused = parsed.refused.last_row();
    gathering.absorb(parsed.refused.collected());
    Ok(last_refused.max(row_base + last_row))
}

fn plan(parsed: &Parsed, times: [Option<TimeFormat>; 4], options: &ReadOptions) -> Plan {
    let mut plan = Plan {
        shape: parsed.shape,
        times,
        zone: zone(options),
        service: ServiceRule::AsWritten,
        default_service: NO_SERVICE.into(),
        has_extras: true,
        has_ack_after: false,
        has_state: false,
        unknown_states: &[],
        filters: parsed.filters.clone(),
        max_gap_micros: options.max_gap_micros.unwrap_or(0),
    };
    if parsed.shape == Shape::Samples && options.max_gap_micros.is_none() {
        plan.max_gap_micros = 2 * usual_step(&parsed.records, &plan).unwrap_or(STEP_WITHOUT_EVIDENCE_MICROS);
    }
    plan
}

/// Returns the median interval between consecutive samples of one service, in microseconds.
fn usual_step(records: &[Record], plan: &Plan) -> Option<i64> {
    let format = plan.times.first()?.as_ref();
    let mut last: HashMap<&str, i64> = HashMap::new();
    let mut steps = Vec::new();
    for record in records {
        let service = record.get(Field::Service).unwrap_or_default();
        let Some(at) = instant(format, &plan.zone, record.get(Field::Start)?.as_bytes()) else {
            continue;
        };
        if let Some(before) = last.insert(service, at.0) {
            steps.push((at.0 - before).abs());
        }
    }
    steps.retain(|step| *step > 0);
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}

/// Returns the instant of a time cell without any ledger entry.
pub(super) fn instant(format: Option<&TimeFormat>, zone: &Zone, cell: &[u8]) -> Option<Timestamp> {
    if let Some((micros, in_utc)) = parse_iso_fast(cell) {
        return Some(if in_utc { Timestamp(micros) } else { zone.resolve(WallClock(micros)).0 });
    }
    match format?.parse(cell.trim_ascii()).ok()?.reading {
        Reading::Instant(instant) => Some(instant),
        Reading::Local(clock) => Some(zone.resolve(clock).0),
    }
}

/// Whether any time of the record has no zone.
pub(super) fn has_local_time(record: &Record, plan: &Plan) -> bool {
    TIMES.into_iter().zip(&plan.times).any(|(field, format)| {
        let cell = record.get(field).unwrap_or_default().trim().as_bytes();
        let moment = format.filter(|_| !is_missing(cell)).and_then(|format| format.parse(cell).ok());
        moment.is_some_and(|moment| matches!(moment.reading, Reading::Local(_)))
    })
}

fn push(records: impl Iterator<Item = Record>, plan: &Plan, keep_ledger: bool, gathering: &mut Gathering) {
    let mut sink = Sink::new(plan, keep_ledger);
    for record in records {
        match plan.shape {
            Shape::Incidents => sink.incident(record.row, &record, record.repeated),
            Shape::States => sink.state_change(record.row, &record),
            Shape::Samples => sink.sample(record.row, &record),
        }
    }
    gathering.absorb(sink.finish());
}

/// Adds the last row of each incident, by the order column and then by position in the log. Enters the
/// other rows in the ledger as superseded.
pub(super) fn push_last_of_each(
    records: &[Record],
    plan: &Plan,
    keep_ledger: bool,
    gathering: &mut Gathering,
) {
    let mut last: HashMap<String, (f64, usize)> = HashMap::new();
    for (i, record) in records.iter().enumerate() {
        let id = record.get(Field::Id).map_or_else(|| format!("row {i}"), str::to_owned);
        let order =
            record.get(Field::Order).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::INFINITY);
        let latest = last.entry(id).or_insert((order, i));
        if order >= latest.0 {
            *latest = (order, i);
        }
    }
    let mut sink = Sink::new(plan, keep_ledger);
    for (i, record) in records.iter().enumerate() {
        let id = record.get(Field::Id).map_or_else(|| format!("row {i}"), str::to_owned);
        if last.get(&id).is_some_and(|(_, latest)| *latest == i) {
            sink.incident(record.row, record, false);
        } else {
            sink.rows_seen += 1;
            sink.ledger.enter(Reason::Superseded, record.row, 0);
        }
    }
    gathering.absorb(sink.finish());
}
