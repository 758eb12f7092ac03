//! Measures component events per second on one core, for series of 2-of-3 groups and for the same groups
//! coupled by crews.
//!
//! `cargo bench --bench engine` runs all lines, `cargo bench --bench engine -- "999 units"` only those
//! that contain these words. The figures in docs/benchmarks.md come from here.

use std::time::Instant;
use steadfast::simulate::model::{
    Component, Crew, CrewSlot, Discipline, Dynamics, Life, Model, Objectives, RepairEffect, Start, Unit,
};
use steadfast::simulate::monte_carlo::engine::replication::{Bench, Engine};
use steadfast::simulate::structure::{Gate, Node, Structure};
use steadfast::stats::distribution::{Distribution, Exponential, LogNormal, Weibull};

const HOUR_S: f64 = 3_600.0;
const ROUNDS: usize = 7;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("million component events per second, one core, median of {ROUNDS} (least to greatest)");
    for units in [9, 99, 999] {
        for (name, wear, crew) in [
            ("exponential", false, None),
            ("Weibull and lognormal", true, None),
            ("exponential, crews of 2 for each 30 units", false, Some(30)),
            ("exponential, one crew of 20 for all", false, Some(units)),
        ] {
            let line = format!("{units} units, {name}");
            if !wanted.is_empty() && !wanted.iter().any(|words| line.contains(words)) {
                continue;
            }
            let model = series_of_groups(units, wear, crew);
            let engine = Engine::new(&model).expect("a valid model");
            let mut rates: Vec<f64> = (0..ROUNDS).map(|round| rate(&engine, round as u64)).collect();
            rates.sort_by(f64::total_cmp);
            let (least, middle, greatest) = (rates[0], rates[ROUNDS / 2], rates[ROUNDS - 1]);
            println!("{line:<56} {middle:>6.1} ({least:.1} to {greatest:.1})");
        }
    }
}

/// Returns million events per second of processor time, measured over 0.4 seconds.
fn rate(engine: &Engine<'_>, round: u64) -> f64 {
    let mut bench = Bench::default();
    let (start, mut events, mut index) = (Clock::now(), 0, round << 32);
    loop {
        for _ in 0..16 {
            events += engine.replicate(&mut bench, 1, index).1;
            index += 1;
        }
        let elapsed_s = start.elapsed_s();
        if elapsed_s > 0.4 {
            return events as f64 / elapsed_s / 1e6;
        }
    }
}

/// A clock that measures the processor time of this thread where the system provides it (Linux), so that
/// other work on the machine matters less; otherwise wall-clock time.
enum Clock {
    Processor(f64),
    Wall(Instant),
}

impl Clock {
    fn now() -> Self {
        processor_s().map_or_else(|| Self::Wall(Instant::now()), Self::Processor)
    }

    fn elapsed_s(&self) -> f64 {
        match self {
            Self::Processor(start_s) => processor_s().map_or(f64::NAN, |now_s| now_s - start_s),
            Self::Wall(start) => start.elapsed().as_secs_f64(),
        }
    }
}

fn processor_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Builds `units / 3` groups of three in series, each of which needs two; MTBF 1,000 h, MTTR 10 h,
/// horizon ten years.
fn series_of_groups(units: u32, wear: bool, crew_for: Option<u32>) -> Model {
    let groups = units / 3;
    let mut gates: Vec<Gate> = (0..groups)
        .map(|group| Gate { k: 2, inputs: (0..3).map(|i| Node::Leaf(group * 3 + i)).collect() })
        .collect();
    gates.push(Gate { k: 1, inputs: (0..groups).map(Node::Gate).collect() });
    let structure = Structure::new(units, gates, Node::Gate(groups)).expect("valid gates");
    let crews = crew_for.map_or(0, |served| units.div_ceil(served));
    Model {
        name: "groups".into(),
        horizon_s: 87_600.0 * HOUR_S,
        units: (0..units).map(|i| unit(i, wear, crew_for.map(|served| i / served))).collect(),
        components: vec![Component { name: "unit".into(), units: 0..units }],
        standbys: Vec::new(),
        shocks: Vec::new(),
        crews: (0..crews)
            .map(|i| Crew {
                name: format!("crew-{i}"),
                size: if crew_for == Some(units) { 20.min(units - 1) } else { 2 },
                discipline: Discipline::Fifo,
            })
            .collect(),
        schedules: Vec::new(),
        structure,
        blocks: Vec::new(),
        objectives: Objectives::default(),
        start: Start::New,
        suspend: false,
    }
}

fn unit(number: u32, wear: bool, crew: Option<u32>) -> Unit {
    let (failure, repair): (Distribution, Distribution) = if wear {
        (
            // Shape 1.5 and this scale give a mean of 1,000 h.
            Weibull::new(1.5, 1_107.7 * HOUR_S).expect("valid").into(),
            // Median 6 h and σ = 1 give a mean of about 9.9 h.
            LogNormal::new(6.0 * HOUR_S, 1.0).expect("valid").into(),
        )
    } else {
        (
            Exponential::with_mean(1_000.0 * HOUR_S).expect("valid").into(),
            Exponential::with_mean(10.0 * HOUR_S).expect("valid").into(),
        )
    };
    Unit {
        name: format!("unit-{number}"),
        component: 0,
        life: Life::Dynamic(Box::new(Dynamics {
            failure,
            repair: Some(repair),
            detection: None,
            restart: None,
            crew: crew.map(|crew| CrewSlot { crew, rank: 0 }),
            repair_effect: RepairEffect::AsNew,
            inspection: None,
            maintenance: None,
            replacement: None,
        })),
    }
}
