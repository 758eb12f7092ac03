//! Slow measurements of coverage, run by name: `cargo calibration` and `cargo coverage`.

mod calibration;
mod coverage;
