//! The words for states.

use crate::timeline::samples::State;

#[rustfmt::skip]
const UP: &[&str] = &[
    "up", "ok", "true", "yes", "operational", "healthy", "success", "passing", "pass", "online", "recovered",
    "recovery", "resolved", "warning", "degraded",
];

#[rustfmt::skip]
const DOWN: &[&str] = &[
    "down", "false", "no", "critical", "fail", "failed", "failing", "failure", "error", "unhealthy", "offline",
    "outage", "unreachable", "alerting", "triggered", "timeout",
];

const UNKNOWN: &[&str] = &["unknown", "nan", "pending", "maintenance", "paused", "nodata", "no data", ""];

/// The states of an incident that is over.
const FINISHED: &[&str] = &["closed", "resolved", "done", "completed", "ok"];

/// Whether an incident's state means that it is still open; its end time is then only that of the last
/// update.
pub(super) fn is_unfinished(cell: &[u8]) -> bool {
    !FINISHED.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell.trim_ascii()))
}

/// Parses a state. `unknown` holds further words for a state that is neither up nor down.
pub(super) fn parse_state(cell: &[u8], unknown: &[&str]) -> Option<State> {
    match cell {
        b"1" => return Some(State::Up),
        b"0" => return Some(State::Down),
        _ => {}
    }
    let word = std::str::from_utf8(cell).ok()?.trim().to_ascii_lowercase();
    let words = [(State::Unknown, unknown), (State::Up, UP), (State::Down, DOWN), (State::Unknown, UNKNOWN)];
    let found = words.into_iter().find(|(_, words)| words.contains(&word.as_str()));
    found.map_or_else(|| numeric_state(&word), |(state, _)| Some(state))
}

/// Parses a number by the convention of Prometheus: 0 is down, any other number is up, NaN is unknown.
fn numeric_state(word: &str) -> Option<State> {
    let number: f64 = word.parse().ok()?;
    Some(match number {
        number if number.is_nan() => State::Unknown,
        0.0 => State::Down,
        _ => State::Up,
    })
}

#[cfg(test)]
mod tests {
    use super::parse_state;
    use crate::timeline::samples::State;

    #[test]
    fn the_usual_words_for_states_are_recognised() {
        for (word, state) in [
            ("UP", State::Up),
            ("Critical", State::Down),
            ("1", State::Up),
            ("0.0", State::Down),
            ("NaN", State::Unknown),
        ] {
            assert_eq!(parse_state(word.as_bytes(), &[]), Some(state), "{word}");
        }
        assert_eq!(parse_state(b"banana", &[]), None);
        assert_eq!(
            (parse_state(b"2", &[]), parse_state(b"2", &["2"])),
            (Some(State::Up), Some(State::Unknown))
        );
    }
}
