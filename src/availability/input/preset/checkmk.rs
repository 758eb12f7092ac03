//! Checkmk: the timeline of its availability view.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::timeline::samples::State;

/// The timeline as CSV: one row for each period of a state.
pub(super) static TIMELINE: Preset = Preset {
    name: "checkmk",
    summary: "Checkmk availability timeline (CSV)",
    example: "Host,Service,From,Until,Duration,State,Summary\n\
              web1,api,2026-01-05 10:00:00,2026-01-05 11:00:00,60 m,CRIT,timeout",
    signature: &["Host", "From", "Until", "Duration", "State"],
    shape: Shape::Periods,
    fields: &[
        (Field::Service, &["Host+Service", "Host"]),
        (Field::Start, &["From"]),
        (Field::End, &["Until"]),
        (Field::State, &["State"]),
    ],
    states: &[
        ("unkn", State::Unknown),
        ("pend", State::Unknown),
        ("n/a", State::Unknown),
        ("not monitored", State::Unknown),
        ("unreach", State::Down),
    ],
    note: "WARN counts as up; the summary with percentages has no incidents and is not read",
    ..Preset::TABLE
};
