//! Published fault trees (the Aralia benchmark) and networks, solved exactly.

use crate::published::shared;
use serde_json::Value;
use std::collections::HashMap;
use steadfast::simulate::analytic::bdd::cut_sets::Count;
use steadfast::simulate::analytic::bdd::{Budget, Exact, Tails};
use steadfast::simulate::model::Life;
use steadfast::simulate::structure::{Gate, Node, Structure};
use steadfast::simulate::topology_file::read;

/// Returns the structure of a topology, and the probability of each component.
fn solved(file: &str, text: &str) -> (Structure, Vec<Tails>) {
    let read = read(file, text, &[], &|path| Err(path.to_owned()));
    let (model, warnings) = read.unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{file}: {}", warnings[0]);
    let tails = model.units.iter().map(|unit| match unit.life {
        Life::Fixed { unavailability } => Tails::of_failed(unavailability),
        Life::Dynamic(_) => panic!("{} is not fixed", unit.name),
    });
    (model.structure.clone(), tails.collect())
}

/// The published probabilities are printed with 16 digits; both solvers add up to some 10⁵ terms.
const RELATIVE: f64 = 1e-10;

/// Trees of which the exact shares of Fussell and Vesely need more nodes than the budget.
const WITHOUT_SHARES: &[&str] = &["jbd9601"];

#[test]
fn fault_trees_have_their_published_probability_and_number_of_cut_sets() {
    let Some(expected) = shared::text("oracles/fault_trees/expected.json") else {
        return;
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for (name, expected) in expected["trees"].as_object().unwrap() {
        let Some(text) = shared::text(&format!("oracles/fault_trees/{name}.json")) else {
            return;
        };
        let (structure, leaves) = solved(&format!("{name}.json"), &text);
        let exact = Exact::new(&structure, Budget::default()).unwrap();
        let (top, published) = (exact.top(&leaves), shared::number(&expected["unavailability"]));
        assert!((top.failed / published - 1.0).abs() < RELATIVE, "{name}: {top:?}");
        assert!((top.failed + top.working - 1.0).abs() < RELATIVE, "{name}: {top:?}");
        let sets = exact.cut_sets(Budget::default()).unwrap();
        let count = Count::Exactly(expected["minimal_cut_sets"].as_u64().unwrap().into());
        assert_eq!(sets.count(), count, "{name}");
        let by_order = sets.count_by_order(leaves.len()).into_iter();
        assert_eq!(by_order.reduce(|sum, of_order| sum + of_order), Some(count), "{name}");
        let shares = exact.fussell_vesely(&leaves, Budget::default());
        assert_eq!(shares.is_err(), WITHOUT_SHARES.contains(&name.as_str()), "{name}");
        assert_consistent_measures(&exact, &leaves, &shares.unwrap_or_default());
    }
}

/// Checks relations between the measures that hold for every coherent system.
fn assert_consistent_measures(exact: &Exact, leaves: &[Tails], shares: &[f64]) {
    let importance = exact.importance(leaves);
    for (leaf, share) in importance.leaves.iter().zip(shares) {
        let rejoined = leaf.failed * leaf.top_if_failed + (1.0 - leaf.failed) * leaf.top_if_working;
        assert!((rejoined / leaf.top - 1.0).abs() < RELATIVE);
        let difference = leaf.top_if_failed - leaf.top_if_working;
        assert!((difference - leaf.birnbaum).abs() < RELATIVE * leaf.top_if_failed);
        // A failed component that is critical has failed together with one of its cut sets.
        assert!(leaf.criticality() <= share * (1.0 + RELATIVE) && *share <= 1.0 + RELATIVE);
    }
}

/// Returns the system that is down when a terminal cannot be reached from the first one, unrolled: a
/// node is cut off within t links if for every neighbour the link is down or the neighbour is cut off
/// within t − 1 links.
fn unrolled(network: &Value) -> Structure {
    let edges = network["edges"].as_array().unwrap();
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut number = |name: &Value| {
        let next = names.len();
        *names.entry(name.to_string()).or_insert(next)
    };
    let ends: Vec<(usize, usize)> = edges.iter().map(|edge| (number(&edge[0]), number(&edge[1]))).collect();
    let terminals: Vec<usize> = network["terminals"].as_array().unwrap().iter().map(&mut number).collect();
    let mut gates: Vec<Gate> = Vec::new();
    let mut add = |k: usize, inputs: Vec<Node>| {
        gates.push(Gate { k: k as u32, inputs });
        Node::Gate(gates.len() as u32 - 1)
    };
    // `None`: cut off in any case.
    let mut cut_off: Vec<Option<Node>> = vec![None; names.len()];
    for _ in 1..names.len() {
        let mut next = Vec::new();
        for node in 0..names.len() {
            let mut ways = Vec::new();
            for (link, (a, b)) in (0..).map(Node::Leaf).zip(&ends) {
                let neighbour = if *a == node { *b } else { *a };
                if *a != node && *b != node {
                    continue;
                }
                if neighbour == terminals[0] {
                    ways.push(link);
                } else if let Some(before) = cut_off[neighbour] {
                    ways.push(add(1, vec![link, before]));
                }
            }
            next.push((!ways.is_empty()).then(|| add(ways.len(), ways)));
        }
        cut_off = next;
    }
    let others = terminals[1..].iter().map(|terminal| cut_off[*terminal].unwrap());
    let top = add(1, others.collect());
    Structure::new(edges.len() as u32, gates, top).unwrap()
}

#[test]
fn small_networks_have_their_published_unreliability() {
    let Some(text) = shared::text("oracles/networks.json") else {
        return;
    };
    let networks: Value = serde_json::from_str(&text).unwrap();
    let small =
        ["hardy2007_fig5", "complete_5_2terminal", "complete_6_allterminal", "arpanet_1973", "ring_10"];
    let mut found = 0;
    for network in networks["networks"].as_array().unwrap() {
        if !small.contains(&network["name"].as_str().unwrap()) {
            continue;
        }
        let structure = unrolled(network);
        let exact = Exact::new(&structure, Budget::default()).unwrap();
        for (p, expected) in network["unreliability"].as_object().unwrap() {
            let works: f64 = p.parse().unwrap();
            let link = Tails { failed: 1.0 - works, working: works };
            let failed = exact.top(&vec![link; structure.leaf_count() as usize]).failed;
            assert!((failed / shared::number(expected) - 1.0).abs() < RELATIVE, "{}", network["name"]);
        }
        found += 1;
    }
    assert_eq!(found, small.len());
}
