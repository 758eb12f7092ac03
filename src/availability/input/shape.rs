//! Decides whether the rows of a log without a preset are incidents, periods, state changes or samples: by
//! evidence, and not where two of them are possible.

use super::field::{Field, NAMED, Record};
use super::plan::duration_of;
use super::states::{StateMap, is_over_or_closed, is_up_for_a_while};
use crate::availability::evidence::Shape;
use crate::base::suggest::fold;
use crate::base::text::shell_argument;
use crate::timeline::samples::State;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The number of rows that are looked at.
pub(super) const ROWS: usize = 1_000;

/// The columns or keys of a log.
pub(super) struct Fields<'f> {
    /// Whether a field is mapped.
    pub has: &'f dyn Fn(Field) -> bool,
    /// The column or key of the state.
    pub state: Option<String>,
    /// The meaning of states that the user gives.
    pub states: Option<&'f StateMap>,
    /// The columns or keys that no field is mapped to.
    pub unmapped: Vec<String>,
}

/// Why the shape is not known, and what to add to the command.
pub(super) struct Unclear {
    pub why: String,
    pub help: String,
}

/// Decides the shape from the fields of a log and its first rows.
///
/// # Errors
///
/// Fails where the rows can be incidents as well as state changes.
pub(super) fn of_rows<R: AsRef<[Record]>>(
    fields: &Fields<'_>,
    rows: impl FnOnce() -> R,
) -> Result<Shape, Unclear> {
    let has = |field| (fields.has)(field);
    let has_end = has(Field::End) || duration_of(has).is_some();
    if !has(Field::State) {
        return Ok(Shape::Incidents);
    }
    let rows = rows();
    let rows = rows.as_ref();
    if has_end {
        return if has(Field::End) { of_lengths(fields, rows) } else { Ok(Shape::Incidents) };
    }
    if !is_change(fields.state.as_deref().unwrap_or_default()) {
        return Ok(Shape::Samples);
    }
    if let Some(column) = fields.unmapped.iter().find(|column| is_like_an_end(column)) {
        return Err(unclear(
            &format!("`{column}` looks like the end or the length of an incident"),
            &format!("--columns {}", shell_argument(&format!("end={column}"))),
        ));
    }
    if fields.states.is_none() && never_down(rows) {
        return Err(unclear(
            "every row says that something is over, and none that it is down",
            "--columns end=COLUMN",
        ));
    }
    if has_incidents(rows, &has) {
        return Err(unclear(
            "every row has an identifier of its own and none follows another",
            "--columns end=COLUMN",
        ));
    }
    Ok(Shape::States)
}

/// Whether some rows say that an incident is over, and none that a service is down.
fn never_down(rows: &[Record]) -> bool {
    let cells = || rows.iter().filter_map(|row| row.get(Field::State)).map(str::as_bytes);
    cells().any(is_over_or_closed)
        && cells().all(|cell| StateMap::default().parse_cell(cell) == Some(State::Up))
}

/// Refuses rows of incidents of which a column that no field is mapped to may hold the states of periods. `rows` have
/// the column as their state.
pub(super) fn refuse_hidden_state(column: &str, rows: &[Record]) -> Result<(), Unclear> {
    let has = |state: State| {
        let cells = || rows.iter().filter_map(|row| row.get(Field::State)).map(str::as_bytes);
        cells().any(|cell| StateMap::default().parse_cell(cell) == Some(state))
    };
    let mut cells = rows.iter().filter_map(|row| row.get(Field::State)).map(str::as_bytes);
    let is_certain = cells.any(is_up_for_a_while);
    if !(has(State::Up) && has(State::Down) && (is_certain || follow_each_other(rows))) {
        return Ok(());
    }
    Err(Unclear {
        why: format!(
            "`{column}` may tell whether a service was up, so the rows can be periods of states as well as incidents"
        ),
        help: format!(
            "for periods, name it: --columns {} --shape periods; for incidents, add --shape incidents",
            shell_argument(&format!("state={column}"))
        ),
    })
}

/// Decides whether rows with a start, an end and a state are incidents or periods.
fn of_lengths(fields: &Fields<'_>, rows: &[Record]) -> Result<Shape, Unclear> {
    let usual = StateMap::default();
    let states = fields.states.unwrap_or(&usual);
    let ended = rows.iter().filter(|row| row.get(Field::End).is_some());
    let cells: Vec<&[u8]> = ended.filter_map(|row| Some(row.get(Field::State)?.as_bytes())).collect();
    let is_up = |cell: &&[u8]| states.is_up_for_certain(cell);
    let is_down = |cell: &&[u8]| states.parse_cell(cell) == Some(State::Down);
    let certain = cells.iter().any(|cell| is_up_for_a_while(cell));
    if certain || fields.states.is_some() || (cells.iter().any(is_up) && cells.iter().any(is_down)) {
        return Ok(Shape::Periods);
    }
    if !follow_each_other(rows) {
        return Ok(Shape::Incidents);
    }
    let column = fields.state.as_deref().unwrap_or_default();
    Err(Unclear {
        why: format!(
            "the rows follow each other without a gap and differ in `{column}`, so they can be periods of states as \
             well as incidents"
        ),
        help: "for periods, say which states are up: --shape periods --states \"up=VALUE,down=VALUE\"; for incidents, \
               add --shape incidents"
            .into(),
    })
}

/// Whether most rows begin where another row of the service with another state ends.
fn follow_each_other(rows: &[Record]) -> bool {
    let mut ends: HashMap<(Option<&str>, &str), &str> = HashMap::new();
    for row in rows {
        if let (Some(end), Some(state)) = (row.get(Field::End), row.get(Field::State)) {
            ends.insert((row.get(Field::Service), end), state);
        }
    }
    let follows = |row: &&Record| {
        let before = row.get(Field::Start).and_then(|start| ends.get(&(row.get(Field::Service), start)));
        before.is_some_and(|state| Some(*state) != row.get(Field::State))
    };
    let services: HashSet<Option<&str>> = rows.iter().map(|row| row.get(Field::Service)).collect();
    let following = rows.iter().filter(follows).count();
    following > 0 && 2 * following >= rows.len().saturating_sub(services.len())
}

/// The values of columns that tell from where a service is probed.
const PLACES: [&str; 12] = [
    "location",
    "region",
    "probe",
    "probelocation",
    "site",
    "pop",
    "checker",
    "checkedfrom",
    "agent",
    "vantage",
    "vantagepoint",
    "probeid",
];

/// Whether a column tells from where a service is probed.
fn is_place(column: &str) -> bool {
    PLACES.contains(&fold(column).as_str())
}

/// Columns that tell which of several equal services a row is of.
const INSTANCES: [&str; 20] = [
    "check",
    "checkname",
    "monitor",
    "sensor",
    "host",
    "hostname",
    "instance",
    "instanceid",
    "node",
    "nodename",
    "server",
    "servername",
    "machine",
    "device",
    "env",
    "environment",
    "cluster",
    "namespace",
    "datacenter",
    "replica",
];

/// Whether a column holds the names of what its rows tell of.
fn is_name(column: &str) -> bool {
    ["name", "displayname", "label", "slug"].contains(&fold(column).as_str())
}

/// Whether a column tells which of several equal services a row is of.
fn is_instance(column: &str) -> bool {
    INSTANCES.contains(&fold(column).as_str())
}

/// What the values of a column that no field is mapped to tell, by its first rows of states or samples.
#[derive(Default)]
pub(super) struct Values {
    /// The states that come with each value.
    states: HashMap<String, BTreeSet<String>>,
    /// The first value that comes with each service.
    first_of: HashMap<String, String>,
    /// Whether a service has several values.
    in_one_service: bool,
    times: HashSet<String>,
    /// The rows with a value, and all rows.
    rows: usize,
    all_rows: usize,
}

impl Values {
    /// Adds a row.
    pub(super) fn add(&mut self, value: &str, service: &str, state: &str, time: &str) {
        self.all_rows += 1;
        if !value.is_empty() {
            let first = self.first_of.entry(service.to_owned()).or_insert_with(|| value.to_owned());
            self.in_one_service |= !first.eq_ignore_ascii_case(value);
            self.states.entry(value.to_owned()).or_default().insert(state.to_owned());
            self.times.insert(time.to_owned());
            self.rows += 1;
        }
    }

    /// Whether there are several values.
    fn differ(&self) -> bool {
        self.states.len() > 1
    }

    /// Whether each of several rows has a value of its own.
    fn are_distinct(&self) -> bool {
        self.differ() && self.states.len() == self.all_rows
    }

    /// Whether there are several values, mostly at instants of their own. Of several samples at one instant the
    /// worst counts.
    fn are_apart(&self) -> bool {
        self.in_one_service && 2 * self.times.len() > self.rows
    }

    /// Whether the values may name services: several words, each of several rows, of which one has different states
    /// or all have the same one.
    fn may_be_services(&self) -> bool {
        let are_words = self.states.keys().all(|value| value.parse::<f64>().is_err());
        let all: BTreeSet<&String> = self.states.values().flatten().collect();
        let change = all.len() == 1 || self.states.values().any(|states| states.len() > 1);
        let is_everywhere = self.rows == self.all_rows;
        self.differ() && are_words && change && is_everywhere && self.rows >= 2 * self.states.len()
    }
}

/// Refuses rows of states or samples of several services, or from several places, that would be taken for those of
/// one. `values` are those of the columns that no field is mapped to.
/// `is_named` tells that the user names the column of the services: then instances of a service are one.
pub(super) fn refuse_mixed(
    service: Option<&str>,
    is_named: bool,
    values: &[(String, Values)],
) -> Result<(), Unclear> {
    match service {
        None => match values.iter().find(|(column, values)| {
            (!is_remark(column) && values.may_be_services()) || (is_name(column) && values.are_distinct())
        }) {
            None => Ok(()),
            Some((column, _)) => Err(Unclear {
                why: format!(
                    "no column is recognised as the service, but `{column}` may tell services apart"
                ),
                help: format!(
                    "name the service: --columns {}; if all rows are of one, write --columns service=-",
                    shell_argument(&format!("service={column}"))
                ),
            }),
        },
        Some(service) => {
            let is_place = |(column, values): &&(String, Values)| is_place(column) && values.are_apart();
            let is_instance =
                |(column, values): &&(String, Values)| is_instance(column) && values.in_one_service;
            let both = |column: &str| shell_argument(&format!("service={service}+{column}"));
            if let Some((column, values)) = values.iter().find(is_place) {
                return Err(Unclear {
                    why: format!(
                        "`{column}` has several values, so each service has samples of several probes"
                    ),
                    help: format!(
                        "for services that are down while one probe sees them down: --columns {} --quorum 1/{}; \
                         for one service each, leave out --quorum",
                        both(column),
                        values.states.len()
                    ),
                });
            }
            let instance = values.iter().find(is_instance).filter(|_| !is_named);
            instance.map_or(Ok(()), |(column, _)| {
                Err(Unclear {
                    why: format!(
                        "a service has rows of several values of `{column}`, whose states would be mixed"
                    ),
                    help: format!(
                        "to keep them apart: --columns {}; if the service is one wherever it runs: --columns {}",
                        shell_argument(&format!("service={column}+{service}")),
                        shell_argument(&format!("service={service}"))
                    ),
                })
            })
        }
    }
}

fn unclear(why: &str, end: &str) -> Unclear {
    Unclear {
        why: format!(
            "no column is recognised as the end, and the rows can be incidents or state changes: {why}"
        ),
        help: format!(
            "for incidents, name the end or the length: {end} (or duration_s, duration_min, duration_h); \
             for state changes, add --shape states"
        ),
    }
}

/// Whether a column of states holds changes, as `state` or `status`, and not samples, as `up` or `ok`.
fn is_change(column: &str) -> bool {
    let column = fold(column);
    ["state", "status", "event"].iter().any(|word| column.contains(word))
}

/// Whether a column that no field is mapped to may hold the end or the length of an incident.
fn is_like_an_end(column: &str) -> bool {
    const PARTS: [&str; 11] = [
        "resol", "recover", "restor", "mitigat", "complet", "finish", "duration", "downtime", "closed",
        "fixed", "timeto",
    ];
    let folded = fold(column);
    let mut words = column.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    PARTS.iter().any(|part| folded.contains(part))
        || words.any(|word| ["end", "ended", "ends", "until", "ttr", "mttr"].contains(&word.as_str()))
}

/// Whether a column that no field is mapped to may hold the states of changes.
pub(super) fn is_like_a_state(column: &str) -> bool {
    const NAMES: [&str; 14] = [
        "statuscode",
        "httpstatus",
        "httpcode",
        "responsecode",
        "event",
        "current",
        "newstate",
        "currentstate",
        "tostate",
        "newstatus",
        "currentstatus",
        "action",
        "transition",
        "result",
    ];
    NAMES.contains(&fold(column).as_str())
}

/// Whether a column that no field is mapped to may hold the zones of the times.
pub(super) fn is_like_a_zone(column: &str) -> bool {
    const NAMES: [&str; 7] =
        ["timezone", "tz", "utcoffset", "timezoneoffset", "tzoffset", "gmtoffset", "timezonename"];
    NAMES.contains(&fold(column).as_str())
}

/// Whether a column or key holds remarks and cannot name a service.
pub(super) fn is_remark(column: &str) -> bool {
    const REMARKS: [&str; 10] =
        ["description", "title", "summary", "note", "notes", "comment", "comments", "remark", "text", "by"];
    REMARKS.contains(&fold(column).as_str())
}

/// Whether the rows are incidents rather than state changes: each has an identifier of its own, and no
/// service has rows of different states.
fn has_incidents(rows: &[Record], has: &impl Fn(Field) -> bool) -> bool {
    let ids: HashSet<&str> = rows.iter().filter_map(|row| row.get(Field::Id)).collect();
    let mut states: HashMap<Option<&str>, BTreeSet<State>> = HashMap::new();
    for row in rows {
        if let Some(state) =
            row.get(Field::State).and_then(|cell| StateMap::default().parse_cell(cell.as_bytes()))
        {
            states.entry(row.get(Field::Service)).or_default().insert(state);
        }
    }
    has(Field::Id) && ids.len() == rows.len() && states.values().all(|states| states.len() < 2)
}

/// Returns the field that every row must have besides the start.
pub(super) fn required_field(shape: Shape, has: impl Fn(Field) -> bool) -> Field {
    match shape {
        Shape::Incidents if has(Field::End) => Field::End,
        Shape::Incidents => duration_of(has).map_or(Field::End, |(field, _)| field),
        Shape::States | Shape::Samples | Shape::Periods => Field::State,
    }
}

/// Says that a log does not have a field that it must have. `kind` is that of its names: column or key.
pub(super) fn missing(field: Field, kind: &str) -> String {
    let what = match field {
        Field::Start => "start",
        Field::End => "end or the state",
        _ => "state",
    };
    format!("no {kind} is recognised as the {what}")
}

/// The usual names of a field.
pub(super) fn usual_names(field: Field) -> impl Iterator<Item = &'static str> {
    NAMED.iter().filter(move |named| named.field == field).flat_map(|named| named.usual.iter().copied())
}
