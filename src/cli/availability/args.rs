//! The command-line arguments of `availability`.

use crate::availability::evidence::Shape;
use crate::availability::gates::Strictness;
use crate::availability::input::preset::PRESETS;
use crate::availability::input::timestamp::DateOrder;
use crate::base::random::DEFAULT_SEED;
use crate::cli::args::{MeasureArgs, Suggesting};
use crate::cli::output::OutputArgs;
use crate::timeline::samples::State;
use std::path::PathBuf;

/// Limit of `--bootstrap`: more resamples do not improve the interval noticeably, and all their means
/// are held in memory.
const RESAMPLES_MAX: i64 = 1_000_000;

/// Arguments of `availability`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast availability incidents.csv --from 2026-01-01 --to 2026-02-01
  steadfast availability export.csv --columns start=opened,end=closed,service=ci --timezone Europe/London
  steadfast availability incidents.csv --slo 99.9% --slo-window month --fail-if 'budget_left < 0'")]
pub(crate) struct Args {
    /// Logs: CSV, TSV, JSON, JSON Lines or event logs, plain or compressed (gzip, Zstandard); `-` is
    /// standard input
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<String>,

    /// Start of the window: a date, a month (2026-01), a quarter (2026-Q1), a local time of --timezone,
    /// RFC 3339 or now [default: the first instant of the log]
    #[arg(long, value_name = "TIME", help_heading = "Window")]
    pub from: Option<String>,
    /// End of the window (exclusive) [default: the last instant of the log]
    #[arg(long, value_name = "TIME", help_heading = "Window")]
    pub to: Option<String>,
    /// Window of this length that ends at --to, or now: 30d, 12h
    #[arg(long, value_name = "DURATION", conflicts_with = "from", help_heading = "Window")]
    pub last: Option<String>,
    /// IANA time zone of the calendar and of --from and --to, such as Europe/London [default: UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Window")]
    pub timezone: Option<String>,
    /// IANA time zone of times in the log that have none [default: that of --timezone]
    #[arg(long, value_name = "ZONE", help_heading = "Window")]
    pub log_timezone: Option<String>,

    /// Columns of the fields: start=…,end=…,service=…; `a|b` takes the first that is not empty, `a+b`
    /// joins them
    #[arg(long, value_name = "FIELD=COLUMN,…", help_heading = "Reading")]
    pub columns: Vec<String>,
    /// Use only rows with these values: severity=SEV1,SEV2 or impact!=maintenance; may be repeated
    #[arg(long = "where", value_name = "COLUMN=VALUE,…", help_heading = "Reading")]
    pub filters: Vec<String>,
    /// Rows with these values are planned maintenance, such as class=SCHEDULED
    #[arg(long, value_name = "COLUMN=VALUE,…", help_heading = "Reading")]
    pub planned: Option<String>,
    /// Meaning of the values of the state column: up=0,down=1|2 or up=200-399,down=400-599
    #[arg(long, value_name = "STATE=VALUE|…,…", help_heading = "Reading")]
    pub states: Option<String>,
    /// Read this list of a JSON document, such as data.incidents; may be repeated [default: by content]
    #[arg(long = "list", value_name = "PATH", help_heading = "Reading")]
    pub lists: Vec<String>,
    /// Kind of export to read (see `steadfast list inputs`) [default: recognised by content]
    #[arg(long, value_name = "NAME", help_heading = "Reading", hide_possible_values = true,
        value_parser = Suggesting(|| PRESETS.iter().map(|preset| preset.name).collect()))]
    pub preset: Option<String>,
    /// Kind of rows [default: recognised by the columns]
    #[arg(long, value_name = "SHAPE", help_heading = "Reading")]
    pub shape: Option<Shape>,
    /// Order of day and month in dates such as 03/04/2026 [default: recognised from the whole column]
    #[arg(long, value_name = "ORDER", help_heading = "Reading")]
    pub date_order: Option<DateOrder>,
    /// Longest gap between samples; beyond it the state is unknown [default: twice the median interval]
    #[arg(long, value_name = "DURATION", help_heading = "Reading")]
    pub max_gap: Option<String>,
    /// State before the first state change in the window [default: unknown]
    #[arg(long, value_name = "STATE", help_heading = "Reading")]
    pub initial_state: Option<StateArg>,
    /// A service is down while K of its N probes see it down, such as 2/3; the last part of the service's columns
    /// names the probe: --columns service=service+location
    #[arg(long, value_name = "K/N", help_heading = "Reading")]
    pub quorum: Option<String>,
    /// Count a service that has no date of entry (`in_service`) only from its first incident on
    #[arg(long, help_heading = "Reading")]
    pub first_seen: bool,
    /// On rows that cannot be read: list them and stop with exit code 2, or skip them (the ledger lists
    /// them)
    #[arg(long, value_name = "WHAT", default_value = "stop", help_heading = "Reading")]
    pub on_bad_row: OnBadRow,
    /// Write every row that was excluded or adjusted to FILE (CSV)
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub ledger: Option<PathBuf>,

    /// Group by service, severity, cause, day, week, month, quarter, year, weekday, hour or a column
    /// [default: service]
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', help_heading = "Measures")]
    pub by: Vec<String>,
    /// Rule for the total of services: any (down while any is down), all, k:N (down while N or more are),
    /// pool (a fleet)
    #[arg(long, value_name = "RULE", default_value = "any", help_heading = "Measures")]
    pub combine: String,
    /// Planned maintenance, in any log format; rows without a service apply to all services
    #[arg(long, value_name = "FILE", help_heading = "Measures")]
    pub maintenance: Vec<String>,
    /// Columns of the maintenance file, as --columns; service=- if its rows apply to all services [default:
    /// those of --columns]
    #[arg(long, value_name = "FIELD=COLUMN,…", requires = "maintenance", help_heading = "Measures")]
    pub maintenance_columns: Option<String>,
    /// Service hours, such as "Mon-Fri 10:00-17:00"; availability within them is shown as well
    #[arg(long, value_name = "HOURS", help_heading = "Measures")]
    pub hours: Option<String>,
    /// Days without service hours: dates, such as 2026-04-06,2026-12-25, or a file with a date per line (or .ics)
    #[arg(long, value_name = "DATES|FILE", requires = "hours", help_heading = "Measures")]
    pub holidays: Option<String>,
    /// Weights of partial outages: severity=SEV1:1,SEV2:0.5, or a column of shares from 0 to 1
    #[arg(long, value_name = "WEIGHTS", help_heading = "Measures")]
    pub weight: Option<String>,
    /// Whether failures of zero length count in MTBF and MTTR
    #[arg(long, value_name = "WHAT", default_value = "ignore", help_heading = "Measures")]
    pub zero_length: ZeroLength,
    /// Add a bootstrap interval of MTTR with this many resamples
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Measures",
        value_parser = clap::value_parser!(u32).range(0..=RESAMPLES_MAX))]
    pub bootstrap: u32,
    /// Seed of the bootstrap: the same seed gives the same resamples
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED, requires = "bootstrap", help_heading = "Measures")]
    pub seed: u64,

    /// Objective for every service and the total, such as 99.9%, or a file of objectives (.yaml, .toml,
    /// .json)
    #[arg(long, value_name = "SLO", help_heading = "Objectives")]
    pub slo: Option<String>,
    /// Window of the objective: a duration such as 30d (rolling), or day, week, month, quarter, year
    #[arg(long, value_name = "WINDOW", default_value = "30d", requires = "slo", help_heading = "Objectives")]
    pub slo_window: String,
    /// Repair time assumed for a service that never failed [default: the log's MTTR]
    #[arg(long, value_name = "DURATION", help_heading = "Objectives")]
    pub assume_mttr: Option<String>,
    /// Exit with 1 if this holds: "availability < 99.9%", "mttr > 1h for api", "mtbf < 30d for each";
    /// may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = "Objectives")]
    pub fail_if: Vec<String>,
    /// Exit with 1 unless this holds: "availability >= 99.9%", "mttr <= 1h for each"; may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = "Objectives")]
    pub require: Vec<String>,
    /// Decide --fail-if and --require by the estimate (point), or fail only if the whole interval fails (significant)
    #[arg(long, value_name = "HOW", default_value = "point", help_heading = "Objectives")]
    pub gate: Strictness,

    /// Print the formula, the number of observations and the method of each figure
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    #[command(flatten)]
    pub measures: MeasureArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum StateArg {
    Up,
    Down,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnBadRow {
    Stop,
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ZeroLength {
    Ignore,
    Count,
}

impl From<StateArg> for State {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Up => Self::Up,
            StateArg::Down => Self::Down,
            StateArg::Unknown => Self::Unknown,
        }
    }
}
