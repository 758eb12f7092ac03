//! Builds the diagram of one module under a given order of its variables.

use super::Budget;
use super::part::{Input, ModuleGates, PartGate};
use crate::simulate::analytic::bdd::builder::{Full, Manager, ONE, Op, ZERO};

/// The functions of the gates built so far, each kept as long as a later gate needs it.
struct Builder<'p> {
    manager: Manager,
    /// Level of each variable.
    levels: &'p [u32],
    /// By gate; `None` before it is built and after its last use.
    functions: Vec<Option<u32>>,
    /// By gate, how many uses of it are still to come.
    uses_left: Vec<u32>,
    /// Functions, besides those of the gates, that must survive a garbage collection.
    held: Vec<u32>,
    /// The current row of the threshold gate that is being built.
    row: Vec<u32>,
    /// Inputs of gates processed so far: how far the order got.
    inputs_done: usize,
}

/// The limit on nodes or time was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stuck {
    /// Inputs of gates processed by then.
    pub inputs_done: usize,
}

/// Builds the diagram of a module's own gate within the budget; `levels` gives every variable a level of its
/// own.
///
/// # Errors
/// [`Stuck`] if more nodes or time are needed.
pub(super) fn build(part: &ModuleGates, levels: &[u32], budget: Budget) -> Result<(Manager, u32), Stuck> {
    let mut uses_left = vec![0; part.gates.len()];
    for input in part.gates.iter().flat_map(|gate| &gate.inputs) {
        if let Input::Gate(gate) = input {
            uses_left[*gate as usize] += 1;
        }
    }
    let mut builder = Builder {
        manager: Manager::new(budget),
        levels,
        functions: vec![None; part.gates.len()],
        uses_left,
        held: Vec::new(),
        row: Vec::new(),
        inputs_done: 0,
    };
    let mut root = ZERO;
    for (number, gate) in part.gates.iter().enumerate() {
        root = builder.gate(gate).map_err(|Full| Stuck { inputs_done: builder.inputs_done })?;
        builder.functions[number] = Some(root);
        builder.release(gate);
    }
    Ok((builder.manager, root))
}

impl Builder<'_> {
    fn gate(&mut self, gate: &PartGate) -> Result<u32, Full> {
        let mut inputs = Vec::with_capacity(gate.inputs.len());
        for &input in &gate.inputs {
            let function = self.input(input)?;
            inputs.push(function);
            self.held.push(function);
        }
        // Inputs that lie deepest come first: later ones then add nodes above, and the nodes below stay
        // as they are.
        inputs.sort_unstable_by_key(|function| std::cmp::Reverse((self.manager.level(*function), *function)));
        let result = match gate.k as usize {
            1 => self.fold(Op::Or, ZERO, &inputs),
            k if k == inputs.len() => self.fold(Op::And, ONE, &inputs),
            k => self.threshold(k, &inputs),
        };
        self.held.clear();
        result
    }

    fn input(&mut self, input: Input) -> Result<u32, Full> {
        match input {
            Input::Variable(variable) => {
                let level = self.levels[variable as usize];
                self.with_room(|manager| manager.make(level, ZERO, ONE))
            }
            Input::Gate(gate) => Ok(self.functions[gate as usize].unwrap_or(ZERO)),
        }
    }

    fn fold(&mut self, op: Op, neutral: u32, inputs: &[u32]) -> Result<u32, Full> {
        let mut result = neutral;
        for &input in inputs {
            let so_far = result;
            self.held.push(so_far);
            result = self.with_room(|manager| manager.apply(op, input, so_far))?;
            self.held.pop();
            self.inputs_done += 1;
        }
        Ok(result)
    }

    /// Builds "at least `k` of the inputs have failed", row by row. With `T(i, j)` for at least j
    /// failures among the first i inputs, `T(i, j)` is `T(i − 1, j − 1)` if input i failed, else
    /// `T(i − 1, j)`.
    fn threshold(&mut self, k: usize, inputs: &[u32]) -> Result<u32, Full> {
        // row[j]: at least j of the inputs seen so far have failed.
        self.row = vec![ZERO; k + 1];
        self.row[0] = ONE;
        let kept = self.held.len();
        for (seen, &input) in inputs.iter().enumerate() {
            let unseen = inputs.len() - seen - 1;
            // Fewer failures than this can no longer become k with the unseen inputs.
            let fewest = k.saturating_sub(unseen).max(1);
            // Descending, because row[j] needs row[j − 1] of the previous input.
            for j in (fewest..=k.min(seen + 1)).rev() {
                self.row[j] = self.choose(input, self.row[j - 1], self.row[j])?;
                self.held.truncate(kept);
            }
            self.inputs_done += 1;
        }
        Ok(std::mem::take(&mut self.row)[k])
    }

    /// Returns "`more` if the input failed, else `less`", where `less` implies `more`.
    fn choose(&mut self, input: u32, more: u32, less: u32) -> Result<u32, Full> {
        let node = self.manager.node(input);
        let above = |function| node.level < self.manager.level(function);
        // A variable that lies above both functions needs just one node.
        if (node.lo, node.hi) == (ZERO, ONE) && above(more) && above(less) {
            return self.with_room(|manager| manager.make(node.level, less, more));
        }
        // As `less` implies `more`, the choice is (input ∧ more) ∨ less.
        let both = self.with_room(|manager| manager.apply(Op::And, input, more))?;
        self.held.push(both);
        self.with_room(|manager| manager.apply(Op::Or, both, less))
    }

    /// Does some work. If the limit stops it, collects garbage and tries once more, unless less than
    /// half of the nodes was garbage.
    fn with_room(&mut self, work: impl Fn(&mut Manager) -> Result<u32, Full>) -> Result<u32, Full> {
        work(&mut self.manager).or_else(|full| {
            let before = self.manager.used();
            let functions = self.functions.iter().flatten();
            let alive = functions.chain(&self.held).chain(&self.row);
            self.manager.collect(alive.copied());
            if self.manager.used() > before / 2 {
                return Err(full);
            }
            work(&mut self.manager)
        })
    }

    /// Forgets the functions of gates that no later gate uses.
    fn release(&mut self, gate: &PartGate) {
        for input in &gate.inputs {
            if let Input::Gate(number) = *input {
                let uses = &mut self.uses_left[number as usize];
                *uses -= 1;
                if *uses == 0 {
                    self.functions[number as usize] = None;
                }
            }
        }
    }
}
