//! The `detection` key: the distribution of the time from a failure to its detection.

use crate::config::document::{Node, Reading, one_key};
use crate::config::fields::Fields;
use crate::config::schema::{Family, Key, KeyOr, Kind, Member, Record};
use crate::stats::distribution::{BuildError, Distribution, Parameters, Value, build};
use crate::stats::times::{FAMILY as DISTRIBUTION_FAMILY, distribution};

/// The values that a `detection` key accepts.
pub(crate) const DETECTION: Kind =
    Kind::Either(&[Kind::Duration, Kind::Variant(&DISTRIBUTION_FAMILY), Kind::Variant(&FAMILY)]);

/// The detection methods, for the reference and the JSON schema.
pub(crate) static FAMILY: Family = Family {
    name: "detection",
    summary: "How a failure is detected. Any distribution of the detection time is accepted as well.",
    members: || MEMBERS.to_vec(),
    beside: &[],
};

static MEMBERS: &[Member] = &[
    Member {
        name: "probe",
        summary: "health checks at a fixed interval",
        example: "{ probe: { interval: 10s, timeout: 2s, failures: 3 } }",
        value: Kind::Record(&PROBE),
    },
    Member {
        name: "passive",
        summary: "failing user requests",
        example: "{ passive: { rate: 50/s, failures: 5 } }",
        value: Kind::Record(&PASSIVE),
    },
];

static PROBE: Record = Record {
    name: "probe",
    summary: "Detected after `failures` consecutive failed checks: uniformly between (failures − 1) · interval + timeout and \
              failures · interval + timeout after the failure.",
    keys: &[&INTERVAL, &TIMEOUT, &FAILED_CHECKS],
};

static INTERVAL: Key<f64> = Key::positive_duration("interval", "time from one check to the next").required();
static TIMEOUT: KeyOr<f64> = Key::duration("timeout", "how long a check waits for a response").or(|| 0.0);
static FAILED_CHECKS: KeyOr<u64> =
    Key::count::<1, FAILURES_MAX>("failures", "consecutive failed checks before the unit counts as down")
        .or(|| 1);

static PASSIVE: Record = Record {
    name: "passive",
    summary: "Detected after `failures` failed requests. The detection time has an Erlang distribution.",
    keys: &[&RATE, &FAILED_REQUESTS],
};

static RATE: Key<f64> = Key::rate("rate", "rate of requests to the unit").required();
static FAILED_REQUESTS: KeyOr<u64> =
    Key::count::<1, FAILURES_MAX>("failures", "failed requests before the unit counts as down").or(|| 1);

/// Largest number of failed checks or requests that is accepted.
const FAILURES_MAX: u64 = 1_000_000;

/// Reads a `detection` value as the distribution of the detection time, in seconds. Errors are added to
/// `reading`.
pub(crate) fn detection(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    match one_key(node) {
        Some((_, "probe", value)) => probe(value, reading),
        Some((_, "passive", value)) => passive(value, reading),
        _ => distribution(node, reading),
    }
}

fn probe(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let fields = Fields::of(node, &PROBE, reading)?;
    let interval_s = fields.given(&INTERVAL, reading);
    let timeout_s = fields.valid(&TIMEOUT, reading);
    let failures = fields.valid(&FAILED_CHECKS, reading);
    let (interval_s, timeout_s, failures) = (interval_s?, timeout_s?, failures?);
    // The failure falls uniformly between two checks, so the first failing check starts 0 to `interval`
    // later.
    let low = (failures - 1) as f64 * interval_s + timeout_s;
    let bounds = Parameters::new().with("low", low).with("high", low + interval_s);
    built_at(node, build("uniform", &bounds), reading)
}

fn passive(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let fields = Fields::of(node, &PASSIVE, reading)?;
    let rate = fields.given(&RATE, reading);
    let failures = fields.valid(&FAILED_REQUESTS, reading);
    let (rate, failures) = (rate?, failures?);
    // Requests arrive as a Poisson process, so the time to the n-th is a sum of n exponential times.
    let stages = Parameters::new().with_value("stages", Value::Count(failures));
    built_at(node, build("erlang", &stages.with("mean", failures as f64 / rate)), reading)
}

/// Returns the distribution built from the map at `node`, or adds the error at that place.
pub(crate) fn built_at(
    node: Node<'_>,
    built: Result<Distribution, BuildError>,
    reading: &mut Reading<'_>,
) -> Option<Distribution> {
    reading.take(built.map_err(|error| node.problem(error.to_string())))
}
