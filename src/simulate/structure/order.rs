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
    if marks[start as usize] != Mark::Unseen {
        return Ok(());
    }
    marks[start as usize] = Mark::Open;
    let mut stack = vec![(start, 0_usize)];
    while let Some((gate, next)) = stack.last_mut() {
        match gates[*gate as usize].inputs.get(*next) {
            None => {
                marks[*gate as usize] = Mark::Done;
                order.push(*gate);
                stack.pop();
            }
            Some(&input) => {
                *next += 1;
                let Node::Gate(child) = input else { continue };
                match marks[child as usize] {
                    Mark::Done => {}
                    // An open gate is on the stack, so this input closes a cycle.
                    Mark::Open => return Err(circle(&stack, child)),
                    Mark::Unseen => {
                        marks[child as usize] = Mark::Open;
                        stack.push((child, 0));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Returns the gates on the stack from the one that closes the cycle on.
fn circle(stack: &[(u32, usize)], closing: u32) -> Vec<u32> {
    let path = stack.iter().map(|(gate, _)| *gate);
    path.skip_while(|gate| *gate != closing).collect()
}
