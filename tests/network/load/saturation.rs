//! Requests that are due while the maximum number is under way.

use crate::load::server::{answer, response};
use crate::load::{measured, ms, run, run_until, steady, target, whole};
use steadfast::chaos::experiment::{Load, Saturation};
use steadfast::chaos::limit::Measured;
use steadfast::chaos::observation::{Failure, Observation};

/// A server that takes 50 ms for each response. With two requests under way, it serves 40 per second of
/// the 200 that are due.
fn slow() -> String {
    answer(|_| {
        std::thread::sleep(ms(50));
        response(200, "", "")
    })
}

/// Returns the sums of the first ten windows of 100 ms. On a busy machine the load ends later than that, and
/// more requests are due until then.
fn first_second(loaded: &Observation) -> Measured {
    whole(&loaded.windows[..10]).measured
}

fn load(on_saturation: Saturation) -> Load {
    Load { in_flight_max: 2, on_saturation, timeout: ms(300), ..steady(200.0) }
}

#[test]
fn dropped_requests_are_counted_in_their_window() {
    let generator = run_until(&load(Saturation::Drop), &target(&slow()), ms(1000));
    assert!(!generator.saturated());
    let loaded = generator.stop();
    let whole = whole(&loaded.windows);
    assert_eq!(first_second(&loaded).offered, 200);
    let good = first_second(&loaded).good;
    assert!((30..=42).contains(&good), "{good}");
    assert_eq!(whole.failed[&Failure::NotSent], whole.measured.offered - whole.measured.good);
    for window in &loaded.windows[1..9] {
        assert_eq!(window.measured.offered, 20);
        assert!(window.failed[&Failure::NotSent] > 10);
    }
}

#[test]
fn queued_requests_wait_and_the_wait_counts_as_response_time() {
    let loaded = run(&load(Saturation::Queue), &target(&slow()), ms(1000));
    let whole = whole(&loaded.windows);
    assert_eq!(first_second(&loaded).offered, 200);
    // Once the wait is as long as the timeout, requests fail before they are sent or are sent too late
    // for a response.
    let late: u64 = whole.failed.values().sum();
    let ways = [Failure::NotSent, Failure::Timeout];
    assert!(whole.failed.keys().all(|failure| ways.contains(failure)), "{:?}", whole.failed);
    assert!(late > 100, "{late}");
    assert!(whole.measured.response.quantile_s(1.0).unwrap() > 0.2);
    let at_first = loaded.windows[0].measured.good;
    assert!(at_first > 5, "{at_first}");
}

#[test]
fn a_load_with_abort_stops_itself_when_saturated() {
    let generator = run_until(&load(Saturation::Abort), &target(&slow()), ms(1000));
    assert!(generator.saturated());
    let loaded = generator.stop();
    assert!(measured(&loaded).offered < 20, "{}", measured(&loaded).offered);
}
