//! Reads the rows of tables and of lists of objects: workers fetch blocks of records, split them into cells and
//! pass the rows to a sink each.

use super::ReadOptions;
use super::blocks::{Block, BlockReader};
use super::gather::Gathering;
use super::plan::Plan;
use super::row_map::RowMap;
use super::sink::{Collected, Sink};
use crate::availability::evidence::Shape;
use crate::base::problem::Problem;
use crate::base::workers::{lock, on_threads};
use crate::timeline::samples::{Run, join_runs, push_run};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// Splits the records of a block and passes them on.
pub(super) trait Rows: Sync {
    /// Passes each record of a block to the sink.
    fn fill(&self, block: &Block, sink: &mut Sink<'_>);
}

impl Rows for RowMap {
    fn fill(&self, block: &Block, sink: &mut Sink<'_>) {
        self.each(block, sink, |sink, row, cells| sink.row(row, cells, false), Sink::refuse);
    }
}

/// Supplies blocks. Workers fetch them themselves, so that what was read stands in the cache of the core
/// that splits it.
pub(super) struct Supply<R> {
    first: VecDeque<Block>,
    reader: BlockReader<R>,
    error: Option<Problem>,
}

impl<R: Read> Supply<R> {
    /// Supplies the blocks `first` and all further blocks of `reader`.
    pub(super) fn new(first: Vec<Block>, reader: BlockReader<R>) -> Self {
        Self { first: first.into(), reader, error: None }
    }

    /// Returns the next block, which may reuse `buffer`, or `None` at the end and after an error.
    pub(super) fn next(&mut self, buffer: Vec<u8>) -> Option<Block> {
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

    /// Whether there is at most one block.
    fn is_single(&self) -> bool {
        self.first.len() < 2 && self.reader.is_done()
    }

    /// Returns the number of the last row, or the error that ended the supply.
    pub(super) fn last_row(self) -> Result<u32, Problem> {
        self.error.map_or_else(|| Ok(self.reader.next_row() - 1), Err)
    }
}

/// Reads all blocks and adds their rows to the evidence. Returns the number of the last row.
pub(super) fn read_rows<R: Read + Send>(
    supply: Supply<R>,
    map: &impl Rows,
    plan: &Plan,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let runs = Mutex::new(RunCollector::new(plan.max_gap_micros));
    // A single block is not worth a thread.
    let threads = if supply.is_single() { 1 } else { options.threads };
    let supply = Mutex::new(supply);
    let collected = on_threads(threads, || work(&supply, &runs, map, plan, options.keep_ledger));
    let last_row = supply.into_inner().unwrap_or_else(PoisonError::into_inner).last_row()?;
    for collected in collected {
        gathering.absorb(collected);
    }
    gathering.absorb_runs(runs.into_inner().unwrap_or_else(PoisonError::into_inner).joined);
    Ok(last_row)
}

fn work<R: Read>(
    supply: &Mutex<Supply<R>>,
    runs: &Mutex<RunCollector>,
    map: &impl Rows,
    plan: &Plan,
    keep_ledger: bool,
) -> Collected {
    let mut sink = Sink::new(plan, keep_ledger);
    let mut buffer = Vec::new();
    loop {
        let Some(block) = lock(supply).next(std::mem::take(&mut buffer)) else {
            return sink.finish();
        };
        map.fill(&block, &mut sink);
        if plan.shape == Shape::Samples {
            let taken = sink.take_runs();
            lock(runs).take(block.sequence, taken);
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
    /// The runs so far, by service.
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
            for (name, mut runs) in block {
                join_runs(&mut runs, self.max_gap_micros);
                let joined = self.joined.entry(name).or_default();
                for run in runs {
                    push_run(joined, run, self.max_gap_micros);
                }
            }
        }
    }
}
