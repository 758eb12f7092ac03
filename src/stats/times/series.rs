//! Reads measured times from a column of a CSV file: `{ csv: repairs.csv, column: minutes, unit: m }`.

use crate::base::quantity::parse_duration;
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Choice, Choices, Key, Record};

/// A reference to a CSV file.
static RECORD: Record = Record { name: "series", summary: "A column of a CSV file.", keys: &KEYS };

/// Its keys.
static KEYS: [&dyn AnyKey; 3] = [&CSV, &COLUMN, &UNIT];

/// The path of the file.
pub(crate) static CSV: Key<String> =
    Key::text("csv", "a CSV file with a header row; the path is relative to the folder of this file");
/// The column of the file.
pub(crate) static COLUMN: Key<String> =
    Key::text("column", "the column of `csv` to read; optional when there is only one");
/// The unit of bare numbers in the file.
pub(crate) static UNIT: Key<Unit> = Key::choice(
    "unit",
    "the unit of bare numbers in `csv`; without it, each cell must be a duration such as 90s",
);

/// A unit of time, by its length in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit(f64);

impl Choices for Unit {
    const CHOICES: &'static [Choice<Self>] = &[
        ("ms", Self(1e-3), "milliseconds"),
        ("s", Self(1.0), "seconds"),
        ("m", Self(60.0), "minutes"),
        ("h", Self(3_600.0), "hours"),
        ("d", Self(86_400.0), "days"),
    ];
}

/// Returns whether the map refers to a CSV file.
pub(super) fn is_meant(node: Node<'_>) -> bool {
    let mut entries = node.entries().into_iter().flatten();
    entries.any(|(key, _)| key.text().is_some_and(|name| KEYS.iter().any(|known| known.name() == name)))
}

/// Reads the values in seconds. Returns them with the node to point at when they turn out to be unsuitable.
pub(super) fn read<'t>(node: Node<'t>, reading: &mut Reading<'_>) -> Option<(Vec<f64>, Node<'t>)> {
    let fields = Fields::of(node, &RECORD, reading)?;
    let Some(file) = fields.node(&CSV) else {
        reading.refuse(node.problem("`csv` is missing: the file that holds the values"));
        return None;
    };
    let path = fields.given(&CSV, reading)?;
    let known = reading.problems.0.len();
    let unit = fields.given(&UNIT, reading).map(|unit| unit.0);
    let column = fields.node(&COLUMN);
    let wanted = fields.given(&COLUMN, reading);
    if reading.problems.0.len() > known {
        return None;
    }
    let text = match reading.load(&path) {
        Ok(text) => text,
        Err(why) => {
            reading.refuse(file.problem(why));
            return None;
        }
    };
    let values = column_of(&text, wanted.as_deref()).and_then(|cells| in_seconds(&path, &cells, unit));
    let result = values.map_err(|fault| match (fault, column) {
        (Fault::Column(why), Some(column)) => column.problem(why),
        (Fault::Column(why) | Fault::File(why), _) => file.problem(why),
    });
    reading.take(result).map(|values| (values, file))
}

/// An error in the file, by the key of the reference that it concerns.
enum Fault {
    Column(String),
    File(String),
}

/// Returns the cells of a column with their line numbers.
fn column_of(text: &str, wanted: Option<&str>) -> Result<Vec<(u64, String)>, Fault> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let bad = |error: csv::Error| Fault::File(error.to_string());
    let header = table.headers().map_err(bad)?.clone();
    let place = match wanted {
        Some(name) => header.iter().position(|column| column == name),
        None if header.len() == 1 => Some(0),
        None => {
            let names = header.iter().collect::<Vec<_>>().join(", ");
            return Err(Fault::File(format!(
                "the file has {} columns; name one with `column` ({names})",
                header.len()
            )));
        }
    };
    let Some(place) = place else {
        let name = wanted.unwrap_or_default();
        let guess = crate::base::suggest::did_you_mean(name, header.iter());
        return Err(Fault::Column(format!("there is no column `{name}`{guess}")));
    };
    let mut cells = Vec::new();
    for record in table.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, csv::Position::line);
        cells.push((line, record.get(place).unwrap_or_default().to_owned()));
    }
    Ok(cells)
}

fn in_seconds(path: &str, cells: &[(u64, String)], unit: Option<f64>) -> Result<Vec<f64>, Fault> {
    cells
        .iter()
        .map(|(line, cell)| seconds(cell, unit).map_err(|why| Fault::File(format!("{path}:{line}: {why}"))))
        .collect()
}

/// Converts a cell to seconds: a bare number with the given unit, or a duration with its own.
fn seconds(cell: &str, unit: Option<f64>) -> Result<f64, String> {
    match (cell.parse::<f64>(), unit) {
        (Ok(number), Some(unit)) => Ok(number * unit),
        (Ok(_), None) => Err(format!("`{cell}` has no unit: give `unit: s` (or ms, m, h, d) beside `csv`")),
        (Err(_), _) => parse_duration(cell),
    }
}
