//! The `steadfast` binary: parse, run, exit code.

// Library and binary may not panic on any input, and print only where they are told to; tests may.
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
