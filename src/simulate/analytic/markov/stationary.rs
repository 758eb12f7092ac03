//! The long run: state probabilities.

use super::chain::{Chain, MarkovError};
use super::classes::closed_classes;
use super::elimination::Elimination;
use super::passage::lump;
use crate::stats::summary::CompensatedSum;

impl Chain {
    /// Returns the long-run probability of each state from the distribution `initial` over the states, by
    /// the elimination of Grassmann, Taksar and Heyman (1985). Each has a relative error of a few n
    /// roundings, even where it is 10⁻³⁰; transient states have 0. Each closed class is weighted with the
    /// probability of ending up in it.
    ///
    /// # Errors
    ///
    /// An `initial` that is not a distribution over the states, or an elimination beyond its budget.
    pub fn stationary_from(&self, initial: &[f64]) -> Result<Vec<f64>, MarkovError> {
        let initial = self.check_initial(initial)?;
        let classes = closed_classes(self);
        let shares = match classes.as_slice() {
            [_] => vec![1.0],
            several => self.shares(several, &initial)?,
        };
        let mut long_run = vec![0.0; self.states()];
        for (class, share) in classes.iter().zip(shares).filter(|(_, share)| *share > 0.0) {
            self.fill_class(class, share, &mut long_run)?;
        }
        Ok(long_run)
    }

    /// Writes the long-run probabilities within a closed class, multiplied by `share`.
    fn fill_class(&self, class: &[usize], share: f64, long_run: &mut [f64]) -> Result<(), MarkovError> {
        let mut nodes = vec![0; self.states()];
        (0..).zip(class).for_each(|(node, state)| nodes[*state] = node);
        let rows = class.iter().map(|state| lump(&self.rows()[*state], &nodes));
        let weights = Elimination::of(rows.collect(), 1, self.patience())?.weights();
        let total = weights.iter().copied().collect::<CompensatedSum>().value();
        if !(total > 0.0 && total.is_finite()) {
            return Err(MarkovError::OutOfRange);
        }
        for (state, weight) in class.iter().zip(weights) {
            long_run[*state] = weight / total * share;
        }
        Ok(())
    }

    /// Returns the probability of ending up in each closed class.
    fn shares(&self, classes: &[Vec<usize>], initial: &[f64]) -> Result<Vec<f64>, MarkovError> {
        // Each class is lumped into one node, the classes first; the transient states follow.
        const TRANSIENT: usize = usize::MAX;
        let mut nodes = vec![TRANSIENT; self.states()];
        for (node, class) in classes.iter().enumerate() {
            for state in class {
                nodes[*state] = node;
            }
        }
        let transient: Vec<usize> = (0..self.states()).filter(|s| nodes[*s] == TRANSIENT).collect();
        (classes.len()..).zip(&transient).for_each(|(node, state)| nodes[*state] = node);
        let mut rows = vec![Vec::new(); classes.len()];
        rows.extend(transient.iter().map(|state| lump(&self.rows()[*state], &nodes)));
        let mut mass = vec![0.0; rows.len()];
        nodes.iter().zip(initial).for_each(|(node, p)| mass[*node] += p);
        Ok(Elimination::of(rows, classes.len(), self.patience())?.absorbed(mass))
    }
}
