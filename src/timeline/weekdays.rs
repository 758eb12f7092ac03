//! Sets of weekdays, with their notation.

use crate::base::suggest::did_you_mean;
use crate::base::text::printable;
use std::fmt;

/// The English names, Monday first as in ISO 8601.
pub(crate) const NAMES: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The printed names, in the same order.
const SHORT_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A set of weekdays: one bit for each, Monday lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weekdays(u8);

impl Weekdays {
    /// The empty set.
    pub(super) const NONE: Self = Self(0);
    /// Every day.
    pub(super) const ALL: Self = Self(0b111_1111);

    /// Returns the weekday of a day counted from 1970-01-01, which was a Thursday.
    pub(super) fn of(day_number: i64) -> Self {
        Self(1 << (day_number + 3).rem_euclid(7))
    }

    /// Tells whether no day is in the set.
    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Tells whether all of `other` is in the set.
    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the days of either set.
    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns this set, or `other` if this one is empty.
    pub(super) fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }

    /// Iterates over the days in the set from Monday on, each as a set of one day.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        (0..7).map(|day| Self(1 << day)).filter(move |day| self.contains(*day))
    }

    /// Parses days and ranges of days separated by spaces: `Mon`, `Sat-Mon`, `Mon Wed Fri`, `daily`. An
    /// empty text gives the empty set.
    ///
    /// A day is an English name, abbreviated to two letters or more. Errors name the invalid word.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let runs: Result<Vec<Self>, String> = text.split_whitespace().map(parse_run).collect();
        Ok(runs?.into_iter().fold(Self::NONE, Self::union))
    }
}

fn parse_run(word: &str) -> Result<Weekdays, String> {
    if word.eq_ignore_ascii_case("daily") {
        return Ok(Weekdays::ALL);
    }
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last) = (day_index(first)?, day_index(last)?);
    // Distances are counted from the first day, so that a range may wrap around the end of the week.
    let is_between = |day: &usize| (day + 7 - first) % 7 <= (last + 7 - first) % 7;
    Ok(Weekdays((0..7).filter(is_between).fold(0, |bits, day| bits | 1 << day)))
}

/// Returns the day whose name starts with `name`, 0 for Monday.
fn day_index(name: &str) -> Result<usize, String> {
    let lower = name.to_lowercase();
    let begins = |day: &str| lower.len() >= 2 && day.to_lowercase().starts_with(&lower);
    NAMES.iter().position(|day| begins(day)).ok_or_else(|| {
        let guess = did_you_mean(name, SHORT_NAMES.into_iter().chain(NAMES));
        let (name, names) = (printable(name), SHORT_NAMES.join(", "));
        format!("`{name}` is not a day of the week{guess} Write {names} or daily")
    })
}

impl fmt::Display for Weekdays {
    /// Writes ranges of days: `Mon-Fri`, `Wed,Sun`, `daily`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("daily");
        }
        f.write_str(&self.runs().join(","))
    }
}

impl Weekdays {
    /// Returns the text of each range of consecutive days, from Monday on.
    fn runs(self) -> Vec<String> {
        let is_in = |day: usize| self.contains(Self(1 << day));
        let days: Vec<(bool, &str)> = (0..7).map(is_in).zip(SHORT_NAMES).collect();
        let runs =
            days.chunk_by(|before, after| before.0 == after.0).filter(|run| run.iter().all(|day| day.0));
        let text = |run: &[(bool, &str)]| match run {
            [(_, first), .., (_, last)] => format!("{first}-{last}"),
            run => run.iter().map(|(_, only)| *only).collect(),
        };
        runs.map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Weekdays;

    #[test]
    fn every_set_of_days_reads_back_as_it_prints() {
        for bits in 1..128 {
            let days = Weekdays(bits);
            assert_eq!(Weekdays::parse(&days.to_string().replace(',', " ")), Ok(days));
        }
    }

    #[test]
    fn a_range_of_days_may_wrap_around_the_end_of_the_week() {
        assert_eq!(Weekdays::parse("Sat-Mon").unwrap().to_string(), "Mon,Sat-Sun");
        assert_eq!(Weekdays::parse("Tue-Mon").unwrap(), Weekdays::ALL);
        let monday = Weekdays::parse("Mon").unwrap();
        assert_eq!(monday.union(monday), monday);
    }

    #[test]
    fn the_first_of_january_1970_was_a_thursday() {
        assert_eq!(Weekdays::of(0).to_string(), "Thu");
        assert_eq!(Weekdays::of(-4).to_string(), "Sun");
    }
}
