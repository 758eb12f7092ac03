//! The `steadfast` binary. Parses the arguments, runs the subcommand and returns the exit code.

// Neither library nor binary may panic on any input or print to stdout or stderr directly. Tests may.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    steadfast::cli::main(std::env::args_os())
}
