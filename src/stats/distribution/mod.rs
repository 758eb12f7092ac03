//! Distributions of lifetimes and repair times: non-negative times in seconds.
//!
//! Each member of the family has a file of its own, with its formulas, their sources and the limits of
//! its numerics, and one line in `members!`. The type [`Distribution`], the names and parameters in
//! files, the suggestions for misspelt names and the reference follow from these.
//!
//! Conventions, besides those of [`stats`](crate::stats):
//!
//! - Functions of a time accept any number, including infinity; nothing has failed before time 0. The
//!   quantile of a probability outside \[0, 1\] is NaN, and the result for a NaN time is meaningless.
//!   The functions return a plain `f64` and no `Option` because they are called in the innermost loops.
//! - Both tails keep full relative precision: [`cdf`](Distribution::cdf) and
//!   [`survival`](Distribution::survival), [`quantile`](Distribution::quantile) and
//!   [`quantile_upper`](Distribution::quantile_upper). Where a tail underflows,
//!   [`cumulative_hazard`](Distribution::cumulative_hazard) is still finite and accurate.
//! - Precision: against 60-digit arithmetic in tails down to 10⁻³⁰⁰, tail probabilities, integrals and
//!   quantiles of fourteen Weibull, lognormal and gamma distributions, with shapes from 0.05 to 1000 and
//!   σ from 0.3 to 5, have a relative error below 4·10⁻¹³. For a distribution as narrow as σ = 0.001 or
//!   shape 1000, the tail at t changes by more than that within one rounding of t.
//! - Every member has a finite mean. A member with atoms (fixed times, observed values) is not
//!   [continuous](Distribution::is_continuous).
//! - The values drawn with a given generator are part of the interface: a change of them is a breaking
//!   change.

mod bathtub;
mod empirical;
mod erlang;
mod error;
mod exponential;
mod fixed;
mod gamma;
mod lifetime;
mod lognormal;
mod mixture;
mod parameters;
mod spread;
mod triangular;
mod uniform;
mod weibull;

use crate::base::suggest;
use rand::Rng;

pub use bathtub::{PIECE, PIECE_FROM, PIECE_RATE};
pub use error::BuildError;
pub use lifetime::Lifetime;
pub use parameters::{Form, Parameters, Value, Variant};

/// The cumulative hazard at the 95th percentile, ln 20 = −ln 0.05.
const LN_20: f64 = 2.995_732_273_553_991;

/// The 95th percentile of the standard normal distribution.
const Z_95: f64 = 1.644_853_626_951_472_2;

/// Defines [`Distribution`] and the registry from the list of members.
macro_rules! members {
    (($dollar:tt) $($module:ident: $Member:ident,)+) => {
        $(pub use $module::$Member;)+

        /// A distribution of a lifetime or a repair time. It is an enumeration and not a trait object:
        /// in an innermost loop the branch always goes the same way, which a processor predicts.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Distribution {
            $(#[doc = concat!("See [`", stringify!($Member), "`].")] $Member($Member),)+
        }

        $(impl From<$Member> for Distribution {
            fn from(member: $Member) -> Self {
                Self::$Member(member)
            }
        })+

        /// All members, in the order of the reference.
        pub static VARIANTS: &[&Variant] = &[$(&$module::VARIANT,)+];

        impl Distribution {
            /// Returns the member's entry in the registry.
            pub fn variant(&self) -> &'static Variant {
                match self { $(Self::$Member(_) => &$module::VARIANT,)+ }
            }
        }

        /// Evaluates an expression for the member that a distribution holds.
        macro_rules! on {
            ($dollar distribution:expr, $dollar member:ident => $dollar result:expr) => {
                match $dollar distribution { $(Distribution::$Member($dollar member) => $dollar result,)+ }
            };
        }
    };
}

members! {
    ($)
    exponential: Exponential,
    weibull: Weibull,
    lognormal: LogNormal,
    gamma: Gamma,
    erlang: Erlang,
    uniform: Uniform,
    triangular: Triangular,
    fixed: Fixed,
    bathtub: Bathtub,
    empirical: Empirical,
    mixture: Mixture,
}

/// Equal exponential stages, one after the other: the form of a time that a Markov chain can follow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stages {
    /// Their number; 0 stands for no time at all.
    pub count: u32,
    /// The rate at which each of them ends, per second.
    pub rate: f64,
}

/// Returns the registry's entry of the member `name`. The error for an unknown name suggests the nearest
/// one.
pub fn named(name: &str) -> Result<&'static Variant, BuildError> {
    let found = VARIANTS.iter().copied().find(|variant| variant.name == name);
    found.ok_or_else(|| BuildError::Variant {
        name: name.to_owned(),
        nearest: suggest::nearest(name, VARIANTS.iter().map(|variant| variant.name)),
    })
}

/// The largest count that is exact as a floating-point number.
pub(super) const COUNT_MAX: u64 = 1 << 53;

/// Builds the distribution `name` with the given parameters.
pub fn build(name: &str, parameters: &Parameters) -> Result<Distribution, BuildError> {
    (named(name)?.build)(parameters)
}

impl Distribution {
    /// Draws a time, in seconds.
    #[inline]
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        on!(self, member => member.sample(rng))
    }

    /// Returns S(t) = P(T > t), the probability to survive beyond t.
    pub fn survival(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 1.0;
        }
        on!(self, member => member.survival(finite(t)))
    }

    /// Returns P(T ≤ t), the probability to have failed by t.
    pub fn cdf(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        on!(self, member => member.cdf(finite(t)))
    }

    /// Returns the cumulative hazard −ln S(t). Finite far beyond where S(t) underflows; infinite where
    /// nothing survives.
    pub fn cumulative_hazard(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        on!(self, member => member.cumulative_hazard(finite(t)))
    }

    /// Returns ln S(t), the negative of the cumulative hazard.
    pub fn ln_survival(&self, t: f64) -> f64 {
        0.0 - self.cumulative_hazard(t)
    }

    /// Returns the hazard: failures per second among the survivors to t. Infinite at an atom, and where
    /// nothing survives.
    pub fn hazard(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        on!(self, member => member.hazard(finite(t)))
    }

    /// Returns the density at t, per second. Infinite at an atom.
    pub fn density(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        on!(self, member => member.density(finite(t)))
    }

    /// Returns the least time by which at least the share `p` has failed. NaN for a p outside \[0, 1\].
    pub fn quantile(&self, p: f64) -> f64 {
        match p {
            0.0 => self.support().0,
            1.0 => self.support().1,
            _ if p > 0.0 && p < 1.0 => on!(self, member => member.quantile(p)),
            _ => f64::NAN,
        }
    }

    /// Returns the least time that at most the share `q` outlives: the quantile of 1 − q, with full
    /// precision for a small q. NaN for a q outside \[0, 1\].
    pub fn quantile_upper(&self, q: f64) -> f64 {
        match q {
            0.0 => self.support().1,
            1.0 => self.support().0,
            _ if q > 0.0 && q < 1.0 => on!(self, member => member.quantile_upper(q)),
            _ => f64::NAN,
        }
    }

    /// Returns the least time at which −ln S(t) reaches `h`: the inverse of
    /// [`cumulative_hazard`](Self::cumulative_hazard). NaN for a negative h.
    pub fn at_cumulative_hazard(&self, h: f64) -> f64 {
        match h {
            0.0 => self.support().0,
            f64::INFINITY => self.support().1,
            _ if h > 0.0 => on!(self, member => member.at_cumulative_hazard(h)),
            _ => f64::NAN,
        }
    }

    /// Returns the mean, in seconds. Always finite.
    pub fn mean(&self) -> f64 {
        on!(self, member => member.mean())
    }

    /// Returns the variance, in squared seconds. It may be infinite for a spread beyond 10¹⁵⁰ seconds.
    pub fn variance(&self) -> f64 {
        on!(self, member => member.variance())
    }

    /// Returns the standard deviation, in seconds.
    pub fn sd(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Returns the coefficient of variation, standard deviation over mean: 1 for the exponential
    /// distribution, 0 for a mean of zero.
    pub fn cv(&self) -> f64 {
        match self.mean() {
            0.0 => 0.0,
            mean => self.sd() / mean,
        }
    }

    /// Returns ∫ S from 0 to t, in seconds: the mean of the shorter of T and t, such as the mean time to
    /// failure or to a replacement at age t.
    pub fn integrated_survival(&self, t: f64) -> f64 {
        if t < 0.0 {
            return 0.0;
        }
        on!(self, member => member.integrated_survival(finite(t)))
    }

    /// Returns ∫ S from t to infinity, in seconds: mean −
    /// [`integrated_survival`](Self::integrated_survival), with full precision for a small remainder.
    pub fn integrated_survival_from(&self, t: f64) -> f64 {
        if t < 0.0 {
            return self.mean() - t;
        }
        on!(self, member => member.integrated_survival_from(finite(t)))
    }

    /// Returns the mean remaining life of the survivors to t, in seconds. 0 where the survival function
    /// underflows or nothing survives.
    pub fn mean_residual(&self, t: f64) -> f64 {
        match self.survival(t) {
            0.0 => 0.0,
            survival => self.integrated_survival_from(t) / survival,
        }
    }

    /// Draws the remaining life of an item that has survived to the given age, in seconds; exact deep
    /// into the tail. 0 where nothing survives to that age. For an age that is not above 0 this is a
    /// draw of the whole life.
    #[inline]
    pub fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        if !(age > 0.0) {
            return self.sample(rng);
        }
        on!(self, member => member.sample_residual(finite(age), rng))
    }

    /// Draws the time to the next failure in a stationary renewal process, the equilibrium residual life
    /// with density S(t) / mean, in seconds. It starts a simulation in the steady state.
    #[inline]
    pub fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        on!(self, member => member.sample_equilibrium(rng))
    }

    /// Returns the survival function of [`sample_equilibrium`](Self::sample_equilibrium): ∫ S from t to
    /// infinity, over the mean.
    pub fn equilibrium_survival(&self, t: f64) -> f64 {
        match self.mean() {
            _ if t < 0.0 => 1.0,
            0.0 => 0.0,
            mean => self.integrated_survival_from(t) / mean,
        }
    }

    /// Returns the least and the greatest possible time, in seconds.
    pub fn support(&self) -> (f64, f64) {
        on!(self, member => member.support())
    }

    /// Tells whether the distribution has a density: no single time has a probability above 0.
    pub fn is_continuous(&self) -> bool {
        on!(self, member => member.is_continuous())
    }

    /// Returns the exponential stages that the time consists of, none for a time of zero; `None` for a
    /// time that has no such stages.
    pub fn stages(&self) -> Option<Stages> {
        match self.mean() {
            0.0 => Some(Stages::default()),
            mean => {
                let count = on!(self, member => member.stages())?;
                Some(Stages { count, rate: f64::from(count) / mean })
            }
        }
    }

    /// Returns the parameters of the member's first form, from which [`build`] makes the same
    /// distribution.
    pub fn parameters(&self) -> Parameters {
        on!(self, member => member.parameters())
    }
}

/// Replaces infinity by the greatest float, at which every probability has reached its limit.
fn finite(t: f64) -> f64 {
    if t == f64::INFINITY { f64::MAX } else { t }
}

#[cfg(test)]
mod tests {
    use super::{Distribution, Erlang, Exponential, Fixed, Stages};

    fn exponential() -> Distribution {
        Exponential::with_mean(4.0).unwrap().into()
    }

    #[test]
    fn time_zero_belongs_to_the_life() {
        let exponential = exponential();
        assert_eq!((exponential.density(0.0), exponential.hazard(0.0)), (0.25, 0.25));
        assert_eq!((exponential.density(-1.0), exponential.hazard(-1.0)), (0.0, 0.0));
    }

    #[test]
    fn the_exponential_distribution_has_no_memory() {
        let exponential = exponential();
        for age in [-1.0, 0.0, 3.0, 100.0] {
            let left = exponential.mean_residual(age) - f64::max(-age, 0.0);
            assert!((left - 4.0).abs() < 1e-12, "{age}: {left}");
            let survives = exponential.equilibrium_survival(age);
            assert!((survives / exponential.survival(age) - 1.0).abs() < 1e-12, "{age}: {survives}");
        }
        let fixed = Distribution::from(Fixed::new(2.0).unwrap());
        assert_eq!((fixed.mean_residual(0.5), fixed.mean_residual(2.0)), (1.5, 0.0));
    }

    #[test]
    fn stages_have_the_mean_of_the_time() {
        assert_eq!(exponential().stages(), Some(Stages { count: 1, rate: 0.25 }));
        let erlang = Distribution::from(Erlang::new(3, 6.0).unwrap());
        assert_eq!(erlang.stages(), Some(Stages { count: 3, rate: 0.5 }));
        assert_eq!(Distribution::from(Fixed::new(0.0).unwrap()).stages(), Some(Stages::default()));
        assert_eq!(Distribution::from(Fixed::new(2.0).unwrap()).stages(), None);
    }
}
