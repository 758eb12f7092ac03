//! The `common_causes` section: causes that affect several units at once.

use super::component::{Draft, either};
use super::component_keys::exponential;
use super::names::{Names, component_of, unit_title};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Key, KeyOr, Kind, NAMES, Record};
use crate::simulate::model::{Life, Shock, ShockKind};
use crate::stats::distribution::{Distribution, Exponential};
use crate::stats::times::positive_time;
use std::collections::HashMap;

pub(super) static CAUSE: Record = Record {
    name: "common cause",
    summary: "Affects several units at once. With its own repair (or a fixed unavailability) the units are out of service until it is \
              over; without one, each unit that is up fails and needs its own repair. `beta` and `of`, without other keys, define \
              a beta-factor group.",
    keys: &[&MTBF, &ARRIVAL, &MTTR, &REPAIR, &UNAVAILABILITY, &TAKES_DOWN, &PROBABILITY, &BETA, &OF],
};

static MTBF: Key<Distribution> = Key::new(
    "mtbf",
    Kind::Duration,
    "mean time from the end of one occurrence to the next; short form of an exponential `arrival`",
    exponential,
);
static ARRIVAL: Key<Distribution> =
    positive_time("arrival", "time from the end of one occurrence to the next");
static MTTR: Key<Distribution> =
    Key::new("mttr", Kind::Duration, "mean duration; short form of an exponential `repair`", exponential);
static REPAIR: Key<Distribution> = positive_time("repair", "duration");
static UNAVAILABILITY: Key<f64> = Key::probability(
    "unavailability",
    "a fixed probability that the cause is present, instead of arrival and repair",
);
static TAKES_DOWN: Key<()> = Key::node("takes_down", NAMES, "the components and units that it affects");
static PROBABILITY: KeyOr<f64> = Key::probability(
    "probability",
    "probability that an affected unit fails; only without a repair of its own",
)
.or(|| 1.0);
static BETA: Key<f64> = Key::new(
    "beta",
    Kind::Probability,
    "share of each unit's failures that affect all units of the group at once",
    share,
);
static OF: Key<()> =
    Key::node("of", NAMES, "units of the group; all must have the same exponential failure time");

/// Keys that cannot be combined with `beta` or `unavailability`.
static IN_TIME: [&dyn AnyKey; 5] = [&MTBF, &ARRIVAL, &MTTR, &REPAIR, &PROBABILITY];

/// The common causes, and their effect on the failures of units.
#[derive(Default)]
pub(super) struct Causes {
    pub(super) shocks: Vec<Shock>,
    /// Independent failures of the units in beta-factor groups: their failures without the common share.
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
        let Some(fields) = Fields::of(value, &CAUSE, reading) else {
            continue;
        };
        let name = key.text().unwrap_or_default().to_owned();
        if fields.node(&BETA).or(fields.node(&OF)).is_some() {
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
    let list = fields.required_node(&TAKES_DOWN, reading);
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
    if fields.node(&UNAVAILABILITY).is_some() {
        refuse_keys(fields, &IN_TIME, &UNAVAILABILITY, reading);
        return Some(ShockKind::Fixed { unavailability: fields.given(&UNAVAILABILITY, reading)? });
    }
    let arrival = either(fields, &MTBF, &ARRIVAL, reading);
    let has_repair = fields.node(&MTTR).or(fields.node(&REPAIR)).is_some();
    let repair = either(fields, &MTTR, &REPAIR, reading);
    let probability = fields.value(&PROBABILITY, reading);
    if fields.node(&MTBF).or(fields.node(&ARRIVAL)).is_none() {
        let problem = key.problem("the arrival time is missing");
        reading.refuse(problem.help("give `mtbf`, `arrival`, or a fixed `unavailability`"));
    }
    if !has_repair {
        return Some(ShockKind::Failure { arrival: arrival?, probability });
    }
    if let Some(key) = fields.key(&PROBABILITY) {
        let problem = key.problem("`probability` cannot be combined with a repair of its own");
        reading
            .refuse(problem.note(
                "a common cause with its own repair takes all its units out of service while it lasts",
            ));
    }
    Some(ShockKind::Outage { arrival: arrival?, repair: repair? })
}

fn refuse_keys(
    fields: &Fields<'_>,
    unwanted: &[&dyn AnyKey],
    beside: &dyn AnyKey,
    reading: &mut Reading<'_>,
) {
    for unwanted in unwanted {
        if let Some(key) = fields.key(*unwanted) {
            let (name, beside) = (unwanted.name(), beside.name());
            reading.refuse(key.problem(format!("`{name}` cannot be combined with `{beside}`")));
        }
    }
}

/// Rejects units with a fixed unavailability, which cannot fail at a point in time.
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
                .problem(format!("`{name}` has a fixed unavailability: a common cause cannot make it fail"));
            reading.refuse(
                problem
                    .help("give the cause its own repair (`mttr`): it then takes its units out of service"),
            );
        }
    }
}

/// Reads a beta-factor group: of each unit's failure rate λ, (1 − β) λ remains its own and β λ affects
/// all units at once (Fleming 1975).
fn group<'t>(
    name: String,
    fields: &Fields<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    own_failures: &mut HashMap<u32, Distribution>,
    reading: &mut Reading<'_>,
) -> Option<Shock> {
    refuse_keys(fields, &IN_TIME, &BETA, reading);
    refuse_keys(fields, &[&UNAVAILABILITY, &TAKES_DOWN], &BETA, reading);
    let beta = fields.required_node(&BETA, reading).and(fields.given(&BETA, reading));
    let of = fields.required_node(&OF, reading);
    let units = of.and_then(|list| names.units(list, drafts, reading))?;
    let mean_s = common_mean(&units, drafts, reading)?;
    let beta = beta?;
    // The rates (1 − β) λ and β λ have the means m / (1 − β) and m / β, for m = 1/λ.
    let own = Exponential::with_mean(mean_s / (1.0 - beta))
        .map_err(|error| fields.map().problem(error.to_string()));
    let own = reading.take(own)?;
    let arrival =
        Exponential::with_mean(mean_s / beta).map_err(|error| fields.map().problem(error.to_string()));
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

/// Reads a β, which must lie strictly between 0 and 1.
fn share(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    let beta = reading.take(node.read_probability())?;
    if beta > 0.0 && beta < 1.0 {
        return Some(beta);
    }
    reading.refuse(node.problem("a share above 0 and below 1 is expected"));
    None
}

/// Returns the mean time to failure in seconds that all units share. Adds a problem unless all have the
/// same exponential failure time.
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
                reading
                    .refuse(problem.note("the units of a beta-factor group must have the same failure rate"));
                return None;
            }
            _ => common = Some((mean_s, *unit)),
        }
    }
    common.map(|(mean_s, _)| mean_s)
}
