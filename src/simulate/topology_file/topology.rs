//! The top level of a topology file: its sections, and the system built from them.

use super::assemble::{Frame, Parts, assemble};
use super::component::Draft;
use super::names::{Names, Symbol};
use super::wiring::{Wired, Wiring};
use super::{causes, circle, component, component_keys, crews, objectives};
use crate::base::problem::Problem;
use crate::base::quantity::YEAR_S;
use crate::config::document::Reading;
use crate::config::document::{Fields, Node, Tree};
use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use crate::simulate::block::EXPRESSION;
use crate::simulate::model::{Model, Start};

/// The keys of a topology file.
pub static TOPOLOGY: Record = Record {
    name: "topology",
    summary: "The components of a system, how they fail and are repaired, and when the system is down.",
    keys: &[
        key("name", Kind::Text, WhenAbsent::Value("the file's name"), "name of the system"),
        key("horizon", Kind::Duration, WhenAbsent::Value("1y"), "period for which the prediction is made"),
        key(
            "components",
            Kind::Map(&Kind::Record(&component_keys::COMPONENT)),
            WhenAbsent::Absent,
            "components, which fail on their own, by name",
        ),
        key("blocks", Kind::Map(&EXPRESSION), WhenAbsent::Absent, "blocks, which combine parts, by name"),
        key(
            "system",
            EXPRESSION,
            WhenAbsent::Required,
            "the block that represents the whole system: the system is down while it is down",
        ),
        key("crews", Kind::Map(&Kind::Record(&crews::CREW)), WhenAbsent::Absent, "repair crews, by name"),
        key(
            "common_causes",
            Kind::Map(&Kind::Record(&causes::CAUSE)),
            WhenAbsent::Absent,
            "common causes, which affect several units at once, by name",
        ),
        key(
            "objectives",
            Kind::Record(&objectives::OBJECTIVES),
            WhenAbsent::Absent,
            "availability and reliability objectives",
        ),
        key("start", Kind::Choice(START_WORDS), WhenAbsent::Value("new"), "state of the system at the start"),
        key(
            "suspend",
            Kind::Flag,
            WhenAbsent::Value("false"),
            "whether ageing and further failures stop while the system is down",
        ),
    ],
};

const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

static START_WORDS: &[Word] = &[
    Word { name: "new", summary: "everything is new and up" },
    Word { name: "stationary", summary: "stationary state, as after long use" },
];

const STARTS: &[(&str, Start)] = &[("new", Start::New), ("stationary", Start::Stationary)];

/// Reads the whole file. Returns the model with warnings, or `None` after adding the problems to
/// `reading`.
pub(super) fn read(tree: &Tree, reading: &mut Reading<'_>) -> Option<(Model, Vec<Problem>)> {
    let fields = Fields::of(tree.root(), TOPOLOGY.keys, &mut reading.problems)?;
    let mut schedules = Vec::new();
    let drafts = component::read(fields.get("components"), &mut schedules, reading);
    let names = names(&fields, &drafts, reading);
    let (crews, slots) = crews::read(fields.get("crews"), &names, &drafts, reading);
    let causes = causes::read(fields.get("common_causes"), &names, &drafts, reading);
    let wired = wire(&fields, &names, &drafts, reading);
    circle::refuse(&wired.uses, &drafts, fields.get("blocks"), reading);
    let frame = frame(tree, &fields, reading);
    if !reading.problems.0.is_empty() {
        return None;
    }
    let parts = Parts { drafts, block_keys: keys(fields.get("blocks")), wired, causes, slots };
    let frame = Frame { crews, schedules, ..frame? };
    reading.take(assemble(parts, frame))
}

fn names<'t>(fields: &Fields<'t>, drafts: &[Draft<'t>], reading: &mut Reading<'_>) -> Names<'t> {
    let mut names = Names::default();
    names.components(drafts, reading);
    names.section(fields.get("blocks"), Symbol::Block, reading);
    names.section(fields.get("crews"), |_| Symbol::Crew, reading);
    names.section(fields.get("common_causes"), |_| Symbol::Cause, reading);
    names
}

fn wire<'t>(
    fields: &Fields<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> Wired<'t> {
    let mut wiring = Wiring::new(names, drafts, reading);
    wiring.blocks(fields.get("blocks"));
    wiring.requirements();
    if let Some(system) = fields.get("system") {
        wiring.system(system);
    } else {
        let problem = Problem::new("`system` is missing: the block that must be up for the system to be up");
        let problem = problem.at(fields.node().place());
        wiring.reading.refuse(problem.help("name a block or a component: `system: { series: [web, db] }`"));
    }
    wiring.finish()
}

/// Reads the top-level keys that are not parts of the system.
fn frame(tree: &Tree, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Frame> {
    let horizon_s = match fields.get("horizon") {
        Some(node) => reading.take(node.read_positive_duration()),
        None => Some(YEAR_S),
    };
    let objectives = objectives::read(fields.get("objectives"), horizon_s, reading);
    let problems = &mut reading.problems;
    let name = fields.read("name", problems, |node| node.read_text());
    let start = fields.read("start", problems, |node| node.read_choice(STARTS));
    let suspend = fields.read("suspend", problems, |node| node.read_flag());
    Some(Frame {
        name: name.unwrap_or(tree.file()).to_owned(),
        horizon_s: horizon_s?,
        crews: Vec::new(),
        schedules: Vec::new(),
        objectives,
        start: start.unwrap_or(Start::New),
        suspend: suspend.unwrap_or(false),
    })
}

fn keys(section: Option<Node<'_>>) -> Vec<Node<'_>> {
    let entries = section.and_then(|section| section.entries()).into_iter().flatten();
    entries.map(|(key, _)| key).collect()
}
