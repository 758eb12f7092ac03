//! The parameters of a distribution as plain data: the members' descriptions of their parameters, and
//! the check of given parameters against them.
//!
//! Values are typed and in SI units (seconds, per second); their notation in files is parsed elsewhere.

use super::Distribution;
use super::error::BuildError;
use std::collections::BTreeMap;
use std::fmt;

/// The registry's entry for a member of the family.
pub struct Variant {
    /// The name in files.
    pub name: &'static str,
    /// Its use, in one line.
    pub summary: &'static str,
    /// All parameters that occur in one of the forms.
    pub parameters: &'static [Parameter],
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

/// The description of a parameter, for the reference and the schema of the files.
pub struct Parameter {
    /// The name in files.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: ParameterKind,
    /// Its meaning, in one line.
    pub summary: &'static str,
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A duration, in seconds.
    Duration,
    /// A number of events per second.
    Rate,
    /// A number without a unit.
    Number,
    /// A whole number.
    Count,
    /// A list of durations.
    Durations,
    /// A list of ages, each with the rate from that age on.
    Pieces,
    /// A list of distributions with their weights.
    Weighted,
}

impl ParameterKind {
    /// Describes the expected value, for messages and the reference.
    pub fn description(self) -> &'static str {
        match self {
            Self::Duration => "a duration such as 90s or 2h",
            Self::Rate => "a rate such as 2/y or 0.1/h",
            Self::Number => "a number",
            Self::Count => "a whole number",
            Self::Durations => "a list of durations",
            Self::Pieces => "a list of `{ from, rate }`",
            Self::Weighted => "a list of distributions with a `weight`",
        }
    }
}

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

impl Value {
    fn is(&self, kind: ParameterKind) -> bool {
        match kind {
            ParameterKind::Duration | ParameterKind::Rate | ParameterKind::Number => {
                matches!(self, Self::Real(_))
            }
            ParameterKind::Count => matches!(self, Self::Count(_)),
            ParameterKind::Durations => matches!(self, Self::Durations(_)),
            ParameterKind::Pieces => matches!(self, Self::Pieces(_)),
            ParameterKind::Weighted => matches!(self, Self::Weighted(_)),
        }
    }
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
            let known = variant.parameters.iter().find(|parameter| parameter.name == name);
            let Some(parameter) = known else {
                return Err(BuildError::unknown(name, variant));
            };
            if !value.is(parameter.kind) {
                return Err(BuildError::Kind {
                    parameter: parameter.name,
                    expected: parameter.kind.description(),
                });
            }
        }
        let is_filled =
            |form: &Form| form.len() == self.0.len() && form.iter().all(|name| self.0.contains_key(*name));
        let filled = variant.forms.iter().copied().find(is_filled);
        filled.ok_or_else(|| BuildError::set(self, variant))
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
