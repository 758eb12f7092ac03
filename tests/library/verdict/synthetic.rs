//! Synthetic runs: windows drawn from a description of each second, with a number as the clock.

use rand::RngExt as _;
use std::collections::BTreeMap;
use std::time::Duration;
use steadfast::base::random::{FastRng, fast_stream, key};
use steadfast::chaos::experiment::{
    Body, Data, Direction, Expect, Experiment, HttpVersion, Injection, Judge, Load, Matches, Pace, Phases,
    Request, Saturation, Stage, Target, Text, Tls, Who,
};
use steadfast::chaos::fault::Effect;
use steadfast::chaos::fault::Refusal;
use steadfast::chaos::limit::{Limit, Measure, Measured};
use steadfast::chaos::observation::{Ended, Failure, FaultSeen, Observation, Times, Window};
use steadfast::chaos::verdict::{Verdict, judge};

pub(super) const WARM_UP: usize = 2;
pub(super) const BASELINE: usize = 20;
pub(super) const FAULT: usize = 20;
pub(super) const RECOVERY: usize = 40;

pub(super) fn seconds(count: usize) -> Duration {
    Duration::from_secs(count as u64)
}

pub(super) fn limit(measure: Measure, text: &str) -> Limit {
    Limit::parse(measure, text).unwrap()
}

/// An experiment with one fault. Its steady state is a success of 99 % and a p99 of 400 ms.
pub(super) fn experiment() -> Experiment {
    Experiment {
        name: "checkout".into(),
        target: Target {
            url: "http://user:hunter2@127.0.0.1:8080/shop?token=s3cret".parse().unwrap(),
            version: HttpVersion::One,
            tls: Tls::default(),
        },
        load: load(),
        proxies: Vec::new(),
        faults: vec![fault()],
        phases: Phases {
            warm_up: seconds(WARM_UP),
            baseline: seconds(BASELINE),
            baseline_max: seconds(BASELINE),
            fault: seconds(FAULT),
            recovery: seconds(RECOVERY),
            recovery_max: seconds(RECOVERY),
        },
        window: seconds(1),
        steady_state: vec![limit(Measure::Success, ">= 99%"), limit(Measure::P99, "<= 400ms")],
        judge: Judge {
            hold: seconds(10),
            ratio: 1.5,
            floor: Duration::from_millis(20),
            success_margin: 0.01,
            quantiles: vec![Measure::P50, Measure::P95, Measure::P99],
            hits_min: 10,
            stalled_max: 0.1,
            slo: None,
        },
        expect: Expect::default(),
        abort_when: Vec::new(),
        kill_switch: None,
        seed: 7,
    }
}

fn load() -> Load {
    Load {
        pace: Pace::Open(vec![Stage { from_per_s: 50.0, to_per_s: 50.0, lasts: Duration::from_secs(1) }]),
        timeout: Duration::from_secs(2),
        in_flight_max: 100,
        on_saturation: Saturation::Drop,
        requests: vec![Request {
            weight: 1.0,
            method: "GET".into(),
            path: Text::default(),
            headers: Vec::new(),
            body: Body::Fixed(bytes::Bytes::new()),
            expect: Vec::new(),
        }],
        data: Data::default(),
        keep_alive: true,
    }
}

fn fault() -> Injection {
    Injection {
        described: "refuse: {}".into(),
        effect: Effect::Refuse(Refusal { closes_standing: true, resets: false }),
        proxy: 0,
        direction: Direction::Both,
        who: Who { matches: Matches::default(), probability: 1.0, every: 1, first: None },
    }
}

/// The behaviour of the target in one second.
#[derive(Clone, Copy)]
pub(super) struct Second {
    /// Requests that are due.
    pub rate: u64,
    /// The share of them that fails.
    pub failing: f64,
    /// The median response time.
    pub median_s: f64,
    /// The standard deviation of its logarithm.
    pub sigma: f64,
    /// The share of requests that take many times as long, and how many times.
    pub tail: (f64, f64),
    /// A pause at its beginning, in seconds: what is due in it is answered after it.
    pub pause_s: f64,
    /// Attempts for each request.
    pub attempts: u64,
    /// Whether the generator stalled.
    pub stalled: bool,
}

pub(super) const WELL: Second = Second {
    rate: 50,
    failing: 0.001,
    median_s: 0.05,
    sigma: 0.5,
    tail: (0.0, 1.0),
    pause_s: 0.0,
    attempts: 1,
    stalled: false,
};

pub(super) const DOWN: Second = Second { failing: 0.9, ..WELL };
pub(super) const SLOW: Second = Second { median_s: 0.4, ..WELL };

/// A run: the behaviour of the target in each second, and the hits of the fault.
pub(super) struct Run {
    pub experiment: Experiment,
    pub seconds: Vec<Second>,
    pub hits: u64,
    pub ended: Ended,
    pub seed: u64,
}

impl Run {
    /// Creates a run in which every second is like `usual`.
    pub(super) fn of(usual: Second) -> Self {
        Self {
            experiment: experiment(),
            seconds: vec![usual; WARM_UP + BASELINE + FAULT + RECOVERY],
            hits: 500,
            ended: Ended::Complete,
            seed: 1,
        }
    }

    /// Replaces `count` seconds, from second `from` after the injection on.
    pub(super) fn then(mut self, from: usize, count: usize, like: Second) -> Self {
        let begin = WARM_UP + BASELINE + from;
        for second in self.seconds.iter_mut().skip(begin).take(count) {
            *second = like;
        }
        self
    }

    /// Replaces `count` seconds, from second `from` after the start of the run on.
    pub(super) fn at(mut self, from: usize, count: usize, like: Second) -> Self {
        for second in self.seconds.iter_mut().skip(from).take(count) {
            *second = like;
        }
        self
    }

    /// Prolongs the recovery by this many seconds like the first one of the run.
    pub(super) fn lasting(mut self, more: usize) -> Self {
        let usual = self.seconds[0];
        self.seconds.extend(std::iter::repeat_n(usual, more));
        self
    }

    pub(super) fn expecting(mut self, change: impl FnOnce(&mut Experiment)) -> Self {
        change(&mut self.experiment);
        self
    }

    pub(super) fn hitting(mut self, hits: u64) -> Self {
        self.hits = hits;
        self
    }

    /// Ends the run after this many seconds.
    pub(super) fn cut(mut self, after: usize, ended: Ended) -> Self {
        self.seconds.truncate(after);
        self.ended = ended;
        self
    }

    pub(super) fn observation(&self) -> Observation {
        let mut chance = fast_stream(self.seed, key("synthetic"), 0);
        let length = self.seconds.len();
        let reached = |at: usize| (length > at).then(|| seconds(at));
        Observation {
            window: seconds(1),
            windows: self.seconds.iter().map(|second| window(*second, &mut chance)).collect(),
            times: Times {
                baseline: reached(WARM_UP),
                settling: reached(WARM_UP + BASELINE),
                injected: reached(WARM_UP + BASELINE),
                cleared: reached(WARM_UP + BASELINE + FAULT),
                ended: seconds(length),
            },
            faults: vec![FaultSeen { considered: self.hits, hits: self.hits, ..FaultSeen::default() }],
            ended: self.ended.clone(),
            ..Observation::default()
        }
    }

    pub(super) fn judged(&self) -> Verdict {
        judge(&self.experiment, &self.observation())
    }
}

pub(super) fn window(second: Second, chance: &mut FastRng) -> Window {
    let mut measured = Measured { offered: second.rate, ..Measured::default() };
    for number in 0..second.rate {
        if chance.random::<f64>() >= second.failing {
            measured.good += 1;
            let (share, times) = second.tail;
            let times = if share > 0.0 && chance.random::<f64>() < share { times } else { 1.0 };
            let time_s = second.median_s * times * (second.sigma * normal(chance)).exp();
            let waits_s = (second.pause_s - number as f64 / second.rate as f64).max(0.0);
            measured.response.record(Duration::from_secs_f64(time_s + waits_s));
        }
    }
    let failed = second.rate - measured.good;
    Window {
        measured,
        failed: BTreeMap::from([(Failure::Timeout, failed)]),
        attempts: Some(second.attempts * second.rate),
        stalled: second.stalled,
        ..Window::default()
    }
}

/// Draws from the standard normal distribution (Box and Muller 1958).
pub(super) fn normal(chance: &mut FastRng) -> f64 {
    let (u, v): (f64, f64) = (chance.random(), chance.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
