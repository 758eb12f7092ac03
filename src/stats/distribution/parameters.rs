//! The parameters of a distribution as plain data: what each member takes, and what it says when it is given something else.
//!
//! Values arrive typed and in seconds; how they are written in a file is another layer's concern.

use super::Distribution;
use crate::base::suggest;
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
    pub fn says(self) -> &'static str {
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
                    expected: parameter.kind.says(),
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

/// Why there is no such distribution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// There is no distribution of this name.
    #[error("there is no distribution `{name}`{}", suggestion(*.nearest))]
    Variant {
        /// The name as given.
        name: String,
        /// The nearest name that there is.
        nearest: Option<&'static str>,
    },
    /// There is no parameter of this name.
    #[error("`{name}` is not a parameter of {variant}{} It takes {forms}", suggestion(*.nearest))]
    Unknown {
        /// The name as given.
        name: String,
        /// The distribution.
        variant: &'static str,
        /// The nearest name that there is.
        nearest: Option<&'static str>,
        /// The sets that it takes, in words.
        forms: String,
    },
    /// The parameters are too few, too many, or do not go together.
    #[error("{variant} takes {forms}; given: {given}")]
    Set {
        /// The distribution.
        variant: &'static str,
        /// The sets that it takes, in words.
        forms: String,
        /// The names that were given, in words.
        given: String,
    },
    /// The value is of another kind.
    #[error("`{parameter}` must be {expected}")]
    Kind {
        /// The parameter.
        parameter: &'static str,
        /// What is expected.
        expected: &'static str,
    },
    /// The value cannot be.
    #[error("`{parameter}`{} {reason}", element_text(*.element))]
    Value {
        /// The parameter.
        parameter: &'static str,
        /// Which element of a list is meant, from 0.
        element: Option<usize>,
        /// What must hold, to be read behind the name: "must be above 0".
        reason: String,
    },
}

impl BuildError {
    fn unknown(name: &str, variant: &Variant) -> Self {
        let names = variant.parameters.iter().map(|parameter| parameter.name);
        Self::Unknown {
            name: name.to_owned(),
            variant: variant.name,
            nearest: suggest::nearest(name, names),
            forms: forms_text(variant),
        }
    }

    fn set(given: &Parameters, variant: &Variant) -> Self {
        let names: Vec<&str> = given.iter().map(|(name, _)| name).collect();
        let given = if names.is_empty() {
            "nothing".to_owned()
        } else {
            conjunction(&names)
        };
        Self::Set {
            variant: variant.name,
            forms: forms_text(variant),
            given,
        }
    }

    pub(super) fn value(parameter: &'static str, reason: impl Into<String>) -> Self {
        Self::Value {
            parameter,
            element: None,
            reason: reason.into(),
        }
    }

    /// The same, of one element of the list.
    pub(super) fn of_element(self, place: usize) -> Self {
        match self {
            Self::Value {
                parameter, reason, ..
            } => Self::Value {
                parameter,
                element: Some(place),
                reason,
            },
            other => other,
        }
    }

    /// The parameter to point at; `None` where all of them together are meant.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Unknown { name, .. } => Some(name),
            Self::Kind { parameter, .. } | Self::Value { parameter, .. } => Some(parameter),
            Self::Variant { .. } | Self::Set { .. } => None,
        }
    }

    /// The element of that parameter's list to point at, from 0.
    pub fn element(&self) -> Option<usize> {
        match self {
            Self::Value { element, .. } => *element,
            _ => None,
        }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(|| ".".to_owned(), |name| format!("; did you mean `{name}`?"))
}

fn element_text(element: Option<usize>) -> String {
    element.map_or_else(String::new, |place| format!(", element {},", place + 1))
}

/// `shape and scale, or shape and mean`.
fn forms_text(variant: &Variant) -> String {
    let forms: Vec<String> = variant.forms.iter().map(|form| conjunction(form)).collect();
    forms.join(", or ")
}

/// `low, mode and high`.
fn conjunction(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `value`, if it is finite and above 0.
pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, BuildError> {
    if !(value > 0.0) {
        return Err(BuildError::value(parameter, "must be above 0"));
    }
    finite(parameter, value)
}

/// `value`, if it is finite and not below 0.
pub(super) fn not_negative(parameter: &'static str, value: f64) -> Result<f64, BuildError> {
    if !(value >= 0.0) {
        return Err(BuildError::value(parameter, "must not be below 0"));
    }
    finite(parameter, value)
}

fn finite(parameter: &'static str, value: f64) -> Result<f64, BuildError> {
    if !value.is_finite() {
        return Err(BuildError::value(parameter, "must be finite"));
    }
    Ok(value)
}

/// `value`, if it is finite and above `bound`, which is the value of the parameter `than`.
pub(super) fn above(
    parameter: &'static str,
    value: f64,
    than: &'static str,
    bound: f64,
) -> Result<f64, BuildError> {
    if !(value > bound) {
        return Err(BuildError::value(parameter, format!("must be above `{than}`")));
    }
    finite(parameter, value)
}

/// A mean, if it is a positive float: `parameter` has made it what it is.
pub(super) fn representable_mean(parameter: &'static str, mean: f64) -> Result<f64, BuildError> {
    if mean > 0.0 && mean.is_finite() {
        Ok(mean)
    } else {
        Err(BuildError::value(
            parameter,
            "makes a mean beyond the range of numbers",
        ))
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
