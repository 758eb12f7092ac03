//! The command-line flags of `simulate`.

use crate::cli::args::{MeasureArgs, SeedArgs, SetArgs};
use crate::cli::output::OutputArgs;

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast simulate shop.yaml
  steadfast simulate shop.yaml --set web.count=5 --precision 0.5%
  steadfast simulate shop.yaml --trace 0 | steadfast availability - --from 2026-01-01 --to 2027-01-01")]
pub(crate) struct Args {
    /// Topology file: YAML, JSON or TOML by its extension; `-` reads YAML from standard input
    #[arg(value_name = "TOPOLOGY")]
    pub topology: String,

    #[command(flatten, next_help_heading = "Model")]
    pub set: SetArgs,
    /// Run once for each value: web.count=2..6, db.mttr=1h,2h,4h; given twice, run for each combination
    #[arg(long, value_name = "PATH=VALUES", help_heading = "Model", conflicts_with_all = ["compare", "trace"])]
    pub sweep: Vec<String>,
    /// Compare with another topology, using common random numbers; --set holds for both
    #[arg(long, value_name = "OTHER", help_heading = "Model", conflicts_with = "trace")]
    pub compare: Option<String>,
    /// Length of a replication, in place of the file's `horizon`
    #[arg(long, value_name = "DURATION", help_heading = "Model")]
    pub horizon: Option<String>,

    /// Solvers to run: the exact ones where they apply and the simulation (auto), or only one of the two
    #[arg(long, value_name = "METHOD", default_value = "auto", help_heading = "Method")]
    pub method: Method,
    /// Simulate until the confidence interval of the unavailability has this relative half-width
    /// [default: 2%, within ten million replications and --max-events]
    #[arg(long, value_name = "SHARE", help_heading = "Method")]
    pub precision: Option<String>,
    /// Number of replications; with --precision, the maximum number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..), help_heading = "Method")]
    pub replications: Option<u64>,
    /// Stop after this time, of which the exact solvers take half at most (the results then depend on the machine)
    #[arg(long, value_name = "DURATION", help_heading = "Method")]
    pub time_limit: Option<String>,
    /// Stop simulating after this number of component events [default: 300 million; unlimited with
    /// --replications or --time-limit]
    #[arg(long, value_name = "N", help_heading = "Method")]
    pub max_events: Option<u64>,
    #[command(flatten, next_help_heading = "Method")]
    pub random: SeedArgs,
    /// Number of threads [default: one per core]; the results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024), help_heading = "Method")]
    pub threads: Option<u64>,

    /// Write only the system's outages in replication N to standard output, as an incident log
    #[arg(long, value_name = "N", help_heading = "Trace", conflicts_with_all = [
        "format", "output", "table", "method", "precision", "replications", "time_limit", "max_events", "threads", "confidence", "top"
    ])]
    pub trace: Option<u64>,
    /// With --trace: write the outages of every unit instead of the system's
    #[arg(long, requires = "trace", help_heading = "Trace")]
    pub trace_units: bool,

    #[command(flatten)]
    pub measures: MeasureArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The solvers to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Method {
    /// The exact solvers where they apply, and the simulation.
    Auto,
    /// The exact solvers only; an error if none of them applies.
    Exact,
    /// The simulation only.
    MonteCarlo,
}
