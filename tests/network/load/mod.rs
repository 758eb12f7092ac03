//! Tests of the load generator against real servers: ordinary, frozen and hostile ones.

#![cfg(unix)]

mod demo_target;
mod failures;
mod open_loop;
mod saturation;
mod server;

use std::time::Duration;
use steadfast::chaos::experiment::{
    Body, Data, HttpVersion, Load, Pace, Piece, Request, Saturation, Stage, Target, Text, Tls,
};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::load::Generator;
use steadfast::chaos::limit::Measured;
use steadfast::chaos::observation::{Failure, Observation, Window};

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Builds a GET of this path without expectations.
pub(crate) fn get(path: &str) -> Request {
    Request {
        weight: 1.0,
        method: "GET".into(),
        path: Text { pieces: vec![Piece::Fixed(path.into())] },
        headers: Vec::new(),
        body: Body::Fixed(bytes::Bytes::new()),
        expect: Vec::new(),
    }
}

/// Builds an open loop of one request at a constant rate.
pub(crate) fn steady(per_s: f64) -> Load {
    Load {
        pace: Pace::Open(vec![Stage { from_per_s: per_s, to_per_s: per_s, lasts: ms(1000) }]),
        timeout: ms(2000),
        in_flight_max: 10_000,
        on_saturation: Saturation::Drop,
        requests: vec![get("/")],
        data: Data::default(),
        keep_alive: true,
    }
}

pub(crate) fn target(url: &str) -> Target {
    Target { url: url.parse().unwrap(), version: HttpVersion::One, tls: Tls::default() }
}

/// Runs a load for the time `lasts`, in windows of 100 ms.
pub(crate) fn run(load: &Load, target: &Target, lasts: Duration) -> Observation {
    run_until(load, target, lasts).stop()
}

/// Runs a load for the time `lasts`, in windows of 100 ms, without stopping it.
pub(crate) fn run_until(load: &Load, target: &Target, lasts: Duration) -> Generator {
    let generator = Generator::start(load, target, None, &Allowed::default(), ms(100), 1).unwrap();
    std::thread::sleep(lasts.saturating_sub(generator.elapsed()));
    generator
}

/// Adds all windows up to one.
pub(crate) fn whole(windows: &[Window]) -> Window {
    let mut whole = Window::default();
    for window in windows {
        whole.add(window);
    }
    whole
}

pub(crate) fn measured(loaded: &Observation) -> Measured {
    whole(&loaded.windows).measured
}

/// Asserts that all requests failed in this way.
pub(crate) fn assert_all_failed(loaded: &Observation, failure: Failure) {
    let whole = whole(&loaded.windows);
    assert!(whole.measured.offered > 0);
    assert_eq!(whole.failed.get(&failure), Some(&whole.measured.offered), "{:?}", whole.failed);
}
