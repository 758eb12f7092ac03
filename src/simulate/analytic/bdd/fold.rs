//! Folds equal parts of a system into one, so that each is evaluated once.

use super::Exact;
use super::builder::Node;
use super::diagram::Diagram;
use super::part::Variable;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

impl Exact {
    /// Returns diagrams that give the same probabilities and failures of the top. Their leaves are classes: `classes`
    /// has that of each leaf, and leaves of one class have equal probabilities at all times. Modules that are equal
    /// up to their leaves are one module.
    ///
    /// The diagrams are no structure function: the importance of a class is not that of its leaves.
    #[must_use]
    pub fn folded(&self, classes: &[u32]) -> Self {
        let mut known: HashMap<(&[Node], u32, Vec<Variable>), u32> = HashMap::new();
        let mut diagrams: Vec<Diagram> = Vec::new();
        // By module, the one that stands for it.
        let mut modules: Vec<u32> = Vec::with_capacity(self.diagrams.len());
        let place = |variable: Variable, modules: &[u32]| match variable {
            Variable::Leaf(leaf) => Variable::Leaf(classes[leaf as usize]),
            Variable::Module(module) => Variable::Module(modules[module as usize]),
        };
        for diagram in &self.diagrams {
            let variables: Vec<Variable> =
                diagram.variables.iter().map(|variable| place(*variable, &modules)).collect();
            modules.push(match known.entry((&diagram.nodes, diagram.root, variables)) {
                Entry::Occupied(equal) => *equal.get(),
                Entry::Vacant(new) => {
                    let number = diagrams.len() as u32;
                    diagrams.push(diagram.with_variables(new.key().2.clone()));
                    *new.insert(number)
                }
            });
        }
        let leaf_count = classes.iter().max().map_or(0, |last| last + 1);
        Self { leaf_count, top: place(self.top, &modules), diagrams }
    }
}
