//! What a demo target is told to be like.

use crate::base::random::DEFAULT_SEED;
use crate::stats::distribution::Distribution;
use hyper::Uri;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// What a demo target is like.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// How long a worker takes for a request, in seconds.
    pub service: Option<Distribution>,
    /// How many requests it works on at once; the others wait in order.
    pub workers: usize,
    /// How many may wait; those beyond are answered 503 at once.
    pub queue_max: usize,
    /// The share of requests that are answered 500 after they were worked on.
    pub failing: f64,
    /// What it remembers.
    pub cache: Option<Cache>,
    /// Whom it asks before it answers.
    pub backend: Option<Backend>,
    /// Whether `/stall`, `/crash` and `/flush` do what they say.
    pub control: bool,
    /// From it all chance follows.
    pub seed: u64,
}

/// A cache that is empty at first. Each request is for one of the keys, all equally likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cache {
    /// How many keys there are.
    pub keys: u32,
    /// How long a worker takes for a key that was seen before.
    pub hit: Duration,
}

/// A server that is asked for each request, again at once if it does not answer in time or fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    /// Its URL.
    pub url: Uri,
    /// How often it is asked at most.
    pub attempts: u32,
    /// How long each answer is waited for. What was asked is not taken back then.
    pub attempt_timeout: Duration,
    /// Retries at most for each request on average; without one, as many as `attempts` allows.
    pub retry_budget: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            service: None,
            workers: 1,
            queue_max: usize::MAX,
            failing: 0.0,
            cache: None,
            backend: None,
            control: false,
            seed: DEFAULT_SEED,
        }
    }
}
