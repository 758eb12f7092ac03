//! The flags of `chaos`.

use crate::cli::args::{SeedArgs, SetArgs};
use crate::cli::output::OutputArgs;
use std::path::PathBuf;

/// Arguments of `chaos`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast chaos http://127.0.0.1:8080/ --fault latency=200ms
  steadfast chaos checkout.yaml --target https://staging.example.com --allow-host staging.example.com
  steadfast chaos checkout.yaml --dry-run
  steadfast chaos checkout.yaml --output summary.md --output result.json --output junit.xml

Exit codes: 0 held · 1 an expectation was missed · 2 usage error or bad input · 3 inconclusive, or the \
baseline was not steady · 4 a fault had too few hits · 5 stopped by a guard · 130/143 interrupted, with the \
faults cleared.")]
pub(crate) struct Args {
    /// Experiment file (YAML, JSON or TOML by its extension; `-` reads YAML from standard input), or the
    /// URL of a target
    #[arg(value_name = "EXPERIMENT|URL")]
    pub experiment: String,

    /// URL of the target; overrides `target` of the file
    #[arg(long, value_name = "URL", help_heading = "Experiment")]
    pub target: Option<String>,
    /// Add a fault: latency=200ms, bandwidth=1MB/s, '{ latency: 1s, probability: 10% }'; may be repeated
    #[arg(long, value_name = "FAULT", help_heading = "Experiment")]
    pub fault: Vec<String>,
    /// Rate of the load, such as 50/s; overrides `load.rate` of the file
    #[arg(long, value_name = "RATE", help_heading = "Experiment")]
    pub load: Option<String>,
    /// Length of the fault phase; overrides `phases.fault` of the file
    #[arg(long, value_name = "DURATION", help_heading = "Experiment")]
    pub duration: Option<String>,
    #[command(flatten, next_help_heading = "Experiment")]
    pub set: SetArgs,
    #[command(flatten, next_help_heading = "Experiment")]
    pub random: SeedArgs,
    /// Number of runs, each with the next seed; with several, the distribution of the recovery time is
    /// reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000), help_heading = "Experiment")]
    pub repeat: u64,

    /// PEM file of additional certificates to trust; overrides `tls.ca_file` of the file
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client certificate; overrides `tls.client_cert` of the file
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub client_cert: Option<PathBuf>,
    /// PEM file of the key of the client certificate; overrides `tls.client_key` of the file
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub client_key: Option<PathBuf>,
    /// Server name to request (SNI) and verify; overrides `tls.server_name` of the file
    #[arg(long, value_name = "NAME", help_heading = "TLS")]
    pub server_name: Option<String>,

    /// Allow a host that is neither loopback nor private: staging.example.com, *.example.com; may be
    /// repeated
    #[arg(long, value_name = "HOST", help_heading = "Safety")]
    pub allow_host: Vec<String>,
    /// Print the plan and send nothing
    #[arg(long, help_heading = "Safety", conflicts_with_all = ["repeat", "incidents"])]
    pub dry_run: bool,

    /// Also write the run as an incident log for `availability`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub incidents: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}
