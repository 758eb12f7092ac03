//! The file as a whole: its sections, and the experiment that they make.

use super::injection::{FAULT, Injections};
use super::{Outside, judging, limits, load, proxies, target};
use crate::base::describe::{Default, Key, Kind, Record, Word};
use crate::base::quantity::format_duration;
use crate::base::tree::{Fields, Node, Reading, Tree};
use crate::chaos::experiment::{Experiment, KillSwitch, Load, Phases};
use std::path::Path;
use std::time::Duration;

/// An experiment file.
pub static EXPERIMENT: Record = Record {
    name: "experiment",
    summary: "What is done to whom, under which load, and what must hold.",
    keys: &[
        key(
            "name",
            Kind::Text,
            Default::Value("the file's name"),
            "the title of the report",
        ),
        key(
            "target",
            Kind::Text,
            Default::Required,
            "the URL that the load goes to: scheme, host, port and the path before all others; `--target` puts another in its place",
        ),
        key(
            "http",
            Kind::Choice(VERSION_WORDS),
            Default::Value("1.1"),
            "the version of HTTP",
        ),
        key(
            "tls",
            Kind::Record(&target::TLS),
            Default::Absent,
            "how TLS is spoken with an `https` target",
        ),
        key(
            "load",
            Kind::Record(&load::LOAD),
            Default::Value("10/s"),
            "which requests are sent, and when",
        ),
        key(
            "steady_state",
            Kind::Record(&limits::LIMITS),
            Default::Value("success >= 99%"),
            "what must hold before anything is injected, and afterwards again",
        ),
        key(
            "phases",
            Kind::Record(&PHASES),
            Default::Absent,
            "how long each phase lasts",
        ),
        key(
            "window",
            Kind::Duration,
            Default::Value("1s"),
            "what one line of figures covers",
        ),
        key(
            "proxies",
            Kind::Map(&Kind::Record(&proxies::PROXY)),
            Default::Absent,
            "proxies between the system and what it depends on, by name; the one before the target is always there and is called `load`",
        ),
        key(
            "faults",
            Kind::List(&Kind::Variant(&FAULT)),
            Default::Absent,
            "what is injected",
        ),
        key(
            "expect",
            Kind::Record(&judging::EXPECT),
            Default::Absent,
            "what is expected of the target; that it recovers always is",
        ),
        key(
            "judge",
            Kind::Record(&judging::JUDGE),
            Default::Absent,
            "how the run is judged",
        ),
        key(
            "slo",
            Kind::Record(&judging::SLO),
            Default::Absent,
            "the objective whose error budget is looked at",
        ),
        key(
            "abort_when",
            Kind::Either(&[
                Kind::Record(&judging::ABORT),
                Kind::List(&Kind::Record(&judging::ABORT)),
            ]),
            Default::Absent,
            "when the injection is ended early",
        ),
        key(
            "kill_switch",
            Kind::Record(&KILL_SWITCH),
            Default::Absent,
            "what ends the injection from outside",
        ),
        key(
            "max_duration",
            Kind::Duration,
            Default::Value("1h"),
            "a plan that takes longer is refused",
        ),
    ],
};

static VERSION_WORDS: &[Word] = &[
    Word {
        name: "1.1",
        summary: "HTTP/1.1",
    },
    Word {
        name: "2",
        summary: "HTTP/2, over plain connections with prior knowledge",
    },
];

static PHASES: Record = Record {
    name: "phases",
    summary: "The phases of a run, one after the other.",
    keys: &[
        key(
            "warm_up",
            Kind::Duration,
            Default::Value("5s"),
            "the load runs, nothing is judged",
        ),
        key(
            "baseline",
            Kind::Duration,
            Default::Value("20s"),
            "the steady state is measured, and must hold",
        ),
        key(
            "fault",
            Kind::Duration,
            Default::Value("30s"),
            "the faults are on",
        ),
        key(
            "recovery",
            Kind::Duration,
            Default::Value("60s"),
            "the faults are off; the target must come back",
        ),
    ],
};

static KILL_SWITCH: Record = Record {
    name: "kill switch",
    summary: "Looked at once in every window.",
    keys: &[
        key(
            "file",
            Kind::Text,
            Default::Absent,
            "ends the injection when this file is there",
        ),
        key(
            "url",
            Kind::Text,
            Default::Absent,
            "ends the injection when this URL does not answer with a success",
        ),
    ],
};

pub(super) const fn key(name: &'static str, kind: Kind, default: Default, summary: &'static str) -> Key {
    Key {
        name,
        kind,
        default,
        summary,
    }
}

/// Windows in a run at most, so that their figures fit into memory.
const WINDOWS_MAX: f64 = 100_000.0;

const WINDOW_MIN_S: f64 = 0.01;

const MAX_DURATION_S: f64 = 3_600.0;

/// What `max_duration` may be at most.
const YEAR_S: f64 = 366.0 * 86_400.0;

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
    let abort_when = judging::aborts(fields.get("abort_when"), window, reading);
    let kill_switch = fields
        .get("kill_switch")
        .and_then(|node| kill_switch(node, outside.folder, reading));
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

fn phases(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Phases {
    let node = fields.get("phases");
    let given = node.and_then(|node| Fields::of(node, PHASES.keys, &mut reading.problems));
    let mut lasts = |name: &str, default_s: f64, positive: bool| {
        let seconds = given.as_ref().and_then(|given| {
            given.read(name, &mut reading.problems, |node| {
                if positive {
                    node.read_positive_duration()
                } else {
                    node.read_duration()
                }
            })
        });
        duration(seconds.unwrap_or(default_s))
    };
    Phases {
        warm_up: lasts("warm_up", 5.0, false),
        baseline: lasts("baseline", 20.0, true),
        fault: lasts("fault", 30.0, true),
        recovery: lasts("recovery", 60.0, true),
    }
}

/// Refuses a plan that may take longer than it is allowed to.
fn within_max_duration(
    fields: &Fields<'_>,
    phases: Phases,
    window: Duration,
    load: Option<&Load>,
    reading: &mut Reading<'_>,
) {
    let max = fields.read("max_duration", &mut reading.problems, |node| {
        node.read_positive_duration()
    });
    let max_s = max.unwrap_or(MAX_DURATION_S);
    if max_s > YEAR_S {
        let at = fields.get("max_duration").unwrap_or_else(|| fields.node());
        reading.refuse(at.problem("no run takes longer than a year"));
    }
    let phases_s = phases.total().as_secs_f64();
    let timeout = load.map_or(Duration::ZERO, |load| load.timeout);
    let most_s = phases.with_waits(timeout, window).as_secs_f64();
    let at = |name| fields.get(name).unwrap_or_else(|| fields.node());
    let (at, what, help) = if phases_s > max_s {
        let what = format!("the phases take {}", format_duration(phases_s));
        (at("phases"), what, "shorten a phase, or set `max_duration`")
    } else if most_s > max_s {
        let waits = format_duration(most_s - phases_s);
        let what = format!(
            "the phases and the wait for requests, {waits} at most, take {}",
            format_duration(most_s)
        );
        (at("load"), what, "shorten `load.timeout`, or set `max_duration`")
    } else {
        return;
    };
    let problem = at.problem(format!(
        "{what}, longer than `max_duration`, {}",
        format_duration(max_s)
    ));
    reading.refuse(problem.help(help));
}

fn window(fields: &Fields<'_>, phases: Phases, reading: &mut Reading<'_>) -> Duration {
    let given = fields.read("window", &mut reading.problems, |node| {
        node.read_positive_duration()
    });
    let window_s = given.unwrap_or(1.0);
    let at = fields.get("window").unwrap_or_else(|| fields.node());
    let shortest = phases
        .baseline
        .min(phases.fault)
        .min(phases.recovery)
        .as_secs_f64();
    let least = (phases.total().as_secs_f64() / WINDOWS_MAX).max(WINDOW_MIN_S);
    if window_s > shortest {
        let words = format_duration(shortest);
        reading.refuse(at.problem(format!("a window must fit into the shortest phase, {words}")));
    } else if window_s < least {
        let problem =
            at.problem("the window is too short: it takes 10ms at least, and a run has 100,000 at most");
        let enough = if least > 1.0 { least.ceil() } else { least };
        reading.refuse(problem.help(format!("write `window: {}`", format_duration(enough))));
    }
    duration(window_s)
}

fn kill_switch(node: Node<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<KillSwitch> {
    let fields = Fields::of(node, KILL_SWITCH.keys, &mut reading.problems)?;
    let file = fields.read("file", &mut reading.problems, |node| node.read_text());
    match (file, fields.get("url")) {
        (Some(file), None) => Some(KillSwitch::File(folder.join(file))),
        (None, Some(url)) => target::url(url, reading).map(KillSwitch::Url),
        _ => {
            reading.refuse(
                node.problem("either `file` or `url` is expected")
                    .help("write `{ file: stop }`"),
            );
            None
        }
    }
}

/// Seconds as a duration; the longest there is for what does not fit.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
