//! The parameters `sd` and `cv`, which several members accept together with the mean.

use super::error::{BuildError, positive};
use super::parameters::Parameters;
use crate::config::schema::{AnyKey as _, Key};

/// The standard deviation.
pub(super) static SD: Key<f64> = Key::duration("sd", "standard deviation");

/// The coefficient of variation.
pub(super) static CV: Key<f64> = Key::number("cv", "coefficient of variation: standard deviation over mean");

/// Returns the name of the parameter that was given, `sd` or `cv`.
pub(super) fn name(given: &Parameters) -> &'static str {
    if given.get(SD.name()).is_some() { SD.name() } else { CV.name() }
}

/// Returns the mean and the coefficient of variation, the latter from `sd` or `cv`, whichever was given.
pub(super) fn mean_and_cv(given: &Parameters) -> Result<(f64, f64), BuildError> {
    let mean = positive("mean", given.real("mean"))?;
    let name = name(given);
    let spread = positive(name, given.real(name))?;
    Ok((mean, if name == SD.name() { spread / mean } else { spread }))
}
