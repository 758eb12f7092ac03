//! Adds the records of structured inputs (JSON, event logs) to the evidence. They are collected in memory
//! before they are passed to a sink.

use super::field::{Field, NAMED, Record};
use super::findings::Findings;
use super::gather::Gathering;
use super::length::contradiction;
use super::origin::{Origin, listed, unknown};
use super::plan::{About, Filter, Plan};
use super::preset::Preset;
use super::sink::{Collected, Sink};
use super::times::TimeScan;
use super::{ReadOptions, start};
use crate::availability::evidence::{Shape, Source};
use crate::base::problem::Problem;
use crate::base::time::Zone;
use crate::timeline::Span;
use std::borrow::Borrow;

/// The result of parsing one structured input.
pub(super) struct Parsed {
    /// The preset that read it.
    pub preset: &'static Preset,
    /// The kind of records.
    pub shape: Shape,
    /// The records.
    pub records: Vec<Record>,
    /// Pairs of field and key.
    pub mapping: Vec<(String, String)>,
    /// The filters with their scopes.
    pub filters: Vec<(Filter, About)>,
    /// The findings on rows that could not be split into fields.
    pub refused: Findings,
    /// The unit of row numbers: `line`, `item` or `sample`.
    pub unit: &'static str,
    /// The number of the last row.
    pub last_row: u32,
    /// From the first to the last time in the log, where it has lines besides its records.
    pub seen: Option<Span>,
    /// The fields that the log has.
    pub has: Vec<Field>,
    /// The zone of times without one, where the document names it.
    pub zone: Option<String>,
    /// Services that the log names besides those of its records.
    pub roster: Vec<String>,
    /// Whether some of its starts or ends are dates without a time of day; set when the times are decided.
    pub some_dates: bool,
    /// A warning about rows that seem to be planned work or no outages, and count as outages.
    pub hint: Option<String>,
    /// Notes on the reading.
    pub notes: Vec<String>,
}

impl Parsed {
    /// Completes records of an input without columns or keys. Fails when `--where` or `--by` names a field
    /// that they do not have.
    pub(super) fn of_fields(
        origin: &Origin,
        preset: &'static Preset,
        mut records: Vec<Record>,
        refused: Findings,
        unit: &'static str,
        options: &ReadOptions,
    ) -> Result<Self, Problem> {
        let filters = fill_in(origin, &mut records, options)?;
        let last_row = records.iter().map(|record| record.row).max().unwrap_or(0);
        let has = |field: &Field| records.iter().any(|record| record.get(*field).is_some());
        Ok(Self {
            preset,
            shape: preset.shape,
            has: NAMED.iter().map(|named| named.field).filter(has).collect(),
            records,
            mapping: Vec::new(),
            filters,
            refused,
            unit,
            last_row,
            seen: None,
            zone: None,
            roster: Vec::new(),
            some_dates: false,
            hint: None,
            notes: Vec::new(),
        })
    }
}

/// Fills in the columns that `--where` and `--by` name. In a log without columns these are the fields of
/// its rows. Returns the filters with their scopes.
fn fill_in(
    origin: &Origin,
    records: &mut [Record],
    options: &ReadOptions,
) -> Result<Vec<(Filter, About)>, Problem> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let has = |field| records.iter().any(|record| record.get(field).is_some());
    let present = NAMED.iter().filter(|named| has(named.field));
    let known: Vec<String> = present.map(|named| named.name.to_owned()).collect();
    let (mut sources, wrong) = options.wishes.find_named(|name| {
        let field = Field::named(name).filter(|field| has(*field));
        field.ok_or_else(|| unknown("field", name, &known))
    });
    if let Some(why) = wrong.first() {
        return Err(origin.problem(why).help(format!("the fields are: {}", listed(&known))));
    }
    for (field, source) in &sources {
        for record in records.iter_mut() {
            if let Some(text) = record.get(*source).map(str::to_owned) {
                record.set(*field, text);
            }
        }
    }
    sources.push((Field::Service, Field::Service));
    let source = |of| sources.iter().find(|(field, _)| *field == of).map(|(_, source)| *source);
    Ok(options.wishes.scoped_filters(|of, field| source(of) == source(field)))
}

/// The note for a log in which no record names a service.
const NO_SERVICE_NAMED: &str =
    "no row names a service, so all rows belong to one; name the key with --columns service=…";

/// Adds the records of one input to the evidence, as [`take_all`]. Returns the number of the last row, over all
/// inputs.
pub(super) fn take(
    origin: &Origin,
    mut parsed: Parsed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    for record in &mut parsed.records {
        record.row += origin.row_base;
    }
    let last_row = origin.row_base + parsed.last_row;
    take_all(std::slice::from_ref(origin), parsed, options, gathering)?;
    Ok(last_row)
}

/// Decides the time formats of the records, whose rows are numbered over all inputs, and adds all records to
/// the evidence. `origins` are the files that they come from.
pub(super) fn take_all(
    origins: &[Origin],
    mut parsed: Parsed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<(), Problem> {
    let Some(origin) = origins.first() else { return Ok(()) };
    if parsed.records.is_empty() && parsed.refused.rows_seen == 0 && parsed.seen.is_none() {
        return Err(origin.problem("holds no rows"));
    }
    let (plan, notes) = planned(origin, &mut parsed, options)?;
    for (i, origin) in origins.iter().enumerate() {
        gathering.begin(source(origin, &parsed, notes.clone()), &plan)?;
        let until = origins.get(i + 1).map_or(u32::MAX, |next| next.row_base);
        let rows = parsed.records.iter().filter(|record| (origin.row_base + 1..=until).contains(&record.row));
        gathering.absorb(collect(rows, &plan, options));
    }
    if let Some(seen) = parsed.seen {
        gathering.cover(seen);
    }
    let is_wanted = |name: &String| {
        plan.filters.iter().all(|(filter, about)| *about != About::Services || filter.admits(name.as_bytes()))
    };
    gathering.list(parsed.roster.into_iter().filter(is_wanted));
    gathering.absorb_findings(parsed.refused);
    Ok(())
}

/// Describes an input without counting its rows.
pub(super) fn source(origin: &Origin, parsed: &Parsed, notes: Vec<String>) -> Source {
    Source {
        name: origin.name.clone(),
        preset: parsed.preset.name,
        mapping: parsed.mapping.clone(),
        notes,
        rows: 0,
        unit: parsed.unit,
        some_dates: parsed.some_dates,
        hint: parsed.hint.clone(),
        row_base: origin.row_base,
    }
}

/// Decides the time formats of the records, and all else that is decided before they are converted. Returns the
/// notes on it too.
pub(super) fn planned(
    origin: &Origin,
    parsed: &mut Parsed,
    options: &ReadOptions,
) -> Result<(Plan, Vec<String>), Problem> {
    let mut scan = TimeScan::default();
    for record in &parsed.records {
        scan.observe(record);
    }
    let formats = scan.decide(options.date_order);
    let formats = formats.map_err(|undecided| origin.name_in(*undecided.problem))?;
    parsed.some_dates = formats.some_dates;
    let filters = std::mem::take(&mut parsed.filters);
    let mut plan = start::plan(parsed.shape, formats.formats, filters, options);
    start::apply(&mut plan, parsed.preset, options, |field| parsed.has.contains(&field))?;
    if let Some(zone) = parsed.zone.as_deref().and_then(Zone::named) {
        plan.zone = zone;
    }
    start::set_usual_gap(&mut plan, options, |plan, steps| {
        for record in &parsed.records {
            steps.observe(plan, record);
        }
    });
    let has = |field| parsed.has.contains(&field);
    parsed.hint = parsed.hint.take().or_else(|| contradiction(|| &parsed.records, &plan, options, has));
    let notes = notes(parsed, formats.notes, &plan, options);
    Ok((plan, notes))
}

fn notes(parsed: &Parsed, of_times: Vec<String>, plan: &Plan, options: &ReadOptions) -> Vec<String> {
    let (records, mut notes) = (&parsed.records, parsed.notes.clone());
    notes.extend(of_times);
    notes.extend((!parsed.preset.note.is_empty()).then(|| parsed.preset.note.to_owned()));
    notes.extend(start::zone_note(options, plan, records.iter().any(|record| plan.has_local_time(record))));
    if !records.is_empty() && records.iter().all(|record| record.get(Field::Service).is_none()) {
        notes.push(NO_SERVICE_NAMED.into());
    }
    notes.extend(start::gap_note(plan, options));
    notes
}

/// Passes records to a sink.
pub(super) fn collect(
    records: impl Iterator<Item = impl Borrow<Record>>,
    plan: &Plan,
    options: &ReadOptions,
) -> Collected {
    let mut sink = Sink::new(plan, options.keep_ledger);
    for record in records {
        sink.record(record.borrow());
    }
    sink.finish()
}
