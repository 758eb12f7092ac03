//! The ledger records every row that was excluded or adjusted, and the effect on the figures.

use serde::Serialize;

/// The reason for excluding or adjusting a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The row could not be read.
    Unparsable,
    /// It ends before it starts. It is excluded, since there is no telling which time is wrong.
    Reversed,
    /// It has the same service, start and end as another row.
    Duplicate,
    /// It overlaps or touches another outage of its service and was merged with it.
    Merged,
    /// It lies partly outside the window and was clipped to it.
    Clipped,
    /// It lies outside the window.
    OutsideWindow,
    /// It starts and ends at the same instant.
    ZeroLength,
    /// It has no end: downtime counts to the end of the window.
    Open,
    /// It is planned maintenance, or overlaps planned maintenance.
    Maintenance,
    /// A later row of the same incident replaced it.
    Superseded,
    /// It has an end, though by its state it goes on.
    GoesOn,
    /// The filters of the command line exclude it.
    Filtered,
    /// The export says that it is no outage.
    Notice,
    /// Its local time does not exist: a clock change skipped it.
    ClockGap,
    /// Its local time exists twice: a clock change repeated it.
    ClockFold,
    /// Its time is written in an unusual but unambiguous form.
    TimeRepaired,
    /// A cell other than start or end could not be read and was ignored.
    CellUnreadable,
    /// Its state is neither up nor down.
    UnknownState,
    /// Its state is that of a service which is impaired but reachable.
    Impaired,
}

/// A reason with its stable name, its description and the meaning of its effect.
type Wording = (Reason, &'static str, &'static str, &'static str);

/// The wording of every reason, in the order of the report.
#[rustfmt::skip]
const WORDINGS: [Wording; 19] = [
    (Reason::Unparsable, "unparsable", "unreadable: left out", ""),
    (Reason::Reversed, "reversed", "with an end before the start: left out", "from end to start"),
    (Reason::Duplicate, "duplicate", "with the same service, start and end as another: counted once",
        "double counting removed"),
    (Reason::Merged, "merged", "overlapping or touching another outage: merged", "double counting removed"),
    (Reason::Clipped, "clipped", "partly outside the window: clipped to it", "outside the window"),
    (Reason::OutsideWindow, "outside_window", "outside the window: not counted", "outside the window"),
    (Reason::ZeroLength, "zero_length", "of zero length: a failure without downtime", ""),
    (Reason::Open, "open", "without an end: downtime counted to the end of the window", "counted so far"),
    (Reason::Maintenance, "maintenance", "in planned maintenance: that time is not downtime",
        "planned, not downtime"),
    (Reason::Superseded, "superseded", "with an earlier state of an incident: the last state counts", ""),
    (Reason::GoesOn, "goes_on", "with an end, though their state says that they go on: the end counts", ""),
    (Reason::Filtered, "filtered", "left out by --where", ""),
    (Reason::Notice, "notice", "that the export does not count as outages: left out", ""),
    (Reason::ClockGap, "clock_gap", "with a local time skipped by a clock change", ""),
    (Reason::ClockFold, "clock_fold", "with a local time repeated by a clock change", ""),
    (Reason::TimeRepaired, "time_repaired",
        "with a time in an unusual form: read as its only possible meaning", ""),
    (Reason::CellUnreadable, "cell_unreadable",
        "with an unreadable cell other than start or end: cell ignored", ""),
    (Reason::UnknownState, "unknown_state",
        "with a state neither up nor down: time counted as unknown", ""),
    (Reason::Impaired, "impaired", "with a state such as warning or degraded: counted as up (see --states)", ""),
];

impl Reason {
    /// Returns all reasons, in the order of the report.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDINGS.into_iter().map(|(reason, ..)| reason)
    }

    fn wording(self) -> Wording {
        WORDINGS[self as usize]
    }

    /// Returns the stable name used in files.
    pub fn name(self) -> &'static str {
        self.wording().1
    }

    /// Describes what was done with such rows; completes "1 row …" and "rows …".
    pub fn description(self) -> &'static str {
        self.wording().2
    }

    /// Describes the meaning of the effect in seconds; empty where there is none.
    pub fn effect(self) -> &'static str {
        self.wording().3
    }
}

/// One ledger entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The row's number over all inputs (see [`super::evidence::Sources`]).
    pub row: u32,
    /// The reason.
    pub reason: Reason,
    /// The effect in microseconds (see [`Reason::effect`]); 0 where there is none.
    pub effect_micros: i64,
    /// Details of the finding, where the reason alone is not enough.
    pub detail: Option<Box<str>>,
}

/// The total of one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the effects in microseconds.
    pub effect_micros: i64,
}

/// The totals of all reasons, and the entries where they are wanted.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The totals, in the order of the reasons.
    totals: [Total; WORDINGS.len()],
    entries: Vec<Entry>,
    keeps_entries: bool,
}

impl Ledger {
    /// Creates an empty ledger. `keeps_entries` tells whether it keeps entries besides the totals.
    pub fn new(keeps_entries: bool) -> Self {
        Self { keeps_entries, ..Self::default() }
    }

    /// Enters a row.
    pub fn enter(&mut self, reason: Reason, row: u32, effect_micros: i64) {
        self.push(reason, row, effect_micros, || None);
    }

    /// Enters a row with details. `detail` is called only if the entry is kept.
    pub fn enter_detail(
        &mut self,
        reason: Reason,
        row: u32,
        effect_micros: i64,
        detail: impl FnOnce() -> String,
    ) {
        self.push(reason, row, effect_micros, || Some(detail().into_boxed_str()));
    }

    #[inline]
    fn push(
        &mut self,
        reason: Reason,
        row: u32,
        effect_micros: i64,
        detail: impl FnOnce() -> Option<Box<str>>,
    ) {
        let total = &mut self.totals[reason as usize];
        total.rows += 1;
        total.effect_micros = total.effect_micros.saturating_add(effect_micros);
        if self.keeps_entries {
            self.entries.push(Entry { row, reason, effect_micros, detail: detail() });
        }
    }

    /// Adds the totals and entries of another ledger.
    pub fn absorb(&mut self, other: Self) {
        for (ours, theirs) in self.totals.iter_mut().zip(other.totals) {
            ours.rows += theirs.rows;
            ours.effect_micros = ours.effect_micros.saturating_add(theirs.effect_micros);
        }
        self.entries.extend(other.entries);
    }

    /// Returns the total of one reason.
    pub fn total(&self, reason: Reason) -> Total {
        self.totals[reason as usize]
    }

    /// Returns the reasons that occurred with their totals, in the order of the report.
    pub fn totals(&self) -> impl Iterator<Item = (Reason, Total)> + '_ {
        Reason::all().map(|reason| (reason, self.total(reason))).filter(|(_, total)| total.rows > 0)
    }

    /// Returns the kept entries, sorted by row.
    pub fn sorted_entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_unstable();
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Reason};

    #[test]
    fn totals_count_every_row_whether_its_entry_is_kept_or_not() {
        for (keeps_entries, entries) in [(false, 0), (true, 100)] {
            let mut ledger = Ledger::new(keeps_entries);
            for row in 0..100 {
                ledger.enter(Reason::Merged, row, 2);
            }
            let total = ledger.total(Reason::Merged);
            assert_eq!((total.rows, total.effect_micros), (100, 200));
            assert_eq!(ledger.sorted_entries().len(), entries);
        }
    }

    #[test]
    fn every_reason_is_listed_at_its_own_index() {
        for (i, reason) in Reason::all().enumerate() {
            assert_eq!(reason as usize, i);
            assert!(!reason.description().is_empty());
        }
    }
}
