//! Counts minimal cut sets, all together and by order.

use super::CutSets;
use crate::simulate::analytic::bdd::builder::ONE;
use crate::simulate::analytic::bdd::diagram::Diagram;
use crate::simulate::analytic::bdd::part::Variable;
use std::ops::{Add, Mul};

/// A number of sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Count {
    /// The number, if it is below 2¹²⁸.
    Exactly(u128),
    /// A larger number to some 15 digits; infinite beyond 10³⁰⁸.
    About(f64),
}

impl Count {
    const NONE: Self = Self::Exactly(0);
    const ONE: Self = Self::Exactly(1);

    fn about(self) -> f64 {
        match self {
            Self::Exactly(count) => count as f64,
            Self::About(count) => count,
        }
    }

    /// Combines two numbers exactly if the result fits.
    fn join(self, other: Self, exactly: fn(u128, u128) -> Option<u128>, about: fn(f64, f64) -> f64) -> Self {
        let exact = match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => exactly(a, b),
            _ => None,
        };
        exact.map_or_else(|| Self::About(about(self.about(), other.about())), Self::Exactly)
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.join(other, u128::checked_add, f64::add)
    }
}

impl Mul for Count {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.join(other, u128::checked_mul, f64::mul)
    }
}

impl CutSets {
    /// Returns the number of minimal cut sets. Time is proportional to the nodes.
    pub fn count(&self) -> Count {
        let mut modules: Vec<Count> = Vec::with_capacity(self.diagrams.len());
        for diagram in &self.diagrams {
            modules.push(count(diagram, &modules));
        }
        *of_variable(self.top, &Count::ONE, &modules)
    }

    /// Returns the numbers of minimal cut sets of the orders 1 to `order_max` (numbers of components),
    /// without zeros at the end. Time grows with the square of `order_max`.
    pub fn count_by_order(&self, order_max: usize) -> Vec<Count> {
        let leaf = vec![Count::NONE, Count::ONE];
        let mut modules: Vec<Vec<Count>> = Vec::with_capacity(self.diagrams.len());
        for diagram in &self.diagrams {
            modules.push(by_order(diagram, order_max, &modules));
        }
        of_variable(self.top, &leaf, &modules).iter().skip(1).take(order_max).copied().collect()
    }
}

/// Returns what is known of a leaf, or of a module.
fn of_variable<'k, T>(variable: Variable, leaf: &'k T, modules: &'k [T]) -> &'k T {
    match variable {
        Variable::Leaf(_) => leaf,
        Variable::Module(module) => &modules[module as usize],
    }
}

fn count(diagram: &Diagram, modules: &[Count]) -> Count {
    let mut counts = vec![Count::NONE; diagram.nodes.len()];
    counts[ONE as usize] = Count::ONE;
    for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
        let own = *of_variable(diagram.variables[node.level as usize], &Count::ONE, modules);
        // The sets without the variable, and those with it.
        counts[number] = counts[node.lo as usize] + own * counts[node.hi as usize];
    }
    counts[diagram.root as usize]
}

/// Returns, at index i, the number of sets with i components, without zeros at the end.
fn by_order(diagram: &Diagram, order_max: usize, modules: &[Vec<Count>]) -> Vec<Count> {
    let leaf = vec![Count::NONE, Count::ONE];
    let mut counts: Vec<Vec<Count>> = vec![Vec::new(); diagram.nodes.len()];
    counts[ONE as usize] = vec![Count::ONE];
    for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
        let own = of_variable(diagram.variables[node.level as usize], &leaf, modules);
        let mut sum = counts[node.lo as usize].clone();
        add_product(&mut sum, own, &counts[node.hi as usize], order_max);
        counts[number] = sum;
    }
    std::mem::take(&mut counts[diagram.root as usize])
}

/// Adds the product of two polynomials, whose coefficients count sets by order, up to `order_max`.
fn add_product(sum: &mut Vec<Count>, left: &[Count], right: &[Count], order_max: usize) {
    for (i, a) in left.iter().enumerate().filter(|(_, a)| **a != Count::NONE) {
        let room = (order_max + 1).saturating_sub(i);
        for (j, b) in right.iter().enumerate().take(room).filter(|(_, b)| **b != Count::NONE) {
            if sum.len() <= i + j {
                sum.resize(i + j + 1, Count::NONE);
            }
            sum[i + j] = sum[i + j] + *a * *b;
        }
    }
}
