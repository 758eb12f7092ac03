//! Reads one table: its header, the meaning of its columns, its time formats, and then all rows.

use super::audit_log::read_last_rows;
use super::blocks::{BLOCK_BYTES, Block, BlockReader, RECORD_BYTES_MAX};
use super::columns::{self, ColumnMap};
use super::delimited::{Supply, read_rows};
use super::field::Field;
use super::findings::LINE;
use super::gather::Gathering;
use super::length::contradiction;
use super::origin::{NAME_CHARS, Origin, listed};
use super::plan::{Plan, ServiceRule};
use super::preset::{self, Preset};
use super::row_map::{RowMap, header};
use super::split::{Dialect, Splitter, unclosed_record};
use super::states::StateMap;
use super::times::{TimeFormats, TimeScan};
use super::timestamp::is_missing;
use super::{ReadOptions, Services, Sniffed, hints, shape, start};
use crate::availability::evidence::{Shape, Source};
use crate::base::problem::Problem;
use crate::base::suggest::{fold, nearest};
use crate::base::text::shell_argument;
use crate::base::time::Zone;
use std::collections::BTreeSet;
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
    if !options.lists.is_empty() {
        return Err(origin.problem("is a table, in which --list can choose nothing"));
    }
    let (head, rest) = whole_header(&origin, head, rest)?;
    origin.check_nul(&head)?;
    let (dialect, names, header_length, header_lines) =
        header(&head).ok_or_else(|| origin.problem("has no header line"))?;
    if unclosed_record(&head, dialect).is_some_and(|at| at < header_length) {
        return Err(origin.problem_at(1, "a quote in the header is never closed"));
    }
    let (preset, columns) = map_columns(&origin, &names, options)?;
    let body = head.get(header_length..).unwrap_or_default().to_vec();
    let mut reader = BlockReader::new(origin.clone(), rest, body, dialect, header_lines + 1);
    let no_rows = || origin.problem("has a header but no rows");
    let first = reader.next_block(Vec::new())?;
    let understood = understand(&origin, preset, columns, dialect, first.as_ref(), options)?;
    let first = first.ok_or_else(no_rows)?;
    let map = RowMap::new(dialect, &understood.columns, understood.required_field());
    let decided = decide_times(first, &mut reader, &map, options, &origin);
    let (blocks, formats) = decided.map_err(|problem| advise_on_dates(problem, &understood.columns))?;
    let first = blocks.first().ok_or_else(no_rows)?;
    let mut plan = plan(&understood, &formats, &map, first, options)?;
    if let Some(zone) = zone_of_header(&origin, &understood.columns, options)? {
        plan.zone = zone;
    }
    let hint = hint_of_rows(&understood, dialect, first, options).or_else(|| {
        contradiction(|| map.first_records(first), &plan, options, |field| understood.columns.has(field))
    });
    let mut source = describe_source(&origin, &understood, dialect, formats, hint);
    let saw_local = map.has_local_times(&first.first_lines(LINES_SEEN), &plan);
    let lacks_zone = saw_local && understood.columns.zones().is_empty();
    match if lacks_zone && options.zone.is_none() {
        zone_of_column(&origin, &understood.columns, dialect, first)?
    } else {
        None
    } {
        Some((column, zone)) => {
            let note = format!("times without a zone are read in {}, as `{column}` says", zone.name());
            source.notes.push(note);
            plan.zone = zone;
        }
        None => source.notes.extend(start::zone_note(options, &plan, lacks_zone)),
    }
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

/// Maps the columns of a header, by the preset and by what the user says about them.
fn map_columns(
    origin: &Origin,
    header: &[String],
    options: &ReadOptions,
) -> Result<(&'static Preset, ColumnMap), Problem> {
    let preset = preset::of_table(header, options.preset).map_err(|why| origin.problem(why))?;
    let mut columns = ColumnMap::new(header);
    if preset.fields.is_empty() {
        columns.apply_usual_names();
    } else {
        columns.apply_names(preset.fields);
    }
    columns
        .apply_wishes(&options.wishes)
        .map_err(|wrong| missing_columns(origin, header, &wrong.join("; ")))?;
    Ok((preset, columns))
}

/// The problem of planned maintenance of which it is not known which services it concerns.
const NO_SERVICE_COLUMN: &str = "no column is recognised as the service of the planned maintenance";

/// Decides the shape of a table by its columns and its first rows.
fn understand(
    origin: &Origin,
    preset: &'static Preset,
    mut columns: ColumnMap,
    dialect: Dialect,
    first: Option<&Block>,
    options: &ReadOptions,
) -> Result<Understood, Problem> {
    let is_canonical = preset.fields.is_empty();
    if is_canonical {
        columns.join_dates_and_times(|column| {
            first.is_some_and(|block| holds_times_of_day(dialect, column, block))
        });
    }
    let shape = match options.shape {
        Some(shape) => shape,
        None if !is_canonical => preset.shape,
        None => {
            let map = RowMap::new(dialect, &columns, Field::Start);
            let rows = || first.map(|block| map.first_records(block)).unwrap_or_default();
            let fields = shape::Fields {
                has: &|field| columns.has(field),
                state: columns.name_of(Field::State),
                states: options.states.as_ref(),
                unmapped: columns.unmapped(),
            };
            shape::of_rows(&fields, rows).map_err(|unclear| {
                missing_columns(origin, &columns.header, &unclear.why).help(unclear.help)
            })?
        }
    };
    if shape != Shape::Incidents && is_canonical && options.services == Services::Optional {
        let values = first.map(|block| unmapped_values(dialect, &columns, block)).unwrap_or_default();
        let service = columns.name_of(Field::Service);
        shape::refuse_mixed(service.as_deref(), options.wishes.names(Field::Service), &values)
            .map_err(|unclear| missing_columns(origin, &columns.header, &unclear.why).help(unclear.help))?;
    }
    let may_hide_states = shape == Shape::Incidents && is_canonical && options.services == Services::Optional;
    if let (true, None, Some(block)) = (may_hide_states, options.shape, first) {
        refuse_hidden_states(&columns, dialect, block)
            .map_err(|unclear| missing_columns(origin, &columns.header, &unclear.why).help(unclear.help))?;
    }
    match options.services {
        Services::None => columns.sources[Field::Service] = None,
        Services::Required if !columns.has(Field::Service) => {
            let unmapped = columns.unmapped();
            let likely = unmapped.iter().find(|column| !shape::is_remark(column)).or(unmapped.first());
            if let Some(column) = likely {
                return Err(missing_columns(origin, &columns.header, NO_SERVICE_COLUMN).help(format!(
                    "name it with --maintenance-columns {}; if all rows apply to all services, \
                     write --maintenance-columns service=-",
                    shell_argument(&format!("service={column}"))
                )));
            }
        }
        Services::Required | Services::Optional => {}
    }
    let understood = Understood { preset, columns, shape };
    let needed = [Field::Start, understood.required_field()];
    match needed.into_iter().find(|field| !understood.columns.has(*field)) {
        Some(field) => Err(missing_field(origin, &understood.columns, field)),
        None => Ok(understood),
    }
}

/// Refuses rows of incidents of which a column that no field is mapped to may hold the states of periods.
fn refuse_hidden_states(columns: &ColumnMap, dialect: Dialect, block: &Block) -> Result<(), shape::Unclear> {
    if columns.has(Field::State) || !columns.has(Field::End) {
        return Ok(());
    }
    for name in columns.unmapped().into_iter().take(COLUMNS_COMPARED) {
        let column = columns.header.iter().position(|column| *column == name).unwrap_or_default();
        let mut splitter = Splitter::new(dialect, &block.bytes, column + 1);
        let is_state = |cell: &[u8]| !is_missing(cell) && StateMap::default().parse_cell(cell).is_some();
        if splitter.next_record().is_some() && is_state(splitter.cell(column).trim_ascii()) {
            let mut with_state = columns.clone();
            with_state.sources[Field::State] = Some(columns::Source::column(column));
            let rows = RowMap::new(dialect, &with_state, Field::Start).first_records(block);
            shape::refuse_hidden_state(&name, &rows)?;
        }
    }
    Ok(())
}

/// Returns the values of the columns that no field is mapped to, in the first rows.
fn unmapped_values(dialect: Dialect, columns: &ColumnMap, block: &Block) -> Vec<(String, shape::Values)> {
    let first = |field| columns.source(field).and_then(|source| source.columns.first().copied());
    let (Some(state), Some(start)) = (first(Field::State), first(Field::Start)) else { return Vec::new() };
    let unmapped = columns.unmapped();
    let number = |name: &String| columns.header.iter().position(|column| column == name);
    let mut values: Vec<(String, usize, shape::Values)> = unmapped
        .into_iter()
        .take(COLUMNS_COMPARED)
        .filter_map(|name| Some((name.clone(), number(&name)?, shape::Values::default())))
        .collect();
    let service = first(Field::Service);
    let last = values.iter().map(|(_, column, _)| *column).chain([state, start]).chain(service).max();
    let mut splitter = Splitter::new(dialect, &block.bytes, last.map_or(0, |last| last + 1));
    for _ in 0..shape::ROWS {
        if splitter.next_record().is_none() {
            break;
        }
        let text = |column: usize| String::from_utf8_lossy(splitter.cell(column).trim_ascii()).into_owned();
        let (service, state, time) = (service.map(text).unwrap_or_default(), text(state), text(start));
        for (_, column, values) in &mut values {
            values.add(&text(*column), &service, &state, &time);
        }
    }
    values.into_iter().map(|(name, _, values)| (name, values)).collect()
}

/// Returns the warning about rows that seem to be planned work or no outages.
fn hint_of_rows(
    understood: &Understood,
    dialect: Dialect,
    first: &Block,
    options: &ReadOptions,
) -> Option<String> {
    let Understood { preset, columns, shape } = understood;
    let number = |name: &str| columns.header.iter().position(|column| column == name);
    let is_known = |name: &str| {
        let mut mapped =
            columns.mapped().filter(|(field, _)| *field == Field::Kind || !preset.fields.is_empty());
        number(name).is_some_and(|column| mapped.any(|(_, source)| source.columns.contains(&column)))
    };
    let header = columns.header.iter().take(COLUMNS_COMPARED);
    let telling = hints::telling(header, *shape, options, is_known);
    let telling: Vec<(usize, &String)> =
        telling.into_iter().filter_map(|name| Some((number(name)?, name))).collect();
    let last = telling.last()?.0;
    let mut splitter = Splitter::new(dialect, &first.bytes, last + 1);
    for _ in 0..shape::ROWS {
        splitter.next_record()?;
        let found = telling.iter().find_map(|(column, name)| {
            hints::warning(name, &String::from_utf8_lossy(splitter.cell(*column)))
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether the cells of a column are times of day without a date, such as `10:00` or `8:30:15 AM`.
fn holds_times_of_day(dialect: Dialect, column: usize, block: &Block) -> bool {
    let is_time = |cell: &[u8]| {
        let digits = cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (1..=2).contains(&digits)
            && cell.len() <= 15
            && matches!(cell.get(digits), Some(b':' | b'.'))
            && memchr::memchr_iter(b'.', cell).count() < 2
    };
    let mut splitter = Splitter::new(dialect, &block.bytes, column + 1);
    let (mut times, mut others) = (0, 0);
    while let (Some(_), true) = (splitter.next_record(), times + others < shape::ROWS) {
        let cell = splitter.cell(column).trim_ascii();
        if is_time(cell) {
            times += 1;
        } else if !is_missing(cell) {
            others += 1;
        }
    }
    times > 0 && others == 0
}

/// Returns the zone of times without one, with the column that gives it, if it is the same in all rows. Fails if the
/// rows may have several zones.
fn zone_of_column(
    origin: &Origin,
    columns: &ColumnMap,
    dialect: Dialect,
    first: &Block,
) -> Result<Option<(String, Zone)>, Problem> {
    let Some(column) = columns.unmapped().into_iter().find(|column| shape::is_like_a_zone(column)) else {
        return Ok(None);
    };
    let number = columns.header.iter().position(|name| *name == column).unwrap_or_default();
    let mut splitter = Splitter::new(dialect, &first.bytes, number + 1);
    let mut zones: BTreeSet<String> = BTreeSet::new();
    while splitter.next_record().is_some() && zones.len() < 2 {
        let cell = splitter.cell(number).trim_ascii();
        if !cell.is_empty() {
            zones.insert(String::from_utf8_lossy(cell).into_owned());
        }
    }
    // A longer table may have other zones further on.
    let is_whole = first.bytes.len() < BLOCK_BYTES / 2;
    let mut only = zones.into_iter();
    if let (true, Some(zone), None) = (is_whole, only.next().and_then(|zone| Zone::named(&zone)), only.next())
    {
        return Ok(Some((column, zone)));
    }
    let name = |field| columns.name_of(field).map(|name| format!("{}={name}+{column}", field.name()));
    let joined: Vec<String> = [Field::Start, Field::End].into_iter().filter_map(name).collect();
    Err(origin.problem(format!("its times have no zone, but `{column}` may give it")).help(format!(
        "for one zone, add --log-timezone ZONE; for offsets such as -05:00, join them to the times: --columns {}",
        shell_argument(&joined.join(","))
    )))
}

/// Returns the zone that the names of the time columns give, if any.
fn zone_of_header(
    origin: &Origin,
    columns: &ColumnMap,
    options: &ReadOptions,
) -> Result<Option<Zone>, Problem> {
    let zones = columns.zones();
    let Some(first) = zones.first() else { return Ok(None) };
    let refuse = |why: String, help: &str| Err(origin.problem(why).help(help));
    if zones.iter().any(|zone| zone != first) {
        return refuse(
            format!("the names of its columns give different zones: {}", zones.join(", ")),
            "write all its times in one zone",
        );
    }
    match *first {
        "UTC" | "GMT" => Ok(Some(Zone::utc())),
        zone => match Zone::named(&of_offset(zone)).filter(|_| zone.contains(['/', '+', '-'])) {
            Some(zone) => Ok(Some(zone)),
            // Most abbreviations stand for several zones.
            None if options.zone.is_some() => Ok(None),
            None => refuse(
                format!("the names of its columns give the zone `{zone}`, which may be one of several"),
                "give the zone of the log's times with --timezone",
            ),
        },
    }
}

/// Returns the IANA name of an offset of whole hours, such as `Etc/GMT-1` for `GMT+1`; of anything else the text.
fn of_offset(zone: &str) -> String {
    let hours = zone.strip_prefix("UTC").or_else(|| zone.strip_prefix("GMT")).unwrap_or_default();
    let hours = hours.strip_suffix(":00").unwrap_or(hours);
    match hours.parse::<i32>() {
        // The signs of these names are reversed.
        Ok(hours) => format!("Etc/GMT{:+}", -hours),
        Err(_) => zone.to_owned(),
    }
}

impl Understood {
    /// Returns the field that every row must have besides the start.
    fn required_field(&self) -> Field {
        shape::required_field(self.shape, |field| self.columns.has(field))
    }
}

fn missing_columns(origin: &Origin, header: &[String], what: &str) -> Problem {
    origin.problem(what).help(format!("its columns are: {}", listed(header)))
}

/// The most columns that are compared with the usual names; a table may have 100,000.
const COLUMNS_COMPARED: usize = 1_000;

fn missing_field(origin: &Origin, columns: &ColumnMap, field: Field) -> Problem {
    let mut usual = shape::usual_names(field);
    let unmapped = columns.unmapped();
    let names = unmapped.iter().take(COLUMNS_COMPARED);
    let looked_at = names.map(String::as_str).filter(|name| name.len() <= NAME_CHARS);
    let guess = usual.find_map(|usual| nearest(usual, looked_at.clone()));
    let state = looked_at.clone().find(|name| shape::is_like_a_state(name));
    let example = match (field, guess, state) {
        (Field::End, None, Some(state)) => format!("state={state}"),
        (_, guess, _) => format!("{}={}", field.name(), guess.unwrap_or("COLUMN")),
    };
    missing_columns(origin, &columns.header, &shape::missing(field, "column"))
        .help(format!("name the column, for example: --columns {}", shell_argument(&example)))
}

/// Adds advice for times of day whose date stands in a column of its own.
fn advise_on_dates(problem: Problem, columns: &ColumnMap) -> Problem {
    let is_time_of_day = problem.message.contains("is not a time") && problem.message.contains(':');
    let unmapped = columns.unmapped();
    let date = unmapped.iter().find(|column| fold(column).ends_with("date") || fold(column) == "day");
    let name = |field: Field, date: &str| {
        columns.name_of(field).map(|name| format!("{}={date}+{name}", field.name()))
    };
    match date.filter(|_| is_time_of_day) {
        None => problem,
        Some(date) => {
            let joined = [Field::Start, Field::End].into_iter().filter_map(|field| name(field, date));
            let joined = joined.collect::<Vec<_>>().join(",");
            Problem { help: Vec::new(), ..problem }
                .help(format!("join the date to the times: --columns {}", shell_argument(&joined)))
        }
    }
}

/// Reads blocks until the time formats are decided; nearly always the first block is enough.
fn decide_times<R: Read>(
    first: Block,
    reader: &mut BlockReader<R>,
    map: &RowMap,
    options: &ReadOptions,
    origin: &Origin,
) -> Result<(Vec<Block>, TimeFormats), Problem> {
    let (mut scan, mut blocks, mut held) = (TimeScan::default(), Vec::new(), 0);
    let mut next = Some(first);
    loop {
        let ended = next.is_none();
        if let Some(block) = next.take() {
            map.scan_times(&block, &mut scan);
            held += block.bytes.len();
            blocks.push(block);
        }
        match scan.decide(options.date_order) {
            Ok(formats) => return Ok((blocks, formats)),
            Err(undecided) if !undecided.needs_more || ended || held > UNDECIDED_BYTES_MAX => {
                return Err(origin.name_in(*undecided.problem));
            }
            Err(_) => next = reader.next_block(Vec::new())?,
        }
    }
}

fn plan(
    understood: &Understood,
    formats: &TimeFormats,
    map: &RowMap,
    first: &Block,
    options: &ReadOptions,
) -> Result<Plan, Problem> {
    let Understood { preset, columns, shape } = understood;
    let has = |field| columns.has(field);
    start::refuse_filtered_states(*shape, &options.wishes, |of, field| columns.shares(of, field))?;
    let filters = options.wishes.scoped_filters(|of, field| columns.shares(of, field));
    let mut plan = Plan {
        service: if has(Field::Service) { preset.service } else { ServiceRule::AsWritten },
        ..start::plan(*shape, formats.formats, filters, options)
    };
    start::apply(&mut plan, preset, options, has)?;
    if !has(Field::Kind) {
        plan.kinds.forget_words_for_others();
    }
    start::set_usual_gap(&mut plan, options, |plan, steps| map.observe_steps(first, plan, steps));
    Ok(plan)
}

/// The number of lines that are enough to see how the times of a table are written.
const LINES_SEEN: usize = 200;

fn describe_source(
    origin: &Origin,
    understood: &Understood,
    dialect: Dialect,
    formats: TimeFormats,
    hint: Option<String>,
) -> Source {
    let Understood { preset, columns, shape } = understood;
    let mut notes = reading_notes(understood, dialect);
    let some_dates = formats.some_dates;
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
        some_dates,
        hint,
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
