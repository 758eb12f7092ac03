//! Settings of a demo target.

use crate::stats::distribution::Distribution;
use hyper::Uri;
use std::net::SocketAddr;
use std::time::Duration;

/// Settings of a demo target.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; port 0 means any free port.
    pub listen: SocketAddr,
    /// Service time of a request, in seconds.
    pub service: Distribution,
    /// Number of requests that are served at once; the others wait in order.
    pub workers: usize,
    /// Number of requests that may wait; any more get status 503 at once.
    pub queue_max: usize,
    /// Probability, 0 to 1, that a request gets status 500 after its service time.
    pub failing: f64,
    /// The cache, if there is one.
    pub cache: Option<Cache>,
    /// The backend to ask before each response, if there is one.
    pub backend: Option<Backend>,
    /// Whether requests to `/stall`, `/crash` and `/flush` trigger failures.
    pub control: bool,
    /// Seed of all random draws.
    pub seed: u64,
}

/// A cache that is empty at first. Each request asks for one of the keys, all equally likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cache {
    /// Number of keys.
    pub keys: u32,
    /// Service time for a key that is in the cache.
    pub hit: Duration,
}

/// A server that is called for each request. A failed or timed-out attempt is retried at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    /// Its URL.
    pub url: Uri,
    /// Maximum number of attempts for each request.
    pub attempts: u32,
    /// Timeout of each attempt. The backend keeps working on an attempt that timed out.
    pub attempt_timeout: Duration,
    /// Maximum number of retries per request on average; `None` means as many as `attempts` allows.
    pub retry_budget: Option<f64>,
}
