//! The `load` section: when requests are sent, and which.

use super::request::{self, REQUEST};
use super::whole::{duration, key};
use crate::chaos::experiment::{Data, Load, Pace, Saturation, Stage};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};
use std::time::Duration;

pub(super) static LOAD: Record = Record {
    name: "load",
    summary: "In an open loop, requests are due on a schedule, which a slow target does not slow down. In \
              a closed loop, each of several workers sends one request after the other.",
    keys: &[
        key("rate", Kind::Rate, WhenAbsent::Value("10/s"), "rate of an open loop"),
        key(
            "stages",
            Kind::List(&Kind::Record(&STAGE)),
            WhenAbsent::Absent,
            "stages of an open loop with a changing rate, one after the other; the last one goes on",
        ),
        key(
            "workers",
            Kind::Count { min: 1 },
            WhenAbsent::Absent,
            "number of workers of a closed loop; each sends its next request as soon as the last one has \
             ended, also if it failed",
        ),
        key(
            "timeout",
            Kind::Duration,
            WhenAbsent::Value("5s"),
            "a request without a complete response this long after it was due has failed",
        ),
        key(
            "keep_alive",
            Kind::Flag,
            WhenAbsent::Value("true"),
            "reuse connections for further requests; if false, each HTTP/1.1 request has its own, as from \
             short-lived clients",
        ),
        key(
            "max_in_flight",
            Kind::Count { min: 1 },
            WhenAbsent::Value("1000"),
            "maximum number of requests in flight",
        ),
        key(
            "on_saturation",
            Kind::Choice(SATURATION_WORDS),
            WhenAbsent::Value("drop"),
            "handling of a request that is due while `max_in_flight` requests are in flight",
        ),
        key(
            "requests",
            Kind::List(&Kind::Record(&REQUEST)),
            WhenAbsent::Value("one GET of the target"),
            "kinds of requests, from which each request is drawn by `weight`",
        ),
        key(
            "headers",
            Kind::Map(&Kind::Text),
            WhenAbsent::Absent,
            "headers of all requests; `${NAME}` stands for an environment variable",
        ),
        key(
            "data",
            Kind::Text,
            WhenAbsent::Absent,
            "a CSV file; each request takes its next row for the placeholders `{{column}}`",
        ),
    ],
};

static STAGE: Record = Record {
    name: "stage",
    summary: "A stage in the schedule of an open loop.",
    keys: &[
        key("rate", Kind::Rate, WhenAbsent::Required, "rate at its start"),
        key("to", Kind::Rate, WhenAbsent::Value("rate"), "rate at its end; in between it changes linearly"),
        key("for", Kind::Duration, WhenAbsent::Required, "length of the stage"),
    ],
};

static SATURATION_WORDS: &[Word] = &[
    Word { name: "drop", summary: "it is not sent, and counts as failed" },
    Word { name: "queue", summary: "it waits, and the wait counts as response time" },
    Word { name: "abort", summary: "the run ends" },
];

const SATURATION: &[(&str, Saturation)] =
    &[("drop", Saturation::Drop), ("queue", Saturation::Queue), ("abort", Saturation::Abort)];

const RATE_PER_S: f64 = 10.0;
const RATE_MAX_PER_S: f64 = 1e6;

pub(super) fn read(
    node: Option<Node<'_>>,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Option<Load> {
    let Some(node) = node else {
        return Some(ordinary());
    };
    let fields = Fields::of(node, LOAD.keys, &mut reading.problems)?;
    let problems = &mut reading.problems;
    let timeout = fields.read("timeout", problems, |node| node.read_positive_duration());
    let keep_alive = fields.read("keep_alive", problems, |node| node.read_flag());
    let in_flight = fields.read("max_in_flight", problems, |node| node.read_count(1, 1_000_000));
    let saturation = fields.read("on_saturation", problems, |node| node.read_choice(SATURATION));
    for name in ["max_in_flight", "on_saturation"] {
        if let Some(node) = fields.key(name).filter(|_| fields.get("workers").is_some()) {
            let problem = node.problem(format!("`{name}` does not apply to a closed loop"));
            reading.refuse(problem.help("a closed loop has at most `workers` requests in flight"));
        }
    }
    let data = fields.get("data").and_then(|node| data(node, reading));
    let data = data.unwrap_or_default();
    let pace = pace(&fields, reading);
    let common = fields.get("headers").and_then(|node| request::headers(node, variable, reading));
    let common = common.unwrap_or_default();
    let requests = match fields.get("requests") {
        Some(list) => request::list(list, &common, &data, variable, reading),
        None => vec![request::ordinary(common)],
    };
    let defaults = ordinary();
    Some(Load {
        pace: pace?,
        timeout: timeout.map_or(defaults.timeout, duration),
        keep_alive: keep_alive.unwrap_or(defaults.keep_alive),
        in_flight_max: in_flight.map_or(defaults.in_flight_max, |most| most as usize),
        on_saturation: saturation.unwrap_or(defaults.on_saturation),
        requests,
        data,
    })
}

fn ordinary() -> Load {
    Load {
        pace: steady(RATE_PER_S),
        timeout: Duration::from_secs(5),
        keep_alive: true,
        in_flight_max: 1_000,
        on_saturation: Saturation::Drop,
        requests: vec![request::ordinary(Vec::new())],
        data: Data::default(),
    }
}

fn steady(per_s: f64) -> Pace {
    Pace::Open(vec![Stage { from_per_s: per_s, to_per_s: per_s, lasts: Duration::MAX }])
}

fn pace(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Pace> {
    let given: Vec<Node<'_>> =
        ["rate", "stages", "workers"].iter().filter_map(|name| fields.get(name)).collect();
    if let [_, second, ..] = given.as_slice() {
        reading.refuse(second.problem("only one of `rate`, `stages` and `workers` can be given"));
        return None;
    }
    if let Some(node) = fields.get("workers") {
        let workers = reading.take(node.read_count(1, 100_000))? as usize;
        return Some(Pace::Closed { workers });
    }
    if let Some(list) = fields.get("stages") {
        return stages(list, reading).map(Pace::Open);
    }
    match fields.get("rate") {
        Some(node) => rate(node, reading).map(steady),
        None => Some(steady(RATE_PER_S)),
    }
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
    let fields = Fields::of(node, STAGE.keys, &mut reading.problems)?;
    let from = fields.required("rate", &mut reading.problems);
    let from = from.and_then(|node| rate(node, reading));
    let to = fields.get("to").map(|node| rate(node, reading));
    let lasts = fields.required("for", &mut reading.problems);
    let lasts = lasts.and_then(|node| reading.take(node.read_positive_duration()));
    let from_per_s = from?;
    Some(Stage { from_per_s, to_per_s: to.unwrap_or(Some(from_per_s))?, lasts: duration(lasts?) })
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
