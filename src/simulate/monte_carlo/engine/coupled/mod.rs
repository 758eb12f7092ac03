//! The general engine: leaves that act on each other, event by event.
//!
//! Every element (a unit, a standby position, a common cause, a rolling schedule) has at most one pending event; the agenda
//! tells whose comes first. An event changes leaves, the gates count along, and when all has settled the cell's top is
//! compared with what it was. Each element draws from a stream of its own, named after it, so that what one does never
//! depends on which others are simulated beside it.

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
pub use record::{Phase, Recorder, Silent};
pub(super) use sim::run;
pub(super) use state::CellState;
