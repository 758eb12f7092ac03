//! The `objectives` section: availability and reliability objectives.

use crate::base::quantity::format_duration;
use crate::config::document::Reading;
use crate::config::document::{Fields, Node};
use crate::config::schema::{Key, Kind, Record, WhenAbsent};
use crate::simulate::model::Objectives;

pub(super) static OBJECTIVES: Record = Record {
    name: "objectives",
    summary: "Objectives that the prediction is compared with.",
    keys: &[
        key("availability", Kind::Share, "share of time for which the system is up"),
        key(
            "window",
            Kind::Duration,
            "period over which the availability is judged; the horizon if not given",
        ),
        key("reliability", Kind::Share, "probability that the system does not go down during `mission`"),
        key("mission", Kind::Duration, "period during which the system must not go down"),
    ],
};

const fn key(name: &'static str, kind: Kind, summary: &'static str) -> Key {
    Key { name, kind, default: WhenAbsent::Absent, summary }
}

/// Reads the objectives. Windows and missions longer than the horizon are rejected.
pub(super) fn read(
    section: Option<Node<'_>>,
    horizon_s: Option<f64>,
    reading: &mut Reading<'_>,
) -> Objectives {
    let fields = section.and_then(|section| Fields::of(section, OBJECTIVES.keys, &mut reading.problems));
    let Some(fields) = fields else {
        return Objectives::default();
    };
    let problems = &mut reading.problems;
    let objectives = Objectives {
        unavailability: fields.read("availability", problems, |node| node.read_share_complement()),
        window_s: fields.read("window", problems, |node| node.read_positive_duration()),
        unreliability: fields.read("reliability", problems, |node| node.read_share_complement()),
        mission_s: fields.read("mission", problems, |node| node.read_positive_duration()),
    };
    for (name, length_s) in [("window", objectives.window_s), ("mission", objectives.mission_s)] {
        if let (Some(node), Some(length_s), Some(horizon_s)) = (fields.get(name), length_s, horizon_s)
            && length_s > horizon_s
        {
            let horizon = format_duration(horizon_s);
            let problem = node.problem(format!("`{name}` is longer than the horizon of {horizon}"));
            problems.push(problem.help(format!("give a longer `horizon`, or a shorter `{name}`")));
        }
    }
    for (promise, length) in [("availability", "window"), ("reliability", "mission")] {
        if let (Some(key), None) = (fields.key(length), fields.get(promise)) {
            let problem = key.problem(format!("`{length}` is given without `{promise}`"));
            problems.push(problem.help(format!("give `{promise}`, or leave out `{length}`")));
        }
    }
    if let (Some(key), None) = (fields.key("reliability"), fields.get("mission")) {
        let problem = key.problem("`reliability` is given without `mission`");
        problems.push(problem.help("give the mission time: `mission: 30d`"));
    }
    objectives
}
