//! The flags of `chaos`, as they are typed.

use crate::base::random::DEFAULT_SEED;
use crate::cli::output::OutputArgs;
use std::path::PathBuf;

/// Arguments of `chaos`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast chaos http://127.0.0.1:8080/ --fault latency=200ms
  steadfast chaos checkout.yaml --target https://staging.example.com --allow-host staging.example.com
  steadfast chaos checkout.yaml --dry-run
  steadfast chaos checkout.yaml --output summary.md --output result.json --output junit.xml

Exit codes: 0 held · 1 an expectation was missed · 2 usage or bad input · 3 inconclusive, or the baseline was not steady ·
4 the fault touched nothing · 5 stopped by a guard · 130/143 interrupted, and the faults cleared.")]
pub(crate) struct Args {
    /// An experiment (YAML, JSON or TOML by its extension; `-` is standard input, YAML), or the URL of a target
    #[arg(value_name = "EXPERIMENT|URL")]
    pub experiment: String,

    /// Whom the load goes to, in place of the file's `target`
    #[arg(long, value_name = "URL", help_heading = "Experiment")]
    pub target: Option<String>,
    /// Add a fault: latency=200ms, bandwidth=1MB/s, '{ latency: 1s, probability: 10% }'; may be repeated
    #[arg(long, value_name = "FAULT", help_heading = "Experiment")]
    pub fault: Vec<String>,
    /// Requests in a time, in place of the file's `load.rate`: 50/s
    #[arg(long, value_name = "RATE", help_heading = "Experiment")]
    pub load: Option<String>,
    /// How long the faults are on, in place of the file's `phases.fault`
    #[arg(long, value_name = "DURATION", help_heading = "Experiment")]
    pub duration: Option<String>,
    /// Change the experiment: load.timeout=1s, judge.hold=3s; may be repeated
    #[arg(long, value_name = "PATH=VALUE", help_heading = "Experiment")]
    pub set: Vec<String>,
    /// Seed: the same one hits the same requests
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED, help_heading = "Experiment")]
    pub seed: u64,
    /// Run it so many times, each with the next seed, and report how the recovery times are distributed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000), help_heading = "Experiment")]
    pub repeat: u64,

    /// PEM file of certificates that are trusted as well, in place of the file's `tls.ca_file`
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub ca_file: Option<PathBuf>,
    /// PEM file of the certificate that is shown to the target, in place of the file's `tls.client_cert`
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub client_cert: Option<PathBuf>,
    /// PEM file of its key, in place of the file's `tls.client_key`
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub client_key: Option<PathBuf>,
    /// The name that is asked for and checked (SNI), in place of the file's `tls.server_name`
    #[arg(long, value_name = "NAME", help_heading = "TLS")]
    pub server_name: Option<String>,

    /// A host that may be disturbed although it is neither loopback nor private: staging.example.com, *.example.com; may be repeated
    #[arg(long, value_name = "HOST", help_heading = "Safety")]
    pub allow_host: Vec<String>,
    /// Print the plan, touch nothing
    #[arg(long, help_heading = "Safety")]
    pub dry_run: bool,

    /// Also write the run as an incident log that `availability` reads
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub incidents: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}
