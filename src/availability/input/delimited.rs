//! Tables: blocks of records, split and read by as many workers as there are cores.

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

/// What is said of a row with text behind a closing quote.
const STRAY_QUOTE: &str =
    "text after a closing quote: one quote too many may have joined this row with others";

/// Turns records into cells by field.
#[derive(Debug, Clone)]
pub struct RowMap {
    dialect: Dialect,
    wanted: usize,
    /// By field.
    places: [CellSource; FIELDS],
    mapped: Vec<Field>,
    composed: Vec<(Field, Source)>,
    /// A field that must not be cut off: a row of fewer cells than this may have lost it.
    vital: (Field, usize),
}

/// Where the cell of a field is found.
#[derive(Debug, Clone, Copy)]
enum CellSource {
    Nowhere,
    Column(usize),
    Composed,
}

/// The cells of the record split last, by field.
struct SplitCells<'r> {
    splitter: &'r Splitter<'r>,
    places: &'r [CellSource; FIELDS],
    /// By field.
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
    /// The way from records to fields that `columns` says. Rows that end before the column of `vital` are refused: without an end they
    /// would be outages that go on.
    pub fn new(dialect: Dialect, columns: &ColumnMap, vital: Field) -> Self {
        let mut map = Self {
            dialect,
            wanted: columns.wanted(),
            places: [CellSource::Nowhere; FIELDS],
            mapped: Vec::new(),
            composed: Vec::new(),
            vital: (vital, columns.cells_up_to(vital)),
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

    /// Calls `take` with the row number and the cells of every whole record of a block, and `refuse` with the text of others and
    /// what is wrong with them.
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
                let (vital, cells_needed) = self.vital;
                if splitter.count() < cells_needed && is_missing(cells.cell(vital).trim_ascii()) {
                    let why = format!("cut short before its {}", vital.name());
                    refuse(row, record, &why);
                } else {
                    take(row, &cells);
                }
            }
            row += 1 + splitter.inner_lines();
        }
    }

    /// Shows the time cells of a block to `scan`.
    pub fn scan_times(&self, block: &Block, scan: &mut TimeScan) {
        let observe = |_: u32, cells: &SplitCells<'_>| {
            for field in TIMES {
                scan.observe(field, cells.cell(field));
            }
        };
        self.each(block, observe, |_, _, _| {});
    }

    /// The records of a block, copied; those that are damaged go to `refused`.
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

    /// The usual step between samples of one service in a block, in microseconds: the median. `times` reads a cell.
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

/// The header's cells, and where the rows begin; `None` when there is no line.
pub fn header(bytes: &[u8]) -> Option<(Dialect, Vec<String>, usize, u32)> {
    let blank_lines = bytes.split(|byte| *byte == b'\n').take_while(|line| line.trim_ascii().is_empty());
    let (lines, skipped) =
        blank_lines.fold((0, 0), |(lines, skipped), line| (lines + 1, skipped + line.len() + 1));
    let rest = bytes.get(skipped..).filter(|rest| !rest.is_empty())?;
    let first_line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let dialect = Dialect::of_header(first_line);
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

/// What reading all blocks gave.
pub struct TableRead {
    /// By worker.
    pub collected: Vec<Collected>,
    /// Runs of samples by service.
    pub runs: Vec<(String, Vec<Run>)>,
    /// Lines in all.
    pub next_row: u32,
}

/// Reads `first` (blocks at hand already) and all further blocks of `reader` with `threads` workers.
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
    /// The next block, in the buffer given; `None` at the end, and after an error.
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

/// Joins the runs of blocks in the order of the blocks, so that memory holds what happened and not every sample.
#[derive(Default)]
struct RunCollector {
    max_gap_micros: i64,
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
                // Newest first: the runs grow backwards.
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

/// What went wrong with the blocks, in words.
pub fn describe(error: &BlockError, row_base: u32) -> (String, u32) {
    match error {
        BlockError::Io(error) => (format!("the stream broke off: {error}"), 0),
        BlockError::RecordTooLong(row) => (
            format!(
                "this row is longer than {} MiB: a quote that is never closed, or no table",
                RECORD_BYTES_MAX >> 20
            ),
            row - row_base,
        ),
        BlockError::UnclosedQuote(row) => (
            "a quote in this row is never closed: the rest of the file would be its cell".into(),
            row - row_base,
        ),
        BlockError::Nul(row) => (super::NO_TEXT.into(), row - row_base),
        BlockError::TooManyLines => ("more than 4,294,967,295 lines".into(), 0),
    }
}
