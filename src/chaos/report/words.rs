//! The verdict in a sentence that someone with a pager understands.

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

/// The verdict in a sentence.
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

/// What a careful reader must know.
pub(super) fn warnings(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> Vec<String> {
    let doubts = verdict.gate.doubts.iter();
    let mut warnings: Vec<String> = doubts
        .map(|doubt| format!("the steady state held only within chance before the fault: {doubt}"))
        .collect();
    let per_step = verdict.run.baseline.first().map_or(1, |step| step.windows.len());
    if per_step > 1 {
        warnings.push(format!(
            "there are so few requests that {} are judged together: times are known to that only",
            counted(per_step as u64, "window")
        ));
    }
    let stalled: u64 = verdict.phases.values().map(|totals| totals.stalled).sum();
    if stalled > 0 {
        warnings.push(format!(
            "the load generator itself stalled in {}: they are left out",
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

/// That a fault which chooses among connections had few to choose from, since the load keeps them open.
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
            "`{}` chose among {}, over which {} went: it hit few of the requests. Faults of HTTP choose among requests; with \
             `load.keep_alive=false` each request has a connection of its own",
            fault.described,
            counted(seen.considered, "connection"),
            counted(requests, "request")
        )
    })
}

/// How the target came through, when it did: what its users saw of the fault, and how it got over it.
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

/// How requests fared while the faults were on.
fn during(verdict: &Verdict) -> Option<String> {
    let measured = &verdict.phases.get(&Phase::Fault)?.measured;
    let words = |measure: Measure| Some(measure.format(measure.of(measured)?));
    let success = words(Measure::Success)?;
    let slowest = words(Measure::P99).map_or_else(String::new, |p99| format!(", p99 {p99}"));
    Some(format!("with the fault on, {success} of the requests succeeded{slowest}"))
}

fn missed(verdict: &Verdict) -> String {
    let metastable = verdict.measures.metastable.map(|left| {
        format!(
            "; the fault is gone and only {} of the requests succeed: it does not heal by itself (metastable)",
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
            " (who is refused while nobody listens is not seen; `by: reset` would count them)"
        } else {
            ""
        };
        format!("the fault `{described}` touched {hits}, {} needed{hint}", experiment.judge.hits_min.max(1))
    };
    let all: Vec<String> = verdict.untouched.iter().map(words).collect();
    or_else(&all, "there is no fault, so nothing was tested")
}

/// Whether a fault may have turned away connections that only those know who made them.
fn is_unseen(experiment: &Experiment, fault: &Injection) -> bool {
    let proxy = experiment.proxies.get(fault.proxy);
    let of_others = proxy.is_some_and(|proxy| proxy.upstream != Upstream::Target);
    of_others && matches!(fault.effect, Effect::Refuse(refusal) if !refusal.resets)
}

/// What was seen of the failures before anything was injected: statuses, and why connections failed.
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

/// When the run ended.
fn when(observation: &Observation) -> &'static str {
    match observation.phase_at(observation.times.ended) {
        Phase::WarmUp => "while warming up, before anything was injected",
        Phase::Baseline | Phase::Settling => "during the baseline, before anything was injected",
        Phase::Fault => "while the fault was on; it is off again",
        Phase::Recovery => "during the recovery, the fault being off",
    }
}

/// What a phase is called.
pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::WarmUp => "warm-up",
        Phase::Baseline => "baseline",
        Phase::Settling => "settling",
        Phase::Fault => "fault",
        Phase::Recovery => "recovery",
    }
}
