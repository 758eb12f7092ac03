//! Reads event logs line by line. The files of one log are read as one, since what goes down in one file may
//! come up in the next.

use super::findings::{Findings, LINE};
use super::gather::Gathering;
use super::lines::parse_lines;
use super::origin::Origin;
use super::preset::{self, LineParser, Preset};
use super::records::{Parsed, take_all};
use super::{ReadOptions, Sniffed};
use crate::base::problem::Problem;
use crate::base::time::Zone;

/// The event logs among the inputs.
#[derive(Default)]
pub(super) struct EventLogs {
    logs: Vec<EventLog>,
}

/// The files of one event log.
struct EventLog {
    preset: &'static Preset,
    parser: Box<dyn LineParser>,
    files: Vec<Origin>,
    refused: Findings,
}

impl EventLogs {
    /// Reads a file; returns the number of its last row, counted over all inputs.
    pub(super) fn read(
        &mut self,
        sniffed: Sniffed,
        preset: &'static Preset,
        parser: Box<dyn LineParser>,
        options: &ReadOptions,
    ) -> Result<u32, Problem> {
        let origin = sniffed.origin.clone();
        let known = self.logs.iter().position(|log| log.preset.name == preset.name);
        let place = known.unwrap_or_else(|| {
            let refused = Findings::new(options.keep_ledger);
            self.logs.push(EventLog { preset, parser, files: Vec::new(), refused });
            self.logs.len() - 1
        });
        let log = &mut self.logs[place];
        let (refused, last_row) = parse_lines(sniffed, options.keep_ledger, |number, line| {
            let text = String::from_utf8_lossy(line);
            let row = origin.row_base + number;
            if text.trim().is_empty() { Ok(()) } else { log.parser.line(row, text.trim_end()) }
        })?;
        log.refused.absorb(refused);
        log.files.push(origin.clone());
        Ok(origin.row_base + last_row)
    }

    /// Adds what all files say to the evidence.
    pub(super) fn finish(self, options: &ReadOptions, gathering: &mut Gathering) -> Result<(), Problem> {
        for log in self.logs {
            let Some(first) = log.files.first() else { continue };
            let zone = options.zone.clone().unwrap_or_else(Zone::utc);
            let preset::Parsed { records, seen, covered, roster, refused } = log.parser.finish(&zone);
            let mut findings = log.refused;
            for (row, why) in refused {
                findings.refuse_whole(row, LINE, b"", why);
            }
            if roster.is_empty() && findings.rows_seen == 0 {
                return Err(first.problem("tells of the hard state of no host or service"));
            }
            let parsed = Parsed::of_fields(first, log.preset, records, findings, LINE, options)?;
            let named = roster.clone();
            take_all(&log.files, Parsed { seen, roster, ..parsed }, options, gathering)?;
            if let Some(covered) = covered {
                gathering.unknown_outside(&named, covered);
            }
        }
        Ok(())
    }
}
