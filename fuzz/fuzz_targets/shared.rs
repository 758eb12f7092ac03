//! Runs an availability analysis on arbitrary bytes, writes every output format, and checks invariants
//! on the way.

use std::io::Cursor;
use steadfast::availability::analysis::settings::{By, Combine, Maintenance, Objectives, Settings, Weights};
use steadfast::availability::analysis::{Analysed, analyse};
use steadfast::availability::document::{Shown, document};
use steadfast::availability::evidence::Shape;
use steadfast::availability::input::bytes::Input;
use steadfast::availability::input::columns::ColumnWishes;
use steadfast::availability::input::{ReadOptions, Services, read};
use steadfast::base::time::Zone;
use steadfast::report::format::{FORMATS, Look};
use steadfast::timeline::combine::Rule;
use steadfast::timeline::samples::State;

fn reading() -> ReadOptions {
    ReadOptions {
        preset: None,
        shape: None,
        zone: Zone::named("America/New_York"),
        date_order: None,
        wishes: ColumnWishes::default(),
        lists: Vec::new(),
        states: None,
        rows_before: 0,
        services: Services::Optional,
        max_gap_micros: None,
        keep_ledger: true,
        threads: 1,
    }
}

/// Returns the settings for a shape of log. Severities and weights apply only to incidents.
fn settings(shape: Shape) -> Settings {
    let incidents = shape == Shape::Incidents;
    let severity = incidents.then_some(By::Severity);
    let by = [By::Service, By::parse("year")].into_iter().chain(severity);
    Settings {
        from: None,
        to: None,
        zone: Zone::named("America/New_York").unwrap_or_else(Zone::utc),
        combine: Combine::System(Rule::Any),
        by: by.collect(),
        confidence: 0.95,
        maintenance: Maintenance::default(),
        quorum: None,
        hours: None,
        weights: incidents.then_some(Weights::Column),
        objectives: Objectives::default(),
        now: None,
        initial_state: State::Unknown,
        from_first_seen: false,
        count_zero_length: true,
        bootstrap: 0,
        seed: 1,
        assumed_mttr_s: None,
        keep_ledger: true,
        threads: 1,
    }
}

/// Reads the bytes and writes every output format. Asserts that an error names the input, that downtime
/// lies within the window, and that no output contains control characters.
pub fn through(bytes: &[u8]) {
    let open = |name: &str| {
        let reader = Box::new(Cursor::new(bytes.to_vec()));
        Ok(Input {
            name: name.to_owned(),
            reader,
        })
    };
    let evidence = match read(&["the-input".to_owned()], open, &reading()) {
        Ok(evidence) => evidence,
        Err(problems) => {
            assert!(problems.render(false).contains("the-input"), "{problems}");
            return;
        }
    };
    let settings = settings(evidence.shape);
    let Ok(Analysed { report, .. }) = analyse(evidence, &settings) else {
        return;
    };
    let total = &report.total;
    assert!(total.downtime_s >= 0.0 && total.downtime_s <= total.window_s + 1e-6);
    let shown = Shown {
        lines_max: None,
        explain: true,
    };
    let document = document(&report, Vec::new(), shown);
    for format in FORMATS {
        let mut out = Vec::new();
        (format.write)(&document, &Look::FILE, &mut out).expect("a vector takes everything");
        let text = String::from_utf8(out).expect("outputs are text");
        let raw = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(raw, None, "in {}", format.name);
    }
}
