//! Layer 0: utilities that every other module may use. They depend on no other module of the crate.

pub(crate) mod natural;
pub mod outcome;
pub mod patience;
pub mod problem;
pub mod quantity;
pub mod random;
pub(crate) mod suggest;
pub(crate) mod text;
pub mod time;
pub(crate) mod workers;
