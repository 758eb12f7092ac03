//! Reads tables: workers fetch blocks of records, split them into cells and pass the rows to a sink
//! each.

use super::blocks::{Block, BlockError, BlockReader, RECORD_BYTES_MAX};
use super::columns::{ColumnMap, Source};
use super::field::{Cells, FIELDS, Field, Record, TIMES};
use super::plan::Plan;
use super::sink::{Collected, Refused, Sink};
use super::split::{Dialect, Splitter};
use super::times::TimeScan;
use super::timestamp::is_missing;
use crate::availability::evidence::Shape;
use crate::base::workers::{lock, on_threads};
use crate::timeline::samples::{Run, join_runs};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// The message for a row with text after a closing quote.
const STRAY_QUOTE: &str = "text after a closing quote: a stray quote may have joined this row with others";

/// Maps the cells of a record to fields.
#[derive(Debug, Clone)]
pub struct RowMap {
    dialect: Dialect,
    wanted: usize,
    /// The source of each field, by the field's index.
    places: [CellSource; FIELDS],
    mapped: Vec<Field>,
    composed: Vec<(Field, Source)>,
    /// The field that every row must have, and the number of leading cells that contain it. A row with
    /// fewer cells may have been cut off.
    required: (Field, usize),
}

/// The source of a field's cell.
#[derive(Debug, Clone, Copy)]
enum CellSource {
    Nowhere,
    Column(usize),
    Composed,
}

/// The cells of the current record, by field.
struct SplitCells<'r> {
    splitter: &'r Splitter<'r>,
    places: &'r [CellSource; FIELDS],
    /// The composed cells, by the field's index.
    composed: &'r [Vec<u8>; FIELDS],
}

impl Cells for SplitCells<'_> {
    #[inline]
    fn cell(&self, field: Field) -> &[u8] {
        match self.places.get(field as usize) {
            Some(CellSource::Column(column)) => self.splitter.cell(*column),
            Some(CellSource::Composed) => self.composed.get(field as usize).map_or(&[], Vec::as_slice),
            Some(CellSource::Nowhere) | None => &[],
        }
    }
}

impl RowMap {
    /// Creates the mapping that `columns` describes. Rows that end before the column of `required` are
    /// rejected: an incident whose end was cut off would look like an open one.
    pub fn new(dialect: Dialect, columns: &ColumnMap, required: Field) -> Self {
        let mut map = Self {
            dialect,
            wanted: columns.wanted(),
            places: [CellSource::Nowhere; FIELDS],
            mapped: Vec::new(),
            composed: Vec::new(),
            required: (required, columns.cells_up_to(required)),
        };
        for (field, source) in columns.mapped() {
            map.mapped.push(field);
            let place = match source {
                Source::Column(column) => CellSource::Column(column),
                source => {
                    map.composed.push((field, source));
                    CellSource::Composed
                }
            };
            if let Some(slot) = map.places.get_mut(field as usize) {
                *slot = place;
            }
        }
        map
    }

    /// Calls `take` with the row number and the cells of every sound record of a block, and `refuse`
    /// with the row number, the text and the reason for every other record.
    fn each(
        &self,
        block: &Block,
        mut take: impl FnMut(u32, &SplitCells<'_>),
        mut refuse: impl FnMut(u32, &[u8], &str),
    ) {
        let mut splitter = Splitter::new(self.dialect, &block.bytes, self.wanted);
        let mut composed: [Vec<u8>; FIELDS] = [const { Vec::new() }; FIELDS];
        let mut row = block.first_row;
        while let Some(record) = splitter.next_record() {
            if splitter.damaged() {
                refuse(row, record, STRAY_QUOTE);
            } else if !is_blank(record) {
                for (field, source) in &self.composed {
                    if let Some(text) = composed.get_mut(*field as usize) {
                        compose(source, &|column| splitter.cell(column), text);
                    }
                }
                let cells = SplitCells { splitter: &splitter, places: &self.places, composed: &composed };
                let (required, cells_needed) = self.required;
                if splitter.count() < cells_needed && is_missing(cells.cell(required).trim_ascii()) {
                    let why = format!("cut short before its {}", required.name());
                    refuse(row, record, &why);
                } else {
                    take(row, &cells);
                }
            }
            row += 1 + splitter.inner_lines();
        }
    }

    /// Passes all time cells of a block to `scan`.
    pub fn scan_times(&self, block: &Block, scan: &mut TimeScan) {
        let observe = |_: u32, cells: &SplitCells<'_>| {
            for field in TIMES {
                scan.observe(field, cells.cell(field));
            }
        };
        self.each(block, observe, |_, _, _| {});
    }

    /// Copies the records of a block; damaged ones go to `refused`.
    pub fn records(&self, block: &Block, refused: &mut Refused) -> Vec<Record> {
        let mut records = Vec::new();
        let copy = |row: u32, cells: &SplitCells<'_>| records.push(self.record(row, cells));
        self.each(block, copy, |row, text, why| refused.push(row, text, why));
        records
    }

    fn record(&self, row: u32, cells: &SplitCells<'_>) -> Record {
        let mut record = Record::new(row);
        for field in &self.mapped {
            let cell = cells.cell(*field);
            if !cell.is_empty() {
                record.set(*field, String::from_utf8_lossy(cell));
            }
        }
        record
    }

    /// Returns the median interval between consecutive samples of one service in a block, in
    /// microseconds. `time` parses a cell.
    pub fn median_step(&self, block: &Block, time: impl Fn(&[u8]) -> Option<i64>) -> Option<i64> {
        let mut last: HashMap<Vec<u8>, i64> = HashMap::new();
        let mut steps = Vec::new();
        let measure = |_: u32, cells: &SplitCells<'_>| {
            let Some(at) = time(cells.cell(Field::Start)) else {
                return;
            };
            if let Some(before) = last.insert(cells.cell(Field::Service).to_vec(), at) {
                steps.push((at - before).abs());
            }
        };
        self.each(block, measure, |_, _, _| {});
        steps.retain(|step| *step > 0);
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied()
    }
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'\r' | b'\n' | b' ')) && line.trim_ascii().is_empty()
}

fn compose<'a>(source: &Source, cell: &impl Fn(usize) -> &'a [u8], text: &mut Vec<u8>) {
    text.clear();
    match source {
        Source::Column(column) => text.extend_from_slice(cell(*column)),
        Source::FirstOf(columns) => {
            let first =
                columns.iter().map(|column| cell(*column)).find(|cell| !is_missing(cell.trim_ascii()));
            text.extend_from_slice(first.unwrap_or_default());
        }
        Source::Joined(columns) => {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    text.push(b'/');
                }
                text.extend_from_slice(cell(*column));
            }
        }
    }
}

/// Reads the header. Returns the dialect, the column names, the length of the header in bytes and in
/// lines (both including blank lines before it), or `None` when there is no line.
pub fn header(bytes: &[u8]) -> Option<(Dialect, Vec<String>, usize, u32)> {
    let blank_lines = bytes.split(|byte| *byte == b'\n').take_while(|line| line.trim_ascii().is_empty());
    let (lines, skipped) =
        blank_lines.fold((0, 0), |(lines, skipped), line| (lines + 1, skipped + line.len() + 1));
    let rest = bytes.get(skipped..).filter(|rest| !rest.is_empty())?;
    let first_line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let dialect = Dialect::of_header(first_line);
    // The first pass counts the cells, the second keeps as many.
    let mut counter = Splitter::new(dialect, rest, 0);
    counter.next_record()?;
    let mut splitter = Splitter::new(dialect, rest, counter.count());
    let record = splitter.next_record()?;
    let name = |column: usize| String::from_utf8_lossy(splitter.cell(column)).trim().to_owned();
    Some((
        dialect,
        (0..splitter.count()).map(name).collect(),
        skipped + record.len(),
        lines + 1 + splitter.inner_lines(),
    ))
}

/// The result of reading all blocks.
pub struct TableRead {
    /// The results of the workers.
    pub collected: Vec<Collected>,
    /// Runs of samples, by service.
    pub runs: Vec<(String, Vec<Run>)>,
    /// The number after that of the last row.
    pub next_row: u32,
}

/// Reads the blocks `first` and all further blocks of `reader` with `threads` workers.
pub fn read_blocks<R: Read + Send>(
    first: Vec<Block>,
    reader: BlockReader<R>,
    map: &RowMap,
    plan: &Plan,
    keep_ledger: bool,
    threads: usize,
) -> Result<TableRead, BlockError> {
    let runs = Mutex::new(RunCollector::new(plan.max_gap_micros));
    let supply = Mutex::new(Supply { first: first.into(), reader, error: None });
    let collected = on_threads(threads, || work(&supply, &runs, map, plan, keep_ledger));
    let Supply { reader, error, .. } = supply.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = error {
        return Err(error);
    }
    let runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    Ok(TableRead { collected, runs, next_row: reader.next_row() })
}

/// Where blocks come from. Workers fetch them themselves, so that what was read stands in the cache of the core that splits it.
struct Supply<R> {
    first: VecDeque<Block>,
    reader: BlockReader<R>,
    error: Option<BlockError>,
}

impl<R: Read> Supply<R> {
    /// Returns the next block, which may reuse `buffer`, or `None` at the end and after an error.
    fn next(&mut self, buffer: Vec<u8>) -> Option<Block> {
        if let Some(block) = self.first.pop_front() {
            return Some(block);
        }
        if self.error.is_some() {
            return None;
        }
        self.reader.next_block(buffer).unwrap_or_else(|error| {
            self.error = Some(error);
            None
        })
    }
}

fn work<R: Read>(
    supply: &Mutex<Supply<R>>,
    runs: &Mutex<RunCollector>,
    map: &RowMap,
    plan: &Plan,
    keep_ledger: bool,
) -> Collected {
    let mut sink = Sink::new(plan, keep_ledger);
    let mut refused = Refused::new("row", keep_ledger);
    let mut buffer = Vec::new();
    loop {
        let Some(block) = lock(supply).next(std::mem::take(&mut buffer)) else {
            return refused.join(sink.finish());
        };
        let refuse = |row: u32, text: &[u8], why: &str| refused.push(row, text, why);
        match plan.shape {
            Shape::Incidents => map.each(&block, |row, cells| sink.incident(row, cells, false), refuse),
            Shape::States => map.each(&block, |row, cells| sink.state_change(row, cells), refuse),
            Shape::Samples => {
                map.each(&block, |row, cells| sink.sample(row, cells), refuse);
                let taken = sink.take_runs();
                lock(runs).take(block.sequence, taken);
            }
        }
        buffer = block.bytes;
    }
}

/// Joins the runs of samples of consecutive blocks, so that memory grows with the number of state
/// changes and not with the number of samples.
///
/// Workers finish blocks out of order; a block waits in `waiting` until all blocks before it are joined.
#[derive(Default)]
struct RunCollector {
    max_gap_micros: i64,
    /// The sequence number of the block to join next.
    next: u64,
    waiting: BTreeMap<u64, Vec<(String, Vec<Run>)>>,
    joined: HashMap<String, Vec<Run>>,
}

impl RunCollector {
    fn new(max_gap_micros: i64) -> Self {
        Self { max_gap_micros, ..Self::default() }
    }

    fn take(&mut self, sequence: u64, runs: Vec<(String, Vec<Run>)>) {
        self.waiting.insert(sequence, runs);
        while let Some(block) = self.waiting.remove(&self.next) {
            self.next += 1;
            for (name, runs) in block {
                self.append(name, runs);
            }
        }
    }

    fn append(&mut self, name: String, mut runs: Vec<Run>) {
        let joined = self.joined.entry(name).or_default();
        join_runs(&mut runs, self.max_gap_micros);
        for run in runs {
            match joined.last_mut() {
                Some(last)
                    if last.state == run.state
                        && (0..=self.max_gap_micros).contains(&(run.first.0 - last.last.0)) =>
                {
                    last.last = run.last;
                }
                // A log with the newest sample first: the run grows backwards.
                Some(last)
                    if last.state == run.state
                        && (0..=self.max_gap_micros).contains(&(last.first.0 - run.last.0)) =>
                {
                    last.first = run.first;
                }
                _ => joined.push(run),
            }
        }
    }

    fn finish(self) -> Vec<(String, Vec<Run>)> {
        self.joined.into_iter().collect()
    }
}

/// Describes an error: the message, and the line within the input or 0 if there is none.
pub fn describe(error: &BlockError, row_base: u32) -> (String, u32) {
    match error {
        BlockError::Io(error) => (format!("cannot be read to the end: {error}"), 0),
        BlockError::RecordTooLong(row) => (
            format!(
                "this row is longer than {} MiB: it has an unclosed quote, or the file is not a table",
                RECORD_BYTES_MAX >> 20
            ),
            row - row_base,
        ),
        BlockError::UnclosedQuote(row) => (
            "a quote in this row is never closed, so the rest of the file would be one cell".into(),
            row - row_base,
        ),
        BlockError::Nul(row) => (super::NO_TEXT.into(), row - row_base),
        BlockError::TooManyLines => ("more than 4,294,967,295 lines".into(), 0),
    }
}
