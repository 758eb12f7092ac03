//! Names that a terminal, a spreadsheet, a browser or a metrics scraper would interpret, in every output
//! format.

use super::run::{Desk, FORMATS, is_raw};

const HOSTILE: [&str; 16] = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "\u{1b}[31mred",
    "bell\u{7}tab\u{b}back\u{8}",
    "right\u{202e}to left\u{2066}",
    "zero\u{200b}width",
    "line\nfeed\r\nand\ttab",
    "\u{85}\u{9b}31m",
    "<script>alert(1)</script>&amp;\"'",
    "]]><x/>",
    "a|b`c`*d*_e_[f](g)",
    "label\"} 1\nup{x=\"",
    "\u{fffe}\u{10ffff}e\u{301}",
];

fn csv_of(names: &[&str]) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["service", "severity", "cause", "started_at", "resolved_at"]).unwrap();
    for name in names {
        let row = [*name, *name, *name, "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"];
        table.write_record(row).unwrap();
    }
    table.into_inner().unwrap()
}

/// `run` rejects raw control characters in any output; this test produces all names in all formats.
#[test]
fn hostile_names_are_escaped_in_every_format() {
    let desk = Desk::with("log.csv", csv_of(&HOSTILE));
    for format in FORMATS {
        for by in ["service,severity,cause", "cause,month"] {
            let flags = format!(
                "log.csv --format {format} --by {by} --top 0 --explain --color always --slo 99.9% \
                 --fail-if 'mttr > 99h for each'"
            );
            if format == "table" {
                // A coloured table holds escape sequences of its own, so the names are checked without
                // colour.
                let ended = desk.availability(&flags.replace("always", "never")).end();
                assert_eq!(ended.code, 0, "{}", ended.stderr);
            } else {
                desk.availability(&flags).fine();
            }
        }
    }
}

#[test]
fn no_name_in_csv_is_a_spreadsheet_formula() {
    let desk = Desk::with("log.csv", csv_of(&HOSTILE));
    let table = desk.availability("log.csv --format csv").fine();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    for record in reader.records() {
        let name = record.unwrap().get(0).unwrap().to_owned();
        assert!(!name.starts_with(['=', '+', '-', '@']), "{name}");
    }
}

#[test]
fn names_in_json_are_unchanged() {
    let desk = Desk::with("log.csv", csv_of(&HOSTILE));
    let read = desk.availability("log.csv").json();
    let lines = read["breakdowns"][0]["lines"].as_array().unwrap();
    for name in HOSTILE {
        let trimmed = name.trim_matches(|c: char| c.is_ascii_whitespace());
        assert!(lines.iter().any(|line| line["name"] == trimmed), "{name:?}");
    }
}

#[test]
fn the_ledger_escapes_the_cells_it_quotes() {
    let log = "service,started_at,resolved_at\napi,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n\
               api,=cmd|x\u{1b}[2J,2026-01-05T11:00:00Z\n=x,2026-01-05T12:00:00Z,2026-01-05T11:00:00Z\n";
    let desk = Desk::with("=log\u{1b}.csv", log);
    desk.availability("=log\u{1b}.csv --on-bad-row skip --ledger ledger.csv").fine();
    let ledger = std::fs::read_to_string(desk.path("ledger.csv")).unwrap();
    assert_eq!(ledger.chars().find(|c| is_raw(*c)), None, "{ledger:?}");
    for record in csv::Reader::from_reader(ledger.as_bytes()).records() {
        let record = record.unwrap();
        assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '@'])), "{record:?}");
    }
}

#[test]
fn hostile_headers_and_file_names_are_escaped() {
    let header = "\u{1b}[2Jservice,\u{7}started\u{202e},=end\nx,y,z\n";
    let desk = Desk::with("log\u{1b}[2J\u{202e}.csv", header);
    desk.availability("log\u{1b}[2J\u{202e}.csv").refused(&["log"]);
    let columns = "--columns 'start=\u{7}started\u{202e},end==end,service=\u{1b}[2Jservice'";
    desk.availability(&format!("log\u{1b}[2J\u{202e}.csv {columns}")).refused(&["log"]);
}

#[test]
fn hostile_column_names_are_escaped_in_the_mapping() {
    let log = "\u{1b}[2Jservice,\u{7}a\u{202e},=b\napi,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n";
    let desk = Desk::with("log\u{1b}.csv", log);
    for format in FORMATS {
        let columns = "--columns 'start=\u{7}a\u{202e},end==b,service=\u{1b}[2Jservice'";
        let by = "--by '\u{1b}[2Jservice,service'";
        desk.availability(&format!("log\u{1b}.csv {columns} {by} --format {format}")).fine();
    }
}

#[test]
fn names_that_are_not_utf8_show_replacement_characters() {
    let log = b"service,started_at,resolved_at\n\xff\xfeapi,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n";
    let desk = Desk::with("log.csv", log);
    for format in FORMATS {
        desk.availability(&format!("log.csv --format {format}")).fine();
    }
    let read = desk.availability("log.csv").json();
    assert_eq!(read["breakdowns"][0]["lines"][0]["name"], "\u{fffd}\u{fffd}api");
}

#[test]
fn times_that_are_not_utf8_are_bad_rows() {
    let log = b"service,started_at,resolved_at\napi,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\napi,2026-01-05T1\xff:00:00Z,\xc3\x28\n";
    Desk::with("log.csv", log).availability("log.csv").refused(&["log.csv:3", "start"]);
}

#[test]
fn a_name_of_a_megabyte_is_accepted() {
    let log = format!(
        "service,started_at,resolved_at\n{},2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n",
        "x".repeat(1 << 20)
    );
    let desk = Desk::with("log.csv", log);
    for format in FORMATS {
        desk.availability(&format!("log.csv --format {format}")).fine();
    }
}
