//! Decides how the objects of a JSON document are read: which of its lists, by which preset, and which key is which
//! field.

use super::columns::NO_COLUMN;
use super::field::{DURATIONS, Field, Record};
use super::findings::Findings;
use super::json::{self, PathMap};
use super::json_path::at;
use super::lists::{Item, List};
use super::origin::{Origin, listed, unknown};
use super::plan::duration_of;
use super::preset::{self, CANONICAL_JSON, Kind, Preset};
use super::records::Parsed;
use super::states::StateMap;
use super::timestamp::{ColumnScan, Decision, decide_together};
use super::{ReadOptions, Services, hints, shape, start};
use crate::availability::evidence::Shape;
use crate::base::problem::Problem;
use crate::base::suggest::fold;
use crate::base::text::{as_word, shell_argument};
use serde_json::Value;

/// The unit of rows that are numbered by their place in a list.
pub(super) const ITEM: &str = "item";

/// The message for an item that is not an object.
const NO_OBJECT: &str = "not an object";

/// Whether the input is JSON Lines: the first line is a complete object and the next one begins another.
pub(super) fn is_json_lines(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let first_is_object = lines.next().is_some_and(|line| {
        line.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
    });
    first_is_object && lines.next().is_some_and(|line| line.trim_ascii_start().starts_with(b"{"))
}

/// Parses the object on a line; a blank line gives null.
pub(super) fn object_of_line(text: &[u8]) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match json::parse(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(NO_OBJECT.into()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Formats the error with its column but without its line, which the caller reports.
pub(super) fn unreadable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
    let not_json = if error.is_data() { "" } else { "not JSON: " };
    format!("{not_json}{why} (column {})", error.column())
}

/// Returns the preset that reads the whole document. Fails if another preset is stated that cannot.
pub(super) fn document_preset(
    origin: &Origin,
    document: &Value,
    options: &ReadOptions,
) -> Result<Option<(&'static Preset, preset::ReadDocument)>, Problem> {
    let recognised = preset::for_document(document);
    let Some(stated) = options.preset else {
        // Columns and lists are those of a document that is read as a list.
        return Ok(recognised.filter(|_| options.wishes.columns.is_empty() && options.lists.is_empty()));
    };
    match (recognised, &stated.kind) {
        (Some((found, read)), _) if found.name == stated.name => Ok(Some((found, read))),
        (_, Kind::Json) => Ok(None),
        (found, _) => {
            let is = found
                .map_or("a JSON document".to_owned(), |(found, _)| format!("an export of {}", found.name));
            Err(origin.problem(format!("is {is}, which --preset {} does not read", stated.name)))
        }
    }
}

/// A list to read, with the preset that reads it.
pub(super) type Chosen<'d, 'v> = (&'d List<'v>, &'static Preset);

/// Chooses the lists to read: those that are named, else those that presets recognise, else the only one with
/// recognisable keys.
pub(super) fn choose<'d, 'v>(
    origin: &Origin,
    document: &Value,
    found: &'d [List<'v>],
    options: &ReadOptions,
) -> Result<Vec<Chosen<'d, 'v>>, Problem> {
    if found.is_empty() {
        return Err(origin.problem("holds no list of objects (incidents, states or samples)"));
    }
    if !options.lists.is_empty() {
        return options.lists.iter().map(|path| named_list(origin, document, found, path, options)).collect();
    }
    // The incidents of a list may hold lists that look like exports, such as the history of each.
    let is_read = |list: &List<'_>| options.preset.is_none() && is_usable(list, options);
    let readable = found.iter().filter_map(|list| {
        let canonical = || is_read(list).then_some(CANONICAL_JSON);
        Some((list, preset_of(list, options).or_else(canonical)?))
    });
    let mut recognised = outermost(readable);
    recognised.retain(|(_, preset)| !preset.signature.is_empty());
    if !recognised.is_empty() {
        return Ok(recognised);
    }
    if let Some(stated) = options.preset.filter(|preset| !preset.signature.is_empty()) {
        let what = format!("holds no list that --preset {} reads", stated.name);
        return Err(origin
            .problem(what)
            .help(format!("it reads objects with the keys {}", stated.signature.join(", "))));
    }
    let usable =
        outermost(found.iter().filter(|list| is_usable(list, options)).map(|list| (list, CANONICAL_JSON)));
    match usable.as_slice() {
        // Reports what the largest list lacks.
        [] => {
            let largest = found.iter().filter(|list| !list.path.contains('*') || list.path.starts_with("*."));
            let largest = largest.max_by_key(|list| list.objects()).or(found.first());
            Ok(largest.map(|list| (list, CANONICAL_JSON)).into_iter().collect())
        }
        [_] => Ok(usable),
        several => {
            let names: Vec<String> = several.iter().map(|(list, _)| list.described()).collect();
            let first = several.first().map_or("", |(list, _)| list.path.as_str());
            Err(origin.problem(format!("holds several lists that can be read: {}", names.join(", "))).help(
                format!("name those to read, for example: --list {}; --list may be repeated", as_word(first)),
            ))
        }
    }
}

fn named_list<'d, 'v>(
    origin: &Origin,
    document: &Value,
    found: &'d [List<'v>],
    path: &str,
    options: &ReadOptions,
) -> Result<Chosen<'d, 'v>, Problem> {
    let wanted = path.trim_matches('.');
    let list = found.iter().find(|list| list.path == wanted).ok_or_else(|| {
        if at(document, wanted).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            return origin.problem(format!("its list `{wanted}` is empty"));
        }
        let names: Vec<String> = found.iter().map(|list| list.path.clone()).collect();
        let lists: Vec<String> = found.iter().map(List::described).collect();
        origin.problem(unknown("list", path, &names)).help(format!("its lists are: {}", lists.join(", ")))
    })?;
    Ok((list, preset_of(list, options).or(options.preset).unwrap_or(CANONICAL_JSON)))
}

/// The number of objects of a list that are compared with the presets.
const PRESET_OBJECTS: usize = 20;

/// Returns the preset that reads the list: the stated one if it can, else the recognised one.
fn preset_of(list: &List<'_>, options: &ReadOptions) -> Option<&'static Preset> {
    // An object may lack the keys that others have, such as those of its end.
    let mut objects =
        list.items.iter().map(|item| item.value).filter(|value| value.is_object()).take(PRESET_OBJECTS);
    match options.preset {
        Some(stated) => Some(stated).filter(|stated| objects.any(|object| stated.reads(object))),
        None => preset::for_objects(&objects.collect::<Vec<_>>()),
    }
}

/// Whether a list has keys for a start, and for an end or a state.
fn is_usable(list: &List<'_>, options: &ReadOptions) -> bool {
    let map = PathMap::new(CANONICAL_JSON, &json::keys(&list.items));
    let stated = |field| options.wishes.columns.iter().find(|(of, _)| *of == field);
    let has = |field| match stated(field) {
        Some((_, path)) => list.items.iter().any(|item| {
            let is_there = |path: &str| !json::values(*item, &Value::Null, path.trim()).is_empty();
            path.split(['|', '+']).any(is_there)
        }),
        None => map.has(field),
    };
    has(Field::Start) && (has(Field::End) || has(Field::State) || duration_of(has).is_some())
}

/// Drops the lists that lie inside the elements of others.
fn outermost<'d, 'v: 'd>(lists: impl Iterator<Item = Chosen<'d, 'v>>) -> Vec<Chosen<'d, 'v>> {
    let mut kept: Vec<Chosen<'d, 'v>> = Vec::new();
    for (list, preset) in lists {
        if !kept.iter().any(|(outer, _)| list.is_inside(outer)) {
            kept.push((list, preset));
        }
    }
    kept
}

/// Returns the note on lists beside those that are read, whose paths are `read`.
pub(super) fn note_unread(found: &[List<'_>], read: &[&str]) -> Option<String> {
    let is_read = |list: &&List<'_>| {
        read.contains(&list.path.as_str())
            || found
                .iter()
                .filter(|other| read.contains(&other.path.as_str()))
                .any(|other| list.is_inside(other) || other.is_inside(list))
    };
    let unread: Vec<String> = found.iter().filter(|list| !is_read(list)).map(List::described).collect();
    (!unread.is_empty())
        .then(|| format!("no rows are read from other lists of the document: {}", unread.join(", ")))
}

/// Advises to write the objects of a list, to which the keys lead, one per line.
pub(super) fn one_per_line(problem: Problem, keys: &[String]) -> Problem {
    let is_plain = |key: &String| {
        key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !key.starts_with(|c: char| c.is_ascii_digit())
    };
    let step = |key: &String| {
        if is_plain(key) { format!(".{key}") } else { format!(".{}", Value::from(key.as_str())) }
    };
    let path: String = keys.iter().map(step).collect();
    problem.help(format!(
        "write its objects one per line, such as: jq -c '{path}[]' file.json > incidents.jsonl"
    ))
}

/// Reads the lists of a document.
pub(super) struct ListReader<'d> {
    pub origin: Origin,
    /// The document.
    pub document: &'d Value,
    /// The unit of row numbers.
    pub unit: &'static str,
    /// Notes on the document.
    pub notes: Vec<String>,
}

impl ListReader<'_> {
    /// Parses a list of objects. In one read line by line, the lines that are not objects are refused already.
    pub(super) fn parse(
        &self,
        list: &List<'_>,
        preset: &'static Preset,
        mut refused: Findings,
        options: &ReadOptions,
    ) -> Result<(Parsed, PathMap), Problem> {
        let Self { origin, unit, .. } = self;
        for item in list.items.iter().filter(|item| *unit == ITEM && !item.value.is_object()) {
            let row = origin.row_base.saturating_add(item.number);
            refused.refuse_whole(row, ITEM, item.value.to_string().as_bytes(), NO_OBJECT);
        }
        let objects = list.items.iter().copied().filter(|item| item.value.is_object()).collect();
        let objects = match preset.prepare {
            Some(prepare) => prepare(objects),
            None => objects,
        };
        let mut map = path_map(origin, preset, &objects, options)?;
        if preset.fields.is_empty() && !map.has(Field::Service) && options.services == Services::Optional {
            let path = service_of_parents(origin, &objects, list)?;
            if let Some(path) = path {
                map.set(Field::Service, vec![path]);
            }
        }
        let mut records: Vec<Record> = objects.iter().flat_map(|item| map.records(*item)).collect();
        if options.lists.len() > 1 && !map.has(Field::Service) && options.services == Services::Optional {
            let name = own_part(&list.path, &options.lists);
            for record in &mut records {
                record.set(Field::Service, name.as_str());
            }
        }
        let shape = self.shape(preset, &mut map, &objects, &records, options)?;
        start::refuse_filtered_states(shape, &options.wishes, |of, field| map.shares(of, field))?;
        let described = map.paths.iter().map(|(field, paths)| (field.name().to_owned(), paths.join("|")));
        let zone = at(self.document, preset.zone_path)
            .and_then(Value::as_str)
            .filter(|_| !preset.zone_path.is_empty());
        let parsed = Parsed {
            preset,
            shape,
            has: map.paths.iter().map(|(field, _)| *field).collect(),
            records,
            mapping: described.filter(|(name, _)| name != "filter").collect(),
            filters: options.wishes.scoped_filters(|of, field| map.shares(of, field)),
            refused,
            unit,
            last_row: list.items.last().map_or(0, |item| item.number),
            seen: None,
            zone: zone.map(str::to_owned),
            roster: preset
                .roster
                .iter()
                .flat_map(|roster| roster(self.document))
                .map(str::to_owned)
                .collect(),
            some_dates: false,
            hint: hint_of_objects(preset, shape, &map, &objects, options),
            notes: self.notes.clone(),
        };
        Ok((parsed, map))
    }

    /// Decides the shape of the records.
    fn shape(
        &self,
        preset: &Preset,
        map: &mut PathMap,
        objects: &[Item<'_>],
        records: &[Record],
        options: &ReadOptions,
    ) -> Result<Shape, Problem> {
        let decided = match options.shape {
            Some(shape) => shape,
            None if !preset.fields.is_empty() => preset.shape,
            None => {
                let is_mapped = |key: &String| map.paths.iter().any(|(_, paths)| paths.contains(key));
                let fields = shape::Fields {
                    has: &|field| map.has(field),
                    state: map.paths_of(Field::State).and_then(|paths| paths.first().cloned()),
                    states: options.states.as_ref(),
                    unmapped: json::keys(objects).into_iter().filter(|key| !is_mapped(key)).collect(),
                };
                shape::of_rows(&fields, || &records[..records.len().min(shape::ROWS)])
                    .map_err(|unclear| self.origin.problem(unclear.why).help(unclear.help))?
            }
        };
        let is_canonical = preset.fields.is_empty() && options.services == Services::Optional;
        if is_canonical && decided != Shape::Incidents {
            let service = map.paths_of(Field::Service).map(|paths| paths.join("|"));
            shape::refuse_mixed(
                service.as_deref(),
                options.wishes.names(Field::Service),
                &unmapped_values(map, objects, records),
            )
            .map_err(|unclear| self.origin.problem(unclear.why).help(unclear.help))?;
        }
        if is_canonical && decided == Shape::Incidents && options.shape.is_none() {
            refuse_hidden_states(map, objects, records)
                .map_err(|unclear| self.origin.problem(unclear.why).help(unclear.help))?;
        }
        match options.services {
            Services::None => map.remove(Field::Service),
            Services::Required if preset.fields.is_empty() && !map.has(Field::Service) => {
                let why = "no key is recognised as the service of the planned maintenance";
                return Err(self.origin.problem(why).help(
                    "name it with --maintenance-columns service=KEY; if all rows apply to all services, write \
                     --maintenance-columns service=-",
                ));
            }
            Services::Required | Services::Optional => {}
        }
        let needed = shape::required_field(decided, |field| map.has(field));
        if map.has(needed) { Ok(decided) } else { Err(missing_key(&self.origin, objects, map, needed)) }
    }
}

/// Returns the path of the service in the objects that the items belong to, where there are several. Fails if these
/// have no name.
fn service_of_parents(
    origin: &Origin,
    objects: &[Item<'_>],
    list: &List<'_>,
) -> Result<Option<String>, Problem> {
    let mut parents: Vec<&Value> = objects.iter().filter_map(|item| item.other).collect();
    parents.dedup_by(|one, other| std::ptr::eq(*one, *other));
    if parents.len() < 2 && !list.path.contains('*') {
        return Ok(None);
    }
    let named = ["service", "name", "service_name", "monitor", "host", "component", "title", "id"];
    let is_in_all = |key: &&str| {
        parents.iter().all(|parent| parent.get(key).is_some_and(|v| v.is_string() || v.is_number()))
    };
    match named.iter().copied().find(is_in_all) {
        Some(key) => Ok(Some(format!("^.{key}"))),
        None if parents.len() < 2 => Ok(None),
        None => Err(origin
            .problem(format!("the lists {} belong to several objects, and it is not known which service these are", list.described()))
            .help("name the key of their service: --columns \"service=^.KEY\"; if all rows are of one service: --columns service=-")),
    }
}

/// Returns the keys of a path in which it differs from the others, such as `api` of `services.api.incidents`.
fn own_part(path: &str, paths: &[String]) -> String {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
    let is_shared = |i: usize, key: &str, from_end: bool| {
        split.iter().all(|keys| {
            let at = if from_end { keys.len().checked_sub(i + 1) } else { Some(i) };
            at.and_then(|at| keys.get(at)) == Some(&key)
        })
    };
    let keys: Vec<&str> = path.split('.').collect();
    let before = keys.iter().enumerate().take_while(|(i, key)| is_shared(*i, key, false)).count();
    let after = keys.iter().rev().enumerate().take_while(|(i, key)| is_shared(*i, key, true)).count();
    keys.get(before..keys.len().saturating_sub(after)).unwrap_or(&keys).join(".")
}

/// Refuses objects of incidents of which a key that no field is mapped to may hold the states of periods.
fn refuse_hidden_states(
    map: &PathMap,
    objects: &[Item<'_>],
    records: &[Record],
) -> Result<(), shape::Unclear> {
    if map.has(Field::State) || !map.has(Field::End) {
        return Ok(());
    }
    let state_of = |item: &Item<'_>, key: &str| json::text_of(item.value.get(key)?);
    let is_state = |text: &str| StateMap::default().parse_cell(text.as_bytes()).is_some();
    for key in json::keys(objects).into_iter().filter(|key| !map.uses(key)) {
        let first = objects.first().and_then(|item| state_of(item, &key));
        if !first.is_some_and(|text| is_state(&text)) {
            continue;
        }
        let with_state = |(item, record): (&Item<'_>, &Record)| {
            let mut record = record.clone();
            record.set(Field::State, state_of(item, &key).unwrap_or_default());
            record
        };
        let rows: Vec<Record> = objects.iter().zip(records).take(shape::ROWS).map(with_state).collect();
        shape::refuse_hidden_state(&key, &rows)?;
    }
    Ok(())
}

/// Returns the values of the keys that no field is mapped to, in the first objects.
fn unmapped_values(map: &PathMap, objects: &[Item<'_>], records: &[Record]) -> Vec<(String, shape::Values)> {
    // Of several keys for the service the first counts.
    let spare = map.paths_of(Field::Service).into_iter().flatten().skip(1);
    let spare: Vec<&String> = spare.collect();
    let keys = json::keys(objects).into_iter().filter(|key| !map.uses(key) || spare.contains(&key));
    let values = keys.map(|key| {
        let mut values = shape::Values::default();
        for (item, record) in objects.iter().zip(records).take(shape::ROWS) {
            let value = item.value.get(&key);
            if value.is_none_or(|value| value.is_string() || value.is_null()) {
                let value = value.and_then(Value::as_str).unwrap_or_default();
                let cell = |field| record.get(field).unwrap_or_default();
                values.add(value, cell(Field::Service), cell(Field::State), cell(Field::Start));
            }
        }
        (key, values)
    });
    values.collect()
}

/// Returns the warning about objects that seem to be planned work or no outages.
fn hint_of_objects(
    preset: &Preset,
    shape: Shape,
    map: &PathMap,
    objects: &[Item<'_>],
    options: &ReadOptions,
) -> Option<String> {
    let keys = json::keys(objects);
    let is_kind =
        |key: &str| map.paths_of(Field::Kind).is_some_and(|paths| paths.iter().any(|path| path == key));
    let is_known = |key: &str| is_kind(key) || (!preset.fields.is_empty() && map.uses(key));
    let telling = hints::telling(keys.iter(), shape, options, is_known);
    objects.iter().take(shape::ROWS).find_map(|item| {
        telling.iter().find_map(|key| match item.value.get(key.as_str())? {
            Value::String(text) => hints::warning(key, text),
            value @ (Value::Bool(_) | Value::Number(_)) => hints::warning(key, &value.to_string()),
            _ => None,
        })
    })
}

fn path_map(
    origin: &Origin,
    preset: &Preset,
    items: &[Item<'_>],
    options: &ReadOptions,
) -> Result<PathMap, Problem> {
    let keys = json::keys(items);
    let mut map = PathMap::new(preset, &keys);
    let has_values =
        |path: &str| items.iter().any(|item| !json::values(*item, &Value::Null, path).is_empty());
    let is_there = |path: &str| {
        has_values(path) || json::split_joined(path).is_some_and(|mut parts| parts.all(has_values))
    };
    let mut wrong = Vec::new();
    if options.wishes.names_a_length() {
        for (field, _) in DURATIONS {
            map.remove(field);
        }
    }
    for (field, expression) in &options.wishes.columns {
        if expression == NO_COLUMN {
            map.remove(*field);
            continue;
        }
        let paths: Vec<String> = expression.split('|').map(|path| path.trim().to_owned()).collect();
        if paths.iter().any(|path| path.starts_with('@') || is_there(path)) {
            map.set(*field, paths);
        } else if !options.wishes.if_present {
            wrong.push(unknown("key", expression, &keys));
        }
    }
    let (named, more) = options.wishes.find_named(|name| {
        let of_field = Field::named(name).and_then(|field| map.paths_of(field)).cloned();
        let paths = of_field.or_else(|| is_there(name).then(|| vec![name.to_owned()]));
        paths.ok_or_else(|| unknown("key", name, &keys))
    });
    wrong.extend(more);
    if !wrong.is_empty() {
        return Err(origin.problem(wrong.join(" ")).help(format!("the keys are: {}", listed(&keys))));
    }
    for (field, paths) in named {
        map.set(field, paths);
    }
    if map.has(Field::Start) { Ok(map) } else { Err(missing_key(origin, items, &map, Field::Start)) }
}

/// The least number that is taken for a time in advice: 1973 in seconds.
const SMALLEST_EPOCH: f64 = 1e8;

/// Returns the problem of a list without a key that is needed, with the keys that may be meant.
fn missing_key(origin: &Origin, items: &[Item<'_>], map: &PathMap, field: Field) -> Problem {
    let times = json::paths_of_scalars(items, |text| {
        // A small number is rather a count or a code than a time.
        if text.parse().is_ok_and(|number: f64| number < SMALLEST_EPOCH) {
            return false;
        }
        let mut scan = ColumnScan::default();
        scan.observe(text.as_bytes());
        matches!(decide_together(&[scan], None).as_slice(), [Decision::Decided(..)])
    });
    let keys = json::paths_of_scalars(items, |_| true);
    let names = if field == Field::State { &keys } else { &times };
    let names: Vec<&String> = names.iter().filter(|path| !map.uses(path)).collect();
    let folded_end = |path: &&&String| {
        let last = path.rsplit('.').next().unwrap_or(path);
        shape::usual_names(field).any(|usual| fold(usual) == fold(last))
    };
    let likely = || if field == Field::Start { names.first() } else { names.last() };
    let state = keys.iter().find(|key| names.is_empty() && shape::is_like_a_state(key));
    let example = if let Some(state) = state.filter(|_| field == Field::End) {
        format!("state={state}")
    } else {
        let name = names.iter().find(folded_end).or_else(likely).map_or("KEY", |path| path.as_str());
        format!("{}={name}", field.name())
    };
    let mut problem = origin.problem(shape::missing(field, "key"));
    if keys.is_empty() {
        return problem;
    }
    problem = problem.help(format!("the keys are: {}", listed(&keys)));
    let mapping = shell_argument(&example);
    problem.help(format!("name the key, for example: --columns {mapping}"))
}
