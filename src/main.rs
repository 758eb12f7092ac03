//! The `steadfast` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    steadfast::cli::main(std::env::args_os())
}
