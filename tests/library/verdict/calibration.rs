//! How often the verdict is wrong, over many synthetic runs of each kind: the table of docs/chaos-verdict.md.
//!
//! Baseline and recovery are prolonged as a run prolongs them. Of each kind the table shows how many of the runs were
//! held, missed and undecided, with the exact upper bound at 95 % of what must not happen.

use crate::verdict::synthetic::{DOWN, Second, WARM_UP, WELL, experiment, limit, normal, seconds, window};
use rand::RngExt as _;
use std::time::Duration;
use steadfast::base::random::{FastRng, fast_stream, key};
use steadfast::chaos::experiment::Experiment;
use steadfast::chaos::limit::Measure;
use steadfast::chaos::observation::{FaultSeen, Observation, Times, Window};
use steadfast::chaos::verdict::{RunOutcome, Verdict, baseline_gate, baseline_is_known, judge};
use steadfast::stats::interval::clopper_pearson;

const BASELINE: (usize, usize) = (20, 60);
const FAULT: usize = 10;
const RECOVERY: (usize, usize) = (60, 180);

/// A kind of run: what the target is like before the fault, and in each second after it was cleared.
struct Kind {
    name: String,
    usual: Second,
    /// What the target is like so many seconds after the clearing, of a phase of so many.
    after: Box<After>,
    /// What changes from second to second, before and after.
    noise: Noise,
    is_healthy: bool,
}

/// Changes a second so many seconds after the clearing.
type After = dyn Fn(Second, usize, &mut FastRng) -> Second + Sync;

/// Changes a second at random. The number is kept for the next second.
type Noise = fn(Second, &mut f64, &mut FastRng) -> Second;

fn steady(second: Second, _: &mut f64, _: &mut FastRng) -> Second {
    second
}

/// A pause of 0.2 s about every ten seconds, as of a garbage collector.
fn pausing(second: Second, _: &mut f64, chance: &mut FastRng) -> Second {
    Second { pause_s: if chance.random::<f64>() < 0.1 { 0.2 } else { 0.0 }, ..second }
}

/// A second in ten in which every tenth request takes ten times as long.
fn spiking(second: Second, _: &mut f64, chance: &mut FastRng) -> Second {
    Second { tail: if chance.random::<f64>() < 0.1 { (0.1, 10.0) } else { (0.0, 1.0) }, ..second }
}

/// Response times that wander: the logarithm of the median deviates by a first-order autoregressive process with a
/// standard deviation of a tenth and a correlation of 0.8 from second to second.
fn wandering(second: Second, deviation: &mut f64, chance: &mut FastRng) -> Second {
    *deviation = 0.8 * *deviation + 0.6 * 0.1 * normal(chance);
    Second { median_s: second.median_s * deviation.exp(), ..second }
}

fn judged_experiment() -> Experiment {
    let mut experiment = experiment();
    experiment.steady_state = vec![limit(Measure::Success, ">= 99%")];
    experiment.judge.floor = Duration::ZERO;
    experiment
}

fn run(kind: &Kind, seed: u64) -> RunOutcome {
    let experiment = judged_experiment();
    let mut chance = fast_stream(seed, key(&kind.name), 0);
    let mut kept = 0.0;
    let mut usual = |count: usize, chance: &mut FastRng| -> Vec<Window> {
        (0..count).map(|_| window((kind.noise)(kind.usual, &mut kept, chance), chance)).collect()
    };
    let mut baseline = usual(BASELINE.0, &mut chance);
    while baseline.len() < BASELINE.1 && !baseline_is_known(&experiment, &baseline) {
        let more = baseline.len().div_ceil(10).min(BASELINE.1 - baseline.len());
        baseline.extend(usual(more, &mut chance));
    }
    if !baseline_gate(&experiment, &baseline).is_open() {
        return judged(&experiment, &baseline, &[], &[]).outcome;
    }
    let down = Second { rate: kind.usual.rate, ..DOWN };
    let fault: Vec<Window> = (0..FAULT).map(|_| window(down, &mut chance)).collect();
    let mut recovery = Vec::new();
    let mut wanted = RECOVERY.0;
    loop {
        for at in recovery.len()..wanted {
            let like = (kind.noise)(kind.usual, &mut kept, &mut chance);
            let like = (kind.after)(like, at, &mut chance);
            recovery.push(window(like, &mut chance));
        }
        let verdict = judged(&experiment, &baseline, &fault, &recovery);
        let more = verdict.recovery.more_s.map(|more_s| more_s.ceil().max(1.0) as usize);
        match more {
            Some(more) if wanted < RECOVERY.1 => wanted = (wanted + more).min(RECOVERY.1),
            _ => return verdict.outcome,
        }
    }
}

fn judged(experiment: &Experiment, baseline: &[Window], fault: &[Window], recovery: &[Window]) -> Verdict {
    let warm_up = vec![Window::default(); WARM_UP];
    let ends = |count: usize| (!fault.is_empty()).then(|| seconds(count));
    let injected = WARM_UP + baseline.len();
    let cleared = injected + fault.len();
    let observation = Observation {
        window: seconds(1),
        windows: [&warm_up, baseline, fault, recovery].concat(),
        times: Times {
            baseline: Some(seconds(WARM_UP)),
            settling: Some(seconds(injected)),
            injected: ends(injected),
            cleared: ends(cleared),
            ended: seconds(cleared + recovery.len()),
        },
        faults: vec![FaultSeen { considered: 500, hits: 500, ..FaultSeen::default() }],
        ..Observation::default()
    };
    judge(experiment, &observation)
}

/// Runs of a kind that were held, missed and undecided.
fn counted(kind: &Kind, runs: u64) -> [u64; 3] {
    let half = |from: u64| {
        let mut counts = [0; 3];
        for seed in (from..runs).step_by(2) {
            let place = match run(kind, seed) {
                RunOutcome::Held => 0,
                RunOutcome::Missed => 1,
                _ => 2,
            };
            counts[place] += 1;
        }
        counts
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let own = half(0);
        let other = other.join().unwrap();
        [0, 1, 2].map(|place| own[place] + other[place])
    })
}

fn healthy(name: impl Into<String>, usual: Second) -> Kind {
    Kind { name: name.into(), usual, after: Box::new(|second, _, _| second), noise: steady, is_healthy: true }
}

fn broken(
    name: impl Into<String>,
    usual: Second,
    after: impl Fn(Second, usize, &mut FastRng) -> Second + Sync + 'static,
) -> Kind {
    Kind { name: name.into(), usual, after: Box::new(after), noise: steady, is_healthy: false }
}

fn kinds() -> Vec<Kind> {
    let mut kinds = healthy_kinds();
    kinds.extend(steadily_broken_kinds());
    kinds.extend(otherwise_broken_kinds());
    kinds
}

fn at(rate: u64, sigma: f64) -> Second {
    Second { rate, sigma, ..WELL }
}

fn healthy_kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for rate in [1, 5, 50, 500] {
        for sigma in [0.5, 1.0, 1.5] {
            kinds.push(healthy(format!("lognormal, σ {sigma}, {rate}/s"), at(rate, sigma)));
        }
    }
    for rate in [50, 500] {
        for (share, sigma) in [(0.02, 0.5), (0.3, 0.5)] {
            let bimodal = Second { tail: (share, 10.0), ..at(rate, sigma) };
            kinds.push(healthy(format!("{}% ten times as slow, {rate}/s", share * 100.0), bimodal));
        }
        let noisy: [(&str, Noise); 3] = [("pauses", pausing), ("spikes", spiking), ("wandering", wandering)];
        for (name, noise) in noisy {
            kinds.push(Kind { noise, ..healthy(format!("{name}, {rate}/s"), at(rate, 0.5)) });
        }
    }
    kinds
}

/// Targets that fail or are slower in the same way for the whole recovery.
fn steadily_broken_kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for rate in [1, 5, 50, 500] {
        for failing in [0.02, 0.05, 0.1] {
            let name = format!("{}% fail, {rate}/s", failing * 100.0);
            kinds.push(broken(name, at(rate, 0.5), move |second, _, _| Second { failing, ..second }));
        }
    }
    for rate in [5, 50, 500] {
        for sigma in [0.5, 1.0, 1.5] {
            for beyond in [1.25, 2.0] {
                let name = format!("slower by {beyond} times the margin, σ {sigma}, {rate}/s");
                kinds.push(broken(name, at(rate, sigma), move |second, _, _| Second {
                    median_s: 1.5 * beyond * second.median_s,
                    ..second
                }));
            }
        }
    }
    kinds
}

/// Targets that get worse, leave again, or fail in bursts.
fn otherwise_broken_kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for rate in [50, 500] {
        let usual = at(rate, 0.5);
        kinds.push(broken(format!("3% ten times as slow, {rate}/s"), usual, |second, _, _| Second {
            tail: (0.03, 10.0),
            ..second
        }));
        kinds.push(broken(
            format!("slower by 2% of the first second each second, {rate}/s"),
            usual,
            |second, at, _| Second { median_s: second.median_s * (1.0 + 0.02 * at as f64), ..second },
        ));
        kinds.push(broken(format!("0.1% more fail each second, {rate}/s"), usual, |second, at, _| Second {
            failing: second.failing + 0.001 * at as f64,
            ..second
        }));
        kinds.push(broken(format!("down again after 20 s, {rate}/s"), usual, |second, at, _| {
            if at < 20 { second } else { Second { rate: second.rate, ..DOWN } }
        }));
        kinds.push(broken(format!("down for one second of twenty, {rate}/s"), usual, |second, at, _| {
            if at % 20 == 10 { Second { rate: second.rate, ..DOWN } } else { second }
        }));
        kinds.push(broken(
            format!("five fail together, 2.5% in all, {rate}/s"),
            usual,
            |second, _, chance| {
                let bursts = 0.025 * second.rate as f64 / 5.0;
                let burst = chance.random::<f64>() < bursts.min(1.0);
                let failing = 5.0_f64.max(5.0 * bursts) / second.rate as f64;
                Second { failing: if burst { failing } else { 0.0 }, ..second }
            },
        ));
    }
    kinds
}

/// Counts the runs of each kind, and returns the kinds of which more than one in a hundred is wrong: a healthy run that is
/// missed, and a broken one that is held.
fn wrong_kinds(runs: u64, is_asked: impl Fn(&Kind) -> bool) -> Vec<String> {
    println!("| runs | held | missed | undecided | wrong, at most |\n|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for kind in kinds().into_iter().filter(is_asked) {
        let [held, missed, undecided] = counted(&kind, runs);
        let (count, what) = if kind.is_healthy { (missed, "healthy") } else { (held, "broken") };
        let upper = clopper_pearson(count, runs, 0.9).unwrap().upper.unwrap();
        let [held, missed, undecided] =
            [held, missed, undecided].map(|count| format!("{:.1}%", 100.0 * count as f64 / runs as f64));
        println!("| {what}: {} | {held} | {missed} | {undecided} | {:.2}% |", kind.name, 100.0 * upper);
        if count * 100 > runs {
            wrong.push(kind.name);
        }
    }
    wrong
}

#[test]
#[ignore = "slow: run by name"]
fn table_of_the_verdict() {
    let runs = std::env::var("VERDICT_RUNS").map_or(2_000, |text| text.parse().unwrap());
    let only = std::env::var("VERDICT_KIND").unwrap_or_default();
    assert_eq!(wrong_kinds(runs, |kind| kind.name.contains(&only)), Vec::<String>::new());
}

/// A few kinds at fifty requests a second, in few runs: a verdict that is wrong in a seventh of them is found with 95 %.
#[test]
fn the_verdict_is_hardly_ever_wrong() {
    let names = [
        "2% fail",
        "lognormal, σ 0.5",
        "lognormal, σ 1,",
        "pauses",
        "down again",
        "down for one",
        "σ 1, 50/s",
    ];
    let is_asked = |kind: &Kind| {
        let asked = names.iter().any(|name| kind.name.contains(name)) && !kind.name.contains("by 2 times");
        asked && kind.name.ends_with(" 50/s")
    };
    assert_eq!(wrong_kinds(20, is_asked), Vec::<String>::new());
}

/// A verdict that is never green is of no use either.
#[test]
fn healthy_runs_are_held() {
    let kinds = kinds();
    let healthy = kinds.iter().find(|kind| kind.name == "lognormal, σ 0.5, 50/s").unwrap();
    let [held, ..] = counted(healthy, 20);
    assert!(held >= 18, "{held} of 20");
}
