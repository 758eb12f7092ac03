use super::*;
use Node::{Gate as G, Leaf as L};
use proptest::prelude::*;

fn gate(k: u32, inputs: &[Node]) -> Gate {
    Gate { k, inputs: inputs.to_vec() }
}

#[test]
fn a_gate_fails_at_its_threshold_and_counts_an_input_as_often_as_it_is_listed() {
    let structure = Structure::new(3, vec![gate(2, &[L(0), L(1), L(2), L(2)])], G(0)).unwrap();
    assert!(!structure.evaluate(&[true, false, false]));
    assert!(structure.evaluate(&[true, true, false]));
    assert!(structure.evaluate(&[false, false, true]));
    assert!(!structure.evaluate(&[true]));
}

#[test]
fn a_single_component_is_a_structure() {
    let structure = Structure::new(2, vec![], L(1)).unwrap();
    assert!(structure.evaluate(&[false, true]));
    assert!(structure.bottom_up().is_empty());
    assert!(structure.modules().is_empty());
}

#[test]
fn invalid_gates_are_rejected_with_their_number() {
    let new = |gates: Vec<Gate>| Structure::new(1, gates, G(0)).unwrap_err();
    assert_eq!(new(vec![gate(1, &[L(0)]), gate(1, &[])]), StructureError::Empty { gate: 1 });
    assert_eq!(new(vec![gate(2, &[L(0)])]), StructureError::Threshold { gate: 0, k: 2, inputs: 1 });
    assert_eq!(new(vec![gate(1, &[L(1)])]), StructureError::Unknown { gate: Some(0), node: L(1) });
    assert_eq!(new(vec![]), StructureError::Unknown { gate: None, node: G(0) });
}

#[test]
fn a_cycle_is_reported_in_order_even_where_the_top_does_not_reach_it() {
    let gates = vec![gate(1, &[L(0)]), gate(1, &[G(2), L(0)]), gate(1, &[G(3)]), gate(1, &[G(2)])];
    assert_eq!(Structure::new(1, gates, G(0)).unwrap_err(), StructureError::Circle { gates: vec![2, 3] });
    let itself = Structure::new(1, vec![gate(1, &[G(0)])], G(0)).unwrap_err();
    assert_eq!(itself, StructureError::Circle { gates: vec![0] });
}

#[test]
fn gates_come_after_their_inputs_and_unreached_ones_are_left_out() {
    let gates = vec![gate(1, &[G(1), G(2)]), gate(1, &[G(2)]), gate(1, &[L(0)]), gate(1, &[G(0)])];
    let structure = Structure::new(1, gates, G(0)).unwrap();
    assert_eq!(structure.bottom_up(), [2, 1, 0]);
}

#[test]
fn a_gate_that_shares_a_descendant_with_the_rest_is_not_a_module() {
    // 0 = {1, 2, 3}; 1 and 2 share leaf 1; 3 shares nothing; 4 lies below 2, which is not a module, but
    // is one itself.
    let gates = vec![
        gate(1, &[G(1), G(2), G(3)]),
        gate(2, &[L(0), L(1)]),
        gate(2, &[L(1), G(4)]),
        gate(2, &[L(4), L(5)]),
        gate(2, &[L(2), L(3)]),
    ];
    let structure = Structure::new(6, gates, G(0)).unwrap();
    assert_eq!(structure.modules(), [4, 3, 0]);
}

#[test]
fn depth_and_width_of_a_hundred_thousand_take_linear_time() {
    let n = 100_000;
    let mut gates: Vec<Gate> = (0..n).map(|i| gate(1 + i % 2, &[G(i + 1), L(i)])).collect();
    gates.push(gate(1, &(0..n).map(|i| L(n + i)).collect::<Vec<_>>()));
    let structure = Structure::new(2 * n, gates, G(0)).unwrap();
    assert_eq!(structure.modules().len(), n as usize + 1);
    assert!(structure.evaluate(&vec![true; 2 * n as usize]));
    assert!(!structure.evaluate(&vec![false; 2 * n as usize]));
}

/// The definition of a module, tested for every gate: no path from the top to a descendant avoids the
/// gate.
fn modules_by_definition(structure: &Structure) -> Vec<u32> {
    let reach = |from: Node, avoid: Option<u32>| {
        let mut seen = std::collections::BTreeSet::new();
        let mut stack = vec![from];
        while let Some(node) = stack.pop() {
            if avoid.map(G) == Some(node) || !seen.insert(node) {
                continue;
            }
            if let G(gate) = node {
                stack.extend(&structure.gates()[gate as usize].inputs);
            }
        }
        seen
    };
    let is_module = |gate: &u32| {
        let around = reach(structure.top(), Some(*gate));
        reach(G(*gate), None).iter().all(|node| *node == G(*gate) || !around.contains(node))
    };
    structure.bottom_up().iter().copied().filter(is_module).collect()
}

/// Random graphs with thresholds, sharing and repeated inputs; gate i refers to later gates only.
pub(crate) fn structures(leaves: u32, gates: u32) -> impl Strategy<Value = Structure> {
    let raw =
        prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u32>(), 1..6)), 1..=gates as usize);
    raw.prop_map(move |raw| {
        let n = raw.len() as u32;
        let gates = raw.iter().zip(0_u32..).map(|((k, picks), i)| {
            let behind = n - i - 1;
            let node = |pick: &u32| match pick % (leaves + 2 * behind) {
                leaf if leaf < leaves => L(leaf),
                other => G(i + 1 + (other - leaves) % behind.max(1)),
            };
            let inputs: Vec<Node> = picks.iter().map(node).collect();
            Gate { k: 1 + k % inputs.len() as u32, inputs }
        });
        Structure::new(leaves, gates.collect(), G(0)).unwrap()
    })
}

proptest! {
    #[test]
    fn modules_match_the_definition(structure in structures(8, 10)) {
        prop_assert_eq!(structure.modules(), modules_by_definition(&structure));
    }
}
