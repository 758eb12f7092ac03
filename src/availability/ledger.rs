//! The ledger: every row that was not taken as it stands, and what that did to the figures.

use serde::Serialize;

/// Why a row was not taken as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The row could not be read.
    Unparsable,
    /// It ends before it starts: left out, since which end is wrong cannot be known.
    Reversed,
    /// The same service, start and end as another row.
    Duplicate,
    /// It overlaps or touches another outage of its service and became one with it.
    Merged,
    /// It reaches over the edge of the window and was cut there.
    Clipped,
    /// It lies outside the window.
    OutsideWindow,
    /// It starts and ends at the same instant.
    ZeroLength,
    /// It has no end: downtime counts to the end of the window.
    Open,
    /// It is planned work, or lies in planned work.
    Maintenance,
    /// A later row of the same incident replaced it.
    Superseded,
    /// The filters of the command line left it out.
    Filtered,
    /// Its local time does not exist: the clock was put forward over it.
    ClockGap,
    /// Its local time exists twice: the clock was put back over it.
    ClockFold,
    /// Its time was written in an unusual way that leaves no doubt.
    TimeRepaired,
    /// A cell other than start and end could not be read and was left out.
    CellUnreadable,
    /// Its state is neither up nor down.
    UnknownState,
}

impl Reason {
    /// All of them, in the order of the report.
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

    /// The stable name in files.
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

    /// What was done with such rows, for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::Unparsable => "unreadable: left out",
            Self::Reversed => "ending before it starts: left out",
            Self::Duplicate => "repeating another row exactly: counted once",
            Self::Merged => "overlapping or touching another outage: merged",
            Self::Clipped => "reaching over the edge of the window: cut there",
            Self::OutsideWindow => "outside the window: not counted",
            Self::ZeroLength => "of zero length: a failure without downtime",
            Self::Open => "without an end: downtime counted to the end of the window",
            Self::Maintenance => "in planned maintenance: that time is not downtime",
            Self::Superseded => "with an earlier state of an incident: the last state counts",
            Self::Filtered => "left out by --where",
            Self::ClockGap => "with a local time that the clock skipped",
            Self::ClockFold => "with a local time that the clock showed twice",
            Self::TimeRepaired => "with a time written unusually: read as the only thing it can mean",
            Self::CellUnreadable => "with an unreadable cell other than start and end: cell left out",
            Self::UnknownState => "with a state neither up nor down: time unknown",
        }
    }

    /// What the effect in seconds of such entries means.
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

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The row's number over all inputs (see [`super::evidence::Sources`]).
    pub row: u32,
    /// Why it was entered.
    pub reason: Reason,
    /// Its effect in microseconds (see [`Reason::effect`]); 0 where it has none.
    pub effect_micros: i64,
    /// What exactly was found, where the reason alone does not say it.
    pub detail: Option<Box<str>>,
}

/// Totals of one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many rows.
    pub rows: u64,
    /// The sum of their effects in microseconds.
    pub effect_micros: i64,
}

/// Totals of all reasons, and the entries themselves: all of them, or a few of each reason as examples.
#[derive(Debug, Clone)]
pub struct Ledger {
    totals: [Total; Reason::ALL.len()],
    entries: Vec<Entry>,
    keep_all: bool,
}

/// Entries of each reason that are kept when not all are wanted.
const EXAMPLES_PER_REASON: u64 = 20;

impl Ledger {
    /// An empty ledger; `keep_all` keeps every entry and not only examples.
    pub fn new(keep_all: bool) -> Self {
        Self { totals: [Total::default(); Reason::ALL.len()], entries: Vec::new(), keep_all }
    }

    /// Enters a row.
    pub fn enter(&mut self, reason: Reason, row: u32, effect_micros: i64) {
        if self.count(reason, effect_micros) {
            self.entries.push(Entry { row, reason, effect_micros, detail: None });
        }
    }

    /// Enters a row with what exactly was found.
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

    /// Counts the row; true when its entry is to be kept.
    fn count(&mut self, reason: Reason, effect_micros: i64) -> bool {
        let Some(total) = self.totals.get_mut(reason as usize) else {
            return false;
        };
        total.rows += 1;
        total.effect_micros = total.effect_micros.saturating_add(effect_micros);
        self.keep_all || total.rows <= EXAMPLES_PER_REASON
    }

    /// Adds all that another ledger holds.
    pub fn absorb(&mut self, other: Self) {
        for (ours, theirs) in self.totals.iter_mut().zip(other.totals) {
            ours.rows += theirs.rows;
            ours.effect_micros = ours.effect_micros.saturating_add(theirs.effect_micros);
        }
        self.entries.extend(other.entries);
    }

    /// The totals of one reason.
    pub fn total(&self, reason: Reason) -> Total {
        self.totals.get(reason as usize).copied().unwrap_or_default()
    }

    /// The reasons that occurred, with their totals, in the order of the report.
    pub fn totals(&self) -> impl Iterator<Item = (Reason, Total)> + '_ {
        Reason::ALL.into_iter().map(|reason| (reason, self.total(reason))).filter(|(_, total)| total.rows > 0)
    }

    /// The entries kept, by row.
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
    fn totals_count_every_row_even_where_only_examples_are_kept() {
        let mut ledger = Ledger::new(false);
        for row in 0..100 {
            ledger.enter(Reason::Merged, row, 2);
        }
        let total = ledger.total(Reason::Merged);
        assert_eq!((total.rows, total.effect_micros, ledger.sorted_entries().len()), (100, 200, 20));
    }

    #[test]
    fn every_reason_stands_at_its_own_place() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
            assert!(!reason.description().is_empty());
        }
    }
}
