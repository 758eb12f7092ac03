//! Layer 0: utilities that every other module may use. They depend on no other module of the crate.

pub mod natural;
pub mod outcome;
pub mod problem;
pub mod quantity;
pub mod random;
pub mod suggest;
pub mod text;
pub mod time;
pub mod workers;
