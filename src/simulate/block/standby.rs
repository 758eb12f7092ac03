//! The `standby` block: serving units with spares that take over.

use super::{Block, BlockContext, StructureRole};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, NAMES, Record};
use crate::simulate::detection::DETECTION as DETECTION_KIND;
use crate::simulate::model::Standby;
use crate::stats::times::TIME;

pub(super) static STANDBY: Block = Block {
    name: "standby",
    summary: "serving units with spares that take over when one of them is lost",
    example: "{ standby: { units: [db], mode: warm, dormancy: 0.3, switchover: 30s, switch_success: 0.99 } }",
    value: Kind::Record(&RECORD),
    place,
};

static RECORD: Record = Record {
    name: "standby",
    summary: "The first `active` units serve, the others are spares. Down while fewer than `needed` of the positions are \
              served.",
    keys: &[
        &UNITS,
        &ACTIVE,
        &NEEDED,
        &MODE,
        &DORMANCY,
        &DETECTION,
        &SWITCHOVER,
        &SWITCH_SUCCESS,
        &SWITCH,
        &MANUAL,
        &FAIL_BACK,
    ],
};

static UNITS: Key<()> =
    Key::node("units", NAMES, "units in order of preference; a component stands for all its units")
        .required();
static ACTIVE: KeyOr<u64> =
    Key::count::<1, COUNT_MAX>("active", "number of units that serve at the same time").or(|| 1);
static NEEDED: Key<u64> =
    Key::count::<1, COUNT_MAX>("needed", "number of serving units required for the block to be up")
        .rule("`active`");
static MODE: KeyOr<Mode> = Key::choice("mode", "how fast a spare ages").or(|| Mode::Hot);
static DORMANCY: Key<f64> = Key::probability(
    "dormancy",
    "ageing rate of a warm spare relative to a serving unit; required with `mode: warm`, invalid otherwise",
);
static DETECTION: Key<()> = Key::node(
    "detection",
    DETECTION_KIND,
    "time from the loss of a serving unit to the start of the switchover",
)
.rule("`0s`");
static SWITCHOVER: Key<()> =
    Key::node("switchover", TIME, "duration of a switchover to a spare").rule("`0s`");
static SWITCH_SUCCESS: KeyOr<f64> =
    Key::probability("switch_success", "probability that a switchover succeeds").or(|| 1.0);
static SWITCH: Key<()> =
    Key::node("switch", Kind::Name, "a component, unit or block that must be up for a switchover to succeed");
static MANUAL: Key<()> = Key::node(
    "manual",
    TIME,
    "duration of a manual switchover, used in place of `switchover` when the automatic one fails; it begins at the end of the detection. Without it the position stays empty until a unit is repaired",
);
static FAIL_BACK: KeyOr<FailBack> =
    Key::choice("fail_back", "role of a unit that is up again").or(|| FailBack::Stay);

const COUNT_MAX: u64 = u32::MAX as u64;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Hot,
    Warm,
    Cold,
}

impl Choices for Mode {
    const CHOICES: &'static [Choice<Self>] = &[
        ("hot", Self::Hot, "like a serving unit"),
        ("warm", Self::Warm, "`dormancy` times as fast as a serving unit"),
        ("cold", Self::Cold, "not at all"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum FailBack {
    Stay,
    Return,
}

impl Choices for FailBack {
    const CHOICES: &'static [Choice<Self>] = &[
        ("stay", Self::Stay, "becomes a spare"),
        (
            "return",
            Self::Return,
            "takes its position back from a unit listed after it, by a planned switchover, which takes as long and never fails",
        ),
    ];
}

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t, '_>) -> Option<StructureRole> {
    let fields = Fields::of(node, &RECORD, site.reading())?;
    let wrong_before = site.reading().problems.0.len();
    let list = fields.required_node(&UNITS, site.reading());
    let units = list.and_then(|list| site.units(list));
    let (active, needed) = places(&fields, units.as_deref(), site.reading());
    let dormancy = dormancy(&fields, site.reading());
    let detection = fields.node(&DETECTION).and_then(|node| site.detection(node));
    let switchover = fields.node(&SWITCHOVER).and_then(|node| site.time(node));
    let manual = fields.node(&MANUAL).and_then(|node| site.time(node));
    let switch_success = fields.value(&SWITCH_SUCCESS, site.reading());
    let fail_back = fields.value(&FAIL_BACK, site.reading());
    let switch = fields.node(&SWITCH).and_then(|node| site.part(node));
    if site.reading().problems.0.len() > wrong_before {
        return None;
    }
    let standby = Box::new(Standby {
        name: String::new(),
        units: units?,
        out: Vec::new(),
        active,
        needed,
        dormancy,
        detection,
        switchover,
        switch_success,
        switch: None,
        manual,
        fail_back: fail_back == FailBack::Return,
    });
    Some(StructureRole::Standby { standby, switch })
}

/// Reads `active` and `needed` and checks them against each other and the number of units. If `units`
/// could not be read, `active` is not checked against it.
fn places(fields: &Fields<'_>, units: Option<&[u32]>, reading: &mut Reading<'_>) -> (u32, u32) {
    let given = fields.valid(&ACTIVE, reading);
    let active = given.unwrap_or(1);
    if let (Some(node), Some(units)) = (fields.node(&ACTIVE), units)
        && active > units.len() as u64
    {
        let count = units.len();
        reading.refuse(node.problem(format!("`active` is {active}, but the block has only {count} units")));
    }
    // If `active` itself is invalid, that error is enough: do not compare `needed` with the default.
    let most = given.unwrap_or(COUNT_MAX);
    let needed = fields.given(&NEEDED, reading).unwrap_or(active);
    if let Some(node) = fields.node(&NEEDED)
        && needed > most
    {
        let problem = node.problem(format!("`needed` is {needed}, but `active` is {active}"));
        reading.refuse(problem.help("`needed` must not exceed `active`, which defaults to 1"));
    }
    (active as u32, needed as u32)
}

fn dormancy(fields: &Fields<'_>, reading: &mut Reading<'_>) -> f64 {
    let mode = fields.valid(&MODE, reading);
    let given = fields.given(&DORMANCY, reading);
    let mode_is_valid = mode.is_some();
    match (mode.unwrap_or(Mode::Hot), fields.node(&DORMANCY)) {
        (Mode::Warm, Some(_)) => given.unwrap_or(1.0),
        (Mode::Warm, None) => {
            let at = fields.node_or_map(&MODE);
            let problem = at.problem("`mode: warm` requires `dormancy`");
            reading.refuse(problem.help("give the ageing rate relative to a serving unit: `dormancy: 0.3`"));
            1.0
        }
        (mode, Some(node)) if mode_is_valid => {
            let problem = node.problem("`dormancy` is only valid with `mode: warm`");
            let aging = if mode == Mode::Cold { "does not age" } else { "ages like a serving unit" };
            let name = mode.word();
            reading.refuse(problem.note(format!("a {name} spare {aging}")));
            1.0
        }
        (Mode::Cold, _) => 0.0,
        _ => 1.0,
    }
}
