//! The top level of a topology file: its sections, and the system built from them.

use super::assemble::{Frame, Parts, assemble};
use super::component::Draft;
use super::names::{Names, Symbol};
use super::objectives::OBJECTIVES;
use super::wiring::{Wired, Wiring};
use super::{causes, circle, component, component_keys, crews, objectives};
use crate::base::problem::Problem;
use crate::base::quantity::YEAR_S;
use crate::config::document::{Node, Reading, Tree};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record};
use crate::simulate::block::EXPRESSION;
use crate::simulate::model::{Model, Start};

/// The keys of a topology file.
pub static TOPOLOGY: Record = Record {
    name: "topology",
    summary: "The components of a system, how they fail and are repaired, and when the system is down.",
    keys: &[
        &NAME,
        &HORIZON,
        &COMPONENTS,
        &BLOCKS,
        &SYSTEM,
        &CREWS,
        &COMMON_CAUSES,
        &OBJECTIVES,
        &START,
        &SUSPEND,
    ],
};

static NAME: Key<String> = Key::text("name", "name of the system").rule("the file's name");
static HORIZON: KeyOr<f64> =
    Key::positive_duration("horizon", "period for which the prediction is made").or(|| YEAR_S);
static COMPONENTS: Key<()> = Key::node(
    "components",
    Kind::Map(&Kind::Record(&component_keys::COMPONENT)),
    "components, which fail on their own, by name",
);
static BLOCKS: Key<()> = Key::node("blocks", Kind::Map(&EXPRESSION), "blocks, which combine parts, by name");
static SYSTEM: Key<()> = Key::node(
    "system",
    EXPRESSION,
    "the block that represents the whole system: the system is down while it is down",
)
.required();
static CREWS: Key<()> = Key::node("crews", Kind::Map(&Kind::Record(&crews::CREW)), "repair crews, by name");
static COMMON_CAUSES: Key<()> = Key::node(
    "common_causes",
    Kind::Map(&Kind::Record(&causes::CAUSE)),
    "common causes, which affect several units at once, by name",
);
static START: KeyOr<Start> = Key::choice("start", "state of the system at the start").or(|| Start::New);
static SUSPEND: KeyOr<bool> =
    Key::flag("suspend", "whether ageing and further failures stop while the system is down").or(|| false);

impl Choices for Start {
    const CHOICES: &'static [Choice<Self>] = &[
        ("new", Self::New, "everything is new and up"),
        ("stationary", Self::Stationary, "stationary state, as after long use"),
    ];
}

/// Reads the whole file. Returns the model with warnings, or `None` after adding the problems to
/// `reading`.
pub(super) fn read(tree: &Tree, reading: &mut Reading<'_>) -> Option<(Model, Vec<Problem>)> {
    let fields = Fields::of(tree.root(), &TOPOLOGY, reading)?;
    let mut schedules = Vec::new();
    let drafts = component::read(fields.node(&COMPONENTS), &mut schedules, reading);
    let names = names(&fields, &drafts, reading);
    let (crews, slots) = crews::read(fields.node(&CREWS), &names, &drafts, reading);
    let causes = causes::read(fields.node(&COMMON_CAUSES), &names, &drafts, reading);
    let wired = wire(&fields, &names, &drafts, reading);
    circle::refuse(&wired.uses, &drafts, fields.node(&BLOCKS), reading);
    let frame = frame(tree, &fields, reading);
    if !reading.problems.0.is_empty() {
        return None;
    }
    let parts = Parts { drafts, block_keys: keys(fields.node(&BLOCKS)), wired, causes, slots };
    let frame = Frame { crews, schedules, ..frame? };
    reading.take(assemble(parts, frame))
}

fn names<'t>(fields: &Fields<'t>, drafts: &[Draft<'t>], reading: &mut Reading<'_>) -> Names<'t> {
    let mut names = Names::default();
    names.components(drafts, reading);
    names.section(fields.node(&BLOCKS), Symbol::Block, reading);
    names.section(fields.node(&CREWS), |_| Symbol::Crew, reading);
    names.section(fields.node(&COMMON_CAUSES), |_| Symbol::Cause, reading);
    names
}

fn wire<'t>(
    fields: &Fields<'t>,
    names: &Names<'t>,
    drafts: &[Draft<'t>],
    reading: &mut Reading<'_>,
) -> Wired<'t> {
    let mut wiring = Wiring::new(names, drafts, reading);
    wiring.blocks(fields.node(&BLOCKS));
    wiring.requirements();
    if let Some(system) = fields.node(&SYSTEM) {
        wiring.system(system);
    } else {
        let problem = Problem::new("`system` is missing: the block that must be up for the system to be up");
        let problem = problem.at(fields.map().place());
        wiring.reading.refuse(problem.help("name a block or a component: `system: { series: [web, db] }`"));
    }
    wiring.finish()
}

/// Reads the top-level keys that are not parts of the system.
fn frame(tree: &Tree, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Frame> {
    let horizon_s = fields.valid(&HORIZON, reading);
    let objectives = objectives::read(fields, horizon_s, reading);
    let name = fields.given(&NAME, reading);
    Some(Frame {
        name: name.unwrap_or_else(|| tree.file().to_owned()),
        horizon_s: horizon_s?,
        crews: Vec::new(),
        schedules: Vec::new(),
        objectives,
        start: fields.value(&START, reading),
        suspend: fields.value(&SUSPEND, reading),
    })
}

fn keys(section: Option<Node<'_>>) -> Vec<Node<'_>> {
    let entries = section.and_then(|section| section.entries()).into_iter().flatten();
    entries.map(|(key, _)| key).collect()
}
