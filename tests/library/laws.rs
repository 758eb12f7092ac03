//! Properties that every member of a family of variants must have: presets, fields, metrics, blocks,
//! keys. Those of the formats are in tests/library/formats, those of the distributions in tests/library/distributions,
//! those of the interval methods beside the code.

use std::collections::BTreeSet;
use steadfast::availability::gates::Gate;
use steadfast::availability::input::field::{Field, NAMED};
use steadfast::availability::input::preset::{self, Kind, PRESETS, Preset};
use steadfast::availability::ledger::Reason;
use steadfast::availability::measure;
use steadfast::config::schema::{SchemaPart, WhenAbsent, parts};
use steadfast::simulate::block::BLOCKS;
use steadfast::simulate::topology_file::TOPOLOGY;
use steadfast::timeline::calendar::Cycle;

fn is_kebab_case(name: &str) -> bool {
    !name.is_empty()
        && name.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn is_snake_case(name: &str) -> bool {
    !name.contains('-') && is_kebab_case(&name.replace('_', "-"))
}

#[track_caller]
fn all_different<'n>(names: impl IntoIterator<Item = &'n str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{name} occurs twice");
    }
}

/// Returns the columns by which a preset is recognised, in its own order.
fn signature(preset: &Preset) -> Vec<String> {
    match preset.kind {
        Kind::Delimited => preset.signature.iter().map(|name| (*name).to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn recognised(header: &[String]) -> Option<&'static str> {
    preset::for_header(header).map(|preset| preset.name)
}

#[test]
fn every_preset_has_a_unique_name_in_kebab_case_and_is_found_by_it() {
    all_different(PRESETS.iter().map(|preset| preset.name));
    for preset in PRESETS {
        assert!(is_kebab_case(preset.name), "{}", preset.name);
        let found = preset::named(preset.name).unwrap();
        assert_eq!(found.summary, preset.summary);
    }
}

#[test]
fn every_preset_has_a_one_line_summary_and_an_example() {
    for preset in PRESETS {
        assert!(!preset.summary.is_empty() && !preset.summary.contains('\n'), "{}", preset.name);
        assert!(!preset.example.trim().is_empty(), "{}", preset.name);
    }
}

#[test]
fn every_table_is_recognised_by_its_signature_in_any_case_and_order_and_among_other_columns() {
    for preset in PRESETS {
        let own = signature(preset);
        if own.is_empty() {
            continue;
        }
        let shouted: Vec<String> = own.iter().rev().map(|name| name.to_uppercase()).collect();
        let among = [vec!["first".to_owned()], own.clone(), vec!["last".to_owned()]].concat();
        for header in [own, shouted, among] {
            assert_eq!(recognised(&header), Some(preset.name), "{header:?}");
        }
    }
}

#[test]
fn no_table_is_recognised_when_a_column_of_its_signature_is_missing() {
    for preset in PRESETS {
        let own = signature(preset);
        for missing in 0..own.len() {
            let mut header = own.clone();
            header.remove(missing);
            assert_ne!(recognised(&header), Some(preset.name), "{header:?}");
        }
    }
}

/// Returns the preset of the first list of objects, or of the object, that one recognises.
fn recognised_in(document: &serde_json::Value) -> Option<&'static str> {
    let inside = |values: Vec<&serde_json::Value>| values.into_iter().find_map(recognised_in);
    match document {
        serde_json::Value::Array(list) => {
            let found = preset::for_objects(&list.iter().collect::<Vec<_>>()).map(|preset| preset.name);
            found.or_else(|| inside(list.iter().collect()))
        }
        serde_json::Value::Object(object) => {
            let found = preset::for_objects(&[document]).map(|preset| preset.name);
            found.or_else(|| inside(object.values().collect()))
        }
        _ => None,
    }
}

/// The examples are printed by `explain` and in the docs: an export that looks like one must be
/// recognised.
#[test]
fn every_example_is_recognised_as_its_preset() {
    for preset in PRESETS {
        let found = match &preset.kind {
            Kind::Delimited | Kind::Json if preset.signature.is_empty() => continue,
            Kind::Delimited => {
                let header = preset.example.lines().next().unwrap();
                recognised(&header.split(',').map(str::to_owned).collect::<Vec<_>>())
            }
            Kind::Json => {
                let text = preset.example.replace("[…]", "[]").replace("{…}", "{}");
                let document: serde_json::Value = serde_json::from_str(&text).unwrap();
                recognised_in(&document)
            }
            Kind::Document { .. } => {
                let document = serde_json::from_str(preset.example).unwrap();
                preset::for_document(&document).map(|(preset, _)| preset.name)
            }
            Kind::Lines { .. } => preset::for_text(preset.example).map(|(preset, _)| preset.name),
        };
        assert_eq!(found, Some(preset.name), "{}", preset.example);
    }
}

#[test]
fn every_preset_maps_a_field_once_and_has_a_start_and_an_end_or_a_state() {
    for preset in PRESETS {
        let fields: Vec<Field> = preset.fields.iter().map(|(field, _)| *field).collect();
        if fields.is_empty() {
            continue;
        }
        let distinct: BTreeSet<Field> = fields.iter().copied().collect();
        assert_eq!(distinct.len(), fields.len(), "{}", preset.name);
        assert!(distinct.contains(&Field::Start), "{}", preset.name);
        assert!(distinct.contains(&Field::End) || distinct.contains(&Field::State), "{}", preset.name);
    }
}

#[test]
fn every_field_has_a_unique_name_and_is_found_by_it() {
    all_different(NAMED.iter().map(|named| named.name));
    for named in NAMED {
        assert!(is_snake_case(named.name), "{}", named.name);
        assert_eq!(Field::named(named.name), Some(named.field));
        assert_eq!(named.field.name(), named.name);
        assert!(!named.summary.is_empty() && !named.usual.is_empty(), "{}", named.name);
        assert!(named.usual.iter().all(|name| is_snake_case(name)), "{}", named.name);
    }
}

#[test]
fn every_calendar_cycle_is_parsed_from_its_name() {
    all_different(Cycle::ALL.iter().map(|cycle| cycle.name()));
    for cycle in Cycle::ALL {
        assert_eq!(Cycle::parse(cycle.name()), Ok(cycle));
    }
}

#[test]
fn every_reason_in_the_ledger_has_a_unique_name_and_description() {
    all_different(Reason::all().map(Reason::name));
    all_different(Reason::all().map(Reason::description));
    for (place, reason) in Reason::all().enumerate() {
        assert!(is_snake_case(reason.name()), "{}", reason.name());
        assert_eq!(reason as usize, place, "{}: totals are indexed by reason", reason.name());
        // The JSON ledger writes the same name.
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
    }
}

#[test]
fn every_metric_can_be_used_in_a_gate() {
    all_different(measure::names());
    for name in measure::names() {
        assert!(is_snake_case(name), "{name}");
        let bounds = ["99%", "1h", "1", "1/y"];
        let read = bounds.iter().any(|bound| Gate::fail_if(&format!("{name} < {bound}")).is_ok());
        assert!(read, "{name}");
    }
}

#[test]
fn every_block_has_a_unique_name_and_a_one_line_summary() {
    all_different(BLOCKS.iter().map(|block| block.name));
    for block in BLOCKS {
        assert!(is_snake_case(block.name), "{}", block.name);
        assert!(!block.summary.is_empty() && !block.summary.contains('\n'), "{}", block.name);
        assert!(block.example.starts_with(&format!("{{ {}: ", block.name)), "{}", block.example);
    }
}

#[test]
fn every_key_of_a_topology_is_unique_in_snake_case_and_has_a_one_line_summary() {
    for part in parts(&TOPOLOGY) {
        let SchemaPart::Record(record) = part else { continue };
        all_different(record.keys.iter().map(|key| key.name()));
        for key in record.keys {
            let at = format!("{}.{}", record.name, key.name());
            assert!(is_snake_case(key.name()), "{at}");
            assert!(!key.summary().is_empty() && !key.summary().contains('\n'), "{at}");
            assert!(key.when_absent() != WhenAbsent::Value(String::new()), "{at}");
        }
    }
}
