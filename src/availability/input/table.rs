//! Reads one table: its header, the meaning of its columns, its time formats, and then all rows.

use super::audit_log::read_last_rows;
use super::blocks::{Block, BlockReader, RECORD_BYTES_MAX};
use super::columns::ColumnMap;
use super::delimited::{Supply, read_rows};
use super::field::{Field, NAMED};
use super::findings::LINE;
use super::gather::Gathering;
use super::origin::{NAME_CHARS, Origin, listed};
use super::plan::{Plan, ServiceRule};
use super::preset::{self, Preset};
use super::row_map::{RowMap, header};
use super::split::{Dialect, unclosed_record};
use super::times::{TimeFormats, TimeScan};
use super::{ReadOptions, Sniffed, start};
use crate::availability::evidence::{Shape, Source};
use crate::base::problem::Problem;
use crate::base::suggest::{fold, nearest};
use std::io::Read;

/// Limit in bytes of the rows buffered while the order of day and month is undecided.
const UNDECIDED_BYTES_MAX: usize = 256 << 20;

/// The interpretation of a header.
struct Understood {
    preset: &'static Preset,
    columns: ColumnMap,
    shape: Shape,
}

/// Reads a table; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let Sniffed { origin, head, rest } = sniffed;
    let (head, rest) = whole_header(&origin, head, rest)?;
    origin.check_nul(&head)?;
    let (dialect, names, header_length, header_lines) =
        header(&head).ok_or_else(|| origin.problem("has no header line"))?;
    if unclosed_record(&head, dialect).is_some_and(|at| at < header_length) {
        return Err(origin.problem_at(1, "a quote in the header is never closed"));
    }
    let understood = understand(&origin, &names, options)?;
    let map = RowMap::new(dialect, &understood.columns, required_field(understood.shape));
    let body = head.get(header_length..).unwrap_or_default().to_vec();
    let mut reader = BlockReader::new(origin.clone(), rest, body, dialect, header_lines + 1);
    let (blocks, formats) = decide_times(&mut reader, &map, options, &origin)?;
    let no_rows = || origin.problem("has a header but no rows");
    let first = blocks.first().ok_or_else(no_rows)?;
    let plan = plan(&understood, &formats, &map, first, options);
    let mut source = describe_source(&origin, &understood, dialect, formats);
    let saw_local = map.has_local_times(&first_lines(first), &plan);
    source.notes.extend(start::zone_note(options, saw_local));
    source.notes.extend(start::gap_note(&plan, options));
    gathering.begin(source, &plan)?;
    let supply = Supply::new(blocks, reader);
    let last_row = if understood.preset.last_row_counts {
        read_last_rows(supply, &map, &plan, options, gathering)?
    } else {
        read_rows(supply, &map, &plan, options, gathering)?
    };
    // The blocks of a table may hold only blank lines.
    if gathering.rows_of_last() == 0 { Err(no_rows()) } else { Ok(last_row) }
}

/// Reads on until the header line is complete. Fails if it exceeds [`RECORD_BYTES_MAX`].
fn whole_header(
    origin: &Origin,
    mut head: Vec<u8>,
    mut rest: Box<dyn Read + Send>,
) -> Result<(Vec<u8>, Box<dyn Read + Send>), Problem> {
    while head
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|end| !head[..end].contains(&b'\n'))
    {
        if head.len() > RECORD_BYTES_MAX {
            return Err(origin.problem("its first line is longer than 8 MiB, so it is not a table"));
        }
        let read = rest.by_ref().take(1 << 20).read_to_end(&mut head);
        if read.map_err(|error| origin.broken(&error))? == 0 {
            break;
        }
    }
    Ok((head, rest))
}

fn understand(origin: &Origin, header: &[String], options: &ReadOptions) -> Result<Understood, Problem> {
    let preset = preset::of_table(header, options.preset).map_err(|why| origin.problem(why))?;
    let mut columns = ColumnMap::new(header);
    let is_canonical = preset.fields.is_empty();
    if is_canonical {
        columns.apply_usual_names();
    } else {
        columns.apply_names(preset.fields);
    }
    columns
        .apply_wishes(&options.wishes)
        .map_err(|wrong| missing_columns(origin, header, &wrong.join("; ")))?;
    let shape = preset.shape_with(|field| columns.has(field), || shape_of_states(&columns));
    let shape = options.shape.unwrap_or(shape);
    let names_state = options.wishes.columns.iter().any(|(field, _)| *field == Field::State);
    if is_canonical && shape == Shape::Incidents && !names_state {
        columns.sources[Field::State] = None;
    }
    let needed = [Field::Start, required_field(shape)];
    match needed.into_iter().find(|field| !columns.has(*field)) {
        Some(field) => Err(missing_field(origin, &columns, field)),
        None => Ok(Understood { preset, columns, shape }),
    }
}

/// Returns the field that every row must have besides the start.
fn required_field(shape: Shape) -> Field {
    match shape {
        Shape::Incidents => Field::End,
        Shape::States | Shape::Samples => Field::State,
    }
}

/// Derives the shape from the column of states: one such as `state` or `status` holds state changes, one
/// such as `up` or `ok` holds samples.
fn shape_of_states(columns: &ColumnMap) -> Shape {
    let named = columns.described().into_iter().find(|(field, _)| field == Field::State.name());
    let is_change = named.is_some_and(|(_, column)| {
        let column = fold(&column);
        ["state", "status", "event"].iter().any(|word| column.contains(word))
    });
    if is_change { Shape::States } else { Shape::Samples }
}

fn missing_columns(origin: &Origin, header: &[String], what: &str) -> Problem {
    origin.problem(what).help(format!("its columns are: {}", listed(header)))
}

/// The most columns that are compared with the usual names; a table may have 100,000.
const COLUMNS_COMPARED: usize = 1_000;

fn missing_field(origin: &Origin, columns: &ColumnMap, field: Field) -> Problem {
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
    missing_columns(origin, &columns.header, what)
        .help(format!("name the column, for example: --columns {}={example}", field.name()))
}

/// Reads blocks until the time formats are decided; nearly always the first block is enough.
fn decide_times<R: Read>(
    reader: &mut BlockReader<R>,
    map: &RowMap,
    options: &ReadOptions,
    origin: &Origin,
) -> Result<(Vec<Block>, TimeFormats), Problem> {
    let (mut scan, mut blocks, mut held) = (TimeScan::default(), Vec::new(), 0);
    loop {
        let block = reader.next_block(Vec::new())?;
        let ended = block.is_none();
        if let Some(block) = block {
            map.scan_times(&block, &mut scan);
            held += block.bytes.len();
            blocks.push(block);
        }
        match scan.decide(options.date_order) {
            Ok(formats) => return Ok((blocks, formats)),
            Err(undecided) if !undecided.needs_more || ended || held > UNDECIDED_BYTES_MAX => {
                return Err(origin.name_in(*undecided.problem));
            }
            Err(_) => {}
        }
    }
}

fn plan(
    understood: &Understood,
    formats: &TimeFormats,
    map: &RowMap,
    first: &Block,
    options: &ReadOptions,
) -> Plan {
    let Understood { preset, columns, shape } = understood;
    let has = |field| columns.has(field);
    let labels = [Field::Severity, Field::Cause, Field::Group];
    let others = [Field::Detected, Field::Acknowledged, Field::AckAfter, Field::Weight];
    let filters = options.wishes.scoped_filters(|of, field| columns.shares(of, field));
    let mut plan = Plan {
        service: if has(Field::Service) { preset.service } else { ServiceRule::AsWritten },
        has_extras: labels.into_iter().chain(others).any(has),
        has_ack_after: has(Field::AckAfter),
        has_state: has(Field::State),
        unknown_states: preset.unknown_states,
        ..start::plan(*shape, formats.formats, filters, options)
    };
    start::set_usual_gap(&mut plan, options, |plan, steps| map.observe_steps(first, plan, steps));
    plan
}

/// Returns the first lines of a block, enough to see how its times are written.
fn first_lines(block: &Block) -> Block {
    let lines = block.bytes.split_inclusive(|byte| *byte == b'\n').take(200);
    Block { bytes: lines.flatten().copied().collect(), ..Block::default() }
}

fn describe_source(
    origin: &Origin,
    understood: &Understood,
    dialect: Dialect,
    formats: TimeFormats,
) -> Source {
    let Understood { preset, columns, shape } = understood;
    let mut notes = reading_notes(understood, dialect);
    notes.extend(formats.notes);
    notes.extend((!preset.note.is_empty()).then(|| preset.note.to_owned()));
    let has_states = *shape != Shape::Incidents && preset.fields.is_empty();
    Source {
        name: origin.name.clone(),
        preset: if has_states { "canonical-states" } else { preset.name },
        mapping: columns.described(),
        notes,
        rows: 0,
        unit: LINE,
        row_base: origin.row_base,
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
