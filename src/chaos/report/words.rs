//! Puts the verdict into a sentence that someone on call understands.

use crate::base::outcome::Outcome;
use crate::base::quantity::format_share;
use crate::base::text::counted;
use crate::chaos::experiment::{Experiment, Injection, Upstream};
use crate::chaos::fault::Effect;
use crate::chaos::likeness::Change;
use crate::chaos::limit::Measure;
use crate::chaos::observation::{Ended, FaultSeen, Observation, Phase};
use crate::chaos::verdict::expectation::Expectation;
use crate::chaos::verdict::{Inconclusive, RunOutcome, Verdict};
use crate::config::schema::Choices as _;

/// Returns the verdict in a sentence.
pub(super) fn headline(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> String {
    match &verdict.outcome {
        RunOutcome::Held => format!("HELD: {}", course(verdict)),
        RunOutcome::Missed => format!("MISSED: {}", missed(verdict)),
        RunOutcome::Inconclusive(why) => format!("INCONCLUSIVE: {}", undecided(*why, observation, verdict)),
        RunOutcome::TouchedNothing => {
            format!("INCONCLUSIVE: {}", untouched(experiment, observation, verdict))
        }
        RunOutcome::Stopped(why) => format!("STOPPED by a guard: {why}"),
        RunOutcome::Interrupted(signal) => {
            format!("INTERRUPTED by {} {}", signal_name(*signal), when(observation))
        }
    }
}

fn undecided(why: Inconclusive, observation: &Observation, verdict: &Verdict) -> String {
    match why {
        Inconclusive::NotSteady => {
            let broken = or_else(&verdict.gate.broken, "it was not steady");
            format!(
                "the steady state did not hold before the fault: {broken}{}",
                reasons(observation, verdict)
            )
        }
        Inconclusive::Unreachable => {
            let why = if let Ended::Unreachable(why) = &observation.ended { why } else { "" };
            format!("the target cannot be reached, and nothing was sent: {why}")
        }
        Inconclusive::NotMeasured => verdict.unfit.clone().unwrap_or_default(),
        Inconclusive::CannotTell => listed(verdict, Outcome::Inconclusive),
    }
}

/// Returns warnings about the validity of the figures.
pub(super) fn warnings(
    experiment: &Experiment,
    observation: &Observation,
    verdict: &Verdict,
    changes: &[Change],
) -> Vec<String> {
    let doubts = verdict.gate.doubts.iter().map(|doubt| {
        format!("a limit of the steady state was not met before the fault, which may be chance: {doubt}")
    });
    let per_step = verdict.run.baseline.first().map_or(1, |step| step.windows.len() as u64);
    let low_load = (per_step > 1).then(|| {
        let windows = counted(per_step, "window");
        format!("the load is low, so {windows} are judged together: times are no more precise than that")
    });
    let stalled: u64 = verdict.phases.values().map(|totals| totals.stalled).sum();
    let stalled = (stalled > 0).then(|| {
        let windows = counted(stalled, "window");
        format!("the load generator stalled in {windows}, not counted in the figures")
    });
    let requests = verdict.measured(Phase::Fault).offered;
    let faults = experiment.faults.iter().zip(&observation.faults);
    let few = faults.filter_map(|(fault, seen)| few_connections(experiment, fault, seen, requests));
    let changed = changes.iter().filter(|change| change.phase == Phase::Recovery);
    let changed = changed.map(|change| {
        let Change { request, aspect, before, now, unlike, responses, .. } = change;
        let aspect = aspect.word();
        format!(
            "after the fault, {unlike} of {responses} successful responses to {request} had another {aspect} than before \
             ({now} instead of {before}); `load.requests: [{{ expect: {{ same: [{aspect}] }} }}]` makes that a failure"
        )
    });
    doubts.chain(changed).chain(low_load).chain(stalled).chain(experiment.idle_proxies()).chain(few).collect()
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
        let (connections, requests) = (counted(seen.considered, "connection"), counted(requests, "request"));
        format!(
            "`{}` selects among connections, and there were only {connections} for {requests}, so it hit few \
             requests. Use an HTTP fault, which selects among requests, or set `load.keep_alive=false`, with \
             which each request has its own connection",
            fault.described
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
    let measured = verdict.measured(Phase::Fault);
    let words = |measure: Measure| Some(measure.format(measure.of(&measured)?));
    let success = words(Measure::Success)?;
    let slowest = words(Measure::P99).map_or_else(String::new, |p99| format!(", p99 {p99}"));
    Some(format!("during the fault, {success} of the requests succeeded{slowest}"))
}

fn missed(verdict: &Verdict) -> String {
    let metastable = verdict.measures.metastable.map(|left| {
        let left = format_share(1.0 - left);
        format!("; the fault is cleared, yet only {left} of the requests succeed: a metastable failure")
    });
    format!("{}{}", listed(verdict, Outcome::Missed), metastable.unwrap_or_default())
}

/// The expectations with this outcome, each with what was measured.
fn listed(verdict: &Verdict, outcome: Outcome) -> String {
    let such = verdict.expectations.iter().filter(|expected| expected.outcome == outcome);
    let words = |expected: &Expectation| match expected.about {
        "recovers" if outcome == Outcome::Missed => format!("not recovered: {}", expected.detail),
        "recovers" => format!("it is not known whether it recovered: {}", expected.detail),
        _ => format!("{}: {}", expected.condition, expected.detail),
    };
    such.map(words).collect::<Vec<String>>().join("; ")
}

fn untouched(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> String {
    let needed = experiment.judge.hits_min.max(1);
    let words = |number: &usize| {
        let fault = experiment.faults.get(*number)?;
        let hits = observation.faults.get(*number).map_or(0, |seen| seen.hits);
        let hint = if is_unseen(experiment, fault) {
            " (connections refused while the port is closed are not seen; use `by: reset` to count them)"
        } else {
            ""
        };
        let described = &fault.described;
        Some(format!("too few hits of the fault `{described}`: {hits}, at least {needed} needed{hint}"))
    };
    let all: Vec<String> = verdict.untouched.iter().filter_map(words).collect();
    or_else(&all, "there is no fault, so nothing was tested")
}

/// Returns whether a fault may have refused connections that only the clients can count.
fn is_unseen(experiment: &Experiment, fault: &Injection) -> bool {
    let proxy = experiment.proxies.get(fault.proxy);
    let of_others = proxy.is_some_and(|proxy| proxy.upstream != Upstream::Target);
    of_others && matches!(fault.effect, Effect::Refuse(refusal) if !refusal.resets)
}

/// Lists the causes of failures before anything was injected: reasons of failed connections, and
/// statuses.
fn reasons(observation: &Observation, verdict: &Verdict) -> String {
    let statuses = verdict.phases.get(&Phase::Baseline).into_iter();
    let statuses = statuses.flat_map(|totals| totals.sum.statuses.keys());
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
