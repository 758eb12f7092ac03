//! The flags of `simulate`, as they are typed.

use crate::base::random::DEFAULT_SEED;
use crate::cli::output::OutputArgs;

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast simulate shop.yaml
  steadfast simulate shop.yaml --set web.count=5 --precision 0.5%
  steadfast simulate shop.yaml --trace 0 | steadfast availability - --from 2026-01-01 --to 2027-01-01")]
pub(crate) struct Args {
    /// The topology: YAML, JSON or TOML by its extension; `-` is standard input (YAML)
    #[arg(value_name = "TOPOLOGY")]
    pub topology: String,

    /// Change the topology, with --compare both: web.count=4, db.failure.weibull.shape=2; may be repeated
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Model")]
    pub set: Vec<String>,
    /// Run once for each value: web.count=2..6, db.mttr=1h,2h,4h; given twice, for each pair
    #[arg(long, value_name = "PATH=VALUES", help_heading = "Model", conflicts_with_all = ["compare", "trace"])]
    pub sweep: Vec<String>,
    /// Compare with another topology, both under the same chance
    #[arg(long, value_name = "OTHER", help_heading = "Model", conflicts_with = "trace")]
    pub compare: Option<String>,
    /// How long a replication lasts, in place of the file's `horizon`
    #[arg(long, value_name = "DURATION", help_heading = "Model")]
    pub horizon: Option<String>,

    /// Which roads to go: both where both lead somewhere (auto), or one
    #[arg(long, value_name = "ROAD", default_value = "auto", help_heading = "Method")]
    pub method: Method,
    /// Simulate until the unavailability is known to this relative half-width [default: 2%, within ten million replications and --max-events]
    #[arg(long, value_name = "SHARE", help_heading = "Method")]
    pub precision: Option<String>,
    /// Simulate so many replications, or at most so many beside --precision
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..), help_heading = "Method")]
    pub replications: Option<u64>,
    /// Stop simulating after this time (the figures then depend on the machine)
    #[arg(long, value_name = "DURATION", help_heading = "Method")]
    pub time_limit: Option<String>,
    /// Stop simulating after so many component events [default: 300 million, without limit beside --replications and --time-limit]
    #[arg(long, value_name = "N", help_heading = "Method")]
    pub max_events: Option<u64>,
    /// Seed of the simulation
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED, help_heading = "Method")]
    pub seed: u64,
    /// Threads [default: one for each core]; the figures do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024), help_heading = "Method")]
    pub threads: Option<u64>,
    /// Level of all intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", help_heading = "Method")]
    pub confidence: String,

    /// Write the system's outages in replication N as an incident log to standard output, and nothing else
    #[arg(long, value_name = "N", help_heading = "Trace", conflicts_with_all = ["format", "output", "table"])]
    pub trace: Option<u64>,
    /// With --trace: the outages of every unit in place of the system's
    #[arg(long, requires = "trace", help_heading = "Trace")]
    pub trace_units: bool,

    /// Rows of each list at most
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Output")]
    pub top: usize,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which roads to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Method {
    /// The exact one where there is one, and the simulation beside it.
    Auto,
    /// The exact one alone; an error where there is none.
    Exact,
    /// The simulation alone.
    MonteCarlo,
}
