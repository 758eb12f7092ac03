//! Serving units with spares that take over.

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
    summary: "The first `active` units serve, the others are spares. It is down while fewer than `needed` of the places are \
              served.",
    keys: KEYS,
};

static KEYS: &[Key] = &[
    Key {
        name: "units",
        kind: NAMES,
        default: WhenAbsent::Required,
        summary: "units in the order in which they are preferred; a component stands for all of its own",
    },
    Key {
        name: "active",
        kind: Kind::Count { min: 1 },
        default: WhenAbsent::Value("1"),
        summary: "how many of them serve",
    },
    Key {
        name: "needed",
        kind: Kind::Count { min: 1 },
        default: WhenAbsent::Value("active"),
        summary: "how many must serve for the block to be up",
    },
    Key {
        name: "mode",
        kind: Kind::Choice(MODE_WORDS),
        default: WhenAbsent::Value("hot"),
        summary: "how a spare ages",
    },
    Key {
        name: "dormancy",
        kind: Kind::Probability,
        default: WhenAbsent::Absent,
        summary: "how fast a warm spare ages, compared with a serving unit; needed for `mode: warm`, and only there",
    },
    Key {
        name: "detection",
        kind: DETECTION,
        default: WhenAbsent::Value("0s"),
        summary: "from the loss of a serving unit until the switchover starts",
    },
    Key {
        name: "switchover",
        kind: TIME,
        default: WhenAbsent::Value("0s"),
        summary: "how long a spare takes to take over",
    },
    Key {
        name: "switch_success",
        kind: Kind::Probability,
        default: WhenAbsent::Value("1"),
        summary: "the probability that a switchover works",
    },
    Key {
        name: "switch",
        kind: Kind::Name,
        default: WhenAbsent::Absent,
        summary: "a component, unit or block that must be up for a switchover to work",
    },
    Key {
        name: "manual",
        kind: TIME,
        default: WhenAbsent::Absent,
        summary: "how long it takes by hand, from the end of the detection, when the switchover does not work: it takes the place of `switchover`. Without it the place waits for a repair",
    },
    Key {
        name: "fail_back",
        kind: Kind::Choice(FAIL_BACK_WORDS),
        default: WhenAbsent::Value("stay"),
        summary: "what a unit does that is up again",
    },
];

static MODE_WORDS: &[Word] = &[
    Word { name: "hot", summary: "as a serving unit" },
    Word { name: "warm", summary: "`dormancy` times as fast" },
    Word { name: "cold", summary: "not at all" },
];

static FAIL_BACK_WORDS: &[Word] = &[
    Word { name: "stay", summary: "it becomes a spare" },
    Word {
        name: "return",
        summary: "it takes its place back from a unit listed after it, by a switchover that is planned: it takes as long, and does not fail",
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

/// How many serve, and how many must. Of `units` that could not be read nothing is said.
fn places(fields: &Fields<'_>, units: Option<&[u32]>, problems: &mut Problems) -> (u32, u32) {
    const MOST: u64 = u32::MAX as u64;
    let given = fields.read("active", problems, |node| node.read_count(1, MOST));
    let active = given.unwrap_or(1);
    if let (Some(node), Some(units)) = (fields.get("active"), units)
        && active > units.len() as u64
    {
        let count = units.len();
        problems.push(node.problem(format!("{active} units are to serve, but there are {count}")));
    }
    let most = if fields.get("active").is_some() && given.is_none() { MOST } else { active };
    let needed = fields.read("needed", problems, |node| node.read_count(1, MOST));
    let needed = needed.unwrap_or(active);
    if let Some(node) = fields.get("needed")
        && needed > most
    {
        let problem = node.problem(format!("{needed} must serve, but only {active} do"));
        problems.push(problem.help("`needed` is at most `active`, which is 1 unless it is given"));
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
            let problem = at.problem("a warm spare needs its `dormancy`");
            problems
                .push(problem.help("write how fast it ages compared with a serving unit: `dormancy: 0.3`"));
            1.0
        }
        (mode, Some(node)) if !mode_is_wrong => {
            let problem = node.problem("`dormancy` is for `mode: warm` only");
            let aging = if mode == Mode::Cold { "does not age" } else { "ages as a serving unit" };
            let name = if mode == Mode::Cold { "cold" } else { "hot" };
            problems.push(problem.note(format!("a {name} spare {aging}")));
            1.0
        }
        (Mode::Cold, _) => 0.0,
        _ => 1.0,
    }
}
