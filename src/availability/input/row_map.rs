//! Maps the cells of records to fields.

use super::blocks::Block;
use super::columns::{ColumnMap, Source};
use super::field::{ByField, Cells, Field, Record, TIMES};
use super::findings::Findings;
use super::plan::Plan;
use super::several::LIST;
use super::shape;
use super::split::{Dialect, Splitter};
use super::steps::Steps;
use super::times::TimeScan;
use super::timestamp::is_missing;

/// The message for a row with text after a closing quote.
const STRAY_QUOTE: &str = "text after a closing quote: a stray quote may have joined this row with others";

/// Maps the cells of a record to fields.
#[derive(Debug, Clone)]
pub(super) struct RowMap {
    dialect: Dialect,
    /// The number of leading cells that contain all mapped columns.
    wanted: usize,
    places: ByField<CellSource>,
    mapped: Vec<Field>,
    composed: Vec<(Field, Source)>,
    /// The field that every row must have, and the number of leading cells that contain it. A row with
    /// fewer cells may have been cut off.
    required: (Field, usize),
}

/// The source of a field's cell.
#[derive(Debug, Clone, Copy, Default)]
enum CellSource {
    #[default]
    Nowhere,
    Column(usize),
    Composed,
}

/// The cells of the current record, by field.
pub(super) struct SplitCells<'r> {
    splitter: &'r Splitter<'r>,
    places: &'r ByField<CellSource>,
    composed: &'r ByField<Vec<u8>>,
}

impl Cells for SplitCells<'_> {
    #[inline]
    fn cell(&self, field: Field) -> &[u8] {
        match self.places[field] {
            CellSource::Column(column) => self.splitter.cell(column),
            CellSource::Composed => &self.composed[field],
            CellSource::Nowhere => &[],
        }
    }
}

impl RowMap {
    /// Creates the mapping that `columns` describes. Rows that end before the column of `required` are
    /// rejected: an incident whose end was cut off would look like an open one.
    pub(super) fn new(dialect: Dialect, columns: &ColumnMap, required: Field) -> Self {
        let mut map = Self {
            dialect,
            wanted: columns.mapped().map(|(_, source)| source.cells()).max().unwrap_or(0),
            places: ByField::default(),
            mapped: Vec::new(),
            composed: Vec::new(),
            required: (required, columns.source(required).map_or(0, Source::cells)),
        };
        for (field, source) in columns.mapped() {
            map.mapped.push(field);
            map.places[field] = match source.columns.as_slice() {
                [column] => CellSource::Column(*column),
                _ => CellSource::Composed,
            };
            if source.columns.len() > 1 {
                map.composed.push((field, source.clone()));
            }
        }
        map
    }

    /// Passes the row number and the cells of every sound record of a block to `take`, and the row number,
    /// the text and the reason of every other record to `refuse`; both also receive `state`.
    pub(super) fn each<S>(
        &self,
        block: &Block,
        state: &mut S,
        take: impl Fn(&mut S, u32, &SplitCells<'_>),
        refuse: impl Fn(&mut S, u32, &[u8], &str),
    ) {
        let mut splitter = Splitter::new(self.dialect, &block.bytes, self.wanted);
        let mut composed = ByField::<Vec<u8>>::default();
        let mut row = block.first_row;
        while let Some(record) = splitter.next_record() {
            if splitter.damaged {
                refuse(state, row, record, STRAY_QUOTE);
            } else if !is_blank(record, self.dialect.delimiter) {
                for (field, source) in &self.composed {
                    compose(*field, source, &splitter, &mut composed[*field]);
                }
                let cells = SplitCells { splitter: &splitter, places: &self.places, composed: &composed };
                let (required, cells_needed) = self.required;
                if splitter.count < cells_needed && is_missing(cells.cell(required).trim_ascii()) {
                    let why = format!("cut short before its {}", required.name());
                    refuse(state, row, record, &why);
                } else {
                    take(state, row, &cells);
                }
            }
            row += 1 + splitter.inner_lines;
        }
    }

    /// Calls `take` with the cells of every sound record of a block.
    fn each_sound<S>(&self, block: &Block, state: &mut S, take: impl Fn(&mut S, &SplitCells<'_>)) {
        self.each(block, state, |state, _, cells| take(state, cells), |_, _, _, _| {});
    }

    /// Passes all times of a block to `scan`.
    pub(super) fn scan_times(&self, block: &Block, scan: &mut TimeScan) {
        self.each_sound(block, scan, |scan, cells| scan.observe(cells));
    }

    /// Passes all samples of a block to `steps`.
    pub(super) fn observe_steps(&self, block: &Block, plan: &Plan, steps: &mut Steps) {
        self.each_sound(block, steps, |steps, cells| steps.observe(plan, cells));
    }

    /// Whether any time in a block has no zone.
    pub(super) fn has_local_times(&self, block: &Block, plan: &Plan) -> bool {
        let mut found = false;
        self.each_sound(block, &mut found, |found, cells| *found |= plan.has_local_time(cells));
        found
    }

    /// Copies the first records of a block.
    pub(super) fn first_records(&self, block: &Block) -> Vec<Record> {
        self.records(&block.first_lines(shape::ROWS), &mut Findings::default())
    }

    /// Copies the records of a block; those that cannot be split go to `refused`.
    pub(super) fn records(&self, block: &Block, refused: &mut Findings) -> Vec<Record> {
        let mut state = (Vec::new(), refused);
        self.each(
            block,
            &mut state,
            |(records, _), row, cells| records.push(self.record(row, cells)),
            |(_, refused), row, text, why| refused.refuse_whole(row, "row", text, why),
        );
        state.0
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
}

/// Whether a line has nothing but white space and delimiters, as the rows that a spreadsheet appends.
fn is_blank(line: &[u8], delimiter: u8) -> bool {
    let is_empty = |byte: &u8| *byte == delimiter || byte.is_ascii_whitespace();
    line.first().is_some_and(is_empty) && line.iter().all(is_empty)
}

/// Composes the cell of a field from several columns. A time is joined from its date and its time of day by
/// a space; where one of them is missing, a question mark makes it unreadable. Other texts are joined by a slash.
fn compose(field: Field, source: &Source, splitter: &Splitter<'_>, text: &mut Vec<u8>) {
    text.clear();
    let cells = source.columns.iter().map(|column| splitter.cell(*column));
    let is_time = TIMES.contains(&field);
    if source.joined && is_time && cells.clone().all(|cell| is_missing(cell.trim_ascii())) {
        return;
    }
    if source.joined {
        for cell in cells {
            let is_hole = is_missing(cell.trim_ascii());
            if is_hole && !is_time {
                continue;
            }
            if !text.is_empty() {
                text.push(if is_time { b' ' } else { b'/' });
            }
            text.extend_from_slice(if is_hole { b"?" } else { cell });
        }
    } else {
        let cell = |column: &usize| splitter.cell(*column);
        let place = source.columns.iter().position(|column| !is_missing(cell(column).trim_ascii()));
        let mut chosen = source.columns.iter().skip(place.unwrap_or(source.columns.len()));
        text.extend_from_slice(chosen.next().map(cell).unwrap_or_default());
        let repeats = chosen.take_while(|column| source.repeats.contains(column)).map(cell);
        for name in repeats.filter(|name| !is_missing(name.trim_ascii())) {
            text.push(LIST as u8);
            text.extend_from_slice(name);
        }
    }
}

/// Reads the header. Returns the dialect, the column names, the length of the header in bytes and in
/// lines (both including blank lines before it), or `None` when there is no line.
pub(super) fn header(bytes: &[u8]) -> Option<(Dialect, Vec<String>, usize, u32)> {
    let blank_lines = bytes.split(|byte| *byte == b'\n').take_while(|line| line.trim_ascii().is_empty());
    let (lines, skipped) =
        blank_lines.fold((0, 0), |(lines, skipped), line| (lines + 1, skipped + line.len() + 1));
    let rest = bytes.get(skipped..).filter(|rest| !rest.is_empty())?;
    let first_line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // The first line `sep=;` tells Excel the delimiter.
    if let [b's', b'e', b'p', b'=', delimiter] = first_line.trim_ascii_end() {
        let names = rest.get(first_line.len() + 1..)?;
        let before = skipped + first_line.len() + 1;
        return header_line(names, Dialect::delimited(*delimiter), before, lines + 1);
    }
    header_line(rest, Dialect::of_header(first_line), skipped, lines)
}

/// Reads the line with the names, which begins after `skipped` bytes and `lines` lines.
fn header_line(
    rest: &[u8],
    dialect: Dialect,
    skipped: usize,
    lines: u32,
) -> Option<(Dialect, Vec<String>, usize, u32)> {
    // The first pass counts the cells, the second keeps as many.
    let mut counter = Splitter::new(dialect, rest, 0);
    counter.next_record()?;
    let mut splitter = Splitter::new(dialect, rest, counter.count);
    let record = splitter.next_record()?;
    let name = |column: usize| String::from_utf8_lossy(splitter.cell(column)).trim().to_owned();
    Some((
        dialect,
        (0..splitter.count).map(name).collect(),
        skipped + record.len(),
        lines + 1 + splitter.inner_lines,
    ))
}
