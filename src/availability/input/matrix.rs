//! Reads a long Prometheus matrix as numbers, since a tree of its values would take fifty times its size.

use super::field::{Field, Record};
use super::findings::Findings;
use super::gather::Gathering;
use super::json::Unrepeated;
use super::objects::unreadable;
use super::preset::prometheus::{MATRIX, refuse_alerts, series_names};
use super::records::{Parsed, collect, planned, source};
use super::{ReadOptions, Sniffed};
use crate::base::problem::Problem;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::io::{BufReader, Cursor, Read};

/// The number of samples that decide the time format and the usual step of all of them.
const SAMPLE: usize = 10_000;

#[derive(Deserialize)]
struct Response {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    metric: Unrepeated,
    #[serde(default)]
    values: Vec<Sample>,
}

/// A time and a value.
struct Sample(Cell, Cell);

/// A number, or a text that is none.
enum Cell {
    Missing,
    Number(f64),
    Text(Box<str>),
}

impl Cell {
    /// Keeps a text as a number if it reads back the same.
    fn of(text: &str) -> Self {
        match text.parse::<f64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Unrepeated::deserialize(deserializer).map(|Unrepeated(value)| match value {
            Value::String(text) => Self::of(&text),
            other => Self::of(&other.to_string()),
        })
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Sample;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time and a value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Sample, A::Error> {
                let time = pair.next_element()?.unwrap_or(Cell::Missing);
                let value = pair.next_element()?.unwrap_or(Cell::Missing);
                match pair.next_element::<IgnoredAny>()? {
                    None => Ok(Sample(time, value)),
                    Some(_) => Err(A::Error::custom("a sample of more than a time and a value")),
                }
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}

/// Whether the beginning of a document is that of a matrix.
pub(super) fn is_matrix(head: &[u8]) -> bool {
    let text: String = String::from_utf8_lossy(head).chars().filter(|c| !c.is_whitespace()).collect();
    text.starts_with('{') && text.contains("\"resultType\":\"matrix\"")
}

/// Whether the options ask for nothing for which the whole document is needed.
pub(super) fn is_plain(options: &ReadOptions) -> bool {
    let wishes = &options.wishes;
    wishes.columns.is_empty()
        && wishes.filters.is_empty()
        && wishes.group.is_none()
        && options.lists.is_empty()
        && options.preset.is_none_or(|preset| preset.name == MATRIX.name)
}

/// Reads a matrix; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let Sniffed { origin, head, rest } = sniffed;
    let response: Response = serde_json::from_reader(BufReader::new(Cursor::new(head).chain(rest)))
        .map_err(|error| origin.problem_at(error.line() as u32, unreadable(&error)))?;
    let metrics: Vec<Value> =
        response.data.result.iter().map(|series| serde_json::json!({ "metric": series.metric.0 })).collect();
    refuse_alerts(&metrics).map_err(|why| origin.problem(why))?;
    let names = series_names(&metrics);
    let series = &response.data.result;
    let all = || {
        let named = series.iter().zip(&names);
        let samples = named.flat_map(|(series, name)| series.values.iter().map(move |sample| (name, sample)));
        samples.zip(origin.row_base + 1..).map(|((name, sample), row)| record(row, name, sample))
    };
    let first: Vec<Record> = all().take(SAMPLE).collect();
    if first.is_empty() {
        return Err(origin.problem("holds no rows"));
    }
    let refused = Findings::new(options.keep_ledger);
    let mut parsed = Parsed::of_fields(&origin, &MATRIX, first, refused, "sample", options)?;
    let (plan, notes) = planned(&origin, &mut parsed, options)?;
    gathering.begin(source(&origin, &parsed, notes), &plan)?;
    gathering.absorb(collect(all(), &plan, options));
    let count: usize = series.iter().map(|series| series.values.len()).sum();
    Ok(origin.row_base.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn record(row: u32, name: &str, Sample(time, value): &Sample) -> Record {
    let mut record = Record::new(row);
    record.set(Field::Service, name);
    for (field, cell) in [(Field::Start, time), (Field::State, value)] {
        if let Some(text) = cell.text() {
            record.set(field, text);
        }
    }
    record
}
