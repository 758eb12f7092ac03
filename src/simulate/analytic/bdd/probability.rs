//! Probabilities by Shannon's expansion: sums of positive numbers, which keep their digits however small
//! they are.

use super::Exact;
use super::diagram::Diagram;
use super::part::Variable;
use crate::simulate::analytic::bdd::builder::{BOTTOM, ONE, ZERO};
use crate::stats::special::{beta_kernel, beta_tails};

/// The probabilities of being down and of being up, each with its own digits: neither is computed as one
/// minus the other.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tails {
    /// Probability of having failed.
    pub failed: f64,
    /// Probability of working.
    pub working: f64,
}

impl Tails {
    /// Certainly failed.
    pub const FAILED: Self = Self { failed: 1.0, working: 0.0 };
    /// Certainly working.
    pub const WORKING: Self = Self { failed: 0.0, working: 1.0 };

    /// Returns both tails for a failure probability. Where the component is down nearly always, give
    /// both numbers instead: one minus `failed` would lose digits.
    pub fn of_failed(failed: f64) -> Self {
        Self { failed, working: 1.0 - failed }
    }

    /// Adds `other`, multiplied by `weight`.
    pub(in crate::simulate::analytic) fn add(&mut self, weight: f64, other: Self) {
        self.failed += weight * other.failed;
        self.working += weight * other.working;
    }
}

/// Returns P(failed) of the first minus that of the second, from the tail with the smaller numbers,
/// which cancels least. The first fails whenever the second does, so the difference is not negative.
pub(in crate::simulate) fn difference(more: Tails, less: Tails) -> f64 {
    let difference =
        if more.failed <= less.working { more.failed - less.failed } else { less.working - more.working };
    difference.max(0.0)
}

impl Exact {
    /// Returns the probabilities that the system is down and up, if the components fail independently
    /// with the given probabilities. A component beyond the end of `leaves` works. Time is proportional
    /// to [`Exact::nodes`].
    ///
    /// Only positive numbers are added and multiplied, so the relative error of either number is at most
    /// some 2⁻⁵² for each level of the diagrams, however small the number is.
    pub fn top(&self, leaves: &[Tails]) -> Tails {
        let modules = self.module_tails(leaves);
        tails_of(self.top, leaves, &modules)
    }

    /// Returns the probabilities that the system is down and up, and how often it fails, in failures per unit of time:
    /// Σ Birnbaum importance · w over the components (Vesely 1970; coherent systems in which no two components fail at
    /// the same instant). `intensities` are the components' unconditional failure intensities w in the same unit:
    /// 1 / (MTBF + MTTR) for a repaired component in the long run. A component beyond the end of the list does not
    /// fail.
    ///
    /// The sum is computed as the derivative of the probability in the direction of the intensities, in one pass.
    pub fn failing(&self, leaves: &[Tails], intensities: &[f64]) -> (Tails, f64) {
        let (mut modules, mut failures) = (Vec::new(), Vec::new());
        let (mut tails, mut rates) = (Vec::new(), Vec::new());
        let failures_of = |variable: Variable, failures: &[f64]| match variable {
            Variable::Leaf(leaf) => intensities.get(leaf as usize).copied().unwrap_or(0.0),
            Variable::Module(module) => failures[module as usize],
        };
        for diagram in &self.diagrams {
            let variables = variables_of(diagram, leaves, &modules);
            let each = diagram.variables.iter();
            let of_variables: Vec<f64> = each.map(|variable| failures_of(*variable, &failures)).collect();
            if let Some(count) = Count::of(diagram, &variables) {
                modules.push(count.tails());
                failures.push(count.failures(of_variables[0]));
                continue;
            }
            node_tails(diagram, &variables, &mut tails);
            node_rates(diagram, &variables, &of_variables, &tails, &mut rates);
            modules.push(tails[diagram.root as usize]);
            failures.push(rates[diagram.root as usize]);
        }
        (tails_of(self.top, leaves, &modules), failures_of(self.top, &failures))
    }

    /// Returns the probabilities of all modules, by index.
    pub(super) fn module_tails(&self, leaves: &[Tails]) -> Vec<Tails> {
        let mut modules = Vec::with_capacity(self.diagrams.len());
        let mut scratch = Vec::new();
        for diagram in &self.diagrams {
            let variables = variables_of(diagram, leaves, &modules);
            if let Some(count) = Count::of(diagram, &variables) {
                modules.push(count.tails());
                continue;
            }
            node_tails(diagram, &variables, &mut scratch);
            modules.push(scratch[diagram.root as usize]);
        }
        modules
    }
}

/// Returns the probabilities of a diagram's variables, by level.
pub(super) fn variables_of(diagram: &Diagram, leaves: &[Tails], modules: &[Tails]) -> Vec<Tails> {
    diagram.variables.iter().map(|variable| tails_of(*variable, leaves, modules)).collect()
}

/// Returns the probabilities of a leaf or a module.
pub(super) fn tails_of(variable: Variable, leaves: &[Tails], modules: &[Tails]) -> Tails {
    match variable {
        Variable::Leaf(leaf) => leaves.get(leaf as usize).copied().unwrap_or(Tails::WORKING),
        Variable::Module(module) => modules[module as usize],
    }
}

/// A gate over equal variables: the number of them that have failed is binomial.
struct Count {
    /// How many must fail.
    k: f64,
    /// The parameter of the beta distribution whose tails are those of the number: n − k + 1.
    rest: f64,
    each: Tails,
}

impl Count {
    fn of(diagram: &Diagram, variables: &[Tails]) -> Option<Self> {
        let k = f64::from(diagram.single_gate.filter(|_| diagram.is_count)?);
        let first = *variables.first()?;
        // Of the two probabilities the smaller one has the digits.
        let each = if first.failed < first.working {
            Tails::of_failed(first.failed)
        } else {
            Tails { failed: 1.0 - first.working, working: first.working }
        };
        Some(Self { k, rest: variables.len() as f64 - k + 1.0, each })
    }

    /// P(at least k have failed) is the lower tail of the beta distribution with parameters k and n − k + 1 at the
    /// probability of each (DLMF 8.17.5).
    fn tails(&self) -> Tails {
        let Tails { failed, working } = self.each;
        let tails = beta_tails(self.k, self.rest, failed, working);
        tails.map_or(Tails::default(), |tails| Tails { failed: tails.lower, working: tails.upper })
    }

    /// Returns how often the gate fails, if each variable fails so often: that times the density of the beta
    /// distribution.
    fn failures(&self, of_each: f64) -> f64 {
        let Tails { failed, working } = self.each;
        let density = match (failed == 0.0, working == 0.0) {
            // At either end the density is that of the first or the last of n.
            (true, _) => {
                if self.k == 1.0 {
                    self.rest
                } else {
                    0.0
                }
            }
            (_, true) => {
                if self.rest == 1.0 {
                    self.k
                } else {
                    0.0
                }
            }
            _ => beta_kernel(self.k, self.rest, failed, working).unwrap_or(0.0) / failed / working,
        };
        of_each * density
    }
}

/// Computes how often each node of a diagram fails, given the probabilities and failures of its variables and the
/// probabilities of its nodes.
fn node_rates(
    diagram: &Diagram,
    variables: &[Tails],
    failures: &[f64],
    tails: &[Tails],
    rates: &mut Vec<f64>,
) {
    rates.clear();
    rates.resize(diagram.nodes.len(), 0.0);
    for (number, node) in diagram.nodes.iter().enumerate() {
        if node.level != BOTTOM {
            let (variable, own) = (variables[node.level as usize], failures[node.level as usize]);
            let (hi, lo) = (node.hi as usize, node.lo as usize);
            rates[number] = own * difference(tails[hi], tails[lo])
                + variable.failed * rates[hi]
                + variable.working * rates[lo];
        }
    }
}

/// Computes the probabilities of all nodes of a diagram, given those of its variables.
pub(super) fn node_tails(diagram: &Diagram, variables: &[Tails], tails: &mut Vec<Tails>) {
    tails.clear();
    tails.resize(diagram.nodes.len(), Tails::WORKING);
    tails[ZERO as usize] = Tails::WORKING;
    tails[ONE as usize] = Tails::FAILED;
    // Nodes come after their children, so one pass suffices.
    for (number, node) in diagram.nodes.iter().enumerate() {
        if node.level != BOTTOM {
            let variable = variables[node.level as usize];
            let (if_failed, if_working) = (tails[node.hi as usize], tails[node.lo as usize]);
            tails[number] = Tails::default();
            tails[number].add(variable.failed, if_failed);
            tails[number].add(variable.working, if_working);
        }
    }
}
