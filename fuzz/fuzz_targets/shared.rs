//! From bytes to every output, with the laws that hold on the way.

use steadfast::availability::analysis::settings::{By, Combine, Maintenance, Objectives, Settings, Weights};
use steadfast::availability::analysis::{Analysed, analyse};
use steadfast::availability::document::{Shown, document};
use steadfast::availability::evidence::Shape;
use steadfast::availability::input::columns::ColumnWishes;
use steadfast::availability::input::{ReadOptions, bytes, read};
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
        max_gap_micros: None,
        keep_ledger: true,
        threads: 1,
    }
}

/// States and samples are not grouped or weighed as incidents are.
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
        hours: None,
        weights: incidents.then_some(Weights::Column),
        objectives: Objectives::default(),
        initial_state: State::Unknown,
        count_zero_length: true,
        bootstrap: 0,
        seed: 1,
        assumed_mttr_s: None,
        keep_ledger: true,
        threads: 1,
    }
}

/// Reads the bytes and writes every output of them. What is refused is refused with a name; what is taken has figures that
/// can be, and no output obeys the terminal.
pub fn through(bytes: &[u8]) {
    let open = |name: &str| bytes::from_bytes(name, bytes.to_vec());
    let evidence = match read(&["the-input".to_owned()], open, &reading()) {
        Ok(evidence) => evidence,
        Err(problems) => {
            assert!(problems.render(false).contains("the-input"), "{problems}");
            return;
        }
    };
    let settings = settings(evidence.shape);
    let Ok(Analysed { report, ledger }) = analyse(evidence, &settings) else {
        return;
    };
    let total = &report.total;
    assert!(total.downtime_s >= 0.0 && total.downtime_s <= total.window_s + 1e-6);
    let shown = Shown {
        lines_max: None,
        explain: true,
    };
    let document = document(&report, &ledger, Vec::new(), shown);
    for format in FORMATS {
        let mut out = Vec::new();
        (format.write)(&document, &Look::FILE, &mut out).expect("a vector takes everything");
        let text = String::from_utf8(out).expect("outputs are text");
        let raw = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(raw, None, "in {}", format.name);
    }
}
