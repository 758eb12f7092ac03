//! Mean first passage times.

use super::chain::{Chain, MarkovError};
use super::classes::reaches_surely;
use super::elimination::Elimination;

impl Chain {
    /// Returns the mean time in seconds until a state of `target` is first entered, from the
    /// distribution `initial` over the states. If the target is the down states, this is the mean time
    /// to failure. Infinite if the target may never be entered.
    ///
    /// The relative error is a few n roundings, as nothing is subtracted.
    ///
    /// # Errors
    ///
    /// A list that does not have one entry for each state, an `initial` that is not a distribution, or
    /// an elimination beyond its budget.
    pub fn mean_time_to(&self, target: &[bool], initial: &[f64]) -> Result<f64, MarkovError> {
        self.check_length(target)?;
        let initial = self.check_initial(initial)?;
        let sure = reaches_surely(self, target);
        if initial.iter().zip(&sure).any(|(p, sure)| *p > 0.0 && !sure) {
            return Ok(f64::INFINITY);
        }
        // The target is node 0; the states that reach it for certain follow. They lead only to each
        // other and to the target.
        let mut nodes = vec![0; self.states()];
        let inside: Vec<usize> = (0..self.states()).filter(|s| sure[*s] && !target[*s]).collect();
        (1..).zip(&inside).for_each(|(node, state)| nodes[*state] = node);
        let lumped = inside.iter().map(|state| lump(&self.rows()[*state], &nodes));
        let rows = std::iter::once(Vec::new()).chain(lumped).collect();
        // Every second outside the target counts as one, so the expected reward is the mean time.
        let mut reward = vec![1.0; inside.len() + 1];
        reward[0] = 0.0;
        let times = Elimination::of(rows, 1, self.patience())?.expected(reward);
        let mean = nodes.iter().zip(&initial).filter(|(_, p)| **p > 0.0);
        Ok(mean.map(|(node, p)| times[*node] * p).sum())
    }
}

/// Renames the targets of a row, and adds the rates to the same node.
pub(super) fn lump(row: &[(usize, f64)], nodes: &[usize]) -> Vec<(usize, f64)> {
    let mut renamed: Vec<_> = row.iter().map(|(to, rate)| (nodes[*to], *rate)).collect();
    super::chain::add_up(&mut renamed);
    renamed
}
