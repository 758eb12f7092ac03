//! Reads tables that have several rows per incident, of which the last counts.

use super::ReadOptions;
use super::delimited::Supply;
use super::field::{Field, Record};
use super::findings::Findings;
use super::gather::Gathering;
use super::plan::Plan;
use super::row_map::RowMap;
use super::sink::Sink;
use crate::availability::ledger::Reason;
use crate::base::problem::Problem;
use std::collections::HashMap;
use std::io::Read;

/// Reads all blocks and adds the last row of each incident, by the order column and then by position in
/// the log. Enters the other rows in the ledger as superseded. Returns the number of the last row.
pub(super) fn read_last_rows<R: Read>(
    mut supply: Supply<R>,
    map: &RowMap,
    plan: &Plan,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let (mut records, mut refused) = (Vec::new(), Findings::new(options.keep_ledger));
    while let Some(block) = supply.next(Vec::new()) {
        records.extend(map.records(&block, &mut refused));
    }
    let last_row = supply.last_row()?;
    let last = last_of_each(&records);
    let mut sink = Sink::new(plan, options.keep_ledger);
    for (i, record) in records.iter().enumerate() {
        // A record without an identifier is an incident of its own.
        let latest = record.get(Field::Id).and_then(|id| last.get(id));
        if latest.is_none_or(|(_, latest)| *latest == i) {
            sink.incident(record.row, record, false);
        } else {
            sink.findings.rows_seen += 1;
            sink.findings.ledger.enter(Reason::Superseded, record.row, 0);
        }
    }
    gathering.absorb(sink.finish());
    gathering.absorb_findings(refused);
    Ok(last_row)
}

/// Returns the order and the index of the last record of each incident.
fn last_of_each(records: &[Record]) -> HashMap<&str, (f64, usize)> {
    let mut last: HashMap<&str, (f64, usize)> = HashMap::new();
    for (i, record) in records.iter().enumerate() {
        let Some(id) = record.get(Field::Id) else { continue };
        let order = record.get(Field::Order).and_then(|text| text.trim().parse().ok());
        let order = order.unwrap_or(f64::INFINITY);
        let latest = last.entry(id).or_insert((order, i));
        if order >= latest.0 {
            *latest = (order, i);
        }
    }
    last
}
