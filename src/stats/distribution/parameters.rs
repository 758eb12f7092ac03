//! The parameters of a distribution as plain data: what each member takes, and what it says when it is given something else.
//!
//! Values arrive typed and in seconds; how they are written in a file is another layer's concern.

use super::Distribution;
use super::error::BuildError;
use std::collections::BTreeMap;
use std::fmt;

/// A member of the family, as it describes itself.
pub struct Variant {
    /// The name in files.
    pub name: &'static str,
    /// What it is good for, in one line.
    pub summary: &'static str,
    /// All parameters that stand in one of the forms.
    pub parameters: &'static [Parameter],
    /// The admissible sets of parameters. The first is the one in which [`Distribution::parameters`] answers.
    pub forms: &'static [Form],
    /// The parameter that a bare value stands for: `{ fixed: 30s }` is `{ fixed: { value: 30s } }`.
    pub short: Option<&'static str>,
    /// As it stands in a topology file.
    pub example: &'static str,
    /// Makes the distribution. Checks names, sets and kinds by itself.
    pub build: fn(&Parameters) -> Result<Distribution, BuildError>,
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Names of parameters that together determine a distribution.
pub type Form = &'static [&'static str];

/// A parameter, as the reference and the schema of the files need it.
pub struct Parameter {
    /// The name in files.
    pub name: &'static str,
    /// What its value may be.
    pub kind: ParameterKind,
    /// What it means, in one line.
    pub summary: &'static str,
}

/// What the value of a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A duration, in seconds.
    Duration,
    /// A number of events for each unit of time, per second.
    Rate,
    /// A number without a unit.
    Number,
    /// A whole number.
    Count,
    /// A list of durations.
    Durations,
    /// A list of ages with the rate from there on.
    Pieces,
    /// A list of distributions with their weights.
    Weighted,
}

impl ParameterKind {
    /// What is expected, for messages and the reference.
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
    /// Ages in seconds, each with the rate per second from there on.
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

/// Values by the name of their parameter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// No parameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a duration, a rate or a number.
    #[must_use]
    pub fn with(self, name: &str, value: f64) -> Self {
        self.with_value(name, Value::Real(value))
    }

    /// Adds a value of any kind; one that was there under this name is replaced.
    #[must_use]
    pub fn with_value(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The value of the parameter `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The form of `variant` that these parameters fill, with every name and kind checked.
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

    /// The real number `name`; NaN, which no check lets pass, where [`form`](Self::form) was not asked before.
    pub(super) fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Real(value)) => *value,
            _ => f64::NAN,
        }
    }
}
