//! Layer 3: arguments in, exit code out. One file per subcommand.

mod availability;
mod chaos;
mod demo_target;
mod exit;
mod file;
mod list;
mod output;
mod progress;
mod signals;
mod simulate;

pub use exit::Exit;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

/// MTBF, MTTR and availability: measured from incident logs, and predicted from what a system is made of.
#[derive(Debug, Parser)]
#[command(name = "steadfast", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 fine · 1 a stated objective was missed · 2 usage or bad input · 130, 143 interrupted. See docs/exit-codes.md."
)]
pub struct Cli {
    /// When to colour: on a terminal (auto), always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// MTBF, MTTR, availability and the standing of objectives from incident logs
    Availability(Box<availability::Args>),
    /// Predicted availability of a redundancy topology, exactly and by Monte Carlo
    Simulate(Box<simulate::Args>),
    /// Inject latency and failure in front of a real endpoint, under load, and judge the recovery
    Chaos(Box<chaos::Args>),
    /// A small HTTP server to try experiments on: queue, failures, cache, retries
    DemoTarget(Box<demo_target::Args>),
    /// What there is of a family: inputs, formats, columns, metrics
    List(list::ListArgs),
    /// One member of a family in full
    Explain(list::ExplainArgs),
    /// JSON Schema of a file that users write, for editors
    Schema {
        /// The file
        file: SchemaOf,
    },
    /// Shell completions on standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page on standard output
    Man,
}

/// Files that users write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SchemaOf {
    /// What `simulate` reads.
    Topology,
    /// What `chaos` reads.
    Experiment,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    fn on(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

/// Runs the command line and gives the process's exit code.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(arguments) {
        Ok(cli) => run(cli).into(),
        Err(error) => {
            // Help and version come this way too; they go to standard output with exit code 0.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { 2 } else { 0 })
        }
    }
}

fn run(cli: Cli) -> Exit {
    let colour = cli.color;
    let outcome = match cli.command {
        Command::Availability(args) => availability::run(&args, colour),
        Command::Simulate(args) => simulate::run(&args, colour),
        Command::Chaos(args) => chaos::run(&args, colour),
        Command::DemoTarget(args) => demo_target::run(&args),
        Command::List(args) => list::list(&args),
        Command::Explain(args) => list::explain(&args),
        Command::Schema { file } => schema(file),
        Command::Completions { shell } => completions(shell),
        Command::Man => manual(),
    };
    outcome.unwrap_or_else(|error| report(&error, colour))
}

fn schema(file: SchemaOf) -> anyhow::Result<Exit> {
    let root = match file {
        SchemaOf::Topology => &crate::simulate::topology_file::TOPOLOGY,
        SchemaOf::Experiment => &crate::chaos::experiment_file::EXPERIMENT,
    };
    let schema = crate::config::schema::schema(root);
    let mut text = serde_json::to_vec_pretty(&schema)?;
    text.push(b'\n');
    output::to_stdout(&text)?;
    Ok(Exit::Fine)
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "steadfast", &mut script);
    output::to_stdout(&script)?;
    Ok(Exit::Fine)
}

/// The page of the program, then one for each subcommand.
fn manual() -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        clap_mangen::Man::new(subcommand.clone()).render(&mut page)?;
    }
    output::to_stdout(&page)?;
    Ok(Exit::Fine)
}

/// Prints an error once; a broken pipe is none.
fn report(error: &anyhow::Error, colour: Colour) -> Exit {
    if output::is_broken_pipe(error) {
        return Exit::Fine;
    }
    let mut stderr = io::stderr().lock();
    let colour = colour.on(stderr.is_terminal());
    let text = match error.downcast_ref::<crate::base::problem::Problems>() {
        Some(problems) => problems.render(colour),
        None => match error.downcast_ref::<crate::base::problem::Problem>() {
            Some(problem) => problem.render(colour),
            None => crate::base::problem::Problem::new(format!("{error:#}")).render(colour),
        },
    };
    let _ = writeln!(stderr, "{text}");
    Exit::Usage
}
