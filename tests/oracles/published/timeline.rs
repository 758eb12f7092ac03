//! Compares interval algebra, state logs and probe samples with the oracles.

use super::shared::{number, oracle};
use serde_json::Value;
use steadfast::base::time::Timestamp;
use steadfast::timeline::samples::{
    OutageBounds, Run, State, hold_forward, hold_states, join_runs, outage_bounds,
};
use steadfast::timeline::tally::Tally;
use steadfast::timeline::{Line, Span, Spans};

/// Converts seconds, the unit of the oracles.
fn at(seconds: &Value) -> Timestamp {
    Timestamp::from_seconds(seconds.as_i64().unwrap())
}

/// Converts seconds to the microseconds of a tally.
fn micros(seconds: &Value) -> i128 {
    at(seconds).0.into()
}

fn span(pair: &Value) -> Span {
    Span::new(at(&pair[0]), at(&pair[1]))
}

fn list(value: &Value) -> Vec<Span> {
    value.as_array().unwrap().iter().map(span).collect()
}

fn set(value: &Value) -> Spans {
    list(value).into_iter().collect()
}

#[test]
fn every_case_of_interval_algebra_agrees() {
    let Some(oracle) = oracle("r07_interval_algebra") else {
        return;
    };
    let window = span(&oracle["window"]);
    let cases = oracle["cases"].as_array().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let instants =
            list(&case["outages"]).iter().filter(|span| span.is_empty()).map(|span| span.start).collect();
        let line = Line::new(window, &set(&case["outages"]), &set(&case["maintenance"]), &Spans::new())
            .with_instants(instants);
        let tally = Tally::of(&line);
        assert_eq!(line.outages, set(&case["merged"]), "{name}");
        assert_eq!(line.down(), set(&case["after_maintenance"]), "{name}");
        assert_eq!(tally.down_micros, micros(&case["downtime"]), "{name}");
        assert_eq!(tally.observed_micros(), micros(&case["scheduled_time"]), "{name}");
        assert_eq!(Value::from(tally.outages), case["events_nonzero"], "{name}");
        assert_eq!(Value::from(tally.zero_length), case["zero_length_events"], "{name}");
        let near = |unavailability: Option<f64>, availability: &Value| {
            let expected = 1.0 - number(availability);
            assert!((unavailability.unwrap() - expected).abs() <= 1e-12, "{name}");
        };
        near(tally.unavailability(), &case["availability_excl_maintenance"]);
        near(tally.calendar_unavailability(), &case["availability_calendar"]);
    }
    assert_eq!(cases.len(), 18);
}

fn state(word: &Value) -> State {
    match word.as_str().unwrap() {
        "up" => State::Up,
        "down" => State::Down,
        _ => State::Unknown,
    }
}

/// Returns maintenance of the length that the case states, placed so that about half of it overlaps the
/// outage: the oracle gives its length and its effect, but not its place.
fn maintenance(case: &Value) -> Spans {
    match case["maintenance"].as_i64().unwrap() {
        0 => Spans::new(),
        600 => Span::new(Timestamp::from_seconds(1200), Timestamp::from_seconds(1800)).into(),
        900 => [(1200, 1800), (1500, 2100)]
            .map(|(a, b)| Span::new(Timestamp::from_seconds(a), Timestamp::from_seconds(b)))
            .into_iter()
            .collect(),
        other => panic!("no place known for {other} s of maintenance"),
    }
}

#[test]
fn every_state_log_agrees() {
    let Some(oracle) = oracle("r12_state_logs_and_samples") else {
        return;
    };
    for case in oracle["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let window = span(&case["window"]);
        let events = case["events"].as_array().unwrap().iter().map(|event| (at(&event[0]), state(&event[1])));
        let (down, unknown) = hold_states(&events.collect::<Vec<_>>(), state(&case["initial"]), window);
        let tally = Tally::of(&Line::new(window, &down, &maintenance(case), &unknown));
        assert_eq!(tally.down_micros, micros(&case["down"]), "{name}");
        assert_eq!(tally.up_micros(), micros(&case["up"]), "{name}");
        assert_eq!(tally.observation.unknown_micros, micros(&case["unknown"]), "{name}");
        match &case["availability_known"] {
            Value::Null => assert_eq!(tally.unavailability(), None, "{name}"),
            known => assert!((1.0 - tally.unavailability().unwrap() - number(known)).abs() < 1e-12, "{name}"),
        }
    }
}

/// Returns the outage with both of its ends midway between the good and the bad sample.
fn midpoint(OutageBounds { shortest, longest }: &OutageBounds) -> Span {
    let between = |a: Timestamp, b: Timestamp| Timestamp(a.0 + (b.0 - a.0) / 2);
    Span::new(between(longest.start, shortest.start), between(shortest.end, longest.end))
}

#[test]
fn probe_samples_agree_in_every_reading() {
    let Some(oracle) = oracle("r12_state_logs_and_samples") else {
        return;
    };
    let probe = &oracle["probe_samples"];
    let step = at(&probe["step"]).0;
    let samples = probe["samples(t,up)"].as_array().unwrap();
    let run = |sample: &Value| {
        let state = if sample[1] == 1 { State::Up } else { State::Down };
        Run::of_one(at(&sample[0]), state)
    };
    let good = samples.iter().filter(|sample| sample[1] == 1).count();
    assert!((good as f64 / samples.len() as f64 - number(&probe["count_ratio"])).abs() < 1e-12);

    let held = |max_gap: i64| {
        let mut runs: Vec<Run> = samples.iter().map(run).collect();
        join_runs(&mut runs, max_gap);
        let window = Span::new(runs[0].first, runs[runs.len() - 1].last);
        let (down, unknown) = hold_forward(&runs, max_gap, window);
        (runs, Tally::of(&Line::new(window, &down, &Spans::new(), &unknown)))
    };
    let (_, carried) = held(i64::from(u32::MAX) * 1_000_000);
    let expected = &probe["hold_forward_to_next_sample(gap carries last state)"];
    assert_eq!(
        (carried.down_micros, carried.observation.window_micros),
        (micros(&expected["down"]), micros(&expected["total"]))
    );

    let (runs, tally) = held(step);
    let expected = &probe["hold_forward_max_1_step(gap=unknown)"];
    assert_eq!(tally.down_micros, micros(&expected["down"]));
    assert_eq!(tally.observed_micros(), micros(&expected["known"]));
    assert_eq!(tally.observation.unknown_micros, micros(&expected["unknown"]));

    let bounds = outage_bounds(&runs, step);
    let spans = |pick: fn(&OutageBounds) -> Span| bounds.iter().map(pick).collect::<Vec<_>>();
    assert_eq!(spans(midpoint), list(&probe["midpoint_transition_outages"]));
    assert_eq!(spans(|b| b.longest), list(&probe["outage_bounds(last good..first good)"]));
    assert_eq!(spans(|b| b.shortest), list(&probe["outage_bounds(first bad..last bad)"]));
}
