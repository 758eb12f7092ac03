//! Documents to test the formats with: typical, empty, hostile and extreme ones.

use crate::formats::charts;
use steadfast::report::{
    Block, Cell, Check, Column, Document, MetricFamily, Outcome, Row, STRIP_SLICES, Section, Strip, Strips,
    Table,
};

/// Names that try to break out of a syntax, move the cursor, or run as a formula in a spreadsheet.
pub(crate) const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred",
    "nul\0byte",
    "line\nbreak\r\nand\ttab",
    "pipe | and ``` backticks ~~~",
    "<script>alert('x')</script> & \"quotes\"",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "right\u{202e}to left\u{200b}",
    "noncharacter \u{fffe}\u{ffff} and C1 \u{9b}31m",
    "]]>--><!-- \\ {{x}} ${y}",
    "支払いサービス 🚒 e\u{301}\u{301}\u{301}\u{301}",
    "",
    "a-service-with-a-name-that-goes-on-and-on-and-on-until-somebody-cuts-it-off-at-last",
];

/// Returns all documents, each with a name for messages.
pub(crate) fn all() -> Vec<(&'static str, Document)> {
    vec![
        (
            "empty",
            Document { conditions: "Fails if", json: String::from("{}").into(), ..Document::default() },
        ),
        ("everyday", everyday()),
        ("hostile", hostile()),
        ("extreme", extreme()),
        ("charts", charts::everyday()),
        ("hostile charts", charts::hostile()),
        ("extreme charts", charts::extreme()),
        ("no rows", with_rows(0)),
        ("200 rows", with_rows(200)),
    ]
}

/// Returns the report of a run over three services.
pub(crate) fn everyday() -> Document {
    Document {
        conditions: "Fails if",
        headline: None,
        title: "Availability of 3 services".into(),
        kind: "availability",
        facts: everyday_facts(),
        sections: vec![services(), outages(), text_and_facts("Downtime counts from the start of an outage.")],
        warnings: vec![
            "search: 2 outages are still open at the end of the window; their downtime is counted up to there and their \
             repair times are censored."
                .into(),
        ],
        checks: vec![
            check("availability >= 99.9%", "checkout", Outcome::Held, "99.975% [99.941%, 99.990%]"),
            check("availability >= 99.9%", "search", Outcome::Missed, "98.921% [98.310%, 99.402%]"),
            check("mttr <= 30m", "payment-gateway", Outcome::Inconclusive, "24m [9m 12s, 1h 3m] from 4 repairs"),
        ],
        metrics: vec![MetricFamily {
            name: "steadfast_downtime_seconds",
            help: "Time down within the window.",
            unit: "seconds",
            samples: vec![(vec![("service", "checkout".into())], 7_884.0), (vec![("service", "search".into())], 340_308.0)],
        }].into(),
        json: String::from("{\n  \"schema\": 1\n}").into(),
    }
}

fn everyday_facts() -> Vec<(String, String)> {
    [
        ("Input", "incidents-2025.csv (1,204 rows, 3 refused)"),
        ("Window", "2025-01-01 00:00 to 2026-01-01 00:00 UTC (365d)"),
        (
            "Method",
            "MTBF is uptime by number of failures, with the chi-square interval; MTTR is the mean with a bootstrap \
             interval (BCa, 2,000 resamples); confidence 95%",
        ),
        ("Seed", "42"),
    ]
    .map(|(label, text)| (label.to_owned(), text.to_owned()))
    .into()
}

fn services() -> Section {
    let rows = vec![
        service_row("checkout", 12, 7_884.0, 2.5e-4, 1e-4, 5.9e-4),
        service_row("payment-gateway", 4, 312.0, 9.9e-6, 2.1e-6, 4.4e-5),
        service_row("search", 61, 340_308.0, 1.079e-2, 5.98e-3, 1.69e-2),
        Row { total: true, ..service_row("all services", 77, 348_504.0, 3.68e-3, 2.1e-3, 5.4e-3) },
    ];
    let table = Table { name: "services", columns: service_columns(), rows };
    Section { heading: "Services".into(), blocks: vec![Block::Table(table)] }
}

fn service_columns() -> Vec<Column> {
    vec![
        Column::new("service", "Service", 0),
        Column::new("outages", "Outages", 1),
        Column::new("downtime_s", "Downtime", 1),
        Column::new("availability", "Availability", 0),
        Column::new("mtbf_s", "MTBF", 2),
        Column::new("mttr_s", "MTTR", 2),
        Column::new("failures_per_year", "Failure rate", 4),
        Column::new("budget_used", "Budget used", 3),
        Column::new("longest_start", "Longest since", 5),
        Column::new("outcome", "SLO 99.9%", 0),
    ]
}

fn service_row(name: &str, outages: u64, down_s: f64, share: f64, low: f64, high: f64) -> Row {
    let mtbf_s = 31_536_000.0 / outages as f64;
    let mttr_s = down_s / outages as f64;
    let seconds = |value: f64| Some(Cell::Seconds(value));
    let unavailability = |value: f64| Some(Cell::ShareByComplement(value));
    let cells = vec![
        Cell::text(name),
        Cell::Count(outages),
        Cell::Seconds(down_s),
        estimate(Cell::ShareByComplement(share), unavailability(high), unavailability(low)),
        estimate(Cell::Seconds(mtbf_s), seconds(mtbf_s * 0.6), seconds(mtbf_s * 1.9)),
        estimate(Cell::Seconds(mttr_s), seconds(mttr_s * 0.5), seconds(mttr_s * 2.2)),
        Cell::PerYear(outages as f64),
        Cell::Percent(share / 1e-3),
        if outages > 4 { Cell::text("2025-03-04T12:00:00Z") } else { Cell::Missing },
        Cell::text(if share > 1e-3 { "missed" } else { "held" }),
    ];
    Row { cells, total: false }
}

fn outages() -> Section {
    let lines = vec![
        strip("checkout", &[(100, 103, 0.3), (400, 401, 0.02)]),
        strip("payment-gateway", &[(0, 90, f64::NAN), (610, 611, 0.1)]),
        strip("search", &[(200, 214, 0.6), (214, 240, 1.0), (500, 509, 0.4)]),
    ];
    let strips = Strips { from: "2025-01-01".into(), to: "2026-01-01".into(), lines, ..Strips::default() };
    Section { heading: "When they were down".into(), blocks: vec![Block::Strips(strips)] }
}

fn strip(label: &str, outages: &[(usize, usize, f64)]) -> Strip {
    let mut down = vec![0.0; STRIP_SLICES];
    for (from, to, share) in outages {
        down[*from..*to].fill(*share);
    }
    Strip { label: label.into(), down }
}

/// Returns a document with hostile names wherever untrusted text can occur.
pub(crate) fn hostile() -> Document {
    let row = |name: &&str| Row { cells: vec![Cell::text(*name), Cell::text(*name)], total: false };
    let columns = vec![Column::new("service", "Service", 0), Column::new("since", "Since", 1)];
    let table = Table { name: "services", columns, rows: HOSTILE.iter().map(row).collect() };
    let lines = HOSTILE.iter().map(|name| strip(name, &[(1, 9, 0.5)])).collect();
    let strips = Strips { from: HOSTILE[2].into(), to: HOSTILE[0].into(), lines, ..Strips::default() };
    let family = MetricFamily {
        name: "steadfast_downtime_seconds",
        help: "Back\\slash, \"quotes\" and\na line.",
        unit: "seconds",
        samples: HOSTILE.iter().map(|name| (vec![("service", (*name).to_owned())], 1.0)).collect(),
    };
    Document {
        conditions: "Fails if",
        headline: None,
        title: HOSTILE.join(" "),
        kind: "availability",
        facts: HOSTILE.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect(),
        sections: vec![
            Section { heading: HOSTILE[4].into(), blocks: vec![Block::Table(table), Block::Strips(strips)] },
            text_and_facts(&HOSTILE.join("\n# ")),
        ],
        warnings: HOSTILE.iter().map(|name| (*name).to_owned()).collect(),
        checks: HOSTILE.iter().map(|name| check(name, name, Outcome::Missed, name)).collect(),
        metrics: vec![family].into(),
        json: String::from("{\"name\":\"\\u001b\"}").into(),
    }
}

/// Returns a document with extreme floats, and estimates with every combination of bounds.
pub(crate) fn extreme() -> Document {
    let numbers = [
        0.0,
        -0.0,
        1e-300,
        1e300,
        -1e300,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        0.1,
    ];
    let table = Table { name: "extremes", columns: extreme_columns(), rows: numbers.map(extreme_row).into() };
    let samples =
        numbers.iter().enumerate().map(|(i, number)| (vec![("case", i.to_string())], *number)).collect();
    Document {
        conditions: "Fails if",
        headline: None,
        title: "Extremes".into(),
        kind: "availability",
        sections: vec![Section { heading: String::new(), blocks: vec![Block::Table(table)] }],
        metrics: vec![MetricFamily {
            name: "steadfast_extreme_ratio",
            help: "Extremes.",
            unit: "ratio",
            samples,
        }]
        .into(),
        json: String::from("{}").into(),
        ..Document::default()
    }
}

fn extreme_columns() -> Vec<Column> {
    [
        "number", "seconds", "share", "percent", "per_year", "both", "lower", "upper", "neither", "missing",
        "count",
    ]
    .map(|key| Column::new(key, key, 0))
    .into()
}

fn extreme_row(number: f64) -> Row {
    let bound = || Some(Cell::Seconds(number));
    let cells = vec![
        Cell::Number(number),
        Cell::Seconds(number),
        Cell::ShareByComplement(number),
        Cell::Percent(number),
        Cell::PerYear(number),
        estimate(Cell::Seconds(number), bound(), bound()),
        estimate(Cell::Missing, bound(), None),
        estimate(Cell::Number(number), None, bound()),
        estimate(Cell::Missing, None, None),
        Cell::Missing,
        Cell::Count(u64::MAX),
    ];
    Row { cells, total: number.is_nan() }
}

/// Returns a document with a table of `count` services.
pub(crate) fn with_rows(count: u32) -> Document {
    let rows =
        (0..count).map(|i| service_row(&format!("service-{i}"), 3, f64::from(i), 1e-6, 1e-7, 1e-5)).collect();
    let table = Table { name: "services", columns: service_columns(), rows };
    let sections = vec![Section { heading: "Services".into(), blocks: vec![Block::Table(table)] }];
    Document {
        conditions: "Fails if",
        headline: None,
        title: "Many".into(),
        kind: "availability",
        sections,
        json: String::from("{}").into(),
        ..Document::default()
    }
}

/// Returns a document with a table of one cell.
pub(crate) fn of_one_cell(cell: Cell) -> Document {
    let columns = vec![Column::new("availability", "Availability", 0)];
    let table = Table { name: "services", columns, rows: vec![Row { cells: vec![cell], total: false }] };
    let sections = vec![Section { heading: String::new(), blocks: vec![Block::Table(table)] }];
    Document {
        conditions: "Fails if",
        headline: None,
        sections,
        json: String::from("{}").into(),
        ..Document::default()
    }
}

fn text_and_facts(text: &str) -> Section {
    let facts = vec![("Clock".to_owned(), text.to_owned())];
    Section { heading: "Notes".into(), blocks: vec![Block::Text(text.into()), Block::Facts(facts)] }
}

fn estimate(value: Cell, lower: Option<Cell>, upper: Option<Cell>) -> Cell {
    Cell::Estimate { value: Box::new(value), lower: lower.map(Box::new), upper: upper.map(Box::new) }
}

fn check(condition: &str, subject: &str, outcome: Outcome, detail: &str) -> Check {
    Check { condition: condition.into(), subject: subject.into(), outcome, detail: detail.into() }
}
