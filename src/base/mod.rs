//! Layer 0: what every other module may use and what itself uses nothing.

pub mod natural;
pub mod outcome;
pub mod problem;
pub mod quantity;
pub mod random;
pub mod suggest;
pub mod text;
pub mod time;
pub mod workers;
