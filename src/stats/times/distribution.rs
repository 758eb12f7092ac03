//! Reads times: a distribution with its parameters, or a bare duration.

use super::series;
use crate::base::problem::Problem;
use crate::config::document::{Node, Reading, one_key};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey as _, Family, Key, Kind, Member, Record};
use crate::stats::distribution::{
    BuildError, COUNT_MAX, Distribution, Fixed, PIECE, PIECE_FROM, PIECE_RATE, Parameters, VARIANTS, Value,
    Variant,
};
use std::sync::LazyLock;

/// The family of distributions, for the reference and the schema.
pub static FAMILY: Family = Family {
    name: "distribution",
    summary: "A time, random or fixed.",
    members: || MEMBERS.clone(),
    beside: &[],
};

/// The kind of a time. A bare duration is a fixed time.
pub const TIME: Kind = Kind::Either(&[Kind::Duration, Kind::Variant(&FAMILY)]);

/// The largest nesting depth of distributions, such as mixtures of mixtures.
const NESTING_MAX: usize = 8;

/// Reads a time. Returns `None` and adds a problem when it is invalid.
pub fn distribution(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    nested(node, NESTING_MAX, reading)
}

/// Reads a time with a mean above zero, such as a time between failures.
pub fn positive_distribution(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let found = distribution(node, reading)?;
    if found.mean() > 0.0 {
        return Some(found);
    }
    reading.refuse(node.problem("a time above zero is expected"));
    None
}

fn nested(node: Node<'_>, depth: usize, reading: &mut Reading<'_>) -> Option<Distribution> {
    if let Some(text) = node.text() {
        return bare(node, text, reading);
    }
    let Some((key, name, value)) = one_key(node) else {
        reading.refuse(not_one(node));
        return None;
    };
    variant(key, name, value, depth, reading)
}

/// Reads a bare duration as a fixed time.
fn bare(node: Node<'_>, text: &str, reading: &mut Reading<'_>) -> Option<Distribution> {
    if let Some(variant) = VARIANTS.iter().find(|variant| variant.name == text) {
        let problem = node.problem(format!("`{text}` needs its parameters"));
        reading.refuse(problem.help(format!("write `{}`", variant.example)));
        return None;
    }
    let seconds = reading.take(node.read_duration())?;
    let built = Fixed::new(seconds).map_err(|error| node.problem(error.to_string()));
    reading.take(built).map(Into::into)
}

/// Builds the problem for a value that is not exactly one distribution.
fn not_one(node: Node<'_>) -> Problem {
    let problem = match node.entries().map(|entries| entries.len()) {
        Some(count) if count > 1 => node.problem(format!("one distribution is expected, not {count}")),
        _ => node.expected("a duration or a distribution"),
    };
    problem
        .help("write a duration such as `30s`, or a distribution such as `{ exponential: { mean: 2000h } }`")
}

fn variant(
    key: Node<'_>,
    name: &str,
    value: Node<'_>,
    depth: usize,
    reading: &mut Reading<'_>,
) -> Option<Distribution> {
    let Some(variant) = VARIANTS.iter().find(|variant| variant.name == name) else {
        let names = VARIANTS.iter().map(|variant| variant.name);
        let problem = reading.guess(key.problem(format!("unknown distribution `{name}`")), name, names, "");
        reading.refuse(problem.help("`steadfast list distributions` shows all of them"));
        return None;
    };
    if depth == 0 {
        reading.refuse(key.problem(format!("distributions are nested more than {NESTING_MAX} deep")));
        return None;
    }
    let given = given(variant, key, value, depth, reading)?;
    let mut parameters = Parameters::new();
    for (name, read, _) in &given {
        parameters = parameters.with_value(name, read.clone());
    }
    match (variant.build)(&parameters) {
        Ok(distribution) => Some(distribution),
        Err(error) => {
            reading.refuse(located(&error, key, &given));
            None
        }
    }
}

/// The name of a parameter, its value and its node.
type Given<'t> = (&'static str, Value, Node<'t>);

/// Reads the parameters that are given. Returns `None` and adds problems when any of them is invalid.
fn given<'t>(
    variant: &'static Variant,
    key: Node<'t>,
    value: Node<'t>,
    depth: usize,
    reading: &mut Reading<'_>,
) -> Option<Vec<Given<'t>>> {
    let wrong_before = reading.problems.0.len();
    let Some(entries) = value.entries() else {
        return short(variant, key, value, depth, reading);
    };
    if takes_series(variant) && entries.len() > 0 && series::is_meant(value) {
        let (values, place) = series::read(value, reading)?;
        return Some(vec![("values", Value::Durations(values), place)]);
    }
    let mut given = Vec::new();
    for (key, value) in entries {
        let name = key.text().unwrap_or_default();
        let known = variant.keys.iter().find(|key| key.name() == name);
        if let Some(parameter) = known {
            let read = parameter_value(parameter.kind(), value, depth, reading);
            given.extend(read.map(|read| (parameter.name(), read, value)));
        } else {
            refuse_parameter(variant, name, key, reading);
        }
    }
    (reading.problems.0.len() == wrong_before).then_some(given)
}

fn refuse_parameter(variant: &Variant, name: &str, key: Node<'_>, reading: &mut Reading<'_>) {
    let names = variant.keys.iter().map(|key| key.name());
    let problem = key.problem(format!("`{name}` is not a parameter of `{}`", variant.name));
    let problem = reading.guess(problem, name, names, "");
    reading.refuse(problem.help(format!("it takes {}", forms(variant))));
}

/// Reads the short form, a value without a map around it: `{ fixed: 30s }`.
fn short<'t>(
    variant: &'static Variant,
    key: Node<'t>,
    value: Node<'t>,
    depth: usize,
    reading: &mut Reading<'_>,
) -> Option<Vec<Given<'t>>> {
    let parameter = variant.keys.iter().find(|key| Some(key.name()) == variant.short);
    let Some(parameter) = parameter else {
        let at = if value.is_nothing() { key } else { value };
        let problem = at.problem(format!("`{}` takes {}", variant.name, forms(variant)));
        reading.refuse(problem.help(format!("write `{}`", variant.example)));
        return None;
    };
    let read = parameter_value(parameter.kind(), value, depth, reading)?;
    Some(vec![(parameter.name(), read, value)])
}

/// Reads the value of a parameter. `depth` is the number of nested distributions still allowed.
fn parameter_value(kind: Kind, node: Node<'_>, depth: usize, reading: &mut Reading<'_>) -> Option<Value> {
    match kind {
        Kind::Duration => reading.take(node.read_duration()).map(Value::Real),
        Kind::Rate => reading.take(node.read_rate()).map(Value::Real),
        Kind::Count { min } => reading.take(node.read_count(min, COUNT_MAX)).map(Value::Count),
        Kind::List(Kind::Duration) => {
            each(node, "a list of durations", reading, |item, reading| reading.take(item.read_duration()))
                .map(Value::Durations)
        }
        Kind::List(Kind::Record(_)) => {
            each(node, "a list of `{ from, rate }`", reading, piece).map(Value::Pieces)
        }
        Kind::List(_) => each(node, "a list of distributions with a `weight`", reading, |item, reading| {
            weighted(item, depth - 1, reading)
        })
        .map(Value::Weighted),
        _ => reading.take(node.read_number()).map(Value::Real),
    }
}

/// Reads every item of a list. Returns `None` and adds problems when any of them is invalid.
fn each<'t, T>(
    node: Node<'t>,
    what: &str,
    reading: &mut Reading<'_>,
    mut read: impl FnMut(Node<'t>, &mut Reading<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let Some(items) = node.items() else {
        reading.refuse(node.expected(what));
        return None;
    };
    let count = items.len();
    let mut values = Vec::with_capacity(count);
    for item in items {
        values.extend(read(item, reading));
    }
    (values.len() == count).then_some(values)
}

fn piece(node: Node<'_>, reading: &mut Reading<'_>) -> Option<(f64, f64)> {
    let fields = Fields::of(node, &PIECE, reading)?;
    let (from, rate) = (fields.given(&PIECE_FROM, reading), fields.given(&PIECE_RATE, reading));
    Some((from?, rate?))
}

/// Reads a distribution with its weight: `{ weight: 0.3, exponential: { mean: 1h } }`.
fn weighted(node: Node<'_>, depth: usize, reading: &mut Reading<'_>) -> Option<(f64, Distribution)> {
    let Some(entries) = node.entries() else {
        reading.refuse(node.expected("a distribution with a `weight`"));
        return None;
    };
    let (weights, others): (Vec<_>, Vec<_>) = entries.partition(|(key, _)| key.text() == Some("weight"));
    let (&[(_, weight)], &[(key, value)]) = (weights.as_slice(), others.as_slice()) else {
        let problem = node.problem("a `weight` and one distribution are expected");
        reading.refuse(problem.help("write `{ weight: 0.3, exponential: { mean: 1h } }`"));
        return None;
    };
    let weight = reading.take(weight.read_number());
    let found = variant(key, key.text().unwrap_or_default(), value, depth, reading);
    Some((weight?, found?))
}

/// Locates an error at the list element or the parameter that caused it, else at the name of the
/// distribution.
fn located(error: &BuildError, key: Node<'_>, given: &[Given<'_>]) -> Problem {
    let named = error.parameter();
    let value = given.iter().find(|(name, _, _)| Some(*name) == named).map(|(_, _, node)| *node);
    let element = |node: Node<'_>| {
        let place = error.element()?;
        node.items()?.nth(place).map(|item| item.place())
    };
    let place = value.map_or_else(|| key.place(), |node| element(node).unwrap_or_else(|| node.place()));
    Problem::new(error.to_string()).at(place)
}

/// Lists the sets of parameters that a variant takes: `` `shape` and `scale`, or `shape` and `mean` ``.
fn forms(variant: &Variant) -> String {
    let forms: Vec<String> = variant.forms.iter().map(|form| quoted(form)).collect();
    let mut text = forms.join(", or ");
    if takes_series(variant) {
        text.push_str(", or `csv`, `column` and `unit`");
    }
    text
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Returns whether the values may come from a file: `{ csv: repairs.csv, column: minutes, unit: m }`.
fn takes_series(variant: &Variant) -> bool {
    variant.keys.iter().any(|key| key.name() == series::CSV.name())
}

/// The members of the family, built once from the registry. Their records are leaked, because they live
/// as long as the program.
static MEMBERS: LazyLock<Vec<Member>> =
    LazyLock::new(|| VARIANTS.iter().map(|variant| member(variant)).collect());

fn member(variant: &'static Variant) -> Member {
    let record = Kind::Record(Box::leak(Box::new(Record {
        name: variant.name,
        summary: Box::leak(format!("Takes {}.", forms(variant)).into_boxed_str()),
        keys: variant.keys,
    })));
    let short = variant.keys.iter().find(|key| Some(key.name()) == variant.short);
    let value = match short {
        Some(key) => Kind::Either(Box::leak(Box::new([key.kind(), record]))),
        None => record,
    };
    Member { name: variant.name, summary: variant.summary, example: variant.example, value }
}

/// The kind of a component of a mixture.
pub static WEIGHTED_KIND: Kind = Kind::Variant(&WEIGHTED);

static WEIGHT: Key<f64> =
    Key::number("weight", "how often this distribution is drawn, relative to the other weights").required();

/// The same distributions as components of a mixture.
static WEIGHTED: Family = Family {
    name: "weighted distribution",
    summary: "A distribution with a `weight`.",
    members: || MEMBERS.clone(),
    beside: &[&WEIGHT],
};
