//! Maps the columns of a table to fields.

use super::field::{ByField, DURATIONS, FILTERS, Field, NAMED, TIMES};
use super::origin::unknown;
use super::plan::{About, Filter};
use super::preset::PLANNED_COLUMNS;
use crate::base::suggest::{did_you_mean, fold};
use crate::base::time::Zone;

/// The source of a field's text: the first of several columns whose cell is not empty, or all of them
/// joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The columns; mostly one.
    pub columns: Vec<usize>,
    /// Whether they are joined.
    pub joined: bool,
    /// Those of them that repeat the name of the one before them, as exports write a list: they belong to its cell.
    pub repeats: Vec<usize>,
}

/// The header of a table and the fields of its columns.
#[derive(Debug, Clone)]
pub struct ColumnMap {
    /// The column names, made unique: a repeated name has its count appended.
    pub header: Vec<String>,
    /// The names folded for comparison; computed once, since a table may have 100,000 columns.
    folded: Vec<String>,
    /// The zone that each name gives for its times, such as `UTC` in `Start Time (UTC)`.
    zones: Vec<Option<String>>,
    /// The source of each field; `None` where no column is mapped to it.
    pub sources: ByField<Option<Source>>,
}

/// What `--columns` names for a field that no column is to hold.
pub const NO_COLUMN: &str = "-";

/// The user's options about columns (`--columns`, `--where`, `--planned`, `--by`), not yet checked against a
/// header.
#[derive(Debug, Clone, Default)]
pub struct ColumnWishes {
    /// `--columns field=column`.
    pub columns: Vec<(Field, String)>,
    /// Whether columns that do not exist are ignored, as `--columns` of the log is for a maintenance file.
    pub if_present: bool,
    /// `--where`.
    pub filters: Vec<Filter>,
    /// `--planned`: the condition that rows of planned maintenance meet.
    pub planned: Option<Filter>,
    /// The column that `--by` names, if it is not a built-in grouping.
    pub group: Option<String>,
}

impl ColumnWishes {
    /// Returns the filters with their scopes. `shares` tells whether two fields have a column in common.
    pub fn scoped_filters(&self, shares: impl Fn(Field, Field) -> bool) -> Vec<(Filter, About)> {
        let filters = FILTERS.into_iter().zip(&self.filters);
        filters.map(|(of, filter)| (filter.clone(), About::of(|field| shares(of, field)))).collect()
    }

    /// Whether `--columns` names a column for the field.
    pub fn names(&self, field: Field) -> bool {
        self.columns.iter().any(|(named, _)| *named == field)
    }

    /// Whether `--columns` names a column for the length of incidents, in whatever unit. The usual names for
    /// lengths then do not count.
    pub fn names_a_length(&self) -> bool {
        DURATIONS.into_iter().any(|(field, _)| self.names(field))
    }

    /// Finds the columns that `--where`, `--planned` and `--by` name. Returns what was found with its field,
    /// and a message for every name that was not.
    pub fn find_named<S>(&self, find: impl Fn(&str) -> Result<S, String>) -> (Vec<(Field, S)>, Vec<String>) {
        let filters = FILTERS.into_iter().zip(&self.filters);
        let filters = filters.map(|(field, filter)| (field, filter.column.as_str()));
        let group = self.group.iter().map(|column| (Field::Group, column.as_str()));
        let planned = self.planned.iter().map(|filter| (Field::Kind, filter.column.as_str()));
        find_each(filters.chain(planned).chain(group), find)
    }

    /// Parses `start=opened,end=closed|resolved,service=region+host`.
    pub fn parse_columns(text: &str) -> Result<Vec<(Field, String)>, String> {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            // The name of a column may hold a comma: what follows it names no field.
            match parts.last_mut().filter(|_| !part.contains('=')) {
                Some(before) => *before = format!("{before},{part}"),
                None => parts.push(part.to_owned()),
            }
        }
        parts.iter().map(|part| Self::parse_column(part.trim())).collect()
    }

    fn parse_column(part: &str) -> Result<(Field, String), String> {
        let (field, column) =
            part.split_once('=').ok_or_else(|| format!("`{part}` is not of the form FIELD=COLUMN"))?;
        let names = || NAMED.iter().map(|named| named.name);
        let named = Field::named(field.trim()).ok_or_else(|| {
            let guess = did_you_mean(field, names());
            format!("`{field}` is not a field{guess} Fields are {}", names().collect::<Vec<_>>().join(", "))
        })?;
        Ok((named, column.trim().to_owned()))
    }
}

/// Finds each of the names. Returns what was found with its field, and a message for every name that was
/// not.
fn find_each<'n, S>(
    names: impl Iterator<Item = (Field, &'n str)>,
    find: impl Fn(&str) -> Result<S, String>,
) -> (Vec<(Field, S)>, Vec<String>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (field, name) in names {
        match find(name) {
            Ok(source) => found.push((field, source)),
            Err(why) => wrong.push(why),
        }
    }
    (found, wrong)
}

impl ColumnMap {
    /// Creates a map for a header, with no field mapped.
    pub fn new(names: &[String]) -> Self {
        let header = unique(names);
        let (names, zones): (Vec<&str>, Vec<_>) = header.iter().map(|name| without_zone(name)).unzip();
        let folded = names.into_iter().map(fold).collect();
        Self { folded, zones, header, sources: ByField::default() }
    }

    /// Returns the source of a field.
    pub fn source(&self, field: Field) -> Option<&Source> {
        self.sources[field].as_ref()
    }

    /// Whether a field is mapped.
    pub fn has(&self, field: Field) -> bool {
        self.source(field).is_some()
    }

    /// Maps the columns of each field that the header has; `A+B` are two that are joined.
    pub fn apply_names(&mut self, fields: &[(Field, &[&str])]) {
        for (field, names) in fields {
            let mut joined = names.iter().filter(|name| name.contains('+'));
            if let Some(source) = joined.find_map(|name| self.expression(name).ok()) {
                self.sources[*field] = Some(source);
                continue;
            }
            let mut columns: Vec<usize> = Vec::new();
            let mut repeats: Vec<usize> = Vec::new();
            for column in names.iter().filter_map(|name| self.find(name)) {
                columns.push(column);
                if *field == Field::Service {
                    let more = self.repeats_of(column);
                    columns.extend(&more);
                    repeats.extend(&more);
                }
            }
            if !columns.is_empty() {
                self.sources[*field] = Some(Source { columns, joined: false, repeats });
            }
        }
    }

    /// Maps every field of which the header has a usual name. No two fields share a usual name, so no
    /// column is used twice.
    pub fn apply_usual_names(&mut self) {
        for named in NAMED {
            if let Some(column) = named.usual.iter().find_map(|usual| self.find(usual)) {
                self.sources[named.field] = Some(Source::column(column));
            }
        }
        let planned = PLANNED_COLUMNS.iter().find_map(|name| self.find(name));
        self.sources[Field::Kind] = planned.map(Source::column);
    }

    /// Maps the columns that the user names. Fails with a message, and the nearest name, for every
    /// column that does not exist.
    pub fn apply_wishes(&mut self, wishes: &ColumnWishes) -> Result<(), Vec<String>> {
        for (field, _) in wishes.columns.iter().filter(|(_, column)| column == NO_COLUMN) {
            self.sources[*field] = None;
        }
        let columns = wishes.columns.iter().filter(|(_, column)| column != NO_COLUMN);
        let columns = columns.map(|(field, column)| (*field, column.as_str()));
        let (found, mut wrong) = find_each(columns, |name| self.expression(name));
        if wishes.if_present {
            wrong.clear();
        }
        if wishes.names_a_length() {
            for (field, _) in DURATIONS {
                self.sources[field] = None;
            }
        }
        self.set(found);
        let (found, more) = wishes.find_named(|name| self.field_or_column(name));
        self.set(found);
        wrong.extend(more);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn set(&mut self, found: Vec<(Field, Source)>) {
        for (field, source) in found {
            self.sources[field] = Some(source);
        }
    }

    /// Resolves a name to the source of the field of this name, else to the column.
    fn field_or_column(&self, name: &str) -> Result<Source, String> {
        let by_field = Field::named(name).and_then(|field| self.source(field)).cloned();
        by_field.map_or_else(|| self.expression(name), Ok)
    }

    /// Parses `a`, `a|b` (the first that is not empty) or `a+b` (joined). A column named `a+b` takes
    /// precedence.
    fn expression(&self, text: &str) -> Result<Source, String> {
        let separator = ['|', '+'].into_iter().find(|separator| text.contains(*separator));
        match (self.find(text), separator) {
            (None, Some(separator)) => {
                let columns = text.split(separator).map(|name| self.column(name.trim()));
                let columns = columns.collect::<Result<_, _>>()?;
                Ok(Source { columns, joined: separator == '+', repeats: Vec::new() })
            }
            _ => self.column(text).map(Source::column),
        }
    }

    /// Returns the columns that repeat the name of a column, which the header numbers.
    fn repeats_of(&self, column: usize) -> Vec<usize> {
        let name = &self.header[column];
        let numbered = (2..).map(|count| numbered(name, count));
        numbered.map_while(|name| self.header.iter().position(|other| *other == name)).collect()
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        self.find(name).ok_or_else(|| unknown("column", name, &self.header))
    }

    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.header.iter().position(|column| column == name);
        exact.or_else(|| {
            let wanted = fold(name);
            self.folded.iter().position(|column| *column == wanted && !wanted.is_empty())
        })
    }

    /// Maps the time of day beside the date of a time, such as `End time` beside `End date`.
    /// `is_time_of_day` tells whether a column holds times of day.
    pub fn join_dates_and_times(&mut self, is_time_of_day: impl Fn(usize) -> bool) {
        for field in TIMES {
            let Some([column]) = self.source(field).map(|source| source.columns.as_slice()) else { continue };
            let Some(name) = self.folded.get(*column) else { continue };
            let stem = name.strip_suffix("date").or_else(|| name.strip_suffix("time"));
            let pair = stem.and_then(|stem| {
                Some((self.find(&format!("{stem}date"))?, self.find(&format!("{stem}time"))?))
            });
            if let Some((date, time)) = pair.filter(|(_, time)| is_time_of_day(*time)) {
                self.sources[field] =
                    Some(Source { columns: vec![date, time], joined: true, repeats: Vec::new() });
            }
        }
    }

    /// Returns the zones that the names of the time columns give.
    pub fn zones(&self) -> Vec<&str> {
        let columns =
            TIMES.into_iter().filter_map(|field| self.source(field)).flat_map(|source| &source.columns);
        columns.filter_map(|column| self.zones.get(*column)?.as_deref()).collect()
    }

    /// Returns pairs of field and column for the report.
    pub fn described(&self) -> Vec<(String, String)> {
        let fields = NAMED.iter().map(|named| (named.field, named.name)).chain([(Field::Group, "group")]);
        let mapped =
            fields.filter_map(|(field, name)| Some((name.to_owned(), self.describe(self.source(field)?))));
        mapped.collect()
    }

    /// Returns the columns that no field is mapped to.
    pub fn unmapped(&self) -> Vec<String> {
        let mapped: std::collections::HashSet<usize> =
            self.mapped().flat_map(|(_, source)| source.columns.iter().copied()).collect();
        let unmapped = self.header.iter().enumerate().filter(|(column, _)| !mapped.contains(column));
        unmapped.map(|(_, name)| name.clone()).collect()
    }

    /// Returns the column of a field as the report shows it.
    pub fn name_of(&self, field: Field) -> Option<String> {
        self.source(field).map(|source| self.describe(source))
    }

    fn describe(&self, source: &Source) -> String {
        let names = source.columns.iter().filter_map(|column| self.header.get(*column).cloned());
        names.collect::<Vec<_>>().join(if source.joined { "+" } else { "|" })
    }

    /// Whether two fields have a column in common.
    pub fn shares(&self, one: Field, other: Field) -> bool {
        let columns = |field| self.source(field).map_or(&[][..], |source| source.columns.as_slice());
        columns(one).iter().any(|column| columns(other).contains(column))
    }

    /// Returns the mapped fields with their sources.
    pub fn mapped(&self) -> impl Iterator<Item = (Field, &Source)> {
        let all = NAMED
            .iter()
            .map(|named| named.field)
            .chain([Field::Group, Field::Order, Field::Kind])
            .chain(FILTERS);
        all.filter_map(move |field| Some((field, self.source(field)?)))
    }
}

impl Source {
    /// Creates the source of one column.
    pub fn column(column: usize) -> Self {
        Self { columns: vec![column], joined: false, repeats: Vec::new() }
    }

    /// Returns the number of leading cells that contain all columns.
    pub fn cells(&self) -> usize {
        self.columns.iter().map(|column| column + 1).max().unwrap_or(0)
    }
}

/// Splits a column name into the name and the zone that it gives for its times: `Start Time (UTC)`,
/// `start_utc`, `Start (Europe/Berlin)`.
fn without_zone(name: &str) -> (&str, Option<String>) {
    let in_brackets = name.trim_end().strip_suffix(')').and_then(|name| name.rsplit_once('('));
    if let Some((rest, zone)) = in_brackets {
        let is_abbreviation =
            (3..=5).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_offset = zone
            .strip_prefix("UTC")
            .or_else(|| zone.strip_prefix("GMT"))
            .is_some_and(|offset| offset.starts_with(['+', '-']) && offset.len() > 1);
        let is_american = ["PT", "MT", "CT", "ET"].contains(&zone);
        let is_zone = is_abbreviation
            || is_american
            || is_offset
            || (zone.contains('/') && Zone::named(zone).is_some());
        return if is_zone { (rest.trim_end(), Some(zone.to_owned())) } else { (name, None) };
    }
    let suffix = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    match suffix {
        Some((rest, end)) if end.eq_ignore_ascii_case("_utc") || end.eq_ignore_ascii_case(" utc") => {
            (rest, Some("UTC".to_owned()))
        }
        _ => (name, None),
    }
}

/// Makes column names unique: the second `Labels` becomes `Labels (2)`.
fn unique(names: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashMap::new();
    let numbered = names.iter().map(|name| {
        let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        if *count == 1 { name.clone() } else { numbered(name, *count) }
    });
    numbered.collect()
}

/// Returns the name of a column that is the `count`-th of its name.
fn numbered(name: &str, count: usize) -> String {
    format!("{name} ({count})")
}

#[cfg(test)]
mod tests {
    use super::{ColumnMap, ColumnWishes, Source};
    use crate::availability::input::field::Field;

    fn map(header: &[&str]) -> ColumnMap {
        ColumnMap::new(&header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn wish(text: &str) -> ColumnWishes {
        ColumnWishes { columns: ColumnWishes::parse_columns(text).unwrap(), ..ColumnWishes::default() }
    }

    #[test]
    fn usual_names_are_found_in_any_spelling() {
        let mut columns = map(&["Service Name", "START-TIME", "resolvedAt"]);
        columns.apply_usual_names();
        assert_eq!(columns.source(Field::Start), Some(&Source::column(1)));
        assert_eq!(columns.source(Field::End), Some(&Source::column(2)));
        assert_eq!(columns.source(Field::Service), Some(&Source::column(0)));
    }

    #[test]
    fn several_columns_may_form_one_field() {
        let mut columns = map(&["region", "host", "a", "b"]);
        columns.apply_wishes(&wish("service=region+host,start=a|b")).unwrap();
        let source = |field| columns.source(field).map(|source| (source.columns.as_slice(), source.joined));
        assert_eq!(source(Field::Service), Some((&[0, 1][..], true)));
        assert_eq!(source(Field::Start), Some((&[2, 3][..], false)));
        assert_eq!(columns.source(Field::Start).map(Source::cells), Some(4));
    }

    #[test]
    fn a_missing_column_is_answered_with_the_nearest_name() {
        let wrong = map(&["opened", "closed"]).apply_wishes(&wish("start=opend")).unwrap_err();
        assert_eq!(wrong, ["there is no column `opend`; did you mean `opened`?"]);
        assert!(ColumnWishes::parse_columns("strat=x").unwrap_err().contains("`start`"));
    }

    #[test]
    fn repeated_column_names_are_made_unique() {
        assert_eq!(map(&["Labels", "Labels", "x"]).header, ["Labels", "Labels (2)", "x"]);
    }
}
