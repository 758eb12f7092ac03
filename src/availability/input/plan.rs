//! The plan for reading the rows of one input, made once before the first row is converted.

use super::field::{ByField, Cells, DURATIONS, FILTERS, Field, TIMES};
use super::states::{StateMap, is_one_of};
use super::timestamp::{Reading, TimeFormat, is_missing, parse_iso_fast};
use crate::availability::evidence::Shape;
use crate::base::time::{Timestamp, Zone};
use crate::timeline::Span;

/// The decisions that govern the reading of one input.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The kind of rows.
    pub shape: Shape,
    /// The format of each time column; `None` where there is no such column.
    pub times: ByField<Option<TimeFormat>>,
    /// The time zone of local times.
    pub zone: Zone,
    /// The rule that derives the service name from its cell.
    pub service: ServiceRule,
    /// What the rows have besides their times.
    pub has: Has,
    /// The field that holds the length of an incident without an end, and the seconds of its unit; `None`
    /// where the cell has a unit.
    pub duration: Option<(Field, Option<f64>)>,
    /// The rule that tells outages from notices and planned work.
    pub kinds: Kinds,
    /// What a state column tells of an incident.
    pub says: StateSays,
    /// The states, besides the usual words, of an incident that is over.
    pub over: &'static [&'static str],
    /// The times that stand for "no end yet" of an outage; none for planned work.
    pub no_end_yet: &'static [Span],
    /// Whether a state column tells that rows were withdrawn, as incidents that are none, or plans.
    pub skips_withdrawn: bool,
    /// The filters of the command line with their scopes. The i-th filter tests the field
    /// `FILTERS[i]`.
    pub filters: Vec<(Filter, About)>,
    /// The meaning of the cells of the state column.
    pub states: StateMap,
    /// The longest gap between samples that counts as known, in microseconds.
    pub max_gap_micros: i64,
}

/// What the rows of a log have besides their times.
#[derive(Debug, Clone, Copy)]
pub struct Has {
    /// Any field that is stored in an extra.
    pub extras: bool,
    /// Identifiers of incidents.
    pub ids: bool,
    /// The times at which services were put into service.
    pub in_service: bool,
}

/// What the state column of a log of incidents tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateSays {
    /// Nothing: there is none.
    Nothing,
    /// Whether an incident is still open; its end is then only that of the last update. A word that is not known
    /// is that of one that goes on.
    WhetherOver,
    /// The same by the column that `--columns` names, where a word that is not known is refused.
    WhetherOverForCertain,
    /// That one without an end is over, or that one with a length goes on. An end counts whatever the state is.
    Hints,
}

/// What a row of a log of incidents stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// An outage.
    Outage,
    /// Something that is no outage.
    Notice,
    /// Planned maintenance.
    Planned,
    /// Time in which the state is not known.
    Unknown,
}

/// The values of an export's column or key that tells outages from other rows. Letter case is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindWords {
    /// The values of outages; empty if all values but the others are.
    pub outages: &'static [&'static str],
    /// The values of rows that are no outages; `*` is any value.
    pub notices: &'static [&'static str],
    /// The values of planned maintenance; `*` is any value.
    pub planned: &'static [&'static str],
    /// The values of time in which the state is not known.
    pub unknown: &'static [&'static str],
}

/// The rule that tells outages from notices and planned work, by the field [`Field::Kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// The words of a preset.
    Words(KindWords),
    /// `--planned`: the condition that planned rows meet.
    Planned(Filter),
}

impl KindWords {
    /// Every row is an outage.
    pub const NONE: Self = Self { outages: &[], notices: &[], planned: &[], unknown: &[] };

    /// Whether every row is an outage.
    #[inline]
    const fn are_none(&self) -> bool {
        self.outages.is_empty()
            && self.notices.is_empty()
            && self.planned.is_empty()
            && self.unknown.is_empty()
    }
}

impl Kinds {
    /// Returns the kind of a row with this cell.
    #[inline]
    pub fn of(&self, cell: &[u8]) -> RowKind {
        match self {
            Self::Words(words) if words.are_none() => RowKind::Outage,
            _ => self.by_value(cell),
        }
    }

    /// Drops the words of notices and planned work, for a log without the column that holds them. Does nothing if only
    /// rows with certain words are outages.
    pub fn forget_words_for_others(&mut self) {
        if let Self::Words(words) = self
            && words.outages.is_empty()
        {
            *words = KindWords::NONE;
        }
    }

    fn by_value(&self, cell: &[u8]) -> RowKind {
        let words = match self {
            Self::Planned(filter) => {
                return if filter.admits(cell) { RowKind::Planned } else { RowKind::Outage };
            }
            Self::Words(words) => words,
        };
        let all = |words: &[&str]| words.contains(&"*") && !is_missing(cell.trim_ascii());
        let meets = |words: &[&str]| is_one_of(cell, words) || all(words);
        let is_outage = words.outages.is_empty() || is_one_of(cell, words.outages);
        match () {
            () if meets(words.planned) => RowKind::Planned,
            () if meets(words.unknown) => RowKind::Unknown,
            () if meets(words.notices) || !is_outage => RowKind::Notice,
            () => RowKind::Outage,
        }
    }
}

/// Returns the first field with the length of an incident that a log has.
pub fn duration_of(has: impl Fn(Field) -> bool) -> Option<(Field, Option<f64>)> {
    DURATIONS.into_iter().find(|(field, _)| has(*field))
}

/// The rule that derives the service name from its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRule {
    /// The cell is the name.
    AsWritten,
    /// The name is in brackets before the text: `[api] 5xx spike`.
    InBrackets,
}

/// A condition on one column: `--where severity=SEV1,SEV2` or `--where impact!=maintenance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The name of a column or of a field.
    pub column: String,
    /// The values.
    pub values: Vec<String>,
    /// Whether rows with these values are kept (`=`) or excluded (`!=`).
    pub keep: bool,
}

impl Filter {
    /// Parses `column=a,b` or `column!=a,b`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (column, values, keep) = match (text.split_once("!="), text.split_once('=')) {
            (Some((column, values)), _) => (column, values, false),
            (None, Some((column, values))) => (column, values, true),
            (None, None) => {
                return Err(format!("`{text}` is not of the form COLUMN=VALUE,… or COLUMN!=VALUE,…"));
            }
        };
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        Ok(Self { column: column.trim().to_owned(), values, keep })
    }

    /// Whether a row with this cell is kept. Ignores letter case.
    pub fn admits(&self, cell: &[u8]) -> bool {
        let named = self.values.iter().any(|value| value.as_bytes().eq_ignore_ascii_case(cell.trim_ascii()));
        named == self.keep
    }
}

/// The scope of a filter. It determines what an excluded row still contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Incidents. The service of an excluded row still counts, and belongs to its group.
    Incidents,
    /// Groups: the filter tests the column that `--by` names. The service still counts, but not its
    /// group.
    Groups,
    /// Services: the filter tests the service name. The service does not count.
    Services,
}

impl About {
    /// Determines the scope of a filter. `shares` tells whether the filter's column is also that of a field.
    pub fn of(shares: impl Fn(Field) -> bool) -> Self {
        if shares(Field::Service) {
            Self::Services
        } else if shares(Field::Group) {
            Self::Groups
        } else {
            Self::Incidents
        }
    }
}

impl Plan {
    /// Whether nothing of an incident counts but its service and its times.
    pub fn has_only_times(&self) -> bool {
        let Has { extras, ids, in_service } = self.has;
        !(extras || ids || in_service) && self.says == StateSays::Nothing && self.admits_all()
    }

    /// Whether no row is left out by a filter, as planned work or as withdrawn.
    pub fn admits_all(&self) -> bool {
        let admits_kinds = matches!(&self.kinds, Kinds::Words(words) if words.are_none());
        admits_kinds && self.filters.is_empty() && !self.skips_withdrawn
    }

    /// Returns the earliest time that stands for "no end yet".
    pub fn no_end_yet_from(&self) -> Timestamp {
        self.no_end_yet.iter().map(|span| span.start).min().unwrap_or(Timestamp::MAX)
    }

    /// Returns the widest scope of the filters that exclude a row, or `None` if all filters admit the row.
    #[inline]
    pub fn left_out(&self, cells: &impl Cells) -> Option<About> {
        let filters = FILTERS.into_iter().zip(&self.filters);
        filters
            .filter(|(field, (filter, _))| !filter.admits(cells.cell(*field)))
            .map(|(_, (_, about))| *about)
            .max()
    }

    /// Returns the time of a row without any ledger entry; `None` when it has no readable one.
    pub fn instant(&self, field: Field, cells: &impl Cells) -> Option<Timestamp> {
        let format = self.times[field]?;
        match format.parse(cells.cell(field).trim_ascii()).ok()?.reading {
            Reading::Instant(instant) => Some(instant),
            Reading::Local(clock) => Some(self.zone.resolve(clock).0),
        }
    }

    /// Whether any time of a row has no zone.
    pub fn has_local_time(&self, cells: &impl Cells) -> bool {
        TIMES.into_iter().any(|field| {
            let cell = cells.cell(field).trim_ascii();
            // ISO times are read in every column.
            if let Some((_, in_utc)) = parse_iso_fast(cell) {
                return !in_utc && self.times[field].is_some();
            }
            let format = self.times[field].filter(|_| !is_missing(cell));
            let moment = format.and_then(|format| format.parse(cell).ok());
            moment.is_some_and(|moment| matches!(moment.reading, Reading::Local(_)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn a_filter_keeps_or_excludes_the_values_it_names() {
        let keep = Filter::parse("severity=SEV1, sev2").unwrap();
        assert!(keep.admits(b"SEV2 ") && !keep.admits(b"SEV3"));
        let drop = Filter::parse("impact!=maintenance").unwrap();
        assert!(drop.admits(b"minor") && !drop.admits(b"Maintenance"));
        assert!(Filter::parse("impact").is_err());
    }
}
