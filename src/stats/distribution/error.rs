//! The errors of parameters, and the checks that all members share.

/// The reason why a distribution cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// There is no distribution of this name.
    #[error("there is no distribution `{name}`{}", suggestion(*.nearest))]
    Variant {
        /// The given name.
        name: String,
        /// The most similar valid name, if there is one.
        nearest: Option<&'static str>,
    },
    /// There is no parameter of this name.
    #[error("`{name}` is not a parameter of {variant}{} It takes {forms}", suggestion(*.nearest))]
    Unknown {
        /// The given name.
        name: String,
        /// The distribution.
        variant: &'static str,
        /// The most similar valid name, if there is one.
        nearest: Option<&'static str>,
        /// The sets of parameters that it takes, in words.
        forms: String,
    },
    /// There are too few or too many parameters, or they cannot be combined.
    #[error("{variant} takes {forms}; given: {given}")]
    Set {
        /// The distribution.
        variant: &'static str,
        /// The sets of parameters that it takes, in words.
        forms: String,
        /// The given names, in words.
        given: String,
    },
    /// The value is of the wrong kind.
    #[error("`{parameter}` must be {expected}")]
    Kind {
        /// The parameter.
        parameter: &'static str,
        /// The expected kind, in words.
        expected: &'static str,
    },
    /// The value is invalid.
    #[error("`{parameter}`{} {reason}", element_text(*.element))]
    Value {
        /// The parameter.
        parameter: &'static str,
        /// The index of the invalid element of a list, from 0.
        element: Option<usize>,
        /// The condition that does not hold, as a predicate of the name: "must be above 0".
        reason: String,
    },
}

impl BuildError {
    pub(super) fn value(parameter: &'static str, reason: impl Into<String>) -> Self {
        Self::Value { parameter, element: None, reason: reason.into() }
    }

    /// Attributes the error to one element of the parameter's list.
    pub(super) fn of_element(self, place: usize) -> Self {
        match self {
            Self::Value { parameter, reason, .. } => Self::Value { parameter, element: Some(place), reason },
            other => other,
        }
    }

    /// Returns the parameter that the error is about; `None` where it is about all of them together.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Unknown { name, .. } => Some(name),
            Self::Kind { parameter, .. } | Self::Value { parameter, .. } => Some(parameter),
            Self::Variant { .. } | Self::Set { .. } => None,
        }
    }

    /// Returns the element of that parameter's list that the error is about, from 0.
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

/// Returns `value` if it is finite and above 0.
pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, BuildError> {
    if !(value > 0.0) {
        return Err(BuildError::value(parameter, "must be above 0"));
    }
    finite(parameter, value)
}

/// Returns `value` if it is finite and not below 0.
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

/// Returns `value` if it is finite and above `bound`, the value of the parameter `than`.
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

/// Returns `mean` if it is positive and finite; otherwise the error is attributed to `parameter`, from
/// which the mean was computed.
pub(super) fn representable_mean(parameter: &'static str, mean: f64) -> Result<f64, BuildError> {
    if mean > 0.0 && mean.is_finite() {
        Ok(mean)
    } else {
        Err(BuildError::value(parameter, "gives a mean outside the range of floating-point numbers"))
    }
}
