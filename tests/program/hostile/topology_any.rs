//! Topologies that are large, malicious or arbitrary text: reading them never panics or hangs, and every
//! error is reported.

use super::topology::{parse, wrong};
use crate::cpu_time::cpu_time_of;
use crate::hostile::mutation::mutated;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::time::Duration;

#[test]
fn the_first_hundred_problems_are_shown_and_the_rest_counted() {
    let mut text = "components:\n".to_owned();
    for i in 0..100_000 {
        writeln!(text, "  c{i}: {{ mtfb: 1h, mttr: 1h }}").unwrap();
    }
    writeln!(text, "system: c0").unwrap();
    let ((problems, shown), took) = cpu_time_of(|| {
        let problems = parse(&text).unwrap_err();
        let shown = problems.to_string();
        (problems, shown)
    });
    assert_eq!(problems.0.len(), 200_000, "an unknown key and a missing failure time, each");
    assert_eq!(shown.matches("error:").count(), 100);
    assert!(shown.ends_with("and 199,900 more problems"), "{}", &shown[shown.len() - 100..]);
    assert!(shown.contains("t.yaml:2:9"), "{}", &shown[..400]);
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[test]
fn a_hundred_thousand_undefined_names_are_reported_within_a_minute() {
    let mut text = "components:\n".to_owned();
    let mut names = String::new();
    for i in 0..100_000 {
        writeln!(text, "  component{i}: {{ mtbf: 1h, mttr: 1h }}").unwrap();
        write!(names, "componant{i}, ").unwrap();
    }
    writeln!(text, "system: {{ series: [{names}] }}").unwrap();
    let (problems, took) = cpu_time_of(|| parse(&text).unwrap_err());
    assert_eq!(problems.0.len(), 100_000);
    assert!(problems.to_string().contains("did you mean `component0`?"));
    assert!(took < Duration::from_mins(1), "{took:?}");
}

#[test]
fn a_small_file_with_billions_of_inputs_is_rejected() {
    let mut text = "components: { a: { count: 100000, mtbf: 9h, mttr: 1h } }\nblocks:\n".to_owned();
    for i in 0..1_000 {
        writeln!(text, "  b{i}: {{ series: [a] }}").unwrap();
    }
    writeln!(text, "system: b0").unwrap();
    let found = wrong(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("more than 10000000 inputs"), "{found:?}");
}

#[test]
fn control_characters_in_names_are_not_printed() {
    let text = "components:\n  \"\\e[2J\": { mtbf: 9h, mttr: 1h, x: 1 }\nsystem: \"\\u202e\"\n";
    let shown = parse(text).unwrap_err().to_string();
    assert!(!shown.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
}

const SHOP: &str = "\
components:
  lb:    { count: 2, mtbf: 2000h, mttr: 30m }
  web:   { count: 4, failure: { weibull: { shape: 1.5, scale: 3000h } }, repair: { lognormal: { median: 30m, p95: 4h } } }
  db:    { count: 2, mtbf: 4000h, mttr: 2h, requires: [power], restart: { success: 0.5 } }
  power: { unavailability: 0.0001 }
blocks:
  edge:  { parallel: [lb] }
  app:   { k_of_n: { k: 3, of: [web] } }
  store: { standby: { active: 1, units: [db], mode: warm, dormancy: 0.3, detection: { probe: { interval: 10s } } } }
system: { series: [edge, app, store, power] }
crews: { oncall: { size: 1, serves: [lb, web, db], discipline: fifo } }
common_causes: { az-a: { mtbf: 2y, mttr: 1h, takes_down: [web-1, lb-1] }, lot: { beta: 10%, of: [lb] } }
objectives: { availability: 0.9995, window: 30d }
";

/// Checks that the text gives a valid model or at least one problem with a place.
fn assert_read_or_reported(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok((model, _)) => {
            prop_assert_eq!(model.structure.leaf_count(), model.leaf_count());
            prop_assert_eq!(model.components.last().map_or(0, |c| c.units.end as usize), model.units.len());
        }
        Err(problems) => {
            prop_assert!(!problems.0.is_empty());
            let shown = problems.to_string();
            prop_assert!(shown.contains("t.yaml"), "{}", shown);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        assert_read_or_reported(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn mutations_of_a_valid_file_do_not_cause_a_panic(text in mutated(SHOP)) {
        assert_read_or_reported(&text)?;
    }
}
