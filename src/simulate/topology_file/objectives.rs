//! The `objectives` section: availability and reliability objectives.

use crate::base::quantity::format_duration;
use crate::config::document::Reading;
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Key, Record, Section};
use crate::simulate::model::Objectives;

pub(super) static OBJECTIVES: Section =
    Section::new("objectives", &RECORD, "availability and reliability objectives");

static RECORD: Record = Record {
    name: "objectives",
    summary: "Objectives that the prediction is compared with.",
    keys: &[&AVAILABILITY, &WINDOW, &RELIABILITY, &MISSION],
};

static AVAILABILITY: Key<f64> =
    Key::share_complement("availability", "share of time for which the system is up");
static WINDOW: Key<f64> =
    Key::positive_duration("window", "period over which the availability is judged").rule("the horizon");
static RELIABILITY: Key<f64> =
    Key::share_complement("reliability", "probability that the system does not go down during `mission`");
static MISSION: Key<f64> =
    Key::positive_duration("mission", "period during which the system must not go down");

/// Reads the objectives. Windows and missions longer than the horizon are rejected.
pub(super) fn read(fields: &Fields<'_>, horizon_s: Option<f64>, reading: &mut Reading<'_>) -> Objectives {
    let fields = fields.section(&OBJECTIVES, reading);
    let objectives = Objectives {
        unavailability: fields.given(&AVAILABILITY, reading),
        window_s: fields.given(&WINDOW, reading),
        unreliability: fields.given(&RELIABILITY, reading),
        mission_s: fields.given(&MISSION, reading),
    };
    for (key, length_s) in [(&WINDOW, objectives.window_s), (&MISSION, objectives.mission_s)] {
        if let (Some(node), Some(length_s), Some(horizon_s)) = (fields.node(key), length_s, horizon_s)
            && length_s > horizon_s
        {
            let (name, horizon) = (key.name(), format_duration(horizon_s));
            let problem = node.problem(format!("`{name}` is longer than the horizon of {horizon}"));
            reading.refuse(problem.help(format!("give a longer `horizon`, or a shorter `{name}`")));
        }
    }
    for (promise, length) in [(&AVAILABILITY, &WINDOW), (&RELIABILITY, &MISSION)] {
        if let (Some(key), None) = (fields.key(length), fields.node(promise)) {
            let (promise, length) = (promise.name(), length.name());
            let problem = key.problem(format!("`{length}` is given without `{promise}`"));
            reading.refuse(problem.help(format!("give `{promise}`, or leave out `{length}`")));
        }
    }
    if let (Some(key), None) = (fields.key(&RELIABILITY), fields.node(&MISSION)) {
        let problem = key.problem("`reliability` is given without `mission`");
        reading.refuse(problem.help("give the mission time: `mission: 30d`"));
    }
    objectives
}
