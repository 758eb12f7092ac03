//! The file as a whole: its sections, and the experiment that they make.

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
    summary: "What is done to whom, under which load, and what must hold.",
    keys: &[
        key("name", Kind::Text, WhenAbsent::Value("the file's name"), "the title of the report"),
        key(
            "target",
            Kind::Text,
            WhenAbsent::Required,
            "the URL that the load goes to: scheme, host, port and the path before all others; `--target` puts another in its place",
        ),
        key("http", Kind::Choice(VERSION_WORDS), WhenAbsent::Value("1.1"), "the version of HTTP"),
        key(
            "tls",
            Kind::Record(&target::TLS),
            WhenAbsent::Absent,
            "how TLS is spoken with an `https` target",
        ),
        key(
            "load",
            Kind::Record(&load::LOAD),
            WhenAbsent::Value("10/s"),
            "which requests are sent, and when",
        ),
        key(
            "steady_state",
            Kind::Record(&limits::LIMITS),
            WhenAbsent::Value("success >= 99%"),
            "what must hold before anything is injected, and afterwards again",
        ),
        key("phases", Kind::Record(&PHASES), WhenAbsent::Absent, "how long each phase lasts"),
        key("window", Kind::Duration, WhenAbsent::Value("1s"), "what one line of figures covers"),
        key(
            "proxies",
            Kind::Map(&Kind::Record(&proxies::PROXY)),
            WhenAbsent::Absent,
            "proxies between the system and what it depends on, by name; the one before the target is always there and is called `load`",
        ),
        key("faults", Kind::List(&Kind::Variant(&FAULT)), WhenAbsent::Absent, "what is injected"),
        key(
            "expect",
            Kind::Record(&judging::EXPECT),
            WhenAbsent::Absent,
            "what is expected of the target; that it recovers always is",
        ),
        key("judge", Kind::Record(&judging::JUDGE), WhenAbsent::Absent, "how the run is judged"),
        key(
            "slo",
            Kind::Record(&judging::SLO),
            WhenAbsent::Absent,
            "the objective whose error budget is looked at",
        ),
        key(
            "abort_when",
            Kind::Either(&[Kind::Record(&judging::ABORT), Kind::List(&Kind::Record(&judging::ABORT))]),
            WhenAbsent::Absent,
            "when the injection is ended early",
        ),
        key(
            "kill_switch",
            Kind::Record(&KILL_SWITCH),
            WhenAbsent::Absent,
            "what ends the injection from outside",
        ),
        key("max_duration", Kind::Duration, WhenAbsent::Value("1h"), "a plan that takes longer is refused"),
    ],
};

static VERSION_WORDS: &[Word] = &[
    Word { name: "1.1", summary: "HTTP/1.1" },
    Word { name: "2", summary: "HTTP/2, over plain connections with prior knowledge" },
];

static KILL_SWITCH: Record = Record {
    name: "kill switch",
    summary: "Looked at once in every window.",
    keys: &[
        key("file", Kind::Text, WhenAbsent::Absent, "ends the injection when this file is there"),
        key(
            "url",
            Kind::Text,
            WhenAbsent::Absent,
            "ends the injection when this URL does not answer with a success",
        ),
    ],
};

pub(super) const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

/// Reads the whole file, with faults added to it; of one that cannot be read it is known that it was there. What is wrong is entered in `reading`, and `None` comes back.
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

/// What must hold; every target that works lets almost all requests succeed.
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

/// Seconds as a duration; the longest there is for what does not fit.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
