use super::outage::Outage;
use super::plan::{Plan, Step};
use super::replication::{Bench, Engine};
use crate::simulate::model::{
    Component, Crew, CrewSlot, Discipline, Dynamics, Life, Model, Objectives, RepairEffect, Shock, ShockKind,
    Start, Unit,
};
use crate::simulate::structure::{Gate, Node, Structure};
use crate::stats::distribution::{Distribution, Exponential, Fixed, Weibull};
use proptest::prelude::*;

fn exponential(mean_s: f64) -> Distribution {
    Exponential::with_mean(mean_s).unwrap().into()
}

fn dynamics(number: u32) -> Dynamics {
    let failure = match number % 3 {
        0 => exponential(100.0 + f64::from(number)),
        1 => Weibull::new(1.7, 90.0).unwrap().into(),
        _ => exponential(70.0),
    };
    Dynamics {
        failure,
        repair: (number % 7 != 6).then(|| exponential(10.0)),
        detection: (number % 4 == 1).then(|| Fixed::new(2.0).unwrap().into()),
        restart: None,
        crew: None,
        repair_effect: RepairEffect::AsNew,
        inspection: None,
        maintenance: None,
        replacement: None,
    }
}

fn model(units: u32, gates: Vec<Gate>) -> Model {
    let top = Node::Gate(gates.len() as u32 - 1);
    Model {
        name: "test".into(),
        horizon_s: 2_000.0,
        units: (0..units)
            .map(|number| Unit {
                name: format!("u{number}"),
                component: 0,
                life: if number % 11 == 10 {
                    Life::Fixed { unavailability: 0.2 }
                } else {
                    Life::Dynamic(Box::new(dynamics(number)))
                },
            })
            .collect(),
        components: vec![Component { name: "u".into(), units: 0..units }],
        standbys: Vec::new(),
        shocks: Vec::new(),
        crews: Vec::new(),
        schedules: Vec::new(),
        structure: Structure::new(units + 3, gates, top).unwrap(),
        blocks: Vec::new(),
        objectives: Objectives::default(),
        start: Start::New,
        suspend: false,
    }
}

/// Models with shared parts, and optionally a crew for some units and a common cause, so that every kind
/// of part occurs.
fn models() -> impl Strategy<Value = Model> {
    let gate = (any::<u32>(), prop::collection::vec(any::<u32>(), 1..6));
    let gates = prop::collection::vec(gate, 1..10);
    (2_u32..14, gates, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(units, specs, crew, shock, stationary)| {
            let gates = specs
                .iter()
                .enumerate()
                .map(|(number, (k, inputs))| Gate {
                    k: 1 + k % inputs.len() as u32,
                    inputs: inputs
                        .iter()
                        .map(|pick| {
                            let pick = pick % (units + number as u32);
                            if pick < units { Node::Leaf(pick) } else { Node::Gate(pick - units) }
                        })
                        .collect(),
                })
                .collect();
            let mut model = model(units, gates);
            if stationary && !crew && !shock {
                model.start = Start::Stationary;
            }
            if crew {
                model.crews.push(Crew { name: "c".into(), size: 1, discipline: Discipline::Fifo });
                for unit in model.units.iter_mut().take(3) {
                    if let Life::Dynamic(dynamics) = &mut unit.life {
                        dynamics.crew = Some(CrewSlot { crew: 0, rank: 0 });
                    }
                }
            }
            if shock {
                model.shocks.push(Shock {
                    name: "s".into(),
                    kind: ShockKind::Failure { arrival: exponential(300.0), probability: 0.5 },
                    units: vec![0, units - 1],
                });
            }
            model
        },
    )
}

fn outages(engine: &Engine<'_>, index: u64) -> Vec<Outage> {
    engine.replicate(&mut Bench::default(), 7, index).0.to_vec()
}

proptest! {
    #[test]
    fn slices_of_time_hold_the_same_outages_as_the_whole(model in models(), slices in 2_u32..40) {
        let engine = Engine::new(&model).unwrap();
        let mut bench = Bench::default();
        for index in 0..3 {
            let mut joined: Vec<Outage> = Vec::new();
            let events = engine.replicate_in::<()>(f64::from(slices), &mut bench, (7, index), &mut |outages, _| {
                for outage in outages {
                    match joined.last_mut() {
                        Some(last) if last.end_s >= outage.start_s => last.end_s = outage.end_s,
                        _ => joined.push(*outage),
                    }
                }
                Ok(())
            });
            let (whole, events_of_whole) = engine.replicate(&mut bench, 7, index);
            prop_assert_eq!(&joined[..], whole);
            prop_assert_eq!(events, Ok(events_of_whole));
        }
    }

    #[test]
    fn the_partition_of_the_system_does_not_change_the_outages(model in models()) {
        let (parts, whole) = (Engine::new(&model).unwrap(), Engine::whole(&model));
        for index in 0..4 {
            let (a, b) = (outages(&parts, index), outages(&whole, index));
            if model.start == Start::Stationary {
                // The whole system may need a longer warm-up than its parts: the distributions agree,
                // the draws do not.
                continue;
            }
            let times = |list: &[Outage]| list.iter().map(|o| (o.start_s, o.end_s)).collect::<Vec<_>>();
            prop_assert_eq!(times(&a), times(&b));
        }
    }

    #[test]
    fn outages_are_in_order_apart_and_within_the_horizon(model in models()) {
        let engine = Engine::new(&model).unwrap();
        for index in 0..4 {
            let list = outages(&engine, index);
            for outage in &list {
                prop_assert!(0.0 <= outage.start_s && outage.start_s < outage.end_s && outage.end_s <= model.horizon_s);
            }
            for pair in list.windows(2) {
                prop_assert!(pair[0].end_s < pair[1].start_s);
            }
        }
    }

    #[test]
    fn a_reused_bench_gives_the_same_outages_as_a_new_one(model in models()) {
        let engine = Engine::new(&model).unwrap();
        let mut bench = Bench::default();
        for index in [3, 1, 3] {
            prop_assert_eq!(engine.replicate(&mut bench, 7, index).0.to_vec(), outages(&engine, index));
        }
    }
}

fn steps(model: &Model) -> Vec<String> {
    let plan = Plan::new(model).unwrap();
    let name = |step: &Step<'_>| match step {
        Step::Group(_) => "group".to_owned(),
        Step::Cell(cell) => format!("cell of {}", cell.leaf_count()),
        Step::Merge { k, parts } => format!("{k} of {parts}"),
    };
    plan.steps.iter().map(name).collect()
}

fn gate(k: u32, inputs: &[Node]) -> Gate {
    Gate { k, inputs: inputs.to_vec() }
}

#[test]
fn groups_in_series_are_simulated_separately_unless_they_share_a_part() {
    use Node::{Gate as G, Leaf as L};
    let apart =
        model(6, vec![gate(2, &[L(0), L(1), L(2)]), gate(2, &[L(3), L(4), L(5)]), gate(1, &[G(0), G(1)])]);
    assert_eq!(steps(&apart), ["group", "group", "1 of 2"]);
    let shared = model(6, vec![gate(2, &[L(0), L(1)]), gate(2, &[L(1), L(2)]), gate(1, &[G(0), G(1), L(3)])]);
    assert_eq!(steps(&shared), ["group", "cell of 3", "1 of 2"]);
}

#[test]
fn a_crew_couples_the_groups_it_serves_and_a_large_enough_one_does_not() {
    use Node::{Gate as G, Leaf as L};
    let mut model =
        model(5, vec![gate(2, &[L(0), L(1)]), gate(2, &[L(2), L(3)]), gate(1, &[G(0), G(1), L(4)])]);
    model.crews.push(Crew { name: "c".into(), size: 1, discipline: Discipline::Fifo });
    for unit in [0, 2] {
        if let Life::Dynamic(dynamics) = &mut model.units[unit].life {
            dynamics.crew = Some(CrewSlot { crew: 0, rank: 0 });
        }
    }
    assert_eq!(steps(&model), ["group", "cell of 4", "1 of 2"]);
    model.crews[0].size = 2;
    assert_eq!(steps(&model), ["group", "group", "group", "1 of 3"]);
}

#[test]
fn a_chain_of_a_hundred_thousand_gates_is_planned_without_recursion() {
    let units = 3;
    let mut gates = vec![gate(1, &[Node::Leaf(0)])];
    for number in 0..100_000 {
        gates.push(gate(1 + number % 2, &[Node::Gate(number), Node::Leaf(1 + number % 2)]));
    }
    let model = model(units, gates);
    let _ = outages(&Engine::new(&model).unwrap(), 0);
}

/// Twenty units with a crew of one, in a system that is down while nine or more units are: the
/// birth-and-death chain P(n) ∝ N!/(N − n)! (λ/μ)ⁿ. The unavailability right after a stationary start
/// must agree with it at any load. Two-sided at z = 4.9: one false alarm in a million.
#[test]
fn a_loaded_crew_is_stationary_from_the_start() {
    let (units, down_from, life_s) = (20_u32, 9, 1_000.0);
    for repair_s in [30.0, 50.0, 60.0, 100.0] {
        let weights = (0..=units).scan(1.0, |weight, n| {
            let own = *weight;
            *weight *= f64::from(units - n) * repair_s / life_s;
            Some(own)
        });
        let weights: Vec<f64> = weights.collect();
        let expected = weights[down_from..].iter().sum::<f64>() / weights.iter().sum::<f64>();
        let gate = Gate { k: down_from as u32, inputs: (0..units).map(Node::Leaf).collect() };
        let mut model = model(units, vec![gate]);
        model.structure =
            Structure::new(units, vec![model.structure.gates()[0].clone()], Node::Gate(0)).unwrap();
        model.start = Start::Stationary;
        model.horizon_s = 200.0;
        model.crews = vec![Crew { name: "crew".into(), size: 1, discipline: Discipline::Fifo }];
        for unit in &mut model.units {
            unit.life = Life::Dynamic(Box::new(Dynamics {
                failure: exponential(life_s),
                repair: Some(exponential(repair_s)),
                crew: Some(CrewSlot { crew: 0, rank: 0 }),
                ..dynamics(0)
            }));
        }
        let engine = Engine::new(&model).unwrap();
        let mut bench = Bench::default();
        let n = 4_000;
        let shares: Vec<f64> = (0..n)
            .map(|index| {
                let (outages, _) = engine.replicate(&mut bench, 11, index);
                outages.iter().map(Outage::length_s).sum::<f64>() / model.horizon_s
            })
            .collect();
        let mean = shares.iter().sum::<f64>() / n as f64;
        let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        let z = (mean - expected) / (variance / n as f64).sqrt();
        assert!(z.abs() < 4.9, "repairs of {repair_s}: {mean} for {expected}, z = {z}");
    }
}

/// Staggered maintenance never meets, also after long use: the offsets stay, wherever the calendar is.
#[test]
fn a_stationary_start_keeps_the_offsets_of_staggered_work() {
    let text = "horizon: 1000h\nstart: stationary\ncomponents:\n  c: { count: 2, mtbf: 10y, mttr: 1m, \
                maintenance: { every: 100h, duration: 10h, pattern: PATTERN } }\nsystem: { parallel: [c] }\n";
    let downtime_h = |pattern: &str| {
        let text = text.replace("PATTERN", pattern);
        let model = crate::simulate::topology_file::tests::model(&text);
        let engine = Engine::new(&model).unwrap();
        let replications = (0..100).map(|index| outages(&engine, index));
        let downtime: Vec<f64> =
            replications.map(|outages| outages.iter().map(Outage::length_s).sum()).collect();
        downtime.iter().sum::<f64>() / 3_600.0 / 100.0
    };
    assert!(downtime_h("staggered") < 0.01);
    assert!((downtime_h("together") - 100.0).abs() < 2.0);
}
