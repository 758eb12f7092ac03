//! Counts minimal cut sets, all together and by order.

use super::{CutSets, SetDiagram};
use crate::simulate::analytic::bdd::builder::ONE;
use crate::simulate::analytic::bdd::part::Variable;
use std::ops::{Add, Mul};

/// A number of sets, exact as long as it fits into 128 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// The exact number, if it is below 2¹²⁸.
    pub exact: Option<u128>,
    /// The number to some 15 digits; infinite beyond 10³⁰⁸.
    pub about: f64,
}

impl Count {
    const NONE: Self = Self::of(0);
    const ONE: Self = Self::of(1);

    const fn of(exact: u128) -> Self {
        Self { exact: Some(exact), about: exact as f64 }
    }

    fn joined(exact: Option<u128>, about: f64) -> Self {
        Self { exact, about: exact.map_or(about, |exact| exact as f64) }
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.checked_add(b));
        Self::joined(exact, self.about + other.about)
    }
}

impl Mul for Count {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let exact = self.exact.zip(other.exact).and_then(|(a, b)| a.checked_mul(b));
        Self::joined(exact, self.about * other.about)
    }
}

/// Numbers of sets by order (number of components).
#[derive(Debug, Clone, PartialEq)]
pub struct Orders {
    /// At index i, the number of sets with i + 1 components.
    pub counts: Vec<Count>,
}

impl CutSets {
    /// Returns the number of minimal cut sets. Time is proportional to the nodes.
    pub fn count(&self) -> Count {
        let mut modules: Vec<Count> = Vec::with_capacity(self.diagrams.len());
        for diagram in &self.diagrams {
            let weight = |variable: Variable| match variable {
                Variable::Leaf(_) => Count::ONE,
                Variable::Module(module) => modules[module as usize],
            };
            let count = count(diagram, weight);
            modules.push(count);
        }
        match self.top {
            Variable::Leaf(_) => Count::ONE,
            Variable::Module(module) => modules[module as usize],
        }
    }

    /// Returns the numbers of minimal cut sets of the orders 1 to `order_max`, without zeros at the end.
    /// Time grows with the square of `order_max`.
    pub fn count_by_order(&self, order_max: usize) -> Orders {
        let mut modules: Vec<Vec<Count>> = Vec::with_capacity(self.diagrams.len());
        let leaf = [Count::NONE, Count::ONE];
        for diagram in &self.diagrams {
            let weight = |variable: Variable| match variable {
                Variable::Leaf(_) => &leaf[..],
                Variable::Module(module) => &modules[module as usize],
            };
            let counts = by_order(diagram, order_max, weight);
            modules.push(counts);
        }
        let top = match self.top {
            Variable::Leaf(_) => &leaf[..],
            Variable::Module(module) => &modules[module as usize],
        };
        Orders { counts: top.iter().skip(1).take(order_max).copied().collect() }
    }
}

fn count(diagram: &SetDiagram, weight: impl Fn(Variable) -> Count) -> Count {
    let mut counts = vec![Count::NONE; diagram.nodes.len()];
    counts[ONE as usize] = Count::ONE;
    for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
        let variable = diagram.variables[node.level as usize];
        // The sets without the variable, and those with it.
        counts[number] = counts[node.lo as usize] + weight(variable) * counts[node.hi as usize];
    }
    counts[diagram.root as usize]
}

/// Returns, at index i, the number of sets with i components, without zeros at the end.
fn by_order<'w>(
    diagram: &SetDiagram,
    order_max: usize,
    weight: impl Fn(Variable) -> &'w [Count],
) -> Vec<Count> {
    let mut counts: Vec<Vec<Count>> = vec![Vec::new(); diagram.nodes.len()];
    counts[ONE as usize] = vec![Count::ONE];
    for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
        let weight = weight(diagram.variables[node.level as usize]);
        let mut sum = counts[node.lo as usize].clone();
        add_product(&mut sum, weight, &counts[node.hi as usize], order_max);
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
