//! Puts the verdict into a sentence that someone on call understands.

use crate::base::outcome::Outcome;
use crate::base::quantity::format_share;
use crate::base::text::counted;
use crate::chaos::experiment::{Experiment, Injection, Upstream};
use crate::chaos::fault::Effect;
use crate::chaos::limit::Measure;
use crate::chaos::observation::{FaultSeen, Observation, Phase};
use crate::chaos::plan::idle_proxies;
use crate::chaos::verdict::expectation::Expectation;
use crate::chaos::verdict::{Inconclusive, RunOutcome, Verdict};

/// Returns the verdict in a sentence.
pub(super) fn headline(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> String {
    match &verdict.outcome {
        RunOutcome::Held => format!("HELD: {}", course(verdict)),
        RunOutcome::Missed => format!("MISSED: {}", missed(verdict)),
        RunOutcome::Inconclusive(Inconclusive::NotSteady) => format!(
            "INCONCLUSIVE: the steady state did not hold before the fault: {}{}",
            or_else(&verdict.gate.broken, "it was not steady"),
            reasons(observation)
        ),
        RunOutcome::Inconclusive(Inconclusive::GeneratorStalled) => format!(
            "INCONCLUSIVE: {}",
            verdict.stalled.as_deref().unwrap_or("the load generator itself stalled")
        ),
        RunOutcome::Inconclusive(Inconclusive::CannotTell) => {
            format!("INCONCLUSIVE: {}", listed(verdict, Outcome::Inconclusive))
        }
        RunOutcome::TouchedNothing => {
            format!("INCONCLUSIVE: {}", untouched(experiment, observation, verdict))
        }
        RunOutcome::Stopped(why) => format!("STOPPED by a guard: {why}"),
        RunOutcome::Interrupted(signal) => {
            format!("INTERRUPTED by {} {}", signal_name(*signal), when(observation))
        }
    }
}

/// Returns warnings about the validity of the figures.
pub(super) fn warnings(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> Vec<String> {
    let doubts = verdict.gate.doubts.iter();
    let mut warnings: Vec<String> = doubts
        .map(|doubt| {
            format!("a limit of the steady state was not met before the fault, which may be chance: {doubt}")
        })
        .collect();
    let per_step = verdict.run.baseline.first().map_or(1, |step| step.windows.len());
    if per_step > 1 {
        warnings.push(format!(
            "the load is so low that {} are judged together: no time is known more precisely",
            counted(per_step as u64, "window")
        ));
    }
    let stalled: u64 = verdict.phases.values().map(|totals| totals.stalled).sum();
    if stalled > 0 {
        warnings.push(format!(
            "the load generator stalled in {}, not counted in the figures",
            counted(stalled, "window")
        ));
    }
    warnings.extend(idle_proxies(experiment));
    let requests = verdict.phases.get(&Phase::Fault);
    let requests = requests.map_or(0, |fault| fault.measured.offered);
    for (fault, seen) in experiment.faults.iter().zip(&observation.faults) {
        warnings.extend(few_connections(experiment, fault, seen, requests));
    }
    warnings
}

/// Warns if a fault that selects among connections had few of them, since the load keeps its connections
/// open.
fn few_connections(
    experiment: &Experiment,
    fault: &Injection,
    seen: &FaultSeen,
    requests: u64,
) -> Option<String> {
    let at_load = experiment.proxies.get(fault.proxy).is_some_and(|proxy| proxy.upstream == Upstream::Target);
    let chooses = fault.who.probability < 1.0 || fault.who.every > 1;
    let few = seen.considered.saturating_mul(10) < requests;
    (at_load && chooses && !fault.effect.is_http() && few).then(|| {
        format!(
            "`{}` selects among connections, and there were only {} for {}, so it hit few requests. Use an \
             HTTP fault, which selects among requests, or set `load.keep_alive=false`, with which each \
             request has its own connection",
            fault.described,
            counted(seen.considered, "connection"),
            counted(requests, "request")
        )
    })
}

/// Describes a run that held: how the target recovered, and how requests fared during the fault.
fn course(verdict: &Verdict) -> String {
    let recovery = &verdict.recovery;
    let after = match (recovery.detect, recovery.failover, recovery.recover) {
        (_, Some(failover), _) => {
            format!("back to normal {failover} after the injection, while the fault lasted")
        }
        (None, _, Some(recover)) if recover.is_within_a_step() => "never left the steady state".into(),
        (_, _, Some(recover)) => format!("recovered {recover} after the fault was cleared"),
        (_, _, None) => recovery.why.clone(),
    };
    match during(verdict) {
        Some(during) => format!("{after}; {during}"),
        None => after,
    }
}

/// Describes how requests fared while the faults were on.
fn during(verdict: &Verdict) -> Option<String> {
    let measured = &verdict.phases.get(&Phase::Fault)?.measured;
    let words = |measure: Measure| Some(measure.format(measure.of(measured)?));
    let success = words(Measure::Success)?;
    let slowest = words(Measure::P99).map_or_else(String::new, |p99| format!(", p99 {p99}"));
    Some(format!("during the fault, {success} of the requests succeeded{slowest}"))
}

fn missed(verdict: &Verdict) -> String {
    let metastable = verdict.measures.metastable.map(|left| {
        format!(
            "; the fault is cleared, yet only {} of the requests succeed: a metastable failure",
            format_share(1.0 - left)
        )
    });
    format!("{}{}", listed(verdict, Outcome::Missed), metastable.unwrap_or_default())
}

/// The expectations with this answer, each with what was measured.
fn listed(verdict: &Verdict, outcome: Outcome) -> String {
    let such = verdict.expectations.iter().filter(|expected| expected.outcome == outcome);
    let words = |expected: &Expectation| match expected.about {
        "recovers" if outcome == Outcome::Missed => format!("not recovered: {}", expected.detail),
        "recovers" => format!("cannot tell whether it recovered: {}", expected.detail),
        _ => format!("{}: {}", expected.condition, expected.detail),
    };
    such.map(words).collect::<Vec<String>>().join("; ")
}

fn untouched(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> String {
    let words = |fault: &usize| {
        let described = experiment.faults.get(*fault).map_or("", |fault| fault.described.as_str());
        let hits = observation.faults.get(*fault).map_or(0, |seen| seen.hits);
        let hidden = experiment.faults.get(*fault).is_some_and(|fault| is_unseen(experiment, fault));
        let hint = if hidden {
            " (connections refused while the port is closed are not seen; use `by: reset` to count them)"
        } else {
            ""
        };
        format!(
            "too few hits of the fault `{described}`: {hits}, at least {} needed{hint}",
            experiment.judge.hits_min.max(1)
        )
    };
    let all: Vec<String> = verdict.untouched.iter().map(words).collect();
    or_else(&all, "there is no fault, so nothing was tested")
}

/// Returns whether a fault may have refused connections of which only the clients know.
fn is_unseen(experiment: &Experiment, fault: &Injection) -> bool {
    let proxy = experiment.proxies.get(fault.proxy);
    let of_others = proxy.is_some_and(|proxy| proxy.upstream != Upstream::Target);
    of_others && matches!(fault.effect, Effect::Refuse(refusal) if !refusal.resets)
}

/// Lists the causes of failures before anything was injected: reasons of failed connections, and
/// statuses.
fn reasons(observation: &Observation) -> String {
    let statuses = observation.statuses.get(&Phase::Baseline);
    let statuses = statuses.into_iter().flat_map(|statuses| statuses.keys());
    let statuses = statuses.map(u16::to_string);
    let all: Vec<String> = observation.reasons.values().cloned().chain(statuses).collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join("; ")) }
}

fn or_else(reasons: &[String], otherwise: &str) -> String {
    if reasons.is_empty() { otherwise.to_owned() } else { reasons.join("; ") }
}

fn signal_name(signal: u8) -> String {
    match signal {
        2 => "SIGINT".into(),
        15 => "SIGTERM".into(),
        other => format!("signal {other}"),
    }
}

/// Describes the time at which the run ended.
fn when(observation: &Observation) -> &'static str {
    match observation.phase_at(observation.times.ended) {
        Phase::WarmUp => "during the warm-up, before anything was injected",
        Phase::Baseline | Phase::Settling => "during the baseline, before anything was injected",
        Phase::Fault => "while the fault was on; it has been cleared",
        Phase::Recovery => "during the recovery, with the fault cleared",
    }
}

/// Returns the name of a phase in reports.
pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::WarmUp => "warm-up",
        Phase::Baseline => "baseline",
        Phase::Settling => "settling",
        Phase::Fault => "fault",
        Phase::Recovery => "recovery",
    }
}
