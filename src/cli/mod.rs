//! The command line: parses the arguments, runs a subcommand and returns the exit code. One module for
//! each subcommand.

mod args;
mod availability;
mod chaos;
mod demo_target;
mod exit;
mod file;
mod list;
mod outfile;
mod output;
mod progress;
mod signals;
mod simulate;

pub use exit::Exit;

use crate::base::text::{as_word, without_passwords};
use anyhow::Context as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

/// MTBF, MTTR and availability: measured from incident logs, predicted from a topology, tested with
/// chaos experiments.
#[derive(Debug, Parser)]
#[command(name = "steadfast", version, propagate_version = true, max_term_width = 110)]
#[command(after_help = "Examples:
  steadfast availability incidents.csv --from 2026-01-01 --to 2026-02-01
  steadfast simulate shop.yaml --sweep web.count=2..4
  steadfast chaos https://staging.example.com/ --allow-host staging.example.com --fault latency=200ms

Exit codes: 0 success · 1 an objective or an expectation was missed · 2 usage error or bad input · 3 \
inconclusive · only chaos: 4 a fault had too few hits, 5 stopped by a guard · 130, 143 interrupted.")]
pub struct Cli {
    /// When to use colour: on a terminal (auto), always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure MTBF, MTTR, availability and objectives from incident logs
    Availability(Box<availability::Args>),
    /// Predict the availability of a redundancy topology, exactly and by Monte Carlo
    Simulate(Box<simulate::Args>),
    /// Inject latency and failure in front of a real endpoint, under load, and judge the recovery
    Chaos(Box<chaos::Args>),
    /// Run a small HTTP server to try experiments on: queue, failures, cache, retries
    DemoTarget(Box<demo_target::Args>),
    /// List inputs, columns, formats, metrics, methods, groupings, ledger, distributions, blocks,
    /// detections, faults or measures
    List(list::ListArgs),
    /// Explain one member of a family in full
    Explain(list::ExplainArgs),
    /// Print the JSON Schema of an input file, for editors
    #[command(after_help = "Example:
  steadfast schema topology > topology.schema.json")]
    Schema {
        /// Kind of file
        file: SchemaOf,
    },
    /// Print shell completions
    #[command(after_help = "Example:
  steadfast completions bash > ~/.local/share/bash-completion/completions/steadfast")]
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    #[command(after_help = "Examples:
  steadfast man > steadfast.1
  steadfast man chaos > steadfast-chaos.1")]
    Man {
        /// Subcommand whose page to print [default: the page of the program]
        subcommand: Option<String>,
    },
}

/// Kinds of input files with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SchemaOf {
    /// Topologies for `simulate`.
    Topology,
    /// Experiments for `chaos`.
    Experiment,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
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
            Self::Auto => {
                let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
                    || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
                terminal && !is_plain
            }
        }
    }
}

/// Returns what `--color` says, before the arguments are parsed: help and errors obey it as well.
fn colour_of(arguments: &[OsString]) -> Colour {
    let given = arguments.iter().zip(arguments.iter().skip(1)).find_map(|(flag, next)| {
        let joined = |flag: &OsString| Some(flag.to_str()?.strip_prefix("--color=")?.to_owned());
        if flag == "--color" { next.to_str().map(str::to_owned) } else { joined(next) }
    });
    given.and_then(|when| <Colour as clap::ValueEnum>::from_str(&when, false).ok()).unwrap_or(Colour::Auto)
}

/// Parses and runs the command line, and returns the exit code of the process.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let colour = colour_of(&arguments);
    match Cli::try_parse_from(arguments) {
        Ok(cli) => run(cli).into(),
        Err(mut error) => {
            match error.kind() {
                ErrorKind::UnknownArgument => name_owner_of_flag(&mut error),
                ErrorKind::InvalidSubcommand => name_command_of_file(&mut error),
                _ => {}
            }
            // Help and version are errors of the parser too; they go to stdout with exit code 0.
            let is_wrong = error.use_stderr();
            let terminal = if is_wrong { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
            let text = error.render();
            let text = if colour.on(terminal) { text.ansi().to_string() } else { text.to_string() };
            let text = without_passwords(&text);
            let _ = if is_wrong {
                io::stderr().write_all(text.as_bytes())
            } else {
                io::stdout().write_all(text.as_bytes())
            };
            ExitCode::from(if is_wrong { 2 } else { 0 })
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
        Command::Man { subcommand } => manual(subcommand.as_deref()),
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
    output::to_stdout(&text)
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "steadfast", &mut script);
    output::to_stdout(&script)
}

/// Prints the manual page of the program or of a subcommand.
fn manual(name: Option<&str>) -> anyhow::Result<Exit> {
    // `help` has no page.
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let command = match name {
        None => &program,
        Some(name) => program.find_subcommand(name).with_context(|| {
            let names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
            output::unknown("subcommand", name, &names)
        })?,
    };
    let mut page = Vec::new();
    let version = concat!("steadfast ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command.clone()).source(version).render(&mut page)?;
    // The texts after the help begin with examples.
    let page = String::from_utf8(page)?.replace(".SH EXTRA", ".SH EXAMPLES");
    output::to_stdout(page.as_bytes())
}

/// Replaces the suggestion for an unknown flag by the subcommands that have this flag, if there are any.
fn name_owner_of_flag(error: &mut clap::Error) {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return };
    let flag = flag.clone();
    let has = |command: &&clap::Command| {
        command
            .get_arguments()
            .filter_map(clap::Arg::get_long)
            .any(|long| flag.strip_prefix("--") == Some(long))
    };
    let program = Cli::command();
    let owners: Vec<String> =
        program.get_subcommands().filter(has).map(|c| format!("`steadfast {}`", c.get_name())).collect();
    if !owners.is_empty() {
        let tip = format!("'{flag}' is a flag of {}", owners.join(", "));
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}

/// Where a file or a URL stands in the place of a subcommand, names the subcommand that reads it.
fn name_command_of_file(error: &mut clap::Error) {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return };
    let given = given.clone();
    if let Some(command) = command_of_file(&given) {
        let tip = format!("`steadfast {command} {}` is the command for it", as_word(&given));
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}

/// Returns the subcommand that reads a file or a URL, by its name or its content.
fn command_of_file(given: &str) -> Option<&'static str> {
    if given.starts_with("http://") || given.starts_with("https://") {
        return Some("chaos");
    }
    let extension = std::path::Path::new(given).extension()?.to_str()?;
    if !["yaml", "yml", "toml"].contains(&extension) {
        return ["csv", "tsv", "json", "jsonl", "ndjson", "log", "gz", "zst"]
            .contains(&extension)
            .then_some("availability");
    }
    let text = file::load(std::path::Path::new(given)).unwrap_or_default();
    let has = |key: &str| text.lines().any(|line| line.trim_start_matches('[').starts_with(key));
    let is_experiment = ["target", "faults", "phases"].iter().any(|key| has(key));
    Some(if is_experiment { "chaos" } else { "simulate" })
}

/// Prints an error on stderr. A broken pipe is not an error: the reader of the output is gone.
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
