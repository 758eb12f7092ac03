//! The words and numbers for states.

use crate::timeline::samples::State;
use std::ops::RangeInclusive;

/// Words for up.
#[rustfmt::skip]
pub const UP: &[&str] = &[
    "up", "ok", "true", "yes", "operational", "healthy", "success", "passing", "pass", "online", "available",
    "normal", "recovered", "recovery", "resolved", "closed", "warning", "warn", "degraded",
    "degraded_performance",
];

/// Words for down.
#[rustfmt::skip]
pub const DOWN: &[&str] = &[
    "down", "false", "no", "critical", "crit", "fail", "failed", "failing", "failure", "error", "unhealthy",
    "offline", "unavailable", "outage", "partial_outage", "major_outage", "unreachable", "problem", "disaster",
    "alarm", "alert", "alerting", "firing", "triggered", "timeout",
];

/// Words for a state that is neither.
#[rustfmt::skip]
pub const UNKNOWN: &[&str] = &[
    "unknown", "nan", "pending", "maintenance", "under_maintenance", "paused", "nodata", "no data",
    "insufficient_data", "not_checked", "",
];

/// The words for up that describe a service which is impaired but reachable. That they count as up is noted
/// in the report.
pub const IMPAIRED: &[&str] = &["warning", "warn", "degraded", "degraded_performance"];

/// The words for up that can only be the state of a period, and not that an incident is over.
const UP_FOR_A_WHILE: &[&str] = &["up", "online", "available", "operational", "healthy"];

/// The words for up that rather say that an incident is over.
const OVER: &[&str] = &["resolved", "closed", "recovered", "recovery"];

/// The states of an incident that is over; more may follow behind a dash or the like, as in `Closed - Fixed`.
#[rustfmt::skip]
const FINISHED: &[&str] = &[
    "closed", "close", "resolved", "done", "completed", "complete", "comp", "ok", "true", "recovered", "fixed",
    "finished", "ended", "solved", "restored", "postmortem", "retrospective", "learning", "abgeschlossen", "behoben",
    "beendet", "erledigt", "fertig", "gelöst", "geschlossen",
];

/// The states of an incident that was no outage after all, or is another one's.
#[rustfmt::skip]
const WITHDRAWN: &[&str] = &[
    "cancelled", "canceled", "can", "declined", "rejected", "duplicate", "merged", "invalid", "false alarm",
    "false positive", "no impact", "not planned", "withdrawn", "dismissed", "discarded", "test",
    "not an incident", "no issue", "ignored", "abandoned", "void", "voided", "deleted", "won't fix", "won't do",
    "suppressed", "skipped", "not applicable", "no action", "storniert", "abgebrochen", "postponed", "not approved",
];

/// The first words of the states of an incident that goes on, whatever length is written beside them.
#[rustfmt::skip]
const GOES_ON: &[&str] = &[
    "open", "opened", "ongoing", "active", "problem", "firing", "triggered", "acknowledged", "investigating",
    "unresolved",
];

/// The further first words of the states of an incident that is not over.
#[rustfmt::skip]
const UNFINISHED: &[&str] = &[
    "new", "acked", "unacked", "in progress", "work in progress", "on hold", "hold", "pending", "assigned", "unassigned", "started",
    "detected", "identified", "monitoring", "mitigating", "mitigated", "reopened", "triage", "to do", "waiting",
    "escalated", "confirmed", "live", "paused", "false", "down", "critical", "alert", "offen", "neu",
    "in bearbeitung", "wappr", "appr", "inprg",
];

/// The states of an incident that goes on, but may be over for its users.
const OVER_FOR_USERS: &[&str] = &["monitoring", "mitigated"];

/// What the state of an incident says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning {
    /// Whether it was no outage after all, or is another one's.
    pub is_withdrawn: bool,
    /// Whether it goes on for certain, so that an end beside it is doubtful.
    pub goes_on: bool,
}

impl Meaning {
    /// Returns what a state says.
    pub(super) fn of(cell: &[u8]) -> Self {
        let may_be_over = OVER_FOR_USERS.iter().any(|word| begins_with(cell, word));
        Self { is_withdrawn: is_withdrawn(cell), goes_on: says_over(cell) == Some(false) && !may_be_over }
    }
}

/// What an incident's state says of its end; `None` for a word that is not known.
pub(super) fn says_over(cell: &[u8]) -> Option<bool> {
    let begins = |words: &[&str]| words.iter().any(|word| begins_with(cell, word));
    let first = segments(cell).next().unwrap_or_default();
    let is_over = FINISHED.iter().any(|word| is_same(first, word)) || begins(&["closed", "resolved"]);
    if is_over {
        return Some(true);
    }
    (begins(GOES_ON) || begins(UNFINISHED)).then_some(false)
}

/// Why an incident that is over but has no end is refused.
pub(super) const OVER_WITHOUT_END: &str = "is over by its state, but has no end";

/// Why an incident is refused whose state is to say whether it is over.
pub(super) const UNCLEAR_STATE: &str = "says neither that the incident is over nor that it goes on; leave the column out of --columns, so that the end counts";

/// Whether an incident or a plan is withdrawn: by the whole state or by a part of it, as in `Closed - Duplicate`.
pub(super) fn is_withdrawn(cell: &[u8]) -> bool {
    segments(cell).any(|part| WITHDRAWN.iter().any(|word| is_same(part, word)))
        || ["duplicate of", "merged into"].iter().any(|start| begins_with(cell, start))
}

/// Returns the parts of a state, as people write them: `Closed - Fixed`, `Closed/Cancelled`, `Resolved (auto)`.
fn segments(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_between = |byte: &u8| matches!(byte, b'/' | b'(' | b')' | b':' | b',' | b'-');
    let whole = Some(cell.trim_ascii());
    // `false-alarm` is one part.
    let parts = cell.split(is_between).map(<[u8]>::trim_ascii).filter(|part| !part.is_empty());
    parts.chain(whole)
}

/// Whether an incident goes on.
pub(super) fn goes_on(cell: &[u8]) -> bool {
    GOES_ON.iter().any(|word| begins_with(cell, word))
}

/// Whether a cell is a word or phrase, in any letter case, with spaces, dashes or underscores.
fn is_same(cell: &[u8], word: &str) -> bool {
    cell.len() == word.len() && begins_with(cell, word)
}

/// Whether a cell begins with a word or phrase, in any letter case, with spaces, dashes or underscores.
fn begins_with(cell: &[u8], word: &str) -> bool {
    let cell = cell.trim_ascii();
    let plain = |byte: &u8| if matches!(byte, b'_' | b'-') { b' ' } else { byte.to_ascii_lowercase() };
    let head = cell.get(..word.len()).unwrap_or_default();
    head.iter().map(plain).eq(word.bytes())
        && cell.get(word.len()).is_none_or(|next| !next.is_ascii_alphanumeric() && next.is_ascii())
}

/// Whether a cell is one of these words, in any letter case.
pub(super) fn is_one_of(cell: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell.trim_ascii()))
}

/// Whether the cell is a word for up that describes an impaired service.
pub(super) fn is_impaired(cell: &[u8]) -> bool {
    is_one_of(cell, IMPAIRED)
}

/// Whether the cell rather says that an incident is over than that a service is up.
pub(super) fn is_over_or_closed(cell: &[u8]) -> bool {
    is_one_of(cell, OVER)
}

/// Whether the cell says that a service was up for a period.
pub(super) fn is_up_for_a_while(cell: &[u8]) -> bool {
    is_one_of(cell, UP_FOR_A_WHILE)
}

/// What the cells of a state column say of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The state; `None` where the cell is neither up nor down.
    pub state: Option<State>,
    /// Whether the service is up but impaired.
    pub is_impaired: bool,
}

/// Remembers what was read from the first distinct cells of a column. Most logs have few distinct states.
#[derive(Debug)]
pub(super) struct Remembered<T>(Vec<(Box<[u8]>, T)>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Remembered<T> {
    /// The number of cells that are kept.
    const KEPT: usize = 16;

    /// Returns what `read` returned for an equal cell before, or calls it.
    #[inline]
    pub(super) fn of(&mut self, cell: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| **known == *cell) {
            return *known;
        }
        let said = read(cell);
        if self.0.len() < Self::KEPT {
            self.0.push((cell.into(), said));
        }
        said
    }
}

/// The meaning of the cells of a state column, where it differs from the usual words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StateMap {
    words: Vec<(String, State)>,
    numbers: Vec<(RangeInclusive<f64>, State)>,
}

impl StateMap {
    /// Parses `up=0,down=1|2` or `up=200-399,down=400-599|timeout`.
    ///
    /// # Errors
    ///
    /// Returns a message that names the part that is not of this form, and for a value that is given twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut map = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let bad = || format!("`{part}` is not of the form up=VALUE|…, down=VALUE|… or unknown=VALUE|…");
            let (state, values) = part.split_once('=').ok_or_else(bad)?;
            let state = match state.trim() {
                "up" => State::Up,
                "down" => State::Down,
                "unknown" => State::Unknown,
                _ => return Err(bad()),
            };
            for value in values.split('|').map(str::trim) {
                map.add(value, state)?;
            }
        }
        Ok(map)
    }

    /// Creates a map of words.
    pub fn of_words(words: &[(&str, State)]) -> Self {
        Self {
            words: words.iter().map(|(word, state)| ((*word).to_owned(), *state)).collect(),
            ..Self::default()
        }
    }

    fn add(&mut self, value: &str, state: State) -> Result<(), String> {
        let range = match value.split_once('-') {
            Some((low, high)) => low.trim().parse::<f64>().ok().zip(high.trim().parse().ok()),
            None => value.parse().ok().map(|number: f64| (number, number)),
        };
        let twice = || format!("`{value}` is given twice");
        if let Some((low, high)) = range.filter(|(low, high)| low.is_finite() && high.is_finite()) {
            if low > high {
                return Err(format!("the range `{value}` is empty"));
            }
            let overlaps =
                |(known, _): &(RangeInclusive<f64>, State)| low <= *known.end() && *known.start() <= high;
            if self.numbers.iter().any(overlaps) {
                return Err(twice());
            }
            self.numbers.push((low..=high, state));
        } else {
            let word = value.to_lowercase();
            if self.words.iter().any(|(known, _)| *known == word) {
                return Err(twice());
            }
            self.words.push((word, state));
        }
        Ok(())
    }

    /// Returns the state of a cell, by this map and otherwise by the usual words; `None` for a word or number
    /// that neither knows.
    pub(super) fn parse_cell(&self, cell: &[u8]) -> Option<State> {
        if self.is_usual() {
            match cell {
                b"1" => return Some(State::Up),
                b"0" => return Some(State::Down),
                _ => {}
            }
        }
        let word = std::str::from_utf8(cell).ok()?.trim().to_lowercase();
        if let Some((_, state)) = self.words.iter().find(|(known, _)| *known == word) {
            return Some(*state);
        }
        let usual = || {
            let words = [(State::Up, UP), (State::Down, DOWN), (State::Unknown, UNKNOWN)];
            words.into_iter().find(|(_, words)| words.contains(&word.as_str())).map(|(state, _)| state)
        };
        match word.parse::<f64>() {
            Ok(number) if !number.is_nan() => self.state_of_number(number),
            _ => usual(),
        }
    }

    /// Returns what a cell says of a service.
    pub(super) fn see(&self, cell: &[u8]) -> Seen {
        let state = self.parse_cell(cell);
        Seen { state, is_impaired: state == Some(State::Up) && is_impaired(cell) }
    }

    /// Whether a word for up tells of a period, rather than that an incident is over.
    pub(super) fn is_up_for_certain(&self, cell: &[u8]) -> bool {
        let is_number = std::str::from_utf8(cell).is_ok_and(|text| text.trim().parse::<f64>().is_ok());
        let may_mean_over =
            is_number || is_one_of(cell, OVER) || is_one_of(cell, &["true", "yes"]) || is_impaired(cell);
        self.parse_cell(cell) == Some(State::Up) && !(self.is_usual() && may_mean_over)
    }

    /// Whether all cells have their usual meaning.
    fn is_usual(&self) -> bool {
        self.words.is_empty() && self.numbers.is_empty()
    }

    /// Returns the state of a number. Without ranges of its own only 0 (down) and 1 (up) have one, as
    /// Prometheus' `up`.
    fn state_of_number(&self, number: f64) -> Option<State> {
        if self.numbers.is_empty() {
            return if number == 0.0 { Some(State::Down) } else { (number == 1.0).then_some(State::Up) };
        }
        self.numbers.iter().find(|(range, _)| range.contains(&number)).map(|(_, state)| *state)
    }
}

#[cfg(test)]
mod tests {
    use super::{DOWN, StateMap, UNKNOWN, UP};
    use crate::timeline::samples::State;

    #[test]
    fn the_usual_words_for_states_are_recognised() {
        let usual = StateMap::default();
        for (word, state) in [
            ("UP", State::Up),
            ("Critical", State::Down),
            ("1", State::Up),
            ("1.0", State::Up),
            ("0.0", State::Down),
            ("NaN", State::Unknown),
        ] {
            assert_eq!(usual.parse_cell(word.as_bytes()), Some(state), "{word}");
        }
        assert_eq!(usual.parse_cell(b"banana"), None);
    }

    #[test]
    fn no_word_has_two_meanings() {
        let mut seen = std::collections::HashSet::new();
        assert!([UP, DOWN, UNKNOWN].concat().into_iter().all(|word| seen.insert(word)));
    }

    #[test]
    fn a_number_other_than_zero_and_one_has_no_state_of_its_own() {
        for number in ["2", "200", "500", "0.02", "-1", "inf"] {
            assert_eq!(StateMap::default().parse_cell(number.as_bytes()), None, "{number}");
        }
    }

    #[test]
    fn numbers_and_words_have_the_state_that_the_map_gives_them() {
        let codes = StateMap::parse("up=200-399,down=500-599|refused").unwrap();
        assert_eq!(codes.parse_cell(b"204"), Some(State::Up));
        assert_eq!(codes.parse_cell(b"503"), Some(State::Down));
        assert_eq!(codes.parse_cell(b"Refused"), Some(State::Down));
        assert_eq!(codes.parse_cell(b"timeout"), Some(State::Down));
        assert_eq!(codes.parse_cell(b"404"), None);
        assert_eq!(codes.parse_cell(b"1"), None, "only the numbers of the map count");
        let icinga = StateMap::parse("up=0, down=1|2, unknown=3").unwrap();
        assert_eq!(icinga.parse_cell(b"0"), Some(State::Up));
        assert_eq!(icinga.parse_cell(b"3"), Some(State::Unknown));
    }

    #[test]
    fn a_map_with_a_mistake_is_rejected() {
        for text in ["up", "good=1", "up=1,down=1", "up=5-1", "up=1-5,down=3", "up=a,down=A"] {
            assert!(StateMap::parse(text).is_err(), "{text}");
        }
    }
}
