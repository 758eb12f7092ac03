//! Resolves the names of a topology file.

use super::component::Draft;
use crate::base::problem::Problem;
use crate::config::document::Node;
use crate::config::document::Reading;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// What a name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Symbol {
    /// A component, by index.
    Component(u32),
    /// One unit of a component that has several, by index.
    Unit(u32),
    /// A named block, by index.
    Block(u32),
    /// A crew.
    Crew,
    /// A common cause.
    Cause,
}

impl Symbol {
    fn what(self) -> &'static str {
        match self {
            Self::Component(_) => "a component",
            Self::Unit(_) => "a unit",
            Self::Block(_) => "a block",
            Self::Crew => "a crew",
            Self::Cause => "a common cause",
        }
    }
}

/// All names of a topology file.
#[derive(Default)]
pub(super) struct Names<'t> {
    /// Sorted, so that the suggestion for a misspelt name is deterministic.
    known: BTreeMap<Cow<'t, str>, (Symbol, Node<'t>)>,
}

impl<'t> Names<'t> {
    /// Adds the components, and the units of components that have several.
    pub(super) fn components(&mut self, drafts: &[Draft<'t>], reading: &mut Reading<'_>) {
        for (number, draft) in drafts.iter().enumerate() {
            self.add(draft.name.into(), Symbol::Component(number as u32), draft.key, reading);
            if draft.units.len() > 1 {
                for (i, unit) in draft.units.clone().enumerate() {
                    self.add(unit_name(draft.name, i).into(), Symbol::Unit(unit), draft.key, reading);
                }
            }
        }
    }

    /// Adds the names of a section.
    pub(super) fn section(
        &mut self,
        section: Option<Node<'t>>,
        symbol: impl Fn(u32) -> Symbol,
        reading: &mut Reading<'_>,
    ) {
        let entries = section.and_then(|section| section.entries()).into_iter().flatten();
        for (number, (key, _)) in entries.enumerate() {
            self.add(key.text().unwrap_or_default().into(), symbol(number as u32), key, reading);
        }
    }

    fn add(&mut self, name: Cow<'t, str>, symbol: Symbol, key: Node<'t>, reading: &mut Reading<'_>) {
        if name.trim().is_empty() || name.trim() != name {
            reading.refuse(key.problem("a name must not be empty, and must not begin or end with a space"));
        }
        let Some((first, first_key)) = self.known.get(&name) else {
            self.known.insert(name, (symbol, key));
            return;
        };
        let problem = key.problem(format!("`{name}` is both {} and {}", first.what(), symbol.what()));
        let is_unit = |symbol: &Symbol| matches!(symbol, Symbol::Unit(_));
        let problem = if is_unit(first) || is_unit(&symbol) {
            problem.note("the units of a component with a `count` are named `name-1`, `name-2`, …")
        } else {
            problem
        };
        reading.refuse(problem.and(first_key.place(), "the same name"));
    }

    /// Returns what `name` refers to.
    pub(super) fn get(&self, name: &str) -> Option<Symbol> {
        self.known.get(name).map(|(symbol, _)| *symbol)
    }

    /// Returns the component that `name` refers to directly or by one of its units.
    pub(super) fn component_of<'d>(&self, name: &str, drafts: &'d [Draft<'t>]) -> Option<&'d Draft<'t>> {
        match self.get(name)? {
            Symbol::Component(number) => drafts.get(number as usize),
            Symbol::Unit(unit) => drafts.get(component_of(unit, drafts)),
            _ => None,
        }
    }

    /// Resolves the name at `node`; adds a problem if it is unknown.
    pub(super) fn resolve(&self, node: Node<'t>, reading: &mut Reading<'_>) -> Option<Symbol> {
        let name = reading.take(node.read_text())?;
        let found = self.get(name);
        if found.is_none() {
            let problem = node.problem(format!("there is no component, unit or block `{name}`"));
            let problem = if let Some(units) = self.units_there_are(name) {
                problem.help(units)
            } else {
                let names = self.known.keys().map(|name| &**name);
                reading.guess(problem, name, names, "")
            };
            reading.refuse(problem);
        }
        found
    }

    /// Returns a hint for `web-9` where `web` has four units: the range of its units.
    fn units_there_are(&self, name: &str) -> Option<String> {
        let (component, _) =
            name.rsplit_once('-').filter(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()))?;
        let is_component = matches!(self.get(component), Some(Symbol::Component(_)));
        let there_are = (0..self.known.len())
            .take_while(|number| self.get(&unit_name(component, *number)).is_some())
            .count();
        match there_are {
            _ if !is_component => None,
            0 => Some(format!("`{component}` is a single unit: write `{component}`")),
            _ => Some(format!(
                "the units of `{component}` are `{component}-1` to `{component}-{there_are}`: it has a `count` of {there_are}"
            )),
        }
    }

    /// Returns the units that a list names, each with the place of its name; a component stands for all
    /// its units. Adds a problem for each invalid or repeated item.
    pub(super) fn units(
        &self,
        list: Node<'t>,
        drafts: &[Draft<'t>],
        reading: &mut Reading<'_>,
    ) -> Option<Vec<(u32, Node<'t>)>> {
        let Some(items) = list.items() else {
            reading.refuse(list.expected("a list of components and units"));
            return None;
        };
        if items.len() == 0 {
            reading.refuse(list.problem("an empty list: name components or units"));
            return None;
        }
        let wrong_before = reading.problems.0.len();
        let mut units = Vec::new();
        let mut listed = Listed::default();
        for item in items {
            let Some(symbol) = self.resolve(item, reading) else {
                continue;
            };
            let found = match symbol {
                Symbol::Unit(unit) => unit..unit + 1,
                Symbol::Component(number) => {
                    drafts.get(number as usize).map_or(0..0, |draft| draft.units.clone())
                }
                other => {
                    reading.refuse(not_units(item, other));
                    continue;
                }
            };
            if !listed.again(symbol, item, drafts, reading) {
                units.extend(found.map(|unit| (unit, item)));
            }
        }
        (reading.problems.0.len() == wrong_before).then_some(units)
    }
}

fn not_units(item: Node<'_>, found: Symbol) -> Problem {
    let name = item.text().unwrap_or_default();
    item.problem(format!("`{name}` is {}; components and units are expected", found.what()))
}

/// Returns the problem with a name that refers to something that is not a part of the system.
pub(super) fn no_part(item: Node<'_>, found: Symbol) -> Problem {
    let name = item.text().unwrap_or_default();
    item.problem(format!("`{name}` is {}; a component, unit or block is expected", found.what()))
}

/// The names that a list contains so far. Names are stored, not units: a component may have a million
/// units.
#[derive(Default)]
pub(super) struct Listed<'t> {
    seen: HashMap<Symbol, Node<'t>>,
    /// For each component, the first of its units that was named on its own.
    units: HashMap<u32, (u32, Node<'t>)>,
}

impl<'t> Listed<'t> {
    /// Records `symbol` and returns whether the list named it before, on its own or as part of a
    /// component. If so, adds a problem.
    pub(super) fn again(
        &mut self,
        symbol: Symbol,
        item: Node<'t>,
        drafts: &[Draft<'t>],
        reading: &mut Reading<'_>,
    ) -> bool {
        let name = item.text().unwrap_or_default().to_owned();
        let mut first = self.seen.insert(symbol, item).map(|first| (name.clone(), first));
        match symbol {
            Symbol::Component(number) => {
                let unit = self.units.get(&number);
                first = first.or(unit.map(|(unit, first)| (unit_title(*unit, drafts), *first)));
            }
            Symbol::Unit(unit) => {
                let component = component_of(unit, drafts) as u32;
                let whole = self.seen.get(&Symbol::Component(component));
                first = first.or(whole.map(|first| (name, *first)));
                self.units.entry(component).or_insert((unit, item));
            }
            _ => {}
        }
        let Some((title, first)) = first else { return false };
        let problem = item.problem(format!("`{title}` is listed twice"));
        reading.refuse(problem.label("the second time").and(first.place(), "the first time"));
        true
    }
}

/// Returns the index of the component that a unit belongs to.
pub(super) fn component_of(unit: u32, drafts: &[Draft<'_>]) -> usize {
    // Components are numbered in order of their units, so the ends of the unit ranges ascend.
    drafts.partition_point(|draft| draft.units.end <= unit)
}

/// Returns the name of unit `place` (from 0) of a component that has several units.
pub(super) fn unit_name(component: &str, place: usize) -> String {
    format!("{component}-{}", place + 1)
}

/// Returns the name of a unit.
pub(super) fn unit_title(unit: u32, drafts: &[Draft<'_>]) -> String {
    match drafts.get(component_of(unit, drafts)) {
        Some(draft) if draft.units.len() > 1 => unit_name(draft.name, (unit - draft.units.start) as usize),
        Some(draft) => draft.name.to_owned(),
        None => String::new(),
    }
}
