//! Splits a structure into modules: the gates of each over its own variables.

use crate::simulate::structure::{Node, Structure};

/// The component or module that a variable of a diagram stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Variable {
    /// A component of the system.
    Leaf(u32),
    /// A module, by its index among the modules, which is lower than that of the module that uses it.
    Module(u32),
}

/// An input of a gate inside a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// A variable, by its index in [`ModuleGates::variables`].
    Variable(u32),
    /// A gate, by its index in [`ModuleGates::gates`].
    Gate(u32),
}

#[derive(Debug, Clone)]
pub(super) struct PartGate {
    pub k: u32,
    pub inputs: Vec<Input>,
}

/// The gates of one module down to leaves and other modules; each gate after its inputs, the module's
/// own gate last.
#[derive(Debug, Clone)]
pub(super) struct ModuleGates {
    pub variables: Vec<Variable>,
    pub gates: Vec<PartGate>,
}

/// Returns the modules of a structure, bottom-up; the last is the top's. Empty if the top is a leaf.
pub(super) fn parts(structure: &Structure) -> Vec<ModuleGates> {
    let gates = structure.gates().len();
    let mut split = Split {
        structure,
        module_of: vec![None; gates],
        local: vec![None; gates],
        leaf: vec![None; structure.leaf_count() as usize],
    };
    let modules = structure.modules();
    for (place, gate) in modules.iter().enumerate() {
        split.module_of[*gate as usize] = Some(place as u32);
    }
    modules.iter().map(|gate| split.part(*gate)).collect()
}

struct Split<'s> {
    structure: &'s Structure,
    /// By gate, its index among the modules if it is one.
    module_of: Vec<Option<u32>>,
    /// By gate, its index in the module that contains it; every gate that is not a module, and every
    /// module as a variable, belongs to one module only.
    local: Vec<Option<Input>>,
    /// By leaf, its index among the variables of its module.
    leaf: Vec<Option<u32>>,
}

impl Split<'_> {
    /// Collects the gates of a module from left to right, so that variables stand in the order in which
    /// a reader meets them.
    fn part(&mut self, module: u32) -> ModuleGates {
        let structure = self.structure;
        let mut part = ModuleGates { variables: Vec::new(), gates: Vec::new() };
        // Nodes to visit, and gates whose inputs are complete; the module itself is no variable.
        let visits = |gate: u32| {
            let inputs = structure.gates()[gate as usize].inputs.iter().rev();
            std::iter::once((Node::Gate(gate), true)).chain(inputs.map(|input| (*input, false)))
        };
        let mut open: Vec<(Node, bool)> = visits(module).collect();
        while let Some((node, is_complete)) = open.pop() {
            if let (Node::Gate(gate), true) = (node, is_complete) {
                let own = &structure.gates()[gate as usize];
                let inputs = own.inputs.iter().filter_map(|input| self.place(*input)).collect();
                if gate != module {
                    self.local[gate as usize] = Some(Input::Gate(part.gates.len() as u32));
                }
                part.gates.push(PartGate { k: own.k, inputs });
            } else if let Some(gate) = self.enter(node, &mut part.variables) {
                open.extend(visits(gate));
            }
        }
        part
    }

    /// Makes a node a variable if it is a new leaf or module; returns a gate that has yet to be visited.
    fn enter(&mut self, node: Node, variables: &mut Vec<Variable>) -> Option<u32> {
        let fresh = variables.len() as u32;
        match node {
            Node::Leaf(leaf) => {
                if self.leaf[leaf as usize].is_none() {
                    self.leaf[leaf as usize] = Some(fresh);
                    variables.push(Variable::Leaf(leaf));
                }
                None
            }
            Node::Gate(gate) if self.local[gate as usize].is_some() => None,
            Node::Gate(gate) => match self.module_of[gate as usize] {
                Some(module) => {
                    self.local[gate as usize] = Some(Input::Variable(fresh));
                    variables.push(Variable::Module(module));
                    None
                }
                None => Some(gate),
            },
        }
    }

    fn place(&self, node: Node) -> Option<Input> {
        match node {
            Node::Leaf(leaf) => self.leaf[leaf as usize].map(Input::Variable),
            Node::Gate(gate) => self.local[gate as usize],
        }
    }
}
