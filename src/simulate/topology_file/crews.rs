//! The `crews` section: repair crews, their size and their queueing discipline.

use super::component::Draft;
use super::names::{Names, unit_title};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, NAMES, Record};
use crate::simulate::model::{Crew, CrewSlot, Discipline, Life};
use std::collections::HashMap;

pub(super) static CREW: Record = Record {
    name: "crew",
    summary: "Repairs at most `size` of its units at the same time; other failed units wait. Without a crew every repair starts immediately.",
    keys: &[&SERVES, &SIZE, &DISCIPLINE],
};

static SERVES: Key<()> = Key::node(
    "serves",
    NAMES,
    "components and units, the most urgent first; the units of one component are equally urgent",
)
.required();
static SIZE: KeyOr<u64> =
    Key::count::<1, { u32::MAX as u64 }>("size", "maximum number of simultaneous repairs").or(|| 1);
static DISCIPLINE: KeyOr<Discipline> =
    Key::choice("discipline", "order in which waiting units are repaired").or(|| Discipline::Fifo);

impl Choices for Discipline {
    const CHOICES: &'static [Choice<Self>] = &[
        ("fifo", Self::Fifo, "the unit that has waited longest first"),
        (
            "priority",
            Self::Priority,
            "the most urgent unit first; a repair that has begun is not interrupted",
        ),
        (
            "preemptive_priority",
            Self::PreemptivePriority,
            "the most urgent unit first, interrupting less urgent repairs; the remaining work of an interrupted repair is done later",
        ),
    ];
}

/// The crew assignment of each unit that has one.
pub(super) type Slots = HashMap<u32, CrewSlot>;

/// Reads the crews and the units that they serve.
pub(super) fn read<'t>(
    section: Option<Node<'t>>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> (Vec<Crew>, Slots) {
    let mut crews = Vec::new();
    let mut served: HashMap<u32, (CrewSlot, Node<'t>)> = HashMap::new();
    let Some(section) = section else {
        return (crews, Slots::new());
    };
    let Some(entries) = section.entries() else {
        reading.refuse(section.expected("a map of crews"));
        return (crews, Slots::new());
    };
    for (number, (key, value)) in entries.enumerate() {
        let Some(fields) = Fields::of(value, &CREW, reading) else {
            continue;
        };
        crews.push(crew(key, &fields, reading));
        let Some(list) = fields.required_node(&SERVES, reading) else {
            continue;
        };
        for (rank, unit, item) in ranked(list, names, drafts, reading) {
            let crew = number as u32;
            if let Some((_, first)) = served.insert(unit, (CrewSlot { crew, rank }, item)) {
                let problem = item.problem(format!("`{}` is served by two crews", unit_title(unit, drafts)));
                reading.refuse(problem.and(first.place(), "the first one"));
            }
        }
    }
    (crews, served.into_iter().map(|(unit, (slot, _))| (unit, slot)).collect())
}

fn crew(key: Node<'_>, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Crew {
    Crew {
        name: key.text().unwrap_or_default().to_owned(),
        size: fields.value(&SIZE, reading) as u32,
        discipline: fields.value(&DISCIPLINE, reading),
    }
}

/// Returns the units with their ranks. The units of one list item have the same rank.
fn ranked<'t>(
    list: Node<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> Vec<(u32, u32, Node<'t>)> {
    let named = names.units(list, drafts, reading).unwrap_or_default();
    let mut ranked = Vec::with_capacity(named.len());
    let mut before: Option<Node<'t>> = None;
    let mut rank = 0;
    for (unit, item) in named {
        if let Some(before) = before.filter(|before| !before.is(item)) {
            rank += 1;
            refuse_unrepaired(before, names, drafts, reading);
        }
        before = Some(item);
        ranked.push((rank, unit, item));
    }
    if let Some(last) = before {
        refuse_unrepaired(last, names, drafts, reading);
    }
    ranked
}

/// Rejects a component that is never repaired in the list of a crew.
fn refuse_unrepaired<'t>(item: Node<'t>, names: &Names<'t>, drafts: &[Draft<'t>], reading: &mut Reading<'_>) {
    let name = item.text().unwrap_or_default();
    let draft = names.component_of(name, drafts);
    let why = match draft.and_then(|draft| draft.life.as_ref()) {
        Some(Life::Fixed { .. }) => "has a fixed unavailability",
        Some(Life::Dynamic(dynamics)) if dynamics.repair.is_none() => "is never repaired",
        _ => return,
    };
    let problem = item.problem(format!("`{name}` {why}: no crew can serve it"));
    reading.refuse(problem);
}
