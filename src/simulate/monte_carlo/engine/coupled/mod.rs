//! The general engine: an event-driven simulation of leaves that depend on each other.
//!
//! Every element (a unit, a standby position, a common cause, a rolling schedule) has at most one
//! pending event; the agenda yields the earliest. An event changes leaves, the gates update their counts
//! of failed inputs, and when all consequences are settled the state of the cell's top node is compared
//! with its previous state. Each element draws from its own stream, named after it, so that its
//! behaviour never depends on which other elements are simulated with it.

mod cell;
mod crew;
mod gates;
mod heap;
mod planned;
mod record;
mod sim;
mod standby;
mod state;
mod unit;

pub(super) use cell::Cell;
pub(super) use gates::Root;
pub(crate) use record::{Phase, Recorder};
pub(super) use sim::run;
pub(super) use state::CellState;
