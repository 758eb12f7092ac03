//! The `crews` section: repair crews, their size and their queueing discipline.

use super::component::Draft;
use super::names::{Names, unit_title};
use crate::config::document::{Fields, Node};
use crate::config::document::{NAMES, Reading};
use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use crate::simulate::model::{Crew, CrewSlot, Discipline, Life};
use std::collections::HashMap;

pub(super) static CREW: Record = Record {
    name: "crew",
    summary: "Repairs at most `size` of its units at the same time; other failed units wait. Without a crew every repair starts immediately.",
    keys: &[
        Key {
            name: "serves",
            kind: NAMES,
            default: WhenAbsent::Required,
            summary: "components and units, the most urgent first; the units of one component are equally urgent",
        },
        Key {
            name: "size",
            kind: Kind::Count { min: 1 },
            default: WhenAbsent::Value("1"),
            summary: "maximum number of simultaneous repairs",
        },
        Key {
            name: "discipline",
            kind: Kind::Choice(DISCIPLINE_WORDS),
            default: WhenAbsent::Value("fifo"),
            summary: "order in which waiting units are repaired",
        },
    ],
};

static DISCIPLINE_WORDS: &[Word] = &[
    Word { name: "fifo", summary: "the unit that has waited longest first" },
    Word {
        name: "priority",
        summary: "the most urgent unit first; a repair that has begun is not interrupted",
    },
    Word {
        name: "preemptive_priority",
        summary: "the most urgent unit first, interrupting less urgent repairs; the remaining work of an interrupted repair is done later",
    },
];

const DISCIPLINES: &[(&str, Discipline)] = &[
    ("fifo", Discipline::Fifo),
    ("priority", Discipline::Priority),
    ("preemptive_priority", Discipline::PreemptivePriority),
];

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
        let Some(fields) = Fields::of(value, CREW.keys, &mut reading.problems) else {
            continue;
        };
        crews.push(crew(key, &fields, reading));
        let Some(list) = fields.required("serves", &mut reading.problems) else {
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
    let problems = &mut reading.problems;
    let size = fields.read("size", problems, |node| node.read_count(1, u64::from(u32::MAX)));
    let discipline = fields.read("discipline", problems, |node| node.read_choice(DISCIPLINES));
    Crew {
        name: key.text().unwrap_or_default().to_owned(),
        size: size.unwrap_or(1) as u32,
        discipline: discipline.unwrap_or(Discipline::Fifo),
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
