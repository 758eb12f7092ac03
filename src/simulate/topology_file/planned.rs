//! Planned work of a component: inspections, maintenance and replacement by age.

use super::component_keys::{
    AGE, INSPECTION, INSPECTION_CLOCK, INSPECTION_DURATION, INSPECTION_EVERY, INSPECTION_PATTERN,
    INSPECTION_RECORD, MAINTENANCE, MAINTENANCE_CLOCK, MAINTENANCE_DURATION, MAINTENANCE_EVERY,
    MAINTENANCE_PATTERN, MAINTENANCE_RECORD, RENEWS, REPLACEMENT, REPLACEMENT_DURATION, REPLACEMENT_RECORD,
};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::simulate::model::{Clock, Dynamics, Life, Pattern, Replacement, Schedule};

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
    let inspection = fields.node(&INSPECTION).and_then(|node| inspection(number, node, reading));
    let maintenance = fields.node(&MAINTENANCE).and_then(|node| maintenance(number, node, reading));
    Planned {
        inspection: enter(inspection),
        maintenance: enter(maintenance),
        replacement: fields.node(&REPLACEMENT).and_then(|node| replacement(node, reading)),
    }
}

fn inspection(component: u32, node: Node<'_>, reading: &mut Reading<'_>) -> Option<Schedule> {
    let fields = Fields::of(node, &INSPECTION_RECORD, reading)?;
    let every = fields.given(&INSPECTION_EVERY, reading);
    Some(Schedule {
        component,
        duration: fields.value(&INSPECTION_DURATION, reading),
        pattern: fields.value(&INSPECTION_PATTERN, reading).0,
        clock: fields.value(&INSPECTION_CLOCK, reading).0,
        renews: false,
        every: every?,
    })
}

fn maintenance(component: u32, node: Node<'_>, reading: &mut Reading<'_>) -> Option<Schedule> {
    let fields = Fields::of(node, &MAINTENANCE_RECORD, reading)?;
    let every = fields.given(&MAINTENANCE_EVERY, reading);
    let duration = fields.given(&MAINTENANCE_DURATION, reading);
    let renews = fields.value(&RENEWS, reading);
    let clock = fields.value(&MAINTENANCE_CLOCK, reading);
    let usual = if clock == Clock::Calendar { Pattern::Rolling } else { Pattern::Together };
    let pattern = fields.given(&MAINTENANCE_PATTERN, reading).unwrap_or(usual);
    if let Some(node) = fields.node(&MAINTENANCE_PATTERN)
        && pattern == Pattern::Rolling
        && clock != Clock::Calendar
    {
        let problem = node.problem("`pattern: rolling` requires the calendar clock, which all units share");
        reading.refuse(problem.help("leave out `clock`, or write `pattern: together` or `staggered`"));
    }
    Some(Schedule { component, every: every?, duration: duration?, pattern, clock, renews })
}

fn replacement(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Replacement> {
    let fields = Fields::of(node, &REPLACEMENT_RECORD, reading)?;
    let age_s = fields.given(&AGE, reading);
    let duration = fields.given(&REPLACEMENT_DURATION, reading);
    Some(Replacement { age_s: age_s?, duration: duration? })
}
