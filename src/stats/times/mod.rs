//! Times in configuration files: `{ weibull: { shape: 1.5, scale: 3000h } }`, `{ csv: repairs.csv }`, or
//! a bare `30s`.

mod distribution;
pub(crate) mod series;

use crate::config::schema::{Key, KeyOr};
use crate::stats::distribution::{Distribution, Fixed};

/// Declares a key whose value is a time.
pub const fn time(name: &'static str, summary: &'static str) -> Key<Distribution> {
    Key::new(name, TIME, summary, distribution)
}

/// Declares a key whose value is a time that is not always zero.
pub const fn positive_time(name: &'static str, summary: &'static str) -> Key<Distribution> {
    Key::new(name, TIME, summary, positive_distribution)
}

/// Declares a key whose value is a time, by default zero.
pub const fn time_or_zero(name: &'static str, summary: &'static str) -> KeyOr<Distribution> {
    time(name, summary).shown(|_| "0s".into()).or(|| Fixed::ZERO.into())
}

pub use distribution::{FAMILY, TIME, WEIGHTED_KIND, distribution, positive_distribution};
