//! An order in which every gate comes after its inputs, or the cycle that prevents one.

use super::{Gate, Node};

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

/// Returns the gates that `top` reaches, each after its inputs. All gates are searched for cycles.
///
/// # Errors
/// The gates along a cycle, each an input of the one before it.
pub(super) fn bottom_up(gates: &[Gate], top: Node) -> Result<Vec<u32>, Vec<u32>> {
    let mut marks = vec![Mark::Unseen; gates.len()];
    let mut order = Vec::new();
    if let Node::Gate(top) = top {
        search(gates, top, &mut marks, &mut order)?;
    }
    let reached = order.len();
    for gate in 0..gates.len() as u32 {
        search(gates, gate, &mut marks, &mut order)?;
    }
    order.truncate(reached);
    Ok(order)
}

/// Searches depth first from one gate, with a stack of its own: gates may nest as deep as memory allows.
fn search(gates: &[Gate], start: u32, marks: &mut [Mark], order: &mut Vec<u32>) -> Result<(), Vec<u32>> {
    // Gates to search, and gates on the path, which are done once all above them on the stack are.
    let mut stack = vec![(start, false)];
    while let Some((gate, on_path)) = stack.pop() {
        match marks[gate as usize] {
            Mark::Open if on_path => {
                marks[gate as usize] = Mark::Done;
                order.push(gate);
            }
            // An open gate is on the path, so this input closes a cycle.
            Mark::Open => {
                let path = stack.iter().filter(|(_, on_path)| *on_path).map(|(gate, _)| *gate);
                return Err(path.skip_while(|other| *other != gate).collect());
            }
            Mark::Done => {}
            Mark::Unseen => {
                marks[gate as usize] = Mark::Open;
                stack.push((gate, true));
                let inputs = gates[gate as usize].inputs.iter().rev();
                stack.extend(inputs.filter_map(|input| Some((input.gate()?, false))));
            }
        }
    }
    Ok(())
}
