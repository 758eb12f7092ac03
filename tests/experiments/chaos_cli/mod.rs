//! End-to-end tests of `steadfast chaos`: the program as users run it, against well-behaved and hostile
//! targets.

mod guards;
mod hostile;
mod interrupt;
mod program;
mod protocols;
mod secrets;
mod selection;
#[cfg(target_os = "linux")]
mod syscalls;
mod targets;
