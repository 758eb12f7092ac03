//! `steadfast demo-target`: an HTTP server to try experiments on.

use super::args::{SeedArgs, parse_time};
use super::signals::Signals;
use super::{Exit, file, output};
use crate::base::quantity::parse_share_complement;
use crate::chaos::io::demo_target::{Backend, Cache, DemoTarget, Settings};
use crate::config::document::{Reading, Syntax, Tree};
use crate::stats::distribution::Distribution;
use crate::stats::times::distribution;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Arguments of `demo-target`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast demo-target --service '{ exponential: { mean: 10ms } }' --queue-max 100
  steadfast demo-target --backend http://127.0.0.1:8081 --attempts 4 --attempt-timeout 100ms")]
pub(crate) struct Args {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// Service time of a request: 10ms, or a distribution such as '{ exponential: { mean: 10ms } }'
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = service)]
    service: Distribution,
    /// Number of workers, each of which serves one request at a time; other requests wait in order
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Maximum number of waiting requests; further ones are answered with 503 [default: unlimited]
    #[arg(long, value_name = "N")]
    queue_max: Option<usize>,
    /// Share of requests that are answered with 500
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    failing: f64,
    #[command(flatten)]
    random: SeedArgs,
    /// Accept the control requests GET /stall?for=2s, /crash?for=2s and /flush
    #[arg(long)]
    control: bool,

    /// Number of keys; each request is for one of them, and is slow only if its key is not in the cache
    #[arg(long, value_name = "N", help_heading = "Cache", value_parser = clap::value_parser!(u32).range(1..))]
    cache_keys: Option<u32>,
    /// Service time of a request whose key is in the cache
    #[arg(long, value_name = "DURATION", help_heading = "Cache", default_value = "1ms", value_parser = parse_time)]
    cache_hit: Duration,

    /// Send a request to this URL before each response; without a response from it, answer with 502
    #[arg(long, value_name = "URL", help_heading = "Backend")]
    backend: Option<hyper::Uri>,
    /// Maximum number of attempts at the backend per request; a retry follows a failure at once
    #[arg(long, value_name = "N", help_heading = "Backend", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// Timeout of each attempt
    #[arg(long, value_name = "DURATION", help_heading = "Backend", default_value = "1s", value_parser = parse_time)]
    attempt_timeout: Duration,
    /// Maximum number of retries, as a share of the requests [default: unlimited]
    #[arg(long, value_name = "SHARE", help_heading = "Backend", value_parser = share)]
    retry_budget: Option<f64>,
}

/// Serves until a signal arrives. Prints the URL on standard output.
pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    // Install the handlers before printing the address, so that its reader can already end the program.
    let signals = Signals::listen()?;
    let target = DemoTarget::start(args.settings()).context("demo-target")?;
    output::to_stdout(format!("http://{}\n", target.address()).as_bytes())?;
    signals.wait();
    target.stop()?;
    Ok(Exit::Fine)
}

impl Args {
    fn settings(&self) -> Settings {
        Settings {
            listen: self.listen,
            service: self.service.clone(),
            workers: self.workers as usize,
            queue_max: self.queue_max.unwrap_or(usize::MAX),
            failing: self.failing,
            cache: self.cache_keys.map(|keys| Cache { keys, hit: self.cache_hit }),
            backend: self.backend.as_ref().map(|url| Backend {
                url: url.clone(),
                attempts: self.attempts,
                attempt_timeout: self.attempt_timeout,
                retry_budget: self.retry_budget,
            }),
            control: self.control,
            seed: self.random.seed(),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is not an address with a port, such as 127.0.0.1:8080".to_owned())
}

fn service(text: &str) -> Result<Distribution, String> {
    let read = || {
        let tree = Tree::parse("--service", text, Syntax::Yaml)?;
        let load = |path: &str| file::bytes(Path::new(path));
        let mut reading = Reading::new(&load);
        let read = distribution(tree.root(), &mut reading);
        read.ok_or(reading.problems)
    };
    read().map_err(|problems| problems.render(false))
}

fn share(text: &str) -> Result<f64, String> {
    parse_share_complement(text).map(|complement| 1.0 - complement)
}
