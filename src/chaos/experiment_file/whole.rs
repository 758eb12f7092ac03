//! The file as a whole: its sections, and the experiment that they form.

use super::injection::{FAULT, Injections};
use super::phases::{PHASES, long_enough_to_recover, phases, window, within_max_duration};
use super::{Outside, judging, limits, load, proxies, target};
use crate::chaos::experiment::{Experiment, KillSwitch};
use crate::config::document::{Fields, Node, Reading, Tree};
use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use std::path::Path;
use std::time::Duration;

/// An experiment file.
pub static EXPERIMENT: Record = Record {
    name: "experiment",
    summary: "A chaos experiment: faults, the load under which they act, and conditions on the target.",
    keys: &[
        key("name", Kind::Text, WhenAbsent::Value("the file's name"), "the title of the report"),
        key(
            "target",
            Kind::Text,
            WhenAbsent::Required,
            "the URL of the target: scheme, host, port and the prefix of all paths; `--target` overrides it",
        ),
        key("http", Kind::Choice(VERSION_WORDS), WhenAbsent::Value("1.1"), "the version of HTTP"),
        key("tls", Kind::Record(&target::TLS), WhenAbsent::Absent, "TLS settings for an `https` target"),
        key("load", Kind::Record(&load::LOAD), WhenAbsent::Value("10/s"), "the requests to send, and when"),
        key(
            "steady_state",
            Kind::Record(&limits::LIMITS),
            WhenAbsent::Value("success >= 99%"),
            "conditions that must hold before anything is injected, and again after recovery",
        ),
        key("phases", Kind::Record(&PHASES), WhenAbsent::Absent, "length of each phase"),
        key(
            "window",
            Kind::Duration,
            WhenAbsent::Value("1s"),
            "length of a window, the interval over which requests are counted",
        ),
        key(
            "proxies",
            Kind::Map(&Kind::Record(&proxies::PROXY)),
            WhenAbsent::Absent,
            "proxies between the system and its dependencies, by name; the one in front of the target \
             always exists and is called `load`",
        ),
        key("faults", Kind::List(&Kind::Variant(&FAULT)), WhenAbsent::Absent, "faults to inject"),
        key(
            "expect",
            Kind::Record(&judging::EXPECT),
            WhenAbsent::Absent,
            "expectations about the target; recovery is always expected",
        ),
        key("judge", Kind::Record(&judging::JUDGE), WhenAbsent::Absent, "parameters of the verdict"),
        key(
            "slo",
            Kind::Record(&judging::SLO),
            WhenAbsent::Absent,
            "the objective whose error budget is measured",
        ),
        key(
            "abort_when",
            Kind::Either(&[Kind::Record(&judging::ABORT), Kind::List(&Kind::Record(&judging::ABORT))]),
            WhenAbsent::Absent,
            "conditions that end the fault phase early",
        ),
        key(
            "kill_switch",
            Kind::Record(&KILL_SWITCH),
            WhenAbsent::Absent,
            "external switch that ends the injection",
        ),
        key("max_duration", Kind::Duration, WhenAbsent::Value("1h"), "longest time that the run may take"),
    ],
};

static VERSION_WORDS: &[Word] = &[
    Word { name: "1.1", summary: "HTTP/1.1" },
    Word { name: "2", summary: "HTTP/2; without TLS, with prior knowledge" },
];

static KILL_SWITCH: Record = Record {
    name: "kill switch",
    summary: "Checked once in every window. Give either `file` or `url`.",
    keys: &[
        key("file", Kind::Text, WhenAbsent::Absent, "ends the injection when this file exists"),
        key(
            "url",
            Kind::Text,
            WhenAbsent::Absent,
            "ends the injection when this URL does not return a success status",
        ),
    ],
};

pub(super) const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

/// Reads the whole file, with the faults that the command line adds; `None` among these is a fault that
/// could not be parsed. Problems are entered in `reading`, and `None` is returned.
pub(super) fn read(
    tree: &Tree,
    added: &[Option<Tree>],
    seed: u64,
    outside: &Outside<'_>,
    reading: &mut Reading<'_>,
) -> Option<Experiment> {
    let fields = Fields::of(tree.root(), EXPERIMENT.keys, &mut reading.problems)?;
    let target = target::read(&fields, outside.folder, reading);
    let load = load::read(fields.get("load"), outside.variable, reading);
    let proxies = proxies::read(fields.get("proxies"), reading);
    let mut injections = Injections::new(proxies, added.len());
    injections.list(fields.get("faults"), reading);
    for tree in added.iter().flatten() {
        injections.one(tree.root(), reading);
    }
    let (proxies, faults) = injections.finish(&fields, reading);
    let phases = phases(&fields, reading);
    let window = window(&fields, phases, reading);
    within_max_duration(&fields, phases, window, load.as_ref(), reading);
    let steady_state = steady_state(fields.get("steady_state"), reading);
    let judge = judging::judge(&fields, window, reading);
    let expect = judging::expect(fields.get("expect"), &proxies, reading);
    long_enough_to_recover(&fields, phases, &judge, &expect, reading);
    let abort_when = judging::aborts(fields.get("abort_when"), window, phases.fault, reading);
    let kill_switch = fields.get("kill_switch").and_then(|node| kill_switch(node, outside.folder, reading));
    let name = fields.read("name", &mut reading.problems, |node| node.read_text());
    Some(Experiment {
        name: name.unwrap_or(tree.file()).to_owned(),
        target: target?,
        load: load?,
        proxies,
        faults,
        phases,
        window,
        steady_state,
        judge,
        expect,
        abort_when,
        kill_switch,
        seed,
    })
}

/// Reads the steady state. By default almost all requests must succeed, as they do with any working
/// target.
fn steady_state(node: Option<Node<'_>>, reading: &mut Reading<'_>) -> Vec<crate::chaos::limit::Limit> {
    match node {
        Some(node) => limits::read(node, reading),
        None => limits::default_steady_state(),
    }
}

fn kill_switch(node: Node<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<KillSwitch> {
    let fields = Fields::of(node, KILL_SWITCH.keys, &mut reading.problems)?;
    let file = fields.read("file", &mut reading.problems, |node| node.read_text());
    match (file, fields.get("url")) {
        (Some(file), None) => Some(KillSwitch::File(folder.join(file))),
        (None, Some(url)) => target::url(url, reading).map(KillSwitch::Url),
        _ => {
            reading.refuse(node.problem("either `file` or `url` is expected").help("write `{ file: stop }`"));
            None
        }
    }
}

/// Converts seconds to a duration; values that do not fit become the longest duration.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
