//! `steadfast chaos` from end to end: the program as users run it, before targets that behave and targets that do not.

mod guards;
mod hostile;
mod interrupt;
mod program;
mod protocols;
mod secrets;
mod selection;
mod targets;
