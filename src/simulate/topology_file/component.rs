//! The `components` section: components with their failure and repair behaviour.

use super::component_keys::NEVER;
use super::component_keys::{AGE_FACTOR, COMPONENT, REPAIR_EFFECTS, RESTART};
use super::planned;
use crate::base::problem::Problem;
use crate::base::quantity::format_duration;
use crate::config::document::Reading;
use crate::config::document::{Fields, Node};
use crate::config::times::distribution;
use crate::config::times::positive_distribution;
use crate::simulate::detection::detection;
use crate::simulate::model::{Dynamics, Life, RepairEffect, Restart, Schedule};
use crate::stats::distribution::{Distribution, Exponential, Fixed};
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

/// Maximum number of units of a system.
const UNITS_MAX: u64 = 1_000_000;

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
    let Some(fields) = Fields::of(value, COMPONENT.keys, &mut reading.problems) else {
        return (draft, 1);
    };
    let count = fields.read("count", &mut reading.problems, |node| node.read_count(1, UNITS_MAX));
    draft.requires = fields.get("requires");
    let wrong_before = reading.problems.0.len();
    let life = life(key, &fields, reading);
    let planned = planned::read(number, &fields, schedules, reading);
    if reading.problems.0.len() == wrong_before {
        draft.life = life.map(|life| planned.into_life(life));
    }
    (draft, count.unwrap_or(1))
}

fn life(key: Node<'_>, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Life> {
    if let Some(node) = fields.get("unavailability") {
        refuse_dynamics(fields, reading);
        let unavailability = reading.take(node.read_probability())?;
        return Some(Life::Fixed { unavailability });
    }
    let failure = either(fields, ["mtbf", "failure"], reading, exponential, positive_distribution);
    let repair = either(fields, ["mttr", "repair"], reading, exponential_repair, repair);
    if !given(fields, ["mtbf", "failure"]) {
        let problem = key.problem("the failure time is missing");
        reading.refuse(problem.help("give `mtbf`, `failure`, or a fixed `unavailability`"));
    } else if !given(fields, ["mttr", "repair"]) {
        let problem = key.problem("the repair time is missing");
        reading.refuse(
            problem.help("give `mttr` or `repair`; for a component that is never repaired, `repair: never`"),
        );
    }
    let detection = fields.get("detection").and_then(|node| detection(node, reading));
    let restart = fields.get("restart").and_then(|node| restart(node, reading));
    let effect = fields.get("repair_effect").and_then(|node| repair_effect(node, reading));
    Some(Life::Dynamic(Box::new(Dynamics {
        failure: failure?,
        repair: match repair? {
            Repair::Never => None,
            Repair::Takes(time) => Some(time),
        },
        detection,
        restart,
        crew: None,
        repair_effect: effect.unwrap_or(RepairEffect::AsNew),
        inspection: None,
        maintenance: None,
        replacement: None,
    })))
}

fn given(fields: &Fields<'_>, names: [&str; 2]) -> bool {
    names.iter().any(|name| fields.get(name).is_some())
}

/// Reads the value of one of two keys with the same meaning, a short and a full form. Adds a problem if
/// both are given.
pub(super) fn either<'t, T>(
    fields: &Fields<'t>,
    [short, full]: [&str; 2],
    reading: &mut Reading<'_>,
    read_short: impl Fn(Node<'t>, &mut Reading<'_>) -> Option<T>,
    read_full: impl Fn(Node<'t>, &mut Reading<'_>) -> Option<T>,
) -> Option<T> {
    if let (Some(first), Some(second)) = (fields.key(short), fields.key(full)) {
        let problem = second.problem(format!("`{full}` and `{short}` have the same meaning"));
        reading.refuse(problem.label("keep one of the two").and(first.place(), "the short form"));
    }
    let in_short = fields.get(short).map(|node| read_short(node, reading));
    let in_full = fields.get(full).map(|node| read_full(node, reading));
    in_short.or(in_full).flatten()
}

/// Reads a duration as the mean of an exponential distribution.
pub(super) fn exponential(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let mean_s = reading.take(node.read_positive_duration())?;
    let built = Exponential::with_mean(mean_s).map_err(|error| node.problem(error.to_string()));
    reading.take(built).map(Into::into)
}

/// The repair behaviour.
enum Repair {
    Never,
    Takes(Distribution),
}

fn repair(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Repair> {
    if node.text() == Some(NEVER) {
        return Some(Repair::Never);
    }
    distribution(node, reading).map(Repair::Takes)
}

fn exponential_repair(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Repair> {
    exponential(node, reading).map(Repair::Takes)
}

/// Rejects keys about failures and repairs next to a fixed unavailability.
fn refuse_dynamics(fields: &Fields<'_>, reading: &mut Reading<'_>) {
    let unavailability = fields.key("unavailability").map(|key| key.place());
    for (name, _) in fields.iter() {
        let goes_with = ["unavailability", "count", "requires"].contains(&name);
        let Some(key) = fields.key(name).filter(|_| !goes_with) else {
            continue;
        };
        let problem = key.problem(format!("`{name}` cannot be combined with `unavailability`"));
        let problem = problem.label("a fixed unavailability has no failures or repairs in time");
        reading.refuse(match &unavailability {
            Some(place) => problem.and(place.clone(), "given here"),
            None => problem,
        });
    }
}

fn repair_effect(node: Node<'_>, reading: &mut Reading<'_>) -> Option<RepairEffect> {
    if node.entries().is_none() {
        return reading.take(node.read_choice(REPAIR_EFFECTS));
    }
    let fields = Fields::of(node, AGE_FACTOR.keys, &mut reading.problems)?;
    let factor = fields.required("age_factor", &mut reading.problems)?;
    reading.take(factor.read_probability()).map(RepairEffect::AgeFactor)
}

/// Default of `max_backoff`.
const BACKOFF_MAX_S: f64 = 3_600.0;

fn restart(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Restart> {
    let fields = Fields::of(node, RESTART.keys, &mut reading.problems)?;
    let success = fields.required("success", &mut reading.problems);
    let success = success.and_then(|node| reading.take(node.read_probability()));
    let attempt = match fields.get("attempt") {
        Some(node) => distribution(node, reading),
        None => Fixed::new(0.0).ok().map(Into::into),
    };
    let problems = &mut reading.problems;
    let backoff_s = fields.read("backoff", problems, |node| node.read_duration());
    let factor = fields.read("factor", problems, factor);
    let max_s = fields.read("max_backoff", problems, |node| node.read_duration());
    let limit = fields.read("limit", problems, |node| node.read_count(1, u64::from(u32::MAX)));
    let (backoff_s, max_s) = (backoff_s.unwrap_or(0.0), max_s.unwrap_or(BACKOFF_MAX_S));
    if let Some(node) = fields.get("backoff")
        && backoff_s > max_s
    {
        let most = format_duration(max_s);
        let problem = node.problem(format!("`backoff` is longer than `max_backoff`, which is {most}"));
        reading.refuse(problem.help("give a `max_backoff` of at least the same length"));
    }
    Some(Restart {
        success: success?,
        attempt: attempt?,
        backoff_s,
        backoff_factor: factor.unwrap_or(1.0),
        backoff_max_s: max_s,
        limit: limit.unwrap_or(1) as u32,
    })
}

fn factor(node: Node<'_>) -> Result<f64, Problem> {
    match node.read_number()? {
        factor if factor >= 1.0 => Ok(factor),
        _ => Err(node.problem("a number of at least 1 is expected")),
    }
}
