//! The parameters of a distribution as plain data: the members' descriptions of their parameters, and
//! the check of given parameters against them.
//!
//! Values are typed and in SI units (seconds, per second); their notation in files is parsed elsewhere.

use super::Distribution;
use super::error::BuildError;
use crate::base::suggest;
use crate::config::schema::{AnyKey, Kind};
use std::collections::BTreeMap;
use std::fmt;

/// The registry's entry for a member of the family.
pub struct Variant {
    /// The name in files.
    pub name: &'static str,
    /// Its use, in one line.
    pub summary: &'static str,
    /// The parameters that occur in one of the forms, and other keys of the member in files.
    pub keys: &'static [&'static dyn AnyKey],
    /// The admissible sets of parameters. [`Distribution::parameters`] returns the first of them.
    pub forms: &'static [Form],
    /// The parameter that a bare value stands for: `{ fixed: 30s }` is `{ fixed: { value: 30s } }`.
    pub short: Option<&'static str>,
    /// An example as written in a topology file.
    pub example: &'static str,
    /// Builds the distribution; checks names, sets and kinds of the parameters.
    pub build: fn(&Parameters) -> Result<Distribution, BuildError>,
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A set of parameters that determines a distribution, by their names.
pub type Form = &'static [&'static str];

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A duration in seconds, a rate per second, or a number.
    Real(f64),
    /// A whole number.
    Count(u64),
    /// Durations in seconds.
    Durations(Vec<f64>),
    /// Ages in seconds, each with the rate per second from that age on.
    Pieces(Vec<(f64, f64)>),
    /// Weights, each with its distribution.
    Weighted(Vec<(f64, Distribution)>),
}

/// Returns whether a value is of the kind of a parameter, or else a description of the values that are.
fn check(value: &Value, kind: Kind) -> Result<(), &'static str> {
    let (is, expected) = match kind {
        Kind::Duration => (matches!(value, Value::Real(_)), "a duration such as 90s or 2h"),
        Kind::Rate => (matches!(value, Value::Real(_)), "a rate such as 2/y or 0.1/h"),
        Kind::Count { .. } => (matches!(value, Value::Count(_)), "a whole number"),
        Kind::List(Kind::Duration) => (matches!(value, Value::Durations(_)), "a list of durations"),
        Kind::List(Kind::Record(_)) => (matches!(value, Value::Pieces(_)), "a list of `{ from, rate }`"),
        Kind::List(_) => (matches!(value, Value::Weighted(_)), "a list of distributions with a `weight`"),
        _ => (matches!(value, Value::Real(_)), "a number"),
    };
    if is { Ok(()) } else { Err(expected) }
}

/// Parameter values by name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// Creates an empty set of parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a duration, a rate or a number.
    #[must_use]
    pub fn with(self, name: &str, value: f64) -> Self {
        self.with_value(name, Value::Real(value))
    }

    /// Adds a value of any kind; it replaces an earlier value of this name.
    #[must_use]
    pub fn with_value(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Returns the value of the parameter `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Iterates over names and values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the form of `variant` that consists of exactly these parameters, after a check of every
    /// name and kind.
    pub(super) fn form(&self, variant: &Variant) -> Result<Form, BuildError> {
        for (name, value) in &self.0 {
            let Some(key) = variant.keys.iter().find(|key| key.name() == name) else {
                return Err(unknown(name, variant));
            };
            check(value, key.kind())
                .map_err(|expected| BuildError::Kind { parameter: key.name(), expected })?;
        }
        let is_filled =
            |form: &Form| form.len() == self.0.len() && form.iter().all(|name| self.0.contains_key(*name));
        let filled = variant.forms.iter().copied().find(is_filled);
        filled.ok_or_else(|| wrong_set(self, variant))
    }

    /// Returns the real number `name`. Without a preceding [`form`](Self::form) it may be absent and is
    /// then NaN, which no later check accepts.
    pub(super) fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Real(value)) => *value,
            _ => f64::NAN,
        }
    }
}

fn unknown(name: &str, variant: &Variant) -> BuildError {
    let names = variant.keys.iter().map(|key| key.name());
    BuildError::Unknown {
        name: name.to_owned(),
        variant: variant.name,
        nearest: suggest::nearest(name, names),
        forms: forms_text(variant),
    }
}

fn wrong_set(given: &Parameters, variant: &Variant) -> BuildError {
    let names: Vec<&str> = given.iter().map(|(name, _)| name).collect();
    let given = if names.is_empty() { "nothing".to_owned() } else { conjunction(&names) };
    BuildError::Set { variant: variant.name, forms: forms_text(variant), given }
}

/// Lists the forms: `shape and scale, or shape and mean`.
fn forms_text(variant: &Variant) -> String {
    let forms: Vec<String> = variant.forms.iter().map(|form| conjunction(form)).collect();
    forms.join(", or ")
}

/// Joins names: `low, mode and high`.
fn conjunction(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
