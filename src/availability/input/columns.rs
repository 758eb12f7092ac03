//! Maps the columns of a table to fields.

use super::field::{FIELDS, FILTERS, Field, NAMED};
use super::plan::{About, Filter};
use super::preset::Delimited;
use crate::base::suggest::{did_you_mean, fold};

/// The source of a field's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// One column.
    Column(usize),
    /// The first of several columns whose cell is not empty.
    FirstOf(Vec<usize>),
    /// Several columns, their cells joined by `/`.
    Joined(Vec<usize>),
}

/// The header of a table and the fields of its columns.
#[derive(Debug, Clone)]
pub struct ColumnMap {
    /// The column names, made unique: a repeated name has its count appended.
    pub header: Vec<String>,
    /// The names folded for comparison; computed once, since a table may have 100,000 columns.
    folded: Vec<String>,
    sources: [Option<Source>; FIELDS],
}

/// The user's options about columns (`--columns`, `--where`, `--by`), not yet checked against a header.
#[derive(Debug, Clone, Default)]
pub struct ColumnWishes {
    /// `--columns field=column`.
    pub columns: Vec<(Field, String)>,
    /// `--where`.
    pub filters: Vec<Filter>,
    /// The column that `--by` names, if it is not a built-in grouping.
    pub group: Option<String>,
}

impl ColumnWishes {
    /// Returns the filters with their scopes; `about` determines the scope from the filter's field.
    pub fn filters_about(&self, about: impl Fn(Field) -> About) -> Vec<(Filter, About)> {
        let filters = FILTERS.into_iter().zip(&self.filters);
        filters.map(|(field, filter)| (filter.clone(), about(field))).collect()
    }

    /// Returns the columns that `--where` and `--by` name, each with its field.
    pub fn named(&self) -> impl Iterator<Item = (Field, &str)> {
        let filters = FILTERS.into_iter().zip(&self.filters);
        let filters = filters.map(|(field, filter)| (field, filter.column.as_str()));
        filters.chain(self.group.iter().map(|column| (Field::Group, column.as_str())))
    }

    /// Parses `start=opened,end=closed|resolved,service=region+host`.
    pub fn parse_columns(text: &str) -> Result<Vec<(Field, String)>, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(Self::parse_column).collect()
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

impl ColumnMap {
    /// Creates a map for a header, with no field mapped.
    pub fn new(names: &[String]) -> Self {
        let header = unique(names);
        Self {
            folded: header.iter().map(|name| fold(name)).collect(),
            header,
            sources: [const { None }; FIELDS],
        }
    }

    /// Returns the source of a field.
    pub fn source(&self, field: Field) -> Option<&Source> {
        self.sources.get(field as usize)?.as_ref()
    }

    /// Whether a field is mapped.
    pub fn has(&self, field: Field) -> bool {
        self.source(field).is_some()
    }

    fn set(&mut self, field: Field, source: Source) {
        if let Some(slot) = self.sources.get_mut(field as usize) {
            *slot = Some(source);
        }
    }

    /// Removes the mapping of a field.
    pub fn unset(&mut self, field: Field) {
        if let Some(slot) = self.sources.get_mut(field as usize) {
            *slot = None;
        }
    }

    /// Maps the columns that a preset names.
    pub fn apply_preset(&mut self, table: &Delimited) {
        for (field, names) in table.columns {
            self.apply_names(*field, names);
        }
    }

    /// Maps every field of which the header has a usual name. No two fields share a usual name, so no
    /// column is used twice.
    pub fn apply_usual_names(&mut self) {
        for named in NAMED {
            let found = named.usual.iter().find_map(|usual| self.find(usual));
            if let Some(column) = found {
                self.set(named.field, Source::Column(column));
            }
        }
    }

    fn apply_names(&mut self, field: Field, names: &[&str]) {
        let mut found: Vec<usize> = names.iter().filter_map(|name| self.find(name)).collect();
        match found.len() {
            0 => {}
            1 => self.set(field, Source::Column(found.remove(0))),
            _ => self.set(field, Source::FirstOf(found)),
        }
    }

    /// Maps the columns that the user names. Fails with a message, and the nearest name, for every
    /// column that does not exist.
    pub fn apply_wishes(&mut self, wishes: &ColumnWishes) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        for (field, expression) in &wishes.columns {
            match self.expression(expression) {
                Ok(source) => self.set(*field, source),
                Err(problem) => wrong.push(problem),
            }
        }
        for (field, column) in wishes.named() {
            match self.field_or_column(column) {
                Ok(source) => self.set(field, source),
                Err(problem) => wrong.push(problem),
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Resolves a name to the source of the field of this name, else to the column.
    fn field_or_column(&self, name: &str) -> Result<Source, String> {
        let by_field = Field::named(name).and_then(|field| self.source(field)).cloned();
        by_field.map_or_else(|| self.expression(name), Ok)
    }

    /// Parses `a`, `a|b` (the first that is not empty) or `a+b` (joined). A column named `a+b` takes
    /// precedence.
    fn expression(&self, text: &str) -> Result<Source, String> {
        if let Some(column) = self.find(text) {
            return Ok(Source::Column(column));
        }
        if text.contains('|') {
            return Ok(Source::FirstOf(self.all(text, '|')?));
        }
        if text.contains('+') {
            return Ok(Source::Joined(self.all(text, '+')?));
        }
        self.column(text).map(Source::Column)
    }

    fn all(&self, text: &str, separator: char) -> Result<Vec<usize>, String> {
        text.split(separator).map(|name| self.column(name.trim())).collect()
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        self.find(name).ok_or_else(|| {
            let guess = did_you_mean(name, self.header.iter().map(String::as_str));
            format!("there is no column `{name}`{guess}")
        })
    }

    fn find(&self, name: &str) -> Option<usize> {
        let exact = self.header.iter().position(|column| column == name);
        exact.or_else(|| {
            let wanted = fold(name);
            self.folded.iter().position(|column| *column == wanted && !wanted.is_empty())
        })
    }

    /// Returns pairs of field and column for the report.
    pub fn described(&self) -> Vec<(String, String)> {
        let fields = NAMED.iter().map(|named| (named.field, named.name)).chain([(Field::Group, "group")]);
        let mapped =
            fields.filter_map(|(field, name)| Some((name.to_owned(), self.describe(self.source(field)?))));
        mapped.collect()
    }

    fn describe(&self, source: &Source) -> String {
        let name = |column: &usize| self.header.get(*column).cloned().unwrap_or_default();
        let names = |columns: &[usize]| columns.iter().map(name).collect::<Vec<_>>();
        match source {
            Source::Column(column) => name(column),
            Source::FirstOf(columns) => names(columns).join("|"),
            Source::Joined(columns) => names(columns).join("+"),
        }
    }

    /// Returns the number of leading columns that must be split for all mapped fields.
    pub fn wanted(&self) -> usize {
        let sources = self.sources.iter().flatten();
        sources.map(Source::cells).max().unwrap_or(0)
    }

    /// Determines the scope of a filter on the field `of`.
    pub fn about(&self, of: Field) -> About {
        let shares = |field| {
            let columns = |field| self.source(field).map_or(&[][..], Source::columns);
            columns(of).iter().any(|column| columns(field).contains(column))
        };
        About::of(shares)
    }

    /// Returns the number of leading cells that contain all columns of a field.
    pub fn cells_up_to(&self, field: Field) -> usize {
        self.source(field).map_or(0, Source::cells)
    }

    /// Returns the mapped fields with their sources.
    pub fn mapped(&self) -> Vec<(Field, Source)> {
        let all = NAMED.iter().map(|named| named.field).chain([Field::Group, Field::Order]).chain(FILTERS);
        all.filter_map(|field| Some((field, self.source(field)?.clone()))).collect()
    }
}

impl Source {
    fn columns(&self) -> &[usize] {
        match self {
            Self::Column(column) => std::slice::from_ref(column),
            Self::FirstOf(columns) | Self::Joined(columns) => columns,
        }
    }

    /// Returns the number of leading cells up to the last column.
    fn cells(&self) -> usize {
        self.columns().iter().map(|column| column + 1).max().unwrap_or(0)
    }
}

/// Makes column names unique: the second `Labels` becomes `Labels (2)`.
fn unique(names: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashMap::new();
    let numbered = names.iter().map(|name| {
        let count = seen.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
        if *count == 1 { name.clone() } else { format!("{name} ({count})") }
    });
    numbered.collect()
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
        assert_eq!(columns.source(Field::Start), Some(&Source::Column(1)));
        assert_eq!(columns.source(Field::End), Some(&Source::Column(2)));
        assert_eq!(columns.source(Field::Service), Some(&Source::Column(0)));
    }

    #[test]
    fn several_columns_may_form_one_field() {
        let mut columns = map(&["region", "host", "a", "b"]);
        columns.apply_wishes(&wish("service=region+host,start=a|b")).unwrap();
        assert_eq!(columns.source(Field::Service), Some(&Source::Joined(vec![0, 1])));
        assert_eq!(columns.source(Field::Start), Some(&Source::FirstOf(vec![2, 3])));
        assert_eq!(columns.wanted(), 4);
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
