//! Determines the time format of a column: gathers evidence from all cells, then decides.

use super::calendar::{self, Date, WrittenDate};
use super::decision::{Claim, Decision, Note};
use super::epoch::Decimal;
use super::format::{DateOrder, EpochUnit, TimeFormat};
use super::iso_fast::IsoColumn;
use super::missing::is_missing;
use super::{Moment, Reading};
use crate::base::time::DAY_MICROS;

/// The evidence from the cells of a column. Every cell must be observed: a single value can settle what
/// all others leave open.
#[derive(Debug, Clone, Default)]
pub struct ColumnScan {
    iso: u64,
    iso_times: IsoColumn,
    numeric: u64,
    named: u64,
    epoch: u64,
    /// The dates without a time of day.
    days: u64,
    /// The numbers that would be such dates, as day numbers or digits.
    whole_days: u64,
    has_short_years: bool,
    /// The numbers that can be day numbers of a spreadsheet.
    serials: u64,
    /// The numbers that can be dates without separators.
    compacts: u64,
    /// The units that fit the magnitude of the numbers, each with its first example.
    units: Vec<(EpochUnit, String)>,
    order: OrderEvidence,
    unreadable: Option<String>,
}

/// The evidence of numeric dates about the order of day and month: the first example of each kind.
#[derive(Debug, Clone, Default)]
struct OrderEvidence {
    /// A date that exists only with the day first.
    day_first: Option<String>,
    /// A date that exists only with the month first.
    month_first: Option<String>,
    /// A date that gives two different days, as [`Decision::Ambiguous`].
    either: Option<Decision>,
}

impl ColumnScan {
    /// Adds a cell to the evidence. Ignores missing times.
    #[inline]
    pub fn observe(&mut self, cell: &[u8]) {
        if self.iso_times.parse(cell).is_some() {
            self.iso += 1;
        } else if !is_missing(cell) {
            self.observe_general(cell);
        }
    }

    fn observe_general(&mut self, cell: &[u8]) {
        if let Some(number) = Decimal::read(cell) {
            self.observe_number(number, cell);
        } else if let Ok(written) = calendar::read(cell) {
            // A date of the far future stands for "no end yet".
            self.days += u64::from(written.is_day() && written.date.year() < 2099);
            self.observe_date(written.date, cell);
        } else {
            note_example(&mut self.unreadable, cell);
        }
    }

    /// Whether the column has dates without a time of day.
    pub fn has_days(&self) -> bool {
        // Day numbers without a fraction are such dates if none has one.
        let numbers = self.epoch > 0 && self.whole_days == self.epoch;
        self.days > 0 || numbers
    }

    fn observe_number(&mut self, number: Decimal, cell: &[u8]) {
        self.epoch += 1;
        self.serials += u64::from(number.serial().is_some());
        self.compacts += u64::from(number.compact().is_some());
        let is_midnight = |moment: Moment| match moment.reading {
            Reading::Local(clock) => clock.0 % DAY_MICROS == 0,
            Reading::Instant(_) => false,
        };
        self.whole_days += u64::from(number.serial().or(number.compact()).is_some_and(is_midnight));
        if let Some(unit) = number.unit_by_magnitude()
            && self.units.iter().all(|(known, _)| *known != unit)
        {
            self.units.push((unit, excerpt(cell)));
        }
    }

    fn observe_date(&mut self, date: WrittenDate, cell: &[u8]) {
        self.has_short_years |= date.has_short_year();
        match date {
            WrittenDate::YearFirst(_) => self.iso += 1,
            WrittenDate::Named(_) => self.named += 1,
            WrittenDate::Numeric { .. } => {
                self.numeric += 1;
                self.order.observe(date, cell);
            }
        }
    }

    /// Decides the format of the column, given the evidence of all columns about the order.
    ///
    /// If several kinds of times are mixed, the most frequent kind decides, except that any numeric or
    /// named date outweighs ISO dates, since these are accepted in every column.
    fn decide(&self, evidence: &OrderEvidence, stated: Option<DateOrder>) -> Decision {
        let dates = self.iso + self.numeric + self.named;
        if self.epoch > dates {
            self.decide_unit()
        } else if dates == 0 {
            self.unreadable.clone().map_or(Decision::Empty, Decision::Unrecognised)
        } else if self.numeric > 0 && self.numeric >= self.named {
            self.with_year_note(evidence.decide(stated))
        } else if self.named > 0 {
            self.with_year_note(Decision::Decided(TimeFormat::NamedMonth, Vec::new()))
        } else {
            Decision::Decided(TimeFormat::Iso, Vec::new())
        }
    }

    fn decide_unit(&self) -> Decision {
        let claim = |(unit, example): &(EpochUnit, String)| Claim {
            example: example.clone(),
            format: TimeFormat::Epoch(*unit),
        };
        for (all, format) in [(self.serials, TimeFormat::Serial), (self.compacts, TimeFormat::Compact)] {
            if all == self.epoch {
                return Decision::Decided(format, vec![Note::FormatByMagnitude(format)]);
            }
        }
        match self.units.as_slice() {
            [one, other, ..] => Decision::Conflicting { one: claim(one), other: claim(other) },
            [(unit, _)] => Decision::Decided(TimeFormat::Epoch(*unit), vec![Note::UnitByMagnitude(*unit)]),
            // All numbers are zero, which is the same in every unit.
            [] => Decision::Decided(TimeFormat::Epoch(EpochUnit::Seconds), Vec::new()),
        }
    }

    fn with_year_note(&self, mut decision: Decision) -> Decision {
        if let (true, Decision::Decided(_, notes)) = (self.has_short_years, &mut decision) {
            notes.push(Note::ShortYears);
        }
        decision
    }
}

/// Decides the columns of one file: each has its own format, but all share the order of day and month. A
/// given `date_order` overrides all evidence; [`TimeFormat::parse`] then reports each value that
/// contradicts it.
pub fn decide_together(columns: &[ColumnScan], date_order: Option<DateOrder>) -> Vec<Decision> {
    let orders = || columns.iter().map(|column| &column.order);
    let evidence = OrderEvidence {
        day_first: orders().find_map(|order| order.day_first.clone()),
        month_first: orders().find_map(|order| order.month_first.clone()),
        either: orders().find_map(|order| order.either.clone()),
    };
    columns.iter().map(|column| column.decide(&evidence, date_order)).collect()
}

impl OrderEvidence {
    /// Adds a date to the evidence. It supports an order if the day exists in that order only.
    fn observe(&mut self, date: WrittenDate, cell: &[u8]) {
        let in_order = |order| date.in_format(TimeFormat::Numeric(order)).and_then(existing);
        match (in_order(DateOrder::DayFirst), in_order(DateOrder::MonthFirst)) {
            (Some(_), None) => note_example(&mut self.day_first, cell),
            (None, Some(_)) => note_example(&mut self.month_first, cell),
            (Some((day_first, one)), Some((month_first, other))) if one != other => {
                self.either.get_or_insert_with(|| Decision::Ambiguous {
                    example: excerpt(cell),
                    day_first: day_first.spelled_out(),
                    month_first: month_first.spelled_out(),
                });
            }
            _ => {}
        }
    }

    fn decide(&self, stated: Option<DateOrder>) -> Decision {
        let decided = |order, note| Decision::Decided(TimeFormat::Numeric(order), vec![note]);
        let shown =
            |order, example: &str| decided(order, Note::OrderShown { order, example: example.to_owned() });
        match (stated, &self.day_first, &self.month_first, &self.either) {
            (Some(order), ..) => decided(order, Note::OrderStated(order)),
            (None, Some(day_first), Some(month_first), _) => conflict(day_first, month_first),
            (None, Some(example), None, _) => shown(DateOrder::DayFirst, example),
            (None, None, Some(example), _) => shown(DateOrder::MonthFirst, example),
            (None, None, None, Some(ambiguous)) => ambiguous.clone(),
            (None, None, None, None) => {
                decided(DateOrder::DayFirst, Note::OrderImmaterial(DateOrder::DayFirst))
            }
        }
    }
}

fn note_example(first: &mut Option<String>, cell: &[u8]) {
    first.get_or_insert_with(|| excerpt(cell));
}

/// Returns the date with its day number, if there is such a day.
fn existing(date: Date) -> Option<(Date, i64)> {
    Some((date, date.days().ok()?))
}

fn conflict(day_first: &str, month_first: &str) -> Decision {
    let claim =
        |example: &str, order| Claim { example: example.to_owned(), format: TimeFormat::Numeric(order) };
    Decision::Conflicting {
        one: claim(day_first, DateOrder::DayFirst),
        other: claim(month_first, DateOrder::MonthFirst),
    }
}

/// Returns the cell as text, truncated for use in a message.
fn excerpt(cell: &[u8]) -> String {
    const LONGEST: usize = 40;
    let cell = cell.trim_ascii();
    let start = cell.get(..4 * LONGEST).unwrap_or(cell);
    String::from_utf8_lossy(start).chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::{Claim, ColumnScan, Decision, Note, decide_together};
    use crate::availability::input::timestamp::{DateOrder, EpochUnit, TimeFormat};

    fn scan(cells: &[&str]) -> ColumnScan {
        let mut scan = ColumnScan::default();
        for cell in cells {
            scan.observe(cell.as_bytes());
        }
        scan
    }

    fn decide(cells: &[&str]) -> Decision {
        decide_together(&[scan(cells)], None).remove(0)
    }

    fn shown(order: DateOrder, example: &str) -> Decision {
        Decision::Decided(
            TimeFormat::Numeric(order),
            vec![Note::OrderShown { order, example: example.into() }],
        )
    }

    #[test]
    fn one_day_number_above_twelve_settles_the_order_of_all() {
        let cells = ["03/04/2024", "", "29/02/2024 10:00", "01/02/2024"];
        assert_eq!(decide(&cells), shown(DateOrder::DayFirst, "29/02/2024 10:00"));
        assert_eq!(decide(&["6/7/2005", "6/21/2005"]), shown(DateOrder::MonthFirst, "6/21/2005"));
    }

    #[test]
    fn ambiguous_dates_are_not_guessed() {
        let Decision::Ambiguous { example, day_first, month_first } = decide(&["05/05/2024", "04/03/2024"])
        else {
            panic!("guessed");
        };
        assert_eq!((example.as_str(), day_first.as_str()), ("04/03/2024", "4 March 2024"));
        assert_eq!(month_first, "3 April 2024");
    }

    #[test]
    fn dates_that_are_the_same_day_in_both_orders_need_no_order() {
        let order = DateOrder::DayFirst;
        let expected = Decision::Decided(TimeFormat::Numeric(order), vec![Note::OrderImmaterial(order)]);
        assert_eq!(decide(&["05/05/2024", "30/02/2024"]), expected);
    }

    #[test]
    fn values_of_both_orders_conflict_unless_an_order_is_given() {
        let cells = ["29/02/2016", "02/28/2016"];
        let claim =
            |example: &str, order| Claim { example: example.into(), format: TimeFormat::Numeric(order) };
        let (one, other) = (claim(cells[0], DateOrder::DayFirst), claim(cells[1], DateOrder::MonthFirst));
        assert_eq!(decide(&cells), Decision::Conflicting { one, other });
        let order = DateOrder::MonthFirst;
        let stated = Decision::Decided(TimeFormat::Numeric(order), vec![Note::OrderStated(order)]);
        assert_eq!(decide_together(&[scan(&cells)], Some(order)), [stated]);
    }

    #[test]
    fn a_day_that_exists_in_neither_order_is_no_evidence() {
        assert!(matches!(decide(&["01/02/2016", "30/02/2016"]), Decision::Ambiguous { .. }));
    }

    #[test]
    fn columns_of_a_file_share_the_order_but_not_the_format() {
        let columns = [scan(&["03/04/2024"]), scan(&["13/04/2024"]), scan(&["1767607200"]), scan(&["?"])];
        let decisions = decide_together(&columns, None);
        assert_eq!(decisions[0], shown(DateOrder::DayFirst, "13/04/2024"));
        assert_eq!(decisions[1], decisions[0]);
        assert!(matches!(decisions[2], Decision::Decided(TimeFormat::Epoch(EpochUnit::Seconds), _)));
        assert_eq!(decisions[3], Decision::Empty);
    }

    #[test]
    fn the_magnitude_of_numbers_decides_their_unit_and_two_magnitudes_conflict() {
        let unit = EpochUnit::Millis;
        let decided = Decision::Decided(TimeFormat::Epoch(unit), vec![Note::UnitByMagnitude(unit)]);
        assert_eq!(decide(&["0", "1767607200000", "1767610800000"]), decided);
        let Decision::Conflicting { one, other } = decide(&["1767607200000", "1767610800"]) else {
            panic!("no conflict")
        };
        assert_eq!(one.format, TimeFormat::Epoch(EpochUnit::Millis));
        assert_eq!(other.format, TimeFormat::Epoch(EpochUnit::Seconds));
        assert_eq!(decide(&["0", "0.0"]), Decision::Decided(TimeFormat::Epoch(EpochUnit::Seconds), vec![]));
    }

    #[test]
    fn the_most_frequent_kind_decides_but_any_date_outweighs_iso_ones() {
        let format = |cells: &[&str]| match decide(cells) {
            Decision::Decided(format, _) => format,
            other => panic!("{other:?}"),
        };
        assert_eq!(format(&["2026-01-05", "2026-01-06", "5"]), TimeFormat::Iso);
        let numeric = TimeFormat::Numeric(DateOrder::DayFirst);
        assert_eq!(format(&["2026-01-05T00:00:00Z", "2026-01-06", "13/04/2024", "1600"]), numeric);
        assert_eq!(format(&["2026-01-05", "2026-01-06", "5 May 2024"]), TimeFormat::NamedMonth);
    }

    #[test]
    fn a_column_without_times_is_not_recognised() {
        assert_eq!(decide(&["", "soon", "later"]), Decision::Unrecognised("soon".into()));
        assert_eq!(decide(&["", "N/A"]), Decision::Empty);
        let long = "é".repeat(500);
        assert_eq!(decide(&[&long]), Decision::Unrecognised("é".repeat(40)));
    }

    #[test]
    fn notes_read_as_sentences() {
        let shown = Note::OrderShown { order: DateOrder::DayFirst, example: "29-02-2016".into() };
        assert_eq!(shown.to_string(), "day before month, as 29-02-2016 shows");
        let unit = Note::UnitByMagnitude(EpochUnit::Millis);
        assert_eq!(unit.to_string(), "read as epoch milliseconds (by magnitude)");
        let Decision::Decided(_, notes) = decide(&["13/4/24"]) else { panic!("not decided") };
        assert_eq!(notes.last(), Some(&Note::ShortYears));
    }
}
