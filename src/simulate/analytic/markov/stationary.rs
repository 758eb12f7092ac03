//! The long run: state probabilities, and the measures of a system that is up in some of the states.

use super::chain::{Chain, MarkovError};
use super::classes::closed_classes;
use super::elimination::Elimination;
use super::passage::lump;
use crate::stats::summary::CompensatedSum;

/// The steady-state measures of a system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadyMeasures {
    /// Probability of being up.
    pub availability: f64,
    /// Probability of being down, with digits of its own.
    pub unavailability: f64,
    /// Failures per second: the flow from up to down states.
    pub frequency_per_s: f64,
    /// Mean time from a restoration to the next failure in seconds. `None` if there are no failures.
    pub mean_up_s: Option<f64>,
    /// Mean time from a failure to the restoration in seconds. `None` if there are no failures.
    pub mean_down_s: Option<f64>,
}

impl Chain {
    /// Returns the long-run probability of each state, by the elimination of Grassmann, Taksar and
    /// Heyman (1985). Each has a relative error of a few n roundings, even where it is 10⁻³⁰; transient
    /// states have 0.
    ///
    /// # Errors
    ///
    /// Several closed classes (see [`stationary_from`](Self::stationary_from)), or an elimination beyond its
    /// budget.
    pub fn stationary(&self) -> Result<Vec<f64>, MarkovError> {
        let classes = closed_classes(self);
        let mut long_run = vec![0.0; self.states()];
        match classes.as_slice() {
            [class] => self.fill_class(class, 1.0, &mut long_run)?,
            several => {
                let classes = several.len();
                return Err(MarkovError::SeveralClasses { classes });
            }
        }
        Ok(long_run)
    }

    /// Returns the long-run probability of each state from the distribution `initial` over the states.
    /// Each closed class is weighted with the probability of ending up in it.
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

    /// Returns the steady-state measures of a system that is up in the states where `up` is set.
    ///
    /// # Errors
    ///
    /// As for [`stationary`](Self::stationary), or an `up` that does not have one entry for each state.
    pub fn steady_measures(&self, up: &[bool]) -> Result<SteadyMeasures, MarkovError> {
        self.check_length(up)?;
        let long_run = self.stationary()?;
        let share = |wanted: bool| {
            let states = long_run.iter().zip(up).filter(|(_, up)| **up == wanted);
            states.map(|(p, _)| *p).collect::<CompensatedSum>().value()
        };
        let mut flow = CompensatedSum::default();
        for ((p, row), _) in long_run.iter().zip(self.rows()).zip(up).filter(|(_, up)| **up) {
            let failures = row.iter().filter(|(to, _)| !up[*to]);
            failures.for_each(|(_, rate)| flow.add(p * rate));
        }
        let (availability, unavailability, frequency_per_s) = (share(true), share(false), flow.value());
        // Each failure ends one up time and begins one down time.
        let per_failure = |share: f64| (frequency_per_s > 0.0).then(|| share / frequency_per_s);
        Ok(SteadyMeasures {
            availability,
            unavailability,
            frequency_per_s,
            mean_up_s: per_failure(availability),
            mean_down_s: per_failure(unavailability),
        })
    }

    /// Writes the long-run probabilities within a closed class, multiplied by `share`.
    fn fill_class(&self, class: &[usize], share: f64, long_run: &mut [f64]) -> Result<(), MarkovError> {
        let mut nodes = vec![0; self.states()];
        (0..).zip(class).for_each(|(node, state)| nodes[*state] = node);
        let rows = class.iter().map(|state| lump(&self.rows()[*state], &nodes));
        let weights = Elimination::of(rows.collect(), 1)?.weights();
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
        Ok(Elimination::of(rows, classes.len())?.absorbed(mass))
    }
}
