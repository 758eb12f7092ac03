//! The plan of a run, which `--dry-run` prints: phases, faults, expectations and guards.

use super::experiment::{
    Direction, Experiment, Injection, KillSwitch, Load, Matches, Pace, Saturation, Stage, Who, shown,
};
use super::limit::{Limit, joined};
use super::observation::Phase;
use super::report::tables::{Columns, at_least, fact, seconds, section, table};
use crate::base::quantity::{format_duration, significant};
use crate::base::text::counted;
use crate::report::{Block, Cell, Column, Document, Later, Table};
use serde_json::json;
use std::time::Duration;

/// Builds the document of the plan, with `warnings` and a warning for each idle proxy.
pub fn plan(experiment: &Experiment, mut warnings: Vec<String>) -> Document {
    warnings.extend(experiment.idle_proxies());
    Document {
        title: format!("{}: plan only, nothing was sent", experiment.name),
        kind: "chaos plan",
        facts: vec![
            fact("target", shown(&experiment.target.url)),
            fact("load", load(&experiment.load)),
            fact("seed", experiment.seed.to_string()),
        ],
        sections: vec![
            section("Phases", Block::Table(phases(experiment))),
            section("Faults", Block::Table(faults(experiment))),
            section("Expected", Block::Facts(expected(experiment))),
            section("Limits", Block::Facts(guards(experiment))),
        ],
        warnings,
        json: Later::encoded(&as_json(experiment)),
        ..Document::default()
    }
}

/// Describes the load: `open loop, 50/s; timeout 2s; at most 1000 in flight, then dropped`.
fn load(load: &Load) -> String {
    let timeout = words(load.timeout);
    let stages = match &load.pace {
        Pace::Closed { workers } => {
            return format!("closed loop, {}; timeout {timeout}", counted(*workers as u64, "worker"));
        }
        Pace::Open(stages) => stages.iter().map(stage).collect::<Vec<_>>().join(", then "),
    };
    let beyond = match load.on_saturation {
        Saturation::Drop => "dropped",
        Saturation::Queue => "queued",
        Saturation::Abort => "the run ends",
    };
    format!("open loop, {stages}; timeout {timeout}; at most {} in flight, then {beyond}", load.in_flight_max)
}

fn stage(stage: &Stage) -> String {
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

/// A phase with its times in seconds.
struct Planned {
    phase: Phase,
    begins_s: f64,
    lasts_s: Option<f64>,
    /// What it may be prolonged to.
    up_to_s: Option<f64>,
    what: &'static str,
}

fn phases(experiment: &Experiment) -> Table {
    let phases = experiment.phases;
    let prolonged = |most: Duration, least: Duration| (most > least).then_some(most);
    let (baseline_max, recovery_max) =
        (prolonged(phases.baseline_max, phases.baseline), prolonged(phases.recovery_max, phases.recovery));
    let rows = [
        (Phase::WarmUp, Some(phases.warm_up), None, "load runs, nothing is judged"),
        (
            Phase::Baseline,
            Some(phases.baseline),
            baseline_max,
            "the steady state must hold, or nothing is injected",
        ),
        (Phase::Settling, None, None, "waits for the responses of the baseline and the next window"),
        (Phase::Fault, Some(phases.fault), None, "faults on"),
        (Phase::Recovery, Some(phases.recovery), recovery_max, "faults off"),
    ];
    let begins_s = |phase: Phase| {
        let before = rows.iter().filter(|(earlier, ..)| *earlier < phase);
        before.filter_map(|(_, lasts, ..)| *lasts).sum::<Duration>().as_secs_f64()
    };
    let columns: &Columns<Planned> = &[
        (Column::new("phase", "Phase", 0), |row| Cell::text(row.phase.name())),
        (Column::new("begins_s", "Begins at", 1), |row| {
            // The length of the settling is not known before.
            if row.phase > Phase::Settling { at_least(row.begins_s) } else { Cell::Seconds(row.begins_s) }
        }),
        (Column::new("lasts_s", "Lasts", 0), |row| seconds(row.lasts_s)),
        (Column::new("up_to_s", "Up to", 1).sparse(), |row| seconds(row.up_to_s)),
        (Column::new("what", "What happens", 1), |row| Cell::text(row.what)),
    ];
    let planned = |(phase, lasts, up_to, what): (Phase, Option<Duration>, Option<Duration>, &'static str)| {
        let [lasts_s, up_to_s] = [lasts, up_to].map(|time| time.map(|time| time.as_secs_f64()));
        Planned { phase, begins_s: begins_s(phase), lasts_s, up_to_s, what }
    };
    table("phases", &rows.map(planned), columns)
}

fn faults(experiment: &Experiment) -> Table {
    let rows = experiment.faults.iter().map(|injection| {
        let proxy = experiment.proxies.get(injection.proxy);
        let at = proxy.map_or(String::new(), |proxy| match &proxy.listen {
            Some(listen) => format!("{} ({listen})", proxy.name),
            None => format!("{} (in front of the target)", proxy.name),
        });
        (injection, at)
    });
    let columns: &Columns<(&Injection, String)> = &[
        (Column::new("fault", "Fault", 0), |(injection, _)| Cell::text(&injection.described)),
        (Column::new("proxy", "At proxy", 1), |(_, at)| Cell::text(at)),
        (Column::new("hits", "Applies to", 0), |(injection, _)| Cell::text(hits(injection))),
    ];
    table("faults", &rows.collect::<Vec<_>>(), columns)
}

/// Describes the connections or requests that a fault hits: `1 in 5 matching requests, each with 50%`.
fn hits(injection: &Injection) -> String {
    let Who { matches, probability, every, first } = &injection.who;
    let which = if *every == 1 { "all".to_owned() } else { format!("1 in {every}") };
    let matching = if *matches == Matches::default() { "" } else { " matching" };
    let percent = || format!(", each with {}%", significant(probability * 100.0, 4));
    let chance = (*probability < 1.0).then(percent).unwrap_or_default();
    let most = first.map(|first| format!(", at most {first}")).unwrap_or_default();
    let (what, way) = match injection.direction {
        _ if injection.effect.is_http() => ("requests", ""),
        Direction::Upstream => ("connections", ", towards the target"),
        Direction::Downstream => ("connections", ", towards the client"),
        Direction::Both => ("connections", ", both directions"),
    };
    format!("{which}{matching} {what}{chance}{most}{way}")
}

fn expected(experiment: &Experiment) -> Vec<(String, String)> {
    let expect = &experiment.expect;
    let limits = |limits: &[Limit]| (!limits.is_empty()).then(|| joined(limits, ", "));
    let number = |number: f64| significant(number, 4);
    let recovered = expect.recover_within.unwrap_or(experiment.phases.recovery);
    let facts = [
        ("steady state", Some(joined(&experiment.steady_state, ", "))),
        ("during the fault", limits(&expect.during_fault)),
        ("after recovery", limits(&expect.after)),
        ("detected within", expect.detect_within.map(words)),
        ("failed over within", expect.failover_within.map(words)),
        ("recovered within", Some(words(recovered))),
        ("relapses at most", expect.relapses_max.map(|most| most.to_string())),
        ("error budget used at most", expect.budget_max.map(|most| format!("{}%", number(most * 100.0)))),
        ("retry amplification at most", expect.amplification_max.map(number)),
        ("overshoot at most", expect.overshoot_max.map(number)),
    ];
    facts.into_iter().filter_map(|(label, text)| Some(fact(label, text?))).collect()
}

fn guards(experiment: &Experiment) -> Vec<(String, String)> {
    let aborts = experiment.abort_when.iter().map(|abort| {
        let limits = joined(&abort.limits, ", ");
        fact("abort when", format!("{limits} for {}", words(abort.lasts)))
    });
    let kill_switch = experiment.kill_switch.as_ref().map(|switch| match switch {
        KillSwitch::File(path) => format!("file {} exists", path.display()),
        KillSwitch::Url(url) => format!("{} does not return a success status", shown(url)),
    });
    let kill_switch = kill_switch.map(|text| fact("kill switch", text));
    let at_most = words(experiment.phases.with_waits(experiment.load.timeout, experiment.window));
    let at_most = fact("duration", format!("at most {at_most}, including waits for responses"));
    aborts.chain(kill_switch).chain([at_most]).collect()
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
        "load": load(&experiment.load),
        "seed": experiment.seed,
        "phases_s": {
            "warm_up": phases.warm_up.as_secs_f64(),
            "baseline": phases.baseline.as_secs_f64(),
            "baseline_max": phases.baseline_max.as_secs_f64(),
            "fault": phases.fault.as_secs_f64(),
            "recovery": phases.recovery.as_secs_f64(),
            "recovery_max": phases.recovery_max.as_secs_f64(),
        },
        "faults": experiment.faults.iter().map(|injection| json!({
            "fault": injection.described,
            "proxy": experiment.proxies.get(injection.proxy).map(|proxy| proxy.name.clone()),
            "hits": hits(injection),
        })).collect::<Vec<_>>(),
        "expected": facts(expected(experiment)),
        "ended_early": facts(guards(experiment)),
    })
}
