//! The file as a whole: its sections, and the experiment that they form.

use super::injection::{FAULTS, Injections};
use super::judging::{ABORT_WHEN, EXPECT, JUDGE, SLO};
use super::limits::{self, LIMITS};
use super::load::LOAD;
use super::phases::{
    MAX_DURATION, PHASES, WINDOW, long_enough_to_recover, phases, prolonged_within, window,
    within_max_duration,
};
use super::proxies::PROXIES;
use super::target::{HTTP, TARGET, TLS};
use super::{Outside, judging, load, proxies, target};
use crate::chaos::experiment::{Experiment, KillSwitch};
use crate::chaos::limit::Limit;
use crate::config::document::{Reading, Tree};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record, Section};
use hyper::http::uri::Uri;
use std::path::Path;

/// An experiment file.
pub static EXPERIMENT: Record = Record {
    name: "experiment",
    summary: "A chaos experiment: faults, the load under which they act, and conditions on the target.",
    keys: &[
        &NAME,
        &TARGET,
        &HTTP,
        &TLS,
        &LOAD,
        &STEADY_STATE,
        &PHASES,
        &WINDOW,
        &PROXIES,
        &FAULTS,
        &EXPECT,
        &JUDGE,
        &SLO,
        &ABORT_WHEN,
        &KILL_SWITCH,
        &MAX_DURATION,
    ],
};

static NAME: Key<String> = Key::text("name", "the title of the report").rule("the file's name");
static STEADY_STATE: Section = Section::new(
    "steady_state",
    &LIMITS,
    "conditions that must hold before anything is injected, and again after recovery",
)
.rule("`success: \">= 99%\"`");
static KILL_SWITCH: Section =
    Section::new("kill_switch", &KILL_SWITCH_RECORD, "external switch that ends the injection");

static KILL_SWITCH_RECORD: Record = Record {
    name: "kill switch",
    summary: "Checked once in every window. Give either `file` or `url`.",
    keys: &[&FILE, &URL],
};

static FILE: Key<String> = Key::text("file", "ends the injection when this file exists");
static URL: Key<Uri> = Key::new(
    "url",
    Kind::Text,
    "ends the injection when this URL does not return a success status",
    target::url,
);

/// Reads the whole file, with the faults that the command line adds; `None` among these is a fault that
/// could not be parsed. Problems are entered in `reading`, and `None` is returned.
pub(super) fn read(
    tree: &Tree,
    added: &[Option<Tree>],
    seed: u64,
    outside: &Outside<'_>,
    reading: &mut Reading<'_>,
) -> Option<Experiment> {
    let fields = Fields::of(tree.root(), &EXPERIMENT, reading)?;
    let target = target::read(&fields, outside.folder, reading);
    let load = load::read(&fields, outside.variable, reading);
    let proxies = proxies::read(&fields, reading);
    let mut injections = Injections::new(proxies, added.len());
    injections.list(fields.node(&FAULTS), reading);
    for tree in added.iter().flatten() {
        injections.one(tree.root(), reading);
    }
    let (proxies, faults) = injections.finish(&fields, reading);
    let (phases, stated) = phases(&fields, reading);
    let window = window(&fields, phases, reading);
    let phases = prolonged_within(&fields, (phases, stated), window, load.as_ref(), reading);
    within_max_duration(&fields, phases, window, load.as_ref(), reading);
    let steady_state = steady_state(&fields, reading);
    let judge = judging::judge(&fields, window, reading);
    let expect = judging::expect(&fields, &proxies, reading);
    long_enough_to_recover(&fields, phases, &judge, &expect, reading);
    let abort_when = judging::aborts(&fields, window, phases.fault, reading);
    let kill_switch = kill_switch(&fields, outside.folder, reading);
    let watched = kill_switch.as_ref().and_then(KillSwitch::url);
    let urls: Vec<&Uri> = target.iter().map(|target| &target.url).chain(watched).collect();
    if target.is_some() && reading.problems.0.is_empty() {
        target::refuse_idle_tls(&fields, &urls, reading);
    }
    let name = fields.given(&NAME, reading);
    Some(Experiment {
        name: name.unwrap_or_else(|| tree.file().to_owned()),
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
fn steady_state(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<Limit> {
    match fields.node(&STEADY_STATE) {
        Some(node) => limits::read(node, reading),
        None => limits::default_steady_state(),
    }
}

fn kill_switch(fields: &Fields<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<KillSwitch> {
    let node = fields.node(&KILL_SWITCH)?;
    let fields = Fields::of(node, &KILL_SWITCH_RECORD, reading)?;
    let file = fields.given(&FILE, reading);
    match (file, fields.node(&URL)) {
        (Some(file), None) => Some(KillSwitch::File(folder.join(file))),
        (None, Some(_)) => fields.given(&URL, reading).map(KillSwitch::Url),
        _ => {
            reading.refuse(node.problem("either `file` or `url` is expected").help("write `{ file: stop }`"));
            None
        }
    }
}
