//! Confidence intervals for MTBF, MTTR, availability, proportions and the shift between two samples.
//!
//! Every function takes the confidence level as a fraction in (0, 1), is two-sided unless its name says
//! otherwise, and returns an [`Interval`] that names its [`Method`]. `None` means that an argument lies
//! outside the domain or that the data do not suffice for the interval (one outage has no standard
//! deviation). Times may be in any one unit; the bounds of an interval for a time are in the same unit.

mod availability;
mod bootstrap;
mod mtbf;
mod mttr;
mod proportion;
mod ratio;

pub use availability::{
    Cycles, availability_f, availability_logit_renewal, availability_logit_renewal_t,
    availability_zero_failures, uptime_needed_after_failures, uptime_needed_without_failure,
};
pub use bootstrap::mean_bootstrap_bca;
pub use mtbf::{mtbf_lower_one_sided, mtbf_time_truncated};
pub use mttr::{
    MedianRanks, lognormal_mean_cox, lognormal_mean_modified_cox, mean_exponential, mean_student_t,
    median_order_statistics, median_ranks,
};
pub use proportion::{clopper_pearson, wilson};
pub use ratio::ratio_delta;

/// A confidence interval. A side that the data cannot bound is `None`. A two-sided interval allots half of
/// the probability that its confidence level leaves to each side, a one-sided interval all of it to its one
/// bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
    /// The method by which the bounds were computed.
    pub method: Method,
}

impl Interval {
    /// Builds an interval with both bounds; `None` if one of them is not finite.
    fn two_sided(lower: f64, upper: f64, method: Method) -> Option<Self> {
        let finite = lower.is_finite() && upper.is_finite();
        finite.then_some(Self { lower: Some(lower), upper: Some(upper), method })
    }

    /// Builds an interval with a lower bound only; `None` if it is not finite.
    fn lower_only(lower: f64, method: Method) -> Option<Self> {
        lower.is_finite().then_some(Self { lower: Some(lower), upper: None, method })
    }

    /// Builds an interval with an upper bound only; `None` if it is not finite.
    fn upper_only(upper: f64, method: Method) -> Option<Self> {
        upper.is_finite().then_some(Self { lower: None, upper: Some(upper), method })
    }
}

/// Returns the probability outside the interval, 1 − confidence. `None` for a confidence that is not in
/// (0, 1).
fn alpha(confidence: f64) -> Option<f64> {
    (confidence > 0.0 && confidence < 1.0).then_some(1.0 - confidence)
}

/// Defines [`Method`] such that each variant, its documentation and its three texts stand together in
/// one place.
macro_rules! methods {
    ($($variant:ident: $name:literal, $formula:literal, $source:literal;)+) => {
        /// The method by which an interval was computed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Method {
            $(#[doc = concat!($name, ": ", $source, ".")] $variant,)+
        }

        impl Method {
            /// All methods, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the short name of the method.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the formula, in one line. a = 1 − confidence; F, t, z and χ² carry the lower
            /// probability as index.
            pub fn formula(self) -> &'static str {
                match self { $(Self::$variant => $formula,)+ }
            }

            /// Returns the source: author and year, or the section of a handbook.
            pub fn source(self) -> &'static str {
                match self { $(Self::$variant => $source,)+ }
            }
        }
    };
}

methods! {
    ChiSquaredTimeTruncated: "chi-square, time truncated",
        "2T/χ²(1−a/2; 2r+2) … 2T/χ²(a/2; 2r)", "NIST/SEMATECH e-Handbook 8.4.5.1";
    ChiSquaredLower: "chi-square, lower bound",
        "2T/χ²(1−a; 2r+2)", "NIST/SEMATECH e-Handbook 8.4.5.1";
    ZeroFailures: "zero failures, lower bound",
        "T/(−ln a)", "NIST/SEMATECH e-Handbook 8.4.5.1";
    StudentT: "Student t",
        "x̄ ± t(1−a/2; n−1)·s/√n", "Student (Gosset) 1908";
    ExponentialMean: "exponential mean",
        "2Σx/χ²(1−a/2; 2n) … 2Σx/χ²(a/2; 2n)", "Epstein and Sobel 1953";
    LognormalCox: "lognormal mean, Cox",
        "exp(m + s²/2 ± z(1−a/2)·√(s²/n + s⁴/(2(n−1)))), m and s² of ln x",
        "Cox, in Land 1972; Zhou and Gao 1997";
    LognormalModifiedCox: "lognormal mean, modified Cox",
        "exp(m + s²/2 ± t(1−a/2; n−1)·√(s²/n + s⁴/(2(n−1)))), m and s² of ln x", "Olsson 2005";
    OrderStatistics: "median, order statistics",
        "x₍k₎ … x₍n+1−k₎, greatest k with 2·P(Bin(n, ½) < k) ≤ a",
        "Thompson 1936; David and Nagaraja 2003, 7.1";
    BootstrapBca: "bootstrap BCa",
        "percentiles Φ(z₀ + (z₀ ± z)/(1 − â(z₀ ± z))) of resampled means", "Efron 1987";
    FRatio: "F ratio",
        "U/(1−U) = D/T·F(a/2; 2n, 2n) … D/T·F(1−a/2; 2n, 2n)",
        "Thompson 1966, for exponential up and down times";
    LogitRenewal: "logit, renewal",
        "logit U = ln(D/T) ± z(1−a/2)·√((cv²up + cv²down)/n)",
        "delta method on the ratio of means; Cox 1962, Renewal Theory";
    LogitRenewalT: "logit, renewal, Student t",
        "logit U = ln(D/T) ± t(1−a/2; n−1)·√((cv²up + cv²down)/n)",
        "delta method on the ratio of means; Cox 1962, Renewal Theory";
    UnavailabilityZeroFailures: "zero failures, assumed MTTR",
        "U ≤ MTTR/(MTTR + T/(−ln a))", "NIST/SEMATECH e-Handbook 8.4.5.1, with an assumed MTTR";
    RatioDelta: "ratio of totals, delta method",
        "R ± z(1−a/2)·√(n·Σ(y − R·x)²/(n−1))/Σx, R = Σy/Σx", "Cochran 1977, 6.4";
    QuantileRanks: "quantile, order statistics",
        "x₍j₎ … x₍k₎, greatest j and least k with P(Bin(n, p) < j) ≤ a/2 and P(Bin(n, p) ≥ k) ≤ a/2",
        "David and Nagaraja 2003, 7.1";
    Wilson: "Wilson score",
        "(k + z²/2 ± z·√(k(n−k)/n + z²/4))/(n + z²)", "Wilson 1927";
    ClopperPearson: "Clopper–Pearson",
        "Beta(a/2; k, n−k+1) … Beta(1−a/2; k+1, n−k)", "Clopper and Pearson 1934";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_method_has_a_unique_name_and_texts_of_one_line() {
        let names: HashSet<_> = Method::ALL.iter().map(|method| method.name()).collect();
        assert_eq!(names.len(), Method::ALL.len());
        for method in Method::ALL {
            for text in [method.name(), method.formula(), method.source()] {
                assert!(!text.is_empty() && !text.contains('\n'), "{method:?}: {text}");
            }
        }
    }

    #[test]
    fn a_bound_that_is_not_finite_gives_no_interval() {
        assert_eq!(Interval::two_sided(1.0, f64::INFINITY, Method::StudentT), None);
        assert_eq!(Interval::lower_only(f64::NAN, Method::ZeroFailures), None);
    }

    #[test]
    fn confidence_must_lie_strictly_between_0_and_1() {
        for confidence in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert_eq!(alpha(confidence), None);
        }
    }
}
