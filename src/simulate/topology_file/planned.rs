//! Planned work of a component: inspections, maintenance and replacement by age.

use super::component_keys::{INSPECTION, MAINTENANCE, REPLACEMENT};
use crate::config::document::Reading;
use crate::config::document::{Fields, Node};
use crate::config::times::{distribution, positive_distribution};
use crate::simulate::model::{Clock, Dynamics, Life, Pattern, Replacement, Schedule};
use crate::stats::distribution::{Distribution, Fixed};

/// The planned work of a component's units.
#[derive(Default)]
pub(super) struct Planned {
    inspection: Option<u32>,
    maintenance: Option<u32>,
    replacement: Option<Replacement>,
}

impl Planned {
    /// Returns `life` with the planned work added.
    pub(super) fn into_life(self, life: Life) -> Life {
        match life {
            Life::Dynamic(dynamics) => Life::Dynamic(Box::new(Dynamics {
                inspection: self.inspection,
                maintenance: self.maintenance,
                replacement: self.replacement,
                ..*dynamics
            })),
            fixed @ Life::Fixed { .. } => fixed,
        }
    }
}

const CLOCKS: &[(&str, Clock)] =
    &[("calendar", Clock::Calendar), ("since_last", Clock::SinceLast), ("operating", Clock::Operating)];

const PATTERNS: &[(&str, Pattern)] =
    &[("together", Pattern::Together), ("staggered", Pattern::Staggered), ("rolling", Pattern::Rolling)];

/// Reads the planned work of component `number`; appends its schedules to `schedules`.
pub(super) fn read(
    number: u32,
    fields: &Fields<'_>,
    schedules: &mut Vec<Schedule>,
    reading: &mut Reading<'_>,
) -> Planned {
    let mut enter = |schedule: Option<Schedule>| {
        schedules.push(schedule?);
        Some((schedules.len() - 1) as u32)
    };
    let inspection = fields.get("inspection").and_then(|node| inspection(number, node, reading));
    let maintenance = fields.get("maintenance").and_then(|node| maintenance(number, node, reading));
    Planned {
        inspection: enter(inspection),
        maintenance: enter(maintenance),
        replacement: fields.get("replacement").and_then(|node| replacement(node, reading)),
    }
}

fn inspection(component: u32, node: Node<'_>, reading: &mut Reading<'_>) -> Option<Schedule> {
    let fields = Fields::of(node, INSPECTION.keys, &mut reading.problems)?;
    let every = every(&fields, reading);
    let duration = match fields.get("duration") {
        Some(node) => distribution(node, reading),
        None => Fixed::new(0.0).ok().map(Into::into),
    };
    let problems = &mut reading.problems;
    // The last clock and the last pattern are for maintenance only.
    let clock = fields.read("clock", problems, |node| node.read_choice(CLOCKS.get(..2).unwrap_or_default()));
    let pattern =
        fields.read("pattern", problems, |node| node.read_choice(PATTERNS.get(..2).unwrap_or_default()));
    Some(Schedule {
        component,
        every: every?,
        duration: duration?,
        pattern: pattern.unwrap_or(Pattern::Together),
        clock: clock.unwrap_or(Clock::Calendar),
        renews: false,
    })
}

fn maintenance(component: u32, node: Node<'_>, reading: &mut Reading<'_>) -> Option<Schedule> {
    let fields = Fields::of(node, MAINTENANCE.keys, &mut reading.problems)?;
    let every = every(&fields, reading);
    let duration = fields.required("duration", &mut reading.problems);
    let duration = duration.and_then(|node| distribution(node, reading));
    let problems = &mut reading.problems;
    let renews = fields.read("renews", problems, |node| node.read_flag());
    let clock = fields.read("clock", problems, |node| node.read_choice(CLOCKS));
    let given = fields.read("pattern", problems, |node| node.read_choice(PATTERNS));
    let clock = clock.unwrap_or(Clock::Calendar);
    let usual = if clock == Clock::Calendar { Pattern::Rolling } else { Pattern::Together };
    let pattern = given.unwrap_or(usual);
    if let Some(node) = fields.get("pattern")
        && pattern == Pattern::Rolling
        && clock != Clock::Calendar
    {
        let problem = node.problem("`pattern: rolling` requires the calendar clock, which all units share");
        problems.push(problem.help("leave out `clock`, or write `pattern: together` or `staggered`"));
    }
    Some(Schedule {
        component,
        every: every?,
        duration: duration?,
        pattern,
        clock,
        renews: renews.unwrap_or(false),
    })
}

fn every(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let every = fields.required("every", &mut reading.problems)?;
    positive_distribution(every, reading)
}

fn replacement(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Replacement> {
    let fields = Fields::of(node, REPLACEMENT.keys, &mut reading.problems)?;
    let age = fields.required("age", &mut reading.problems);
    let age_s = age.and_then(|node| reading.take(node.read_positive_duration()));
    let duration = fields.required("duration", &mut reading.problems);
    let duration = duration.and_then(|node| distribution(node, reading));
    Some(Replacement { age_s: age_s?, duration: duration? })
}
