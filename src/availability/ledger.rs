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
    /// The filters of the command line exclude it.
    Filtered,
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
}

impl Reason {
    /// All reasons, in the order of the report.
    pub const ALL: [Self; 16] = [
        Self::Unparsable,
        Self::Reversed,
        Self::Duplicate,
        Self::Merged,
        Self::Clipped,
        Self::OutsideWindow,
        Self::ZeroLength,
        Self::Open,
        Self::Maintenance,
        Self::Superseded,
        Self::Filtered,
        Self::ClockGap,
        Self::ClockFold,
        Self::TimeRepaired,
        Self::CellUnreadable,
        Self::UnknownState,
    ];

    /// Returns the stable name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unparsable => "unparsable",
            Self::Reversed => "reversed",
            Self::Duplicate => "duplicate",
            Self::Merged => "merged",
            Self::Clipped => "clipped",
            Self::OutsideWindow => "outside_window",
            Self::ZeroLength => "zero_length",
            Self::Open => "open",
            Self::Maintenance => "maintenance",
            Self::Superseded => "superseded",
            Self::Filtered => "filtered",
            Self::ClockGap => "clock_gap",
            Self::ClockFold => "clock_fold",
            Self::TimeRepaired => "time_repaired",
            Self::CellUnreadable => "cell_unreadable",
            Self::UnknownState => "unknown_state",
        }
    }

    /// Describes what was done with such rows; completes a sentence that begins with "rows".
    pub fn description(self) -> &'static str {
        match self {
            Self::Unparsable => "unreadable: left out",
            Self::Reversed => "that end before they start: left out",
            Self::Duplicate => "with the same service, start and end as another: counted once",
            Self::Merged => "overlapping or touching another outage: merged",
            Self::Clipped => "partly outside the window: clipped to it",
            Self::OutsideWindow => "outside the window: not counted",
            Self::ZeroLength => "of zero length: a failure without downtime",
            Self::Open => "without an end: downtime counted to the end of the window",
            Self::Maintenance => "in planned maintenance: that time is not downtime",
            Self::Superseded => "with an earlier state of an incident: the last state counts",
            Self::Filtered => "left out by --where",
            Self::ClockGap => "with a local time skipped by a clock change",
            Self::ClockFold => "with a local time repeated by a clock change",
            Self::TimeRepaired => "with a time in an unusual form: read as its only possible meaning",
            Self::CellUnreadable => "with an unreadable cell other than start or end: cell ignored",
            Self::UnknownState => "with a state neither up nor down: time counted as unknown",
        }
    }

    /// Describes the meaning of the effect in seconds; empty where there is none.
    pub fn effect(self) -> &'static str {
        match self {
            Self::Merged | Self::Duplicate => "double counting removed",
            Self::Clipped | Self::OutsideWindow => "outside the window",
            Self::Maintenance => "planned, not downtime",
            Self::Reversed => "from end to start",
            Self::Open => "counted so far",
            _ => "",
        }
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

/// The totals of all reasons, and the entries: all of them, or a few examples of each reason.
#[derive(Debug, Clone)]
pub struct Ledger {
    totals: [Total; Reason::ALL.len()],
    entries: Vec<Entry>,
    keep_all: bool,
}

/// The number of examples kept of each reason.
const EXAMPLES_PER_REASON: u64 = 20;

impl Ledger {
    /// Creates an empty ledger. With `keep_all` it keeps every entry and not only examples.
    pub fn new(keep_all: bool) -> Self {
        Self { totals: [Total::default(); Reason::ALL.len()], entries: Vec::new(), keep_all }
    }

    /// Enters a row.
    pub fn enter(&mut self, reason: Reason, row: u32, effect_micros: i64) {
        if self.count(reason, effect_micros) {
            self.entries.push(Entry { row, reason, effect_micros, detail: None });
        }
    }

    /// Enters a row with details. `detail` is called only if the entry is kept.
    pub fn enter_detail(
        &mut self,
        reason: Reason,
        row: u32,
        effect_micros: i64,
        detail: impl FnOnce() -> String,
    ) {
        if self.count(reason, effect_micros) {
            let detail = Some(detail().into_boxed_str());
            self.entries.push(Entry { row, reason, effect_micros, detail });
        }
    }

    /// Counts the row; returns whether its entry is to be kept.
    fn count(&mut self, reason: Reason, effect_micros: i64) -> bool {
        let Some(total) = self.totals.get_mut(reason as usize) else {
            return false;
        };
        total.rows += 1;
        total.effect_micros = total.effect_micros.saturating_add(effect_micros);
        self.keep_all || total.rows <= EXAMPLES_PER_REASON
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
        self.totals.get(reason as usize).copied().unwrap_or_default()
    }

    /// Returns the reasons that occurred with their totals, in the order of the report.
    pub fn totals(&self) -> impl Iterator<Item = (Reason, Total)> + '_ {
        Reason::ALL.into_iter().map(|reason| (reason, self.total(reason))).filter(|(_, total)| total.rows > 0)
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
    fn totals_count_every_row_even_if_only_examples_are_kept() {
        let mut ledger = Ledger::new(false);
        for row in 0..100 {
            ledger.enter(Reason::Merged, row, 2);
        }
        let total = ledger.total(Reason::Merged);
        assert_eq!((total.rows, total.effect_micros, ledger.sorted_entries().len()), (100, 200, 20));
    }

    #[test]
    fn every_reason_is_listed_at_its_own_index() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
            assert!(!reason.description().is_empty());
        }
    }
}
