//! The plan of a run, which `--dry-run` prints: phases, faults, expectations and guards.

use super::experiment::{
    Direction, Experiment, Injection, KillSwitch, Load, Pace, Saturation, Stage, Who, shown,
};
use super::limit::Limit;
use crate::base::quantity::{format_duration, significant};
use crate::base::text::counted;
use crate::report::{Block, Cell, Column, Document, Row, Section, Table};
use serde_json::json;
use std::time::Duration;

/// Returns a warning for each proxy at which no fault acts and no requests are counted.
pub fn idle_proxies(experiment: &Experiment) -> impl Iterator<Item = String> + '_ {
    let proxies = experiment.proxies.iter().enumerate();
    let idle = proxies.filter(|(number, proxy)| {
        let acts = experiment.faults.iter().any(|fault| fault.proxy == *number);
        !acts && !proxy.counts_attempts()
    });
    idle.map(|(_, proxy)| {
        let name = &proxy.name;
        format!("no fault acts at proxy `{name}`: add `proxy: {name}` to the faults that should")
    })
}

/// Builds the document of the plan, with `warnings` and a warning for each idle proxy.
pub fn plan(experiment: &Experiment, mut warnings: Vec<String>) -> Document {
    warnings.extend(idle_proxies(experiment));
    let sections = vec![
        section("Phases", Block::Table(phases(experiment))),
        section("Faults", Block::Table(faults(experiment))),
        section("Expected", Block::Facts(expected(experiment))),
        section("Stops early", Block::Facts(guards(experiment))),
    ];
    Document {
        title: format!("{}: plan only, nothing was sent", experiment.name),
        kind: "chaos plan",
        facts: vec![
            ("target".into(), shown(&experiment.target.url)),
            ("load".into(), load_words(&experiment.load)),
            ("seed".into(), experiment.seed.to_string()),
        ],
        sections,
        warnings,
        json: serde_json::to_string_pretty(&as_json(experiment)).unwrap_or_default(),
        ..Document::default()
    }
}

fn section(heading: &str, block: Block) -> Section {
    Section { heading: heading.into(), blocks: vec![block] }
}

/// Describes the load: `open loop, 50/s; timeout 2s; at most 1000 in flight, then dropped`.
pub fn load_words(load: &Load) -> String {
    let pace = match &load.pace {
        Pace::Closed { workers } => format!("closed loop, {}", counted(*workers as u64, "worker")),
        Pace::Open(stages) => {
            format!("open loop, {}", stages.iter().map(stage_words).collect::<Vec<_>>().join(", then "))
        }
    };
    let timeout = words(load.timeout);
    if matches!(load.pace, Pace::Closed { .. }) {
        return format!("{pace}; timeout {timeout}");
    }
    let beyond = match load.on_saturation {
        Saturation::Drop => "dropped",
        Saturation::Queue => "queued",
        Saturation::Abort => "the run ends",
    };
    format!("{pace}; timeout {timeout}; at most {} in flight, then {beyond}", load.in_flight_max)
}

fn stage_words(stage: &Stage) -> String {
    let rate = |per_s: f64| format!("{}/s", significant(per_s, 4));
    let mut text = rate(stage.from_per_s);
    if stage.from_per_s != stage.to_per_s {
        text = format!("{text} to {}", rate(stage.to_per_s));
    }
    if stage.lasts == Duration::MAX { text } else { format!("{text} for {}", words(stage.lasts)) }
}

fn words(duration: Duration) -> String {
    format_duration(duration.as_secs_f64())
}

fn phases(experiment: &Experiment) -> Table {
    let phases = experiment.phases;
    let rows = [
        ("warm-up", phases.warm_up, "load runs, nothing is judged"),
        ("baseline", phases.baseline, "the steady state must hold, or nothing is injected"),
        ("settling", Duration::ZERO, "waits for the responses of the baseline and the next window"),
        ("fault", phases.fault, "faults on"),
        ("recovery", phases.recovery, "faults off"),
    ];
    let (mut begin, mut after_settling) = (Duration::ZERO, false);
    let rows = rows.into_iter().map(|(name, lasts, what)| {
        let begins = Cell::Seconds(begin.as_secs_f64());
        let begins = if after_settling { at_least(begins) } else { begins };
        let settles = name == "settling";
        let cells = vec![
            Cell::text(name),
            begins,
            if settles { Cell::Missing } else { Cell::Seconds(lasts.as_secs_f64()) },
            Cell::text(what),
        ];
        begin += lasts;
        after_settling |= settles;
        Row { cells, total: false }
    });
    Table {
        name: "phases",
        columns: vec![
            Column::new("phase", "Phase", 0),
            Column::new("begins_s", "Begins at", 1),
            Column::new("lasts_s", "Lasts", 0),
            Column::new("what", "What happens", 1),
        ],
        rows: rows.collect(),
    }
}

fn at_least(lower: Cell) -> Cell {
    Cell::Estimate { value: Box::new(Cell::Missing), lower: Some(Box::new(lower)), upper: None }
}

fn faults(experiment: &Experiment) -> Table {
    let rows = experiment.faults.iter().map(|injection| {
        let proxy = experiment.proxies.get(injection.proxy);
        let at = proxy.map_or(String::new(), |proxy| match &proxy.listen {
            Some(listen) => format!("{} ({listen})", proxy.name),
            None => format!("{} (in front of the target)", proxy.name),
        });
        let cells =
            vec![Cell::text(injection.described.clone()), Cell::text(at), Cell::text(hit_words(injection))];
        Row { cells, total: false }
    });
    Table {
        name: "faults",
        columns: vec![
            Column::new("fault", "Fault", 0),
            Column::new("proxy", "At proxy", 1),
            Column::new("hits", "Hits", 0),
        ],
        rows: rows.collect(),
    }
}

/// Describes the connections or requests that a fault hits: `1 in 5 matching requests, each with 50%`.
pub fn hit_words(injection: &Injection) -> String {
    let Who { matches, probability, every, first } = &injection.who;
    let what = if injection.effect.is_http() { "requests" } else { "connections" };
    let matching = if *matches == super::experiment::Matches::default() { "" } else { "matching " };
    let mut text = match every {
        1 => format!("all {matching}{what}"),
        every => format!("1 in {every} {matching}{what}"),
    };
    if *probability < 1.0 {
        text = format!("{text}, each with {}%", significant(probability * 100.0, 4));
    }
    if let Some(first) = first {
        text = format!("{text}, at most {first}");
    }
    if !injection.effect.is_http() {
        let way = match injection.direction {
            Direction::Upstream => ", towards the target",
            Direction::Downstream => ", towards the client",
            Direction::Both => ", both directions",
        };
        text.push_str(way);
    }
    text
}

fn expected(experiment: &Experiment) -> Vec<(String, String)> {
    let expect = &experiment.expect;
    let mut facts = vec![("steady state".to_owned(), joined(&experiment.steady_state))];
    let mut fact = |label: &str, text: Option<String>| {
        facts.extend(text.map(|text| (label.to_owned(), text)));
    };
    let limits = |limits: &[Limit]| (!limits.is_empty()).then(|| joined(limits));
    fact("during the fault", limits(&expect.during_fault));
    fact("after recovery", limits(&expect.after));
    fact("detected within", expect.detect_within.map(words));
    fact("failed over within", expect.failover_within.map(words));
    let recovered = expect.recover_within.unwrap_or(experiment.phases.recovery);
    fact("recovered within", Some(words(recovered)));
    fact("relapses at most", expect.relapses_max.map(|most| most.to_string()));
    let number = |number: f64| significant(number, 4);
    fact("error budget burnt at most", expect.budget_max.map(|most| format!("{}%", number(most * 100.0))));
    fact("retry amplification at most", expect.amplification_max.map(number));
    fact("overshoot at most", expect.overshoot_max.map(number));
    facts
}

fn guards(experiment: &Experiment) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    for abort in &experiment.abort_when {
        let text = format!("{} for {}", joined(&abort.limits), words(abort.lasts));
        facts.push(("abort when".into(), text));
    }
    let kill_switch = experiment.kill_switch.as_ref().map(|switch| match switch {
        KillSwitch::File(path) => format!("file {} exists", path.display()),
        KillSwitch::Url(url) => format!("{} does not return a success status", shown(url)),
    });
    facts.extend(kill_switch.map(|text| ("kill switch".into(), text)));
    let (timeout, window) = (experiment.load.timeout, experiment.window);
    let at_most = experiment.phases.with_waits(timeout, window);
    let text = format!("{}, including waits for responses", words(at_most));
    facts.push(("takes at most".into(), text));
    facts
}

fn joined(limits: &[Limit]) -> String {
    let limits: Vec<String> = limits.iter().map(ToString::to_string).collect();
    limits.join(", ")
}

fn as_json(experiment: &Experiment) -> serde_json::Value {
    let phases = experiment.phases;
    let facts = |facts: Vec<(String, String)>| -> serde_json::Value {
        facts.into_iter().map(|(label, text)| json!({ "what": label, "says": text })).collect()
    };
    json!({
        "schema": "steadfast.chaos-plan/2",
        "name": experiment.name,
        "target": shown(&experiment.target.url),
        "load": load_words(&experiment.load),
        "seed": experiment.seed,
        "phases_s": {
            "warm_up": phases.warm_up.as_secs_f64(),
            "baseline": phases.baseline.as_secs_f64(),
            "fault": phases.fault.as_secs_f64(),
            "recovery": phases.recovery.as_secs_f64(),
        },
        "faults": experiment.faults.iter().map(|injection| json!({
            "fault": injection.described,
            "proxy": experiment.proxies.get(injection.proxy).map(|proxy| proxy.name.clone()),
            "hits": hit_words(injection),
        })).collect::<Vec<_>>(),
        "expected": facts(expected(experiment)),
        "ended_early": facts(guards(experiment)),
    })
}
