//! Times in configuration files: `{ weibull: { shape: 1.5, scale: 3000h } }`, `{ csv: repairs.csv }`, or
//! a bare `30s`.

mod distribution;
mod series;

pub use distribution::{FAMILY, TIME, distribution, positive_distribution};
