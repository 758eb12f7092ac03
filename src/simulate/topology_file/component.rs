//! The `components` section: components with their failure and repair behaviour.

use super::component_keys::{
    ATTEMPT, BACKOFF, COMPONENT, COUNT, DETECTION, FACTOR, FAILURE, LIMIT, MAX_BACKOFF, MTBF, MTTR, REPAIR,
    REPAIR_EFFECT, REQUIRES, RESTART, RESTART_RECORD, Repair, SUCCESS, UNAVAILABILITY, UNITS_MAX,
};
use super::planned;
use crate::base::quantity::format_duration;
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Key};
use crate::simulate::model::{Dynamics, Life, Restart, Schedule};
use std::ops::Range;

/// A component, as far as it can be read without the other sections.
pub(super) struct Draft<'t> {
    pub(super) name: &'t str,
    pub(super) key: Node<'t>,
    pub(super) units: Range<u32>,
    /// `None` if it is invalid.
    pub(super) life: Option<Life>,
    pub(super) requires: Option<Node<'t>>,
}

/// Reads the components; appends their planned work to `schedules`.
pub(super) fn read<'t>(
    section: Option<Node<'t>>,
    schedules: &mut Vec<Schedule>,
    reading: &mut Reading<'_>,
) -> Vec<Draft<'t>> {
    let Some(section) = section else {
        return Vec::new();
    };
    let Some(entries) = section.entries() else {
        reading.refuse(section.expected("a map of components"));
        return Vec::new();
    };
    let mut drafts = Vec::with_capacity(entries.len());
    let mut unit_count = 0_u64;
    for (key, value) in entries {
        let number = drafts.len() as u32;
        let (mut draft, count) = component(number, key, value, schedules, reading);
        if unit_count + count > UNITS_MAX {
            let problem = key.problem(format!("with this component there are more than {UNITS_MAX} units"));
            reading.refuse(problem);
            break;
        }
        draft.units = unit_count as u32..(unit_count + count) as u32;
        unit_count += count;
        drafts.push(draft);
    }
    drafts
}

fn component<'t>(
    number: u32,
    key: Node<'t>,
    value: Node<'t>,
    schedules: &mut Vec<Schedule>,
    reading: &mut Reading<'_>,
) -> (Draft<'t>, u64) {
    let mut draft =
        Draft { name: key.text().unwrap_or_default(), key, units: 0..0, life: None, requires: None };
    let Some(fields) = Fields::of(value, &COMPONENT, reading) else {
        return (draft, 1);
    };
    let count = fields.value(&COUNT, reading);
    draft.requires = fields.node(&REQUIRES);
    let wrong_before = reading.problems.0.len();
    let life = life(key, &fields, reading);
    let planned = planned::read(number, &fields, schedules, reading);
    if reading.problems.0.len() == wrong_before {
        draft.life = life.map(|life| planned.into_life(life));
    }
    (draft, count)
}

fn life(key: Node<'_>, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Life> {
    if fields.node(&UNAVAILABILITY).is_some() {
        refuse_dynamics(fields, reading);
        let unavailability = fields.given(&UNAVAILABILITY, reading)?;
        return Some(Life::Fixed { unavailability });
    }
    let failure = either(fields, &MTBF, &FAILURE, reading);
    let repair = either(fields, &MTTR, &REPAIR, reading);
    let given = |short: &dyn AnyKey, full: &dyn AnyKey| fields.node(short).or(fields.node(full)).is_some();
    if !given(&MTBF, &FAILURE) {
        let problem = key.problem("the failure time is missing");
        reading.refuse(problem.help("give `mtbf`, `failure`, or a fixed `unavailability`"));
    } else if !given(&MTTR, &REPAIR) {
        let problem = key.problem("the repair time is missing");
        reading.refuse(
            problem.help("give `mttr` or `repair`; for a component that is never repaired, `repair: never`"),
        );
    }
    let detection = fields.given(&DETECTION, reading);
    let restart = fields.node(&RESTART).and_then(|node| restart(node, reading));
    let effect = fields.value(&REPAIR_EFFECT, reading);
    Some(Life::Dynamic(Box::new(Dynamics {
        failure: failure?,
        repair: match repair? {
            Repair::Never => None,
            Repair::Takes(time) => Some(time),
        },
        detection,
        restart,
        crew: None,
        repair_effect: effect,
        inspection: None,
        maintenance: None,
        replacement: None,
    })))
}

/// Reads the value of one of two keys with the same meaning, a short and a full form. Adds a problem if
/// both are given.
pub(super) fn either<T: std::fmt::Debug>(
    fields: &Fields<'_>,
    short: &Key<T>,
    full: &Key<T>,
    reading: &mut Reading<'_>,
) -> Option<T> {
    if let (Some(first), Some(second)) = (fields.key(short), fields.key(full)) {
        let problem =
            second.problem(format!("`{}` and `{}` have the same meaning", full.name(), short.name()));
        reading.refuse(problem.label("keep one of the two").and(first.place(), "the short form"));
    }
    let (in_short, in_full) = (fields.given(short, reading), fields.given(full, reading));
    in_short.or(in_full)
}

/// Rejects keys about failures and repairs next to a fixed unavailability.
fn refuse_dynamics(fields: &Fields<'_>, reading: &mut Reading<'_>) {
    let unavailability = fields.key(&UNAVAILABILITY).map(|key| key.place());
    let allowed = [UNAVAILABILITY.name(), COUNT.name(), REQUIRES.name()];
    for (name, key, _) in fields.iter().filter(|(name, _, _)| !allowed.contains(name)) {
        let problem = key.problem(format!("`{name}` cannot be combined with `unavailability`"));
        let problem = problem.label("a fixed unavailability has no failures or repairs in time");
        reading.refuse(match &unavailability {
            Some(place) => problem.and(place.clone(), "given here"),
            None => problem,
        });
    }
}

fn restart(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Restart> {
    let fields = Fields::of(node, &RESTART_RECORD, reading)?;
    let success = fields.given(&SUCCESS, reading);
    let (backoff_s, max_s) = (fields.value(&BACKOFF, reading), fields.value(&MAX_BACKOFF, reading));
    if let Some(node) = fields.node(&BACKOFF)
        && backoff_s > max_s
    {
        let most = format_duration(max_s);
        let problem = node.problem(format!("`backoff` is longer than `max_backoff`, which is {most}"));
        reading.refuse(problem.help("give a `max_backoff` of at least the same length"));
    }
    Some(Restart {
        attempt: fields.value(&ATTEMPT, reading),
        backoff_s,
        backoff_factor: fields.value(&FACTOR, reading),
        backoff_max_s: max_s,
        limit: fields.value(&LIMIT, reading) as u32,
        success: success?,
    })
}
