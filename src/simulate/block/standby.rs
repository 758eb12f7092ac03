//! The `standby` block: serving units with spares that take over.

use super::{Block, BlockContext, StructureRole};
use crate::base::problem::Problems;
use crate::config::document::NAMES;
use crate::config::document::{Fields, Node};
use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use crate::config::times::TIME;
use crate::simulate::detection::DETECTION;
use crate::simulate::model::Standby;

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
    keys: KEYS,
};

static KEYS: &[Key] = &[
    Key {
        name: "units",
        kind: NAMES,
        default: WhenAbsent::Required,
        summary: "units in order of preference; a component stands for all its units",
    },
    Key {
        name: "active",
        kind: Kind::Count { min: 1 },
        default: WhenAbsent::Value("1"),
        summary: "number of units that serve at the same time",
    },
    Key {
        name: "needed",
        kind: Kind::Count { min: 1 },
        default: WhenAbsent::Value("active"),
        summary: "number of serving units required for the block to be up",
    },
    Key {
        name: "mode",
        kind: Kind::Choice(MODE_WORDS),
        default: WhenAbsent::Value("hot"),
        summary: "how fast a spare ages",
    },
    Key {
        name: "dormancy",
        kind: Kind::Probability,
        default: WhenAbsent::Absent,
        summary: "ageing rate of a warm spare relative to a serving unit; required with `mode: warm`, invalid otherwise",
    },
    Key {
        name: "detection",
        kind: DETECTION,
        default: WhenAbsent::Value("0s"),
        summary: "time from the loss of a serving unit to the start of the switchover",
    },
    Key {
        name: "switchover",
        kind: TIME,
        default: WhenAbsent::Value("0s"),
        summary: "duration of a switchover to a spare",
    },
    Key {
        name: "switch_success",
        kind: Kind::Probability,
        default: WhenAbsent::Value("1"),
        summary: "probability that a switchover succeeds",
    },
    Key {
        name: "switch",
        kind: Kind::Name,
        default: WhenAbsent::Absent,
        summary: "a component, unit or block that must be up for a switchover to succeed",
    },
    Key {
        name: "manual",
        kind: TIME,
        default: WhenAbsent::Absent,
        summary: "duration of a manual switchover, used in place of `switchover` when the automatic one fails; it begins at the end of the detection. Without it the position stays empty until a unit is repaired",
    },
    Key {
        name: "fail_back",
        kind: Kind::Choice(FAIL_BACK_WORDS),
        default: WhenAbsent::Value("stay"),
        summary: "role of a unit that is up again",
    },
];

static MODE_WORDS: &[Word] = &[
    Word { name: "hot", summary: "like a serving unit" },
    Word { name: "warm", summary: "`dormancy` times as fast as a serving unit" },
    Word { name: "cold", summary: "not at all" },
];

static FAIL_BACK_WORDS: &[Word] = &[
    Word { name: "stay", summary: "becomes a spare" },
    Word {
        name: "return",
        summary: "takes its position back from a unit listed after it, by a planned switchover, which takes as long and never fails",
    },
];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Hot,
    Warm,
    Cold,
}

const MODES: &[(&str, Mode)] = &[("hot", Mode::Hot), ("warm", Mode::Warm), ("cold", Mode::Cold)];
const FAIL_BACK: &[(&str, bool)] = &[("stay", false), ("return", true)];

fn place<'t>(node: Node<'t>, site: &mut dyn BlockContext<'t>) -> Option<StructureRole> {
    let fields = Fields::of(node, KEYS, site.problems())?;
    let wrong_before = site.problems().0.len();
    let list = fields.required("units", site.problems());
    let units = list.and_then(|list| site.units(list));
    let (active, needed) = places(&fields, units.as_deref(), site.problems());
    let dormancy = dormancy(&fields, site.problems());
    let detection = fields.get("detection").and_then(|node| site.detection(node));
    let switchover = fields.get("switchover").and_then(|node| site.time(node));
    let manual = fields.get("manual").and_then(|node| site.time(node));
    let switch_success = fields.read("switch_success", site.problems(), |node| node.read_probability());
    let fail_back = fields.read("fail_back", site.problems(), |node| node.read_choice(FAIL_BACK));
    let switch = fields.get("switch").and_then(|node| site.part(node));
    if site.problems().0.len() > wrong_before {
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
        switch_success: switch_success.unwrap_or(1.0),
        switch: None,
        manual,
        fail_back: fail_back.unwrap_or(false),
    });
    Some(StructureRole::Standby { standby, switch })
}

/// Reads `active` and `needed` and checks them against each other and the number of units. If `units`
/// could not be read, `active` is not checked against it.
fn places(fields: &Fields<'_>, units: Option<&[u32]>, problems: &mut Problems) -> (u32, u32) {
    const MOST: u64 = u32::MAX as u64;
    let given = fields.read("active", problems, |node| node.read_count(1, MOST));
    let active = given.unwrap_or(1);
    if let (Some(node), Some(units)) = (fields.get("active"), units)
        && active > units.len() as u64
    {
        let count = units.len();
        problems.push(node.problem(format!("`active` is {active}, but the block has only {count} units")));
    }
    // If `active` itself is invalid, that error is enough: do not compare `needed` with the default.
    let most = if fields.get("active").is_some() && given.is_none() { MOST } else { active };
    let needed = fields.read("needed", problems, |node| node.read_count(1, MOST));
    let needed = needed.unwrap_or(active);
    if let Some(node) = fields.get("needed")
        && needed > most
    {
        let problem = node.problem(format!("`needed` is {needed}, but `active` is {active}"));
        problems.push(problem.help("`needed` must not exceed `active`, which defaults to 1"));
    }
    (active as u32, needed as u32)
}

fn dormancy(fields: &Fields<'_>, problems: &mut Problems) -> f64 {
    let mode = fields.read("mode", problems, |node| node.read_choice(MODES));
    let mode_is_wrong = mode.is_none() && fields.get("mode").is_some();
    let given = fields.read("dormancy", problems, |node| node.read_probability());
    match (mode.unwrap_or(Mode::Hot), fields.get("dormancy")) {
        (Mode::Warm, Some(_)) => given.unwrap_or(1.0),
        (Mode::Warm, None) => {
            let at = fields.get("mode").unwrap_or_else(|| fields.node());
            let problem = at.problem("`mode: warm` requires `dormancy`");
            problems.push(problem.help("give the ageing rate relative to a serving unit: `dormancy: 0.3`"));
            1.0
        }
        (mode, Some(node)) if !mode_is_wrong => {
            let problem = node.problem("`dormancy` is only valid with `mode: warm`");
            let aging = if mode == Mode::Cold { "does not age" } else { "ages like a serving unit" };
            let name = if mode == Mode::Cold { "cold" } else { "hot" };
            problems.push(problem.note(format!("a {name} spare {aging}")));
            1.0
        }
        (Mode::Cold, _) => 0.0,
        _ => 1.0,
    }
}
