//! The `common_causes` section: what strikes several units at once.

use super::component::{Draft, either, exponential};
use super::names::{Names, component_of, unit_title};
use crate::base::problem::Problem;
use crate::config::document::{Fields, Node};
use crate::config::document::{NAMES, Reading};
use crate::config::schema::{Key, Kind, Record, WhenAbsent};
use crate::config::times::TIME;
use crate::config::times::positive_distribution;
use crate::simulate::model::{Life, Shock, ShockKind};
use crate::stats::distribution::{Distribution, Exponential};
use std::collections::HashMap;

pub(super) static CAUSE: Record = Record {
    name: "common cause",
    summary: "Strikes several units at once. With a repair of its own (or a fixed unavailability) the units are out until it is \
              over; without one each unit that is up fails and needs its own repair. `beta` and `of` instead of all others make \
              a beta-factor group.",
    keys: &[
        key(
            "mtbf",
            Kind::Duration,
            "mean time from the end of one to the next: short for an exponential `arrival`",
        ),
        key("arrival", TIME, "time from the end of one to the next"),
        key("mttr", Kind::Duration, "mean time until it is over: short for an exponential `repair`"),
        key("repair", TIME, "how long it lasts"),
        key(
            "unavailability",
            Kind::Probability,
            "a fixed probability that it is there, instead of arrival and repair",
        ),
        key("takes_down", NAMES, "the components and units that it strikes"),
        key(
            "probability",
            Kind::Probability,
            "the probability that a unit it strikes fails (1 if not given); only without a repair of its own",
        ),
        key(
            "beta",
            Kind::Probability,
            "the share of each unit's failures that strike all units of the group at once",
        ),
        key("of", NAMES, "the units of the group; all with the same exponential failure"),
    ],
};

const fn key(name: &'static str, kind: Kind, summary: &'static str) -> Key {
    Key { name, kind, default: WhenAbsent::Absent, summary }
}

/// Keys that do not go with `beta`, nor with `unavailability` but for the last.
const IN_TIME: &[&str] = &["mtbf", "arrival", "mttr", "repair", "probability"];

/// What common causes do.
#[derive(Default)]
pub(super) struct Causes {
    pub(super) shocks: Vec<Shock>,
    /// Failures of units that belong to a beta-factor group, less those that all have in common.
    pub(super) own_failures: HashMap<u32, Distribution>,
}

/// Reads the common causes.
pub(super) fn read<'t>(
    section: Option<Node<'t>>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> Causes {
    let mut causes = Causes::default();
    let Some(section) = section else { return causes };
    let Some(entries) = section.entries() else {
        reading.refuse(section.expected("a map of common causes"));
        return causes;
    };
    for (key, value) in entries {
        let Some(fields) = Fields::of(value, CAUSE.keys, &mut reading.problems) else {
            continue;
        };
        let name = key.text().unwrap_or_default().to_owned();
        if fields.get("beta").is_some() || fields.get("of").is_some() {
            let shock = group(name, &fields, names, drafts, &mut causes.own_failures, reading);
            causes.shocks.extend(shock);
        } else {
            causes.shocks.extend(cause(name, key, &fields, names, drafts, reading));
        }
    }
    causes
}

fn cause<'t>(
    name: String,
    key: Node<'t>,
    fields: &Fields<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> Option<Shock> {
    let list = fields.required("takes_down", &mut reading.problems);
    let units = list.and_then(|list| names.units(list, drafts, reading));
    let kind = kind(key, fields, reading);
    let (units, kind) = (units?, kind?);
    if let ShockKind::Failure { .. } = kind {
        refuse_fixed(&units, names, drafts, reading);
    }
    let units = units.into_iter().map(|(unit, _)| unit).collect();
    Some(Shock { name, kind, units })
}

fn kind(key: Node<'_>, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<ShockKind> {
    if let Some(node) = fields.get("unavailability") {
        refuse_keys(fields, IN_TIME, "unavailability", reading);
        let unavailability = reading.take(node.read_probability())?;
        return Some(ShockKind::Fixed { unavailability });
    }
    let arrival = either(fields, ["mtbf", "arrival"], reading, exponential, positive_distribution);
    let has_repair = fields.get("mttr").or(fields.get("repair")).is_some();
    let repair = either(fields, ["mttr", "repair"], reading, exponential, positive_distribution);
    let probability = fields.read("probability", &mut reading.problems, |node| node.read_probability());
    if fields.get("mtbf").or(fields.get("arrival")).is_none() {
        let problem = key.problem("nothing says how often it comes");
        reading.refuse(problem.help("give `mtbf`, `arrival`, or a fixed `unavailability`"));
    }
    if !has_repair {
        let probability = probability.unwrap_or(1.0);
        return Some(ShockKind::Failure { arrival: arrival?, probability });
    }
    if let Some(key) = fields.key("probability") {
        let problem = key.problem("`probability` does not go with a repair of its own");
        reading.refuse(problem.note("such a cause takes all of its units out for as long as it lasts"));
    }
    Some(ShockKind::Outage { arrival: arrival?, repair: repair? })
}

fn refuse_keys(fields: &Fields<'_>, unwanted: &[&str], beside: &str, reading: &mut Reading<'_>) {
    for name in unwanted {
        if let Some(key) = fields.key(name) {
            reading.refuse(key.problem(format!("`{name}` does not go with `{beside}`")));
        }
    }
}

/// What has a fixed unavailability cannot fail in time.
fn refuse_fixed<'t>(
    units: &[(u32, Node<'t>)],
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) {
    let mut before: Option<Node<'t>> = None;
    for (_, item) in units {
        if before.is_some_and(|before| before.is(*item)) {
            continue;
        }
        before = Some(*item);
        let name = item.text().unwrap_or_default();
        let life = names.component_of(name, drafts).and_then(|draft| draft.life.as_ref());
        if let Some(Life::Fixed { .. }) = life {
            let problem = item
                .problem(format!("`{name}` has a fixed unavailability: it cannot fail by a common cause"));
            reading.refuse(
                problem.help("give the cause a repair of its own (`mttr`): then it takes its units out"),
            );
        }
    }
}

/// A beta-factor group: of the rate λ of each unit (1 − β) λ stays its own, and β λ strikes all at once (Fleming 1975).
fn group<'t>(
    name: String,
    fields: &Fields<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    own_failures: &mut HashMap<u32, Distribution>,
    reading: &mut Reading<'_>,
) -> Option<Shock> {
    refuse_keys(fields, IN_TIME, "beta", reading);
    refuse_keys(fields, &["unavailability", "takes_down"], "beta", reading);
    let beta_node = fields.required("beta", &mut reading.problems);
    let beta = beta_node.and_then(|node| reading.take(share(node)));
    let of = fields.required("of", &mut reading.problems);
    let units = of.and_then(|list| names.units(list, drafts, reading))?;
    let mean_s = common_mean(&units, drafts, reading)?;
    let beta = beta?;
    let own = Exponential::with_mean(mean_s / (1.0 - beta))
        .map_err(|error| fields.node().problem(error.to_string()));
    let own = reading.take(own)?;
    let arrival =
        Exponential::with_mean(mean_s / beta).map_err(|error| fields.node().problem(error.to_string()));
    let arrival = reading.take(arrival)?;
    for (unit, item) in &units {
        if own_failures.insert(*unit, own.into()).is_some() {
            let title = unit_title(*unit, drafts);
            reading.refuse(item.problem(format!("`{title}` belongs to two beta-factor groups")));
        }
    }
    Some(Shock {
        name,
        kind: ShockKind::Failure { arrival: arrival.into(), probability: 1.0 },
        units: units.into_iter().map(|(unit, _)| unit).collect(),
    })
}

/// A beta: neither none nor all of the failures.
fn share(node: Node<'_>) -> Result<f64, Problem> {
    match node.read_probability()? {
        beta if beta > 0.0 && beta < 1.0 => Ok(beta),
        _ => Err(node.problem("a share above 0 and below 1 is expected")),
    }
}

/// The mean time to failure that all units have in common, all being exponential.
fn common_mean(units: &[(u32, Node<'_>)], drafts: &[Draft<'_>], reading: &mut Reading<'_>) -> Option<f64> {
    let mut common: Option<(f64, u32)> = None;
    for (unit, item) in units {
        let component = component_of(*unit, drafts);
        let name = unit_title(*unit, drafts);
        let life = drafts.get(component).and_then(|draft| draft.life.as_ref())?;
        let Life::Dynamic(dynamics) = life else {
            reading.refuse(
                item.problem(format!(
                    "`{name}` has a fixed unavailability: a beta-factor group needs failures"
                )),
            );
            return None;
        };
        let Distribution::Exponential(_) = &dynamics.failure else {
            let problem = item.problem(format!("the failure of `{name}` is not exponential"));
            reading.refuse(problem.note("a beta-factor group splits a constant failure rate"));
            return None;
        };
        let mean_s = dynamics.failure.mean();
        match common {
            Some((first, unit)) if first != mean_s => {
                let first = unit_title(unit, drafts);
                let problem = item.problem(format!("`{name}` and `{first}` fail at different rates"));
                reading.refuse(problem.note("the units of a beta-factor group share one failure rate"));
                return None;
            }
            _ => common = Some((mean_s, *unit)),
        }
    }
    common.map(|(mean_s, _)| mean_s)
}
