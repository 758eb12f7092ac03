//! Reads one table: its header, the meaning of its columns, its time formats, and then all rows.

use super::blocks::{Block, BlockError, BlockReader};
use super::columns::ColumnMap;
use super::delimited::{RowMap, describe, header, read_blocks};
use super::field::{Field, NAMED};
use super::gather::Gathering;
use super::plan::Plan;
use super::preset::{self, Delimited, Kind, Preset, ServiceRule};
use super::sink::Refused;
use super::split::Dialect;
use super::split::unclosed_record;
use super::times::{TimeFormats, TimeScan, Undecided};
use super::{ReadOptions, Sniffed, begin, check_nul, file_problem, line_problem, records, zone, zone_note};
use crate::availability::evidence::{NO_SERVICE, Shape, Source};
use crate::base::problem::Problem;
use crate::base::suggest::nearest;
use crate::base::text::excerpt;
use std::io::Read;

/// Limit in bytes of the rows buffered while the order of day and month is undecided.
const UNDECIDED_BYTES_MAX: usize = 256 << 20;

/// The interpretation of a header.
struct Understood {
    preset: &'static Preset,
    table: &'static Delimited,
    columns: ColumnMap,
    shape: Shape,
}

/// Reads a table; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let Sniffed { name, head, rest, row_base } = sniffed;
    let (head, rest) = whole_header(head, rest).map_err(|why| file_problem(&name, why))?;
    check_nul(&name, &head)?;
    let (dialect, names, header_length, header_lines) =
        header(&head).ok_or_else(|| file_problem(&name, "has no header line"))?;
    if unclosed_record(&head, dialect).is_some_and(|at| at < header_length) {
        let why = "a quote in the header is never closed".to_owned();
        return Err(line_problem(&name, 1, why));
    }
    let understood = understand(&name, &names, options)?;
    let map = RowMap::new(dialect, &understood.columns, required_field(understood.shape));
    let body = head.get(header_length..).unwrap_or_default().to_vec();
    let mut reader = BlockReader::new(rest, body, dialect, row_base + header_lines + 1);
    let broken = |error: &BlockError| {
        let (why, line) = describe(error, row_base);
        if line > 0 { line_problem(&name, line, why) } else { file_problem(&name, why) }
    };
    let (blocks, formats) = decide_times(&mut reader, &map, options, &name, &broken)?;
    if blocks.is_empty() {
        return Err(no_rows(&name));
    }
    let plan = plan(&understood, &formats, &map, &blocks, options);
    let mut source = describe_source(&name, &understood, dialect, &formats, row_base);
    source.notes.extend(zone_note(options, saw_local(&plan, &map, &blocks)));
    if understood.shape == Shape::Samples {
        source.notes.push(gap_note(&plan, options));
    }
    begin(gathering, source, understood.shape)?;
    gathering.max_gap_micros = gathering.max_gap_micros.max(plan.max_gap_micros);
    if understood.table.last_row_counts {
        let mut refused = Refused::new("row", options.keep_ledger);
        let read = all_records(&blocks, reader, &map, &mut refused);
        let (records, next) = read.map_err(|error| broken(&error))?;
        records::push_last_of_each(&records, &plan, options.keep_ledger, gathering);
        gathering.absorb(refused.collected());
        return require_rows(&name, gathering).map(|()| next - 1);
    }
    let read = read_blocks(blocks, reader, &map, &plan, options.keep_ledger, options.threads);
    let read = read.map_err(|error| broken(&error))?;
    for collected in read.collected {
        gathering.absorb(collected);
    }
    gathering.absorb_runs(read.runs);
    require_rows(&name, gathering).map(|()| read.next_row - 1)
}

/// Fails if the table has no rows, for example only blank lines.
fn require_rows(name: &str, gathering: &Gathering) -> Result<(), Problem> {
    if gathering.rows_of_last() == 0 {
        return Err(no_rows(name));
    }
    Ok(())
}

fn no_rows(name: &str) -> Problem {
    file_problem(name, "has a header but no rows")
}

/// Reads on until the header line is complete. Fails if it exceeds [`super::blocks::RECORD_BYTES_MAX`].
fn whole_header(
    mut head: Vec<u8>,
    mut rest: Box<dyn Read + Send>,
) -> Result<(Vec<u8>, Box<dyn Read + Send>), String> {
    while head
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|end| !head[..end].contains(&b'\n'))
    {
        if head.len() > super::blocks::RECORD_BYTES_MAX {
            return Err("its first line is longer than 8 MiB, so it is not a table".into());
        }
        let before = head.len();
        rest.by_ref()
            .take(1 << 20)
            .read_to_end(&mut head)
            .map_err(|error| format!("cannot be read: {error}"))?;
        if head.len() == before {
            break;
        }
    }
    Ok((head, rest))
}

fn understand(name: &str, header: &[String], options: &ReadOptions) -> Result<Understood, Problem> {
    let (preset, table) = choose(name, header, options)?;
    let mut columns = ColumnMap::new(header);
    if table.columns.is_empty() {
        columns.apply_usual_names();
    } else {
        columns.apply_preset(table);
    }
    columns
        .apply_wishes(&options.wishes)
        .map_err(|wrong| missing_columns(name, header, &wrong.join("; ")))?;
    let shape = options.shape.unwrap_or_else(|| shape_of(table, &columns));
    if table.columns.is_empty()
        && shape == Shape::Incidents
        && !options.wishes.columns.iter().any(|(f, _)| *f == Field::State)
    {
        columns.unset(Field::State);
    }
    let needed = [Field::Start, required_field(shape)];
    match needed.into_iter().find(|field| !columns.has(*field)) {
        Some(field) => Err(missing_field(name, &columns, field)),
        None => Ok(Understood { preset, table, columns, shape }),
    }
}

/// Returns the field that every row must have besides the start.
fn required_field(shape: Shape) -> Field {
    match shape {
        Shape::Incidents => Field::End,
        Shape::States | Shape::Samples => Field::State,
    }
}

fn choose(
    name: &str,
    header: &[String],
    options: &ReadOptions,
) -> Result<(&'static Preset, &'static Delimited), Problem> {
    match options.preset {
        Some(preset) => match &preset.kind {
            Kind::Delimited(table) => Ok((preset, table)),
            _ => Err(file_problem(
                name,
                format!("is a table, but --preset {} does not read tables", preset.name),
            )),
        },
        None => preset::for_header(header)
            .or_else(|| preset::named("canonical").and_then(table_of))
            .ok_or_else(|| file_problem(name, "no preset reads tables")),
    }
}

fn table_of(preset: &'static Preset) -> Option<(&'static Preset, &'static Delimited)> {
    match &preset.kind {
        Kind::Delimited(table) => Some((preset, table)),
        _ => None,
    }
}

/// Derives the shape from the columns. A table with an end column holds incidents. Without one, a column
/// such as `up` or `ok` holds samples, and one such as `state` or `status` holds state changes.
fn shape_of(table: &Delimited, columns: &ColumnMap) -> Shape {
    if !table.columns.is_empty() || columns.has(Field::End) || !columns.has(Field::State) {
        return table.shape;
    }
    let named = columns.described().into_iter().find(|(field, _)| field == Field::State.name());
    let is_change = named.is_some_and(|(_, column)| {
        let column = crate::base::suggest::fold(&column);
        ["state", "status", "event"].iter().any(|word| column.contains(word))
    });
    if is_change { Shape::States } else { Shape::Samples }
}

fn missing_columns(name: &str, header: &[String], what: &str) -> Problem {
    Problem::new(format!("{name}: {what}")).help(format!("its columns are: {}", listed(header)))
}

/// The most characters of a column name that a message shows.
const NAME_CHARS: usize = 60;

/// The most columns that are compared with the usual names; a table may have 100,000.
const COLUMNS_COMPARED: usize = 1_000;

fn missing_field(name: &str, columns: &ColumnMap, field: Field) -> Problem {
    let mut usual =
        NAMED.iter().filter(|named| named.field == field).flat_map(|named| named.usual.iter().copied());
    let names = columns.header.iter().take(COLUMNS_COMPARED);
    let looked_at = names.map(String::as_str).filter(|name| name.len() <= NAME_CHARS);
    let guess = usual.find_map(|usual| nearest(usual, looked_at.clone()));
    let what = match field {
        Field::Start => "no column is recognised as the start",
        Field::End => "no column is recognised as the end or the state",
        _ => "no column is recognised as the state",
    };
    let example = guess.unwrap_or("COLUMN");
    missing_columns(name, &columns.header, what)
        .help(format!("name the column, for example: --columns {}={example}", field.name()))
}

/// Returns the first column names as a list for a message.
pub(super) fn listed(header: &[String]) -> String {
    const SHOWN: usize = 40;
    let names = header.iter().take(SHOWN);
    let shown: Vec<String> = names.map(|name| excerpt(name.as_bytes(), NAME_CHARS)).collect();
    let more = header.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

/// Reads blocks until the time formats are decided; nearly always the first block is enough.
fn decide_times<R: Read>(
    reader: &mut BlockReader<R>,
    map: &RowMap,
    options: &ReadOptions,
    name: &str,
    broken: &impl Fn(&BlockError) -> Problem,
) -> Result<(Vec<Block>, TimeFormats), Problem> {
    let (mut scan, mut blocks, mut held) = (TimeScan::default(), Vec::new(), 0);
    loop {
        let block = reader.next_block(Vec::new()).map_err(|error| broken(&error))?;
        let ended = block.is_none();
        if let Some(block) = block {
            map.scan_times(&block, &mut scan);
            held += block.bytes.len();
            blocks.push(block);
        }
        match scan.decide(options.date_order) {
            Ok(formats) => return Ok((blocks, formats)),
            Err(Undecided::Refused(problem)) => return Err(in_file(name, problem)),
            Err(Undecided::NeedMore(problem)) if ended || held > UNDECIDED_BYTES_MAX => {
                return Err(in_file(name, problem));
            }
            Err(Undecided::NeedMore(_)) => {}
        }
    }
}

fn in_file(name: &str, mut problem: Problem) -> Problem {
    problem.message = format!("{name}: {}", problem.message);
    problem
}

fn plan(
    understood: &Understood,
    formats: &TimeFormats,
    map: &RowMap,
    blocks: &[Block],
    options: &ReadOptions,
) -> Plan {
    let has = |field| understood.columns.has(field);
    let extra_fields = [
        Field::Severity,
        Field::Cause,
        Field::Group,
        Field::Detected,
        Field::Acknowledged,
        Field::Weight,
        Field::AckAfter,
    ];
    let mut plan = Plan {
        shape: understood.shape,
        times: formats.formats,
        zone: zone(options),
        service: if has(Field::Service) { understood.table.service } else { ServiceRule::AsWritten },
        default_service: NO_SERVICE.into(),
        has_extras: extra_fields.into_iter().any(has),
        has_ack_after: has(Field::AckAfter),
        has_state: has(Field::State),
        unknown_states: understood.table.unknown_states,
        filters: options.wishes.filters_about(|field| understood.columns.about(field)),
        max_gap_micros: options.max_gap_micros.unwrap_or(0),
    };
    if understood.shape == Shape::Samples && options.max_gap_micros.is_none() {
        plan.max_gap_micros = usual_gap(&plan, map, blocks);
    }
    plan
}

/// Returns twice the median interval between samples, in microseconds: this bridges one late or missing
/// sample but not an outage of the probe.
fn usual_gap(plan: &Plan, map: &RowMap, blocks: &[Block]) -> i64 {
    let format = plan.times.first().and_then(Option::as_ref);
    let time = |cell: &[u8]| records::instant(format, &plan.zone, cell).map(|at| at.0);
    let step = blocks.first().and_then(|block| map.median_step(block, time));
    2 * step.unwrap_or(records::STEP_WITHOUT_EVIDENCE_MICROS)
}

pub(super) fn gap_note(plan: &Plan, options: &ReadOptions) -> String {
    let gap = crate::base::quantity::format_duration(crate::base::time::seconds(plan.max_gap_micros));
    let origin = if options.max_gap_micros.is_some() {
        ""
    } else {
        " (twice the median interval; --max-gap changes it)"
    };
    format!("a sample holds until the next, for at most {gap}{origin}; beyond that the time is unknown")
}

fn saw_local(plan: &Plan, map: &RowMap, blocks: &[Block]) -> bool {
    let head = blocks.first().map(|block| Block { bytes: first_lines(&block.bytes), ..Block::default() });
    let mut refused = Refused::new("row", false);
    let records = head.map(|block| map.records(&block, &mut refused)).unwrap_or_default();
    records.iter().any(|record| records::has_local_time(record, plan))
}

/// Returns the first lines of a block, enough to see how its times are written.
fn first_lines(bytes: &[u8]) -> Vec<u8> {
    bytes.split_inclusive(|byte| *byte == b'\n').take(200).flatten().copied().collect()
}

fn describe_source(
    name: &str,
    understood: &Understood,
    dialect: Dialect,
    formats: &TimeFormats,
    row_base: u32,
) -> Source {
    let mut notes = formats.notes.clone();
    if !understood.table.note.is_empty() {
        notes.push(understood.table.note.to_owned());
    }
    Source {
        name: name.to_owned(),
        preset: if understood.shape == Shape::Incidents || !understood.table.columns.is_empty() {
            understood.preset.name
        } else {
            "canonical-states"
        },
        mapping: understood.columns.described(),
        notes: [reading_notes(understood, dialect), notes].concat(),
        rows: 0,
        unit: "line",
        row_base,
    }
}

/// Returns notes on decisions about the table that differ from the usual case.
fn reading_notes(understood: &Understood, dialect: Dialect) -> Vec<String> {
    let mut notes = Vec::new();
    if understood.shape != Shape::Incidents || dialect.delimiter != b',' {
        notes.push(format!("a {} table of {}", dialect.name(), understood.shape.name()));
    }
    if !understood.columns.has(Field::Service) {
        notes.push(
            "no column is recognised as the service, so all rows belong to one; \
             name it with --columns service=…"
                .into(),
        );
    }
    notes
}

/// Reads all records of a table that has several rows per incident, and the number after the last row.
fn all_records<R: Read>(
    first: &[Block],
    mut reader: BlockReader<R>,
    map: &RowMap,
    refused: &mut Refused,
) -> Result<(Vec<super::field::Record>, u32), BlockError> {
    let mut records = Vec::new();
    for block in first {
        records.extend(map.records(block, refused));
    }
    while let Some(block) = reader.next_block(Vec::new())? {
        records.extend(map.records(&block, refused));
    }
    Ok((records, reader.next_row()))
}
