//! The `load` section: when requests are sent, and which.

use super::request::{self, REQUEST};
use super::seconds::duration;
use crate::chaos::experiment::{Data, Load, Pace, Saturation, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Choice, Choices, Key, KeyOr, Kind, Record, Section};
use std::time::Duration;

pub(super) static LOAD: Section =
    Section::new("load", &LOAD_RECORD, "the requests to send, and when").rule("`rate: 10/s`");

static LOAD_RECORD: Record = Record {
    name: "load",
    summary: "In an open loop, requests are due on a schedule, which a slow target does not slow down. In \
              a closed loop, each of several workers sends one request after the other.",
    keys: &[
        &RATE,
        &STAGES,
        &WORKERS,
        &TIMEOUT,
        &KEEP_ALIVE,
        &MAX_IN_FLIGHT,
        &ON_SATURATION,
        &REQUESTS,
        &HEADERS,
        &DATA,
    ],
};

static RATE: KeyOr<f64> =
    rate_key("rate", "rate of an open loop; at 10000/s and more, what is due within 0.2 ms is sent together")
        .or(|| 10.0);
static STAGES: Key<()> = Key::node(
    "stages",
    Kind::List(&Kind::Record(&STAGE)),
    "stages of an open loop with a changing rate, one after the other; the last one goes on",
);
static WORKERS: Key<u64> = Key::count::<1, 100_000>(
    "workers",
    "number of workers of a closed loop; each sends its next request as soon as the last one has \
     ended, also if it failed",
);
static TIMEOUT: KeyOr<f64> = Key::positive_duration(
    "timeout",
    "a request without a complete response this long after it was due has failed",
)
.or(|| 5.0);
static KEEP_ALIVE: KeyOr<bool> = Key::flag(
    "keep_alive",
    "reuse connections for further requests; if false, each HTTP/1.1 request has its own, as from \
     short-lived clients",
)
.or(|| true);
static MAX_IN_FLIGHT: KeyOr<u64> =
    Key::count::<1, 1_000_000>("max_in_flight", "maximum number of requests in flight").or(|| 1_000);
static ON_SATURATION: KeyOr<Saturation> = Key::choice(
    "on_saturation",
    "handling of a request that is due while `max_in_flight` requests are in flight",
)
.or(|| Saturation::Drop);
static REQUESTS: Key<()> = Key::node(
    "requests",
    Kind::List(&Kind::Record(&REQUEST)),
    "kinds of requests, from which each request is drawn by `weight`",
)
.rule("one GET of the target");
static HEADERS: Key<()> = Key::node(
    "headers",
    Kind::Map(&Kind::Text),
    "headers of all requests; `${NAME}` is replaced by the environment variable",
);
static DATA: Key<()> = Key::node(
    "data",
    Kind::Text,
    "a CSV file; each request takes its next row for the placeholders `{{column}}`",
);

static STAGE: Record = Record {
    name: "stage",
    summary: "A stage in the schedule of an open loop.",
    keys: &[&STAGE_RATE, &TO, &FOR],
};

static STAGE_RATE: Key<f64> = rate_key("rate", "rate at its start").required();
static TO: Key<f64> = rate_key("to", "rate at its end; in between it changes linearly").rule("`rate`");
static FOR: Key<f64> = Key::positive_duration("for", "length of the stage").required();

const fn rate_key(name: &'static str, summary: &'static str) -> Key<f64> {
    Key::new(name, Kind::Rate, summary, rate).shown(|per_s| format!("{per_s}/s"))
}

impl Choices for Saturation {
    const CHOICES: &'static [Choice<Self>] = &[
        ("drop", Self::Drop, "it is not sent, and counts as failed"),
        ("queue", Self::Queue, "it waits, and the wait counts as response time"),
        ("abort", Self::Abort, "the run ends"),
    ];
}

const RATE_MAX_PER_S: f64 = 1e6;

/// Reads `load`; `variable` gives the values of environment variables.
pub(super) fn read(
    fields: &Fields<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Option<Load> {
    if fields.node(&LOAD).is_some_and(|node| node.entries().is_none()) {
        // Adds the problem: without its map there is nothing else to check.
        let _ = fields.section(&LOAD, reading);
        return None;
    }
    let fields = fields.section(&LOAD, reading);
    for key in [&MAX_IN_FLIGHT as &dyn AnyKey, &ON_SATURATION] {
        if let Some(node) = fields.key(key).filter(|_| fields.node(&WORKERS).is_some()) {
            let problem = node.problem(format!("`{}` does not apply to a closed loop", key.name()));
            reading.refuse(problem.help("a closed loop has at most `workers` requests in flight"));
        }
    }
    let data = fields.node(&DATA).and_then(|node| data(node, reading)).unwrap_or_default();
    let pace = pace(&fields, reading);
    let common = fields.node(&HEADERS).and_then(|node| request::headers(node, variable, reading));
    let common = common.unwrap_or_default();
    let requests = match fields.node(&REQUESTS) {
        Some(list) => request::list(list, &common, &data, variable, reading),
        None => vec![request::ordinary(common)],
    };
    Some(Load {
        timeout: duration(fields.value(&TIMEOUT, reading)),
        keep_alive: fields.value(&KEEP_ALIVE, reading),
        in_flight_max: fields.value(&MAX_IN_FLIGHT, reading) as usize,
        on_saturation: fields.value(&ON_SATURATION, reading),
        pace: pace?,
        requests,
        data,
    })
}

fn pace(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Pace> {
    let keys: [&dyn AnyKey; 3] = [&RATE, &STAGES, &WORKERS];
    let given: Vec<Node<'_>> = keys.into_iter().filter_map(|key| fields.node(key)).collect();
    if let [_, second, ..] = given.as_slice() {
        reading.refuse(second.problem("only one of `rate`, `stages` and `workers` can be given"));
        return None;
    }
    if fields.node(&WORKERS).is_some() {
        return Some(Pace::Closed { workers: fields.given(&WORKERS, reading)? as usize });
    }
    if let Some(list) = fields.node(&STAGES) {
        return stages(list, reading).map(Pace::Open);
    }
    let per_s = fields.value(&RATE, reading);
    Some(Pace::Open(vec![Stage { from_per_s: per_s, to_per_s: per_s, lasts: Duration::MAX }]))
}

fn rate(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    let per_s = reading.take(node.read_rate())?;
    if per_s > RATE_MAX_PER_S {
        reading.refuse(node.problem("the highest rate is 1,000,000 requests per second"));
        return None;
    }
    Some(per_s)
}

fn stages(list: Node<'_>, reading: &mut Reading<'_>) -> Option<Vec<Stage>> {
    let Some(items) = list.items() else {
        reading.refuse(list.expected("a list of stages"));
        return None;
    };
    if items.len() == 0 {
        reading.refuse(list.problem("the list is empty: a load needs at least one stage"));
        return None;
    }
    let stages: Vec<Option<Stage>> = items.map(|item| stage(item, reading)).collect();
    stages.into_iter().collect()
}

fn stage(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Stage> {
    let fields = Fields::of(node, &STAGE, reading)?;
    let from = fields.given(&STAGE_RATE, reading);
    let to = if fields.node(&TO).is_some() { fields.given(&TO, reading) } else { from };
    let lasts = fields.given(&FOR, reading);
    Some(Stage { from_per_s: from?, to_per_s: to?, lasts: duration(lasts?) })
}

fn data(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Data> {
    let path = reading.take(node.read_text())?;
    let rows = reading.load(path).and_then(|text| rows(&text));
    match rows {
        Ok(data) if data.rows.is_empty() => {
            reading.refuse(node.problem(format!("{path} has no rows")));
            None
        }
        Ok(data) => Some(data),
        Err(why) => {
            reading.refuse(node.problem(why));
            None
        }
    }
}

fn rows(text: &str) -> Result<Data, String> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = table.headers().map_err(|error| error.to_string())?;
    let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
    let rows = table.records().map(|record| {
        let record = record.map_err(|error| error.to_string())?;
        Ok(record.iter().map(str::to_owned).collect())
    });
    let rows: Result<Vec<Vec<String>>, String> = rows.collect();
    Ok(Data { columns, rows: rows? })
}
