use super::read;
use crate::base::problem::Problem;
use crate::base::quantity::YEAR_S;
use crate::simulate::model::{
    Clock, CrewSlot, Discipline, Dynamics, Leaf, Life, Model, Pattern, RepairEffect, ShockKind, Start,
};
use crate::simulate::structure::Node;
use std::fmt::Write as _;

const HOUR_S: f64 = 3_600.0;

pub(super) const SHOP: &str = "\
name: three-tier shop
horizon: 1y
components:
  lb:    { count: 2, mtbf: 2000h, mttr: 30m }
  web:   { count: 4, failure: { weibull: { shape: 1.5, scale: 3000h } }, repair: { lognormal: { median: 30m, p95: 4h } } }
  db:    { count: 2, mtbf: 4000h, mttr: 2h }
  power: { unavailability: 0.0001 }
blocks:
  edge:  { parallel: [lb] }
  app:   { k_of_n: { k: 3, of: [web] } }
  store: { standby: { active: 1, units: [db], mode: warm, dormancy: 0.3, switchover: { uniform: { low: 10s, high: 60s } }, switch_success: 0.99,
                      detection: { probe: { interval: 10s, failures: 3 } } } }
system: { series: [edge, app, store, power] }
crews: { oncall: { size: 1, serves: [lb, web, db], discipline: fifo } }
common_causes: { az-a: { mtbf: 2y, mttr: 1h, takes_down: [web-1, web-2, lb-1] } }
objectives: { availability: 0.9995, window: 30d }
";

pub(super) fn no_files(path: &str) -> Result<Vec<u8>, String> {
    Err(format!("{path}: no such file"))
}

/// Reads a topology that is valid and refers to no other file.
pub(crate) fn model(text: &str) -> Model {
    read_all(text).0
}

fn read_all(text: &str) -> (Model, Vec<Problem>) {
    read("shop.yaml", text, &[], &no_files).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(text: &str) -> String {
    match read("shop.yaml", text, &[], &no_files) {
        Ok(_) => panic!("it was read"),
        Err(problems) => problems.to_string(),
    }
}

fn dynamics(model: &Model, unit: usize) -> &Dynamics {
    match &model.units[unit].life {
        Life::Dynamic(dynamics) => dynamics,
        Life::Fixed { .. } => panic!("{} is fixed", model.units[unit].name),
    }
}

/// Returns whether the system is down when exactly these leaves have failed.
pub(super) fn is_down(model: &Model, leaves: &[&str]) -> bool {
    let count = model.leaf_count();
    let failed: Vec<bool> = (0..count).map(|leaf| leaves.contains(&model.leaf_name(leaf))).collect();
    assert_eq!(failed.iter().filter(|down| **down).count(), leaves.len(), "{leaves:?}");
    model.structure.evaluate(&failed)
}

#[test]
fn the_shop_of_the_guide_becomes_a_model() {
    let (model, warnings) = read_all(SHOP);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((model.name.as_str(), model.horizon_s), ("three-tier shop", YEAR_S));
    let names: Vec<&str> = model.units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names, ["lb-1", "lb-2", "web-1", "web-2", "web-3", "web-4", "db-1", "db-2", "power"]);
    assert_eq!(model.components[1].units, 2..6);
    assert_eq!(dynamics(&model, 0).failure.mean(), 2000.0 * HOUR_S);
    assert_eq!(dynamics(&model, 0).repair.as_ref().unwrap().mean(), 1800.0);
    assert!(matches!(model.units[8].life, Life::Fixed { unavailability } if unavailability == 0.0001));
    assert_eq!(dynamics(&model, 6).crew, Some(CrewSlot { crew: 0, rank: 2 }));
    assert_eq!(model.crews[0].discipline, Discipline::Fifo);
    assert_eq!(model.objectives.unavailability, Some(0.0005));
    assert_eq!(model.objectives.window_s, Some(30.0 * 86_400.0));
    assert_eq!((model.start, model.suspend), (Start::New, false));
    let blocks: Vec<&str> = model.blocks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(blocks, ["edge", "app", "store"]);
}

#[test]
fn the_shop_is_down_when_one_of_its_blocks_is_down() {
    let model = model(SHOP);
    assert!(!is_down(&model, &[]));
    assert!(!is_down(&model, &["lb-1", "web-1", "db-1", "db-2"]), "the standby block is a leaf of its own");
    assert!(is_down(&model, &["lb-1", "lb-2"]));
    assert!(is_down(&model, &["web-1", "web-4"]));
    assert!(is_down(&model, &["store"]));
    assert!(is_down(&model, &["power"]));
    assert!(is_down(&model, &["az-a"]), "it takes two of four web units out");
    assert!(is_down(&model, &["az-a", "lb-2"]));
}

#[test]
fn a_standby_block_has_the_values_of_the_file() {
    let model = model(SHOP);
    let store = &model.standbys[0];
    assert_eq!((store.name.as_str(), store.units.as_slice()), ("store", &[6, 7][..]));
    assert_eq!((store.active, store.needed, store.dormancy), (1, 1, 0.3));
    assert_eq!(store.switch_success, 0.99);
    assert_eq!(store.switchover.as_ref().unwrap().mean(), 35.0);
    // The third failed probe comes 2 to 3 intervals of 10 s after the failure.
    assert_eq!(store.detection.as_ref().unwrap().support(), (20.0, 30.0));
    assert_eq!(store.out, [None, None]);
    assert_eq!(model.leaf(9), Leaf::Standby(0));
}

#[test]
fn an_outage_takes_its_units_out_and_spares_of_standby_blocks_too() {
    let text = "\
components: { db: { count: 2, mtbf: 1000h, mttr: 1h, requires: [net] }, net: { mtbf: 1y, mttr: 1h } }
system: { standby: { units: [db], switch: net } }
common_causes: { flood: { mtbf: 9y, mttr: 1d, takes_down: [db-2] } }
";
    let model = model(text);
    let standby = &model.standbys[0];
    assert_eq!(standby.name, "standby in system");
    assert_eq!(standby.switch, Some(Node::Leaf(2)));
    // db-1 is out while net is down; db-2 while net is down or during the flood.
    let failed = |names: &[&str], node: Option<Node>| {
        let leaves: Vec<bool> =
            (0..model.leaf_count()).map(|leaf| names.contains(&model.leaf_name(leaf))).collect();
        let structure = crate::simulate::structure::Structure::new(
            model.leaf_count(),
            model.structure.gates().to_vec(),
            node.unwrap(),
        );
        structure.unwrap().evaluate(&leaves)
    };
    assert!(failed(&["net"], standby.out[0]) && !failed(&["flood"], standby.out[0]));
    assert!(failed(&["net"], standby.out[1]) && failed(&["flood"], standby.out[1]));
    assert!(!failed(&["db-2"], standby.out[1]));
}

#[test]
fn a_component_with_a_count_means_its_units_in_a_list_and_their_series_elsewhere() {
    let parts = "components: { web: { count: 3, mtbf: 1h, mttr: 1m }, db: { mtbf: 1h, mttr: 1m } }\n";
    let listed = model(&format!("{parts}system: {{ parallel: [web, db] }}\n"));
    assert!(!is_down(&listed, &["web-1", "web-2", "db"]));
    assert!(is_down(&listed, &["web-1", "web-2", "web-3", "db"]));
    let alone = model(&format!("{parts}blocks: {{ a: web }}\nsystem: {{ parallel: [a, db] }}\n"));
    assert!(is_down(&alone, &["web-2", "db"]));
    let whole = model("components: { web: { count: 3, mtbf: 1h, mttr: 1m } }\nsystem: web\n");
    assert!(is_down(&whole, &["web-3"]));
}

#[test]
fn a_component_has_the_values_of_the_file() {
    let text = "\
components:
  web:
    count: 2
    failure: { weibull: { shape: 2, scale: 100h } }
    repair: never
    detection: { passive: { rate: 50/s, failures: 5 } }
    restart: { success: 80%, attempt: 20s, backoff: 10s, factor: 2, max_backoff: 5m, limit: 5 }
    repair_effect: { age_factor: 0.5 }
    inspection: { every: 30d, duration: 1h, pattern: staggered }
    maintenance: { every: 90d, duration: 2h, clock: operating, renews: true }
    replacement: { age: 3y, duration: 4h }
system: web
";
    let model = model(text);
    let web = dynamics(&model, 1);
    assert!(web.repair.is_none());
    assert!((web.detection.as_ref().unwrap().mean() - 0.1).abs() < 1e-15);
    let restart = web.restart.as_ref().unwrap();
    assert_eq!((restart.success, restart.attempt.mean(), restart.limit), (0.8, 20.0, 5));
    assert_eq!((restart.backoff_s, restart.backoff_factor, restart.backoff_max_s), (10.0, 2.0, 300.0));
    assert_eq!(web.repair_effect, RepairEffect::AgeFactor(0.5));
    let inspection = &model.schedules[web.inspection.unwrap() as usize];
    assert_eq!((inspection.pattern, inspection.clock), (Pattern::Staggered, Clock::Calendar));
    let maintenance = &model.schedules[web.maintenance.unwrap() as usize];
    assert_eq!((maintenance.pattern, maintenance.clock), (Pattern::Together, Clock::Operating));
    assert!(maintenance.renews && !inspection.renews);
    assert_eq!(web.replacement.as_ref().unwrap().age_s, 3.0 * YEAR_S);
}

#[test]
fn the_three_kinds_of_common_causes_are_read() {
    let text = "\
components: { web: { count: 2, mtbf: 100h, mttr: 1h }, db: { count: 2, mtbf: 1000h, mttr: 1h } }
system: { series: [{ parallel: [web] }, { parallel: [db] }] }
common_causes:
  bug: { mtbf: 1y, takes_down: [web], probability: 0.5 }
  quake: { unavailability: 1e-6, takes_down: [web, db] }
  lot: { beta: 0.1, of: [db] }
";
    let model = model(text);
    assert!(matches!(model.shocks[0].kind, ShockKind::Failure { probability, .. } if probability == 0.5));
    assert!(matches!(model.shocks[1].kind, ShockKind::Fixed { unavailability } if unavailability == 1e-6));
    let ShockKind::Failure { arrival, probability } = &model.shocks[2].kind else {
        panic!("a beta-factor group is a failure")
    };
    assert_eq!((*probability, model.shocks[2].units.as_slice()), (1.0, &[2, 3][..]));
    // One failure in ten is common: λ = 0.9 λ + 0.1 λ.
    let (own, common) = (dynamics(&model, 2).failure.mean(), arrival.mean());
    assert!((1.0 / own + 1.0 / common - 1.0 / (1000.0 * HOUR_S)).abs() < 1e-20);
    assert!((own / common - 1.0 / 9.0).abs() < 1e-12);
    assert!(is_down(&model, &["quake"]) && !is_down(&model, &["web-1"]));
}

#[test]
fn yaml_json_and_toml_give_the_same_model() {
    let json = r#"{"components": {"web": {"count": 2, "mtbf": "10h", "mttr": "1h"}}, "system": {"parallel": ["web"]}}"#;
    let toml = "system = { parallel = ['web'] }\n[components.web]\ncount = 2\nmtbf = '10h'\nmttr = '1h'\n";
    let yaml = "components:\n  web: { count: 2, mtbf: 10h, mttr: 1h }\nsystem: { parallel: [web] }\n";
    let of = |file, text| format!("{:?}", read(file, text, &[], &no_files).unwrap().0).replace(file, "FILE");
    let expected = of("a.yaml", yaml);
    assert_eq!(of("a.json", json), expected);
    assert_eq!(of("a.toml", toml), expected);
}

#[test]
fn empirical_values_are_read_from_a_csv_file() {
    let load = |path: &str| match path {
        "repairs.csv" => Ok("id,minutes\na,5\nb,15\n".into()),
        "durations.csv" => Ok("took\n1h 30m\n30s\n".into()),
        _ => Err(format!("{path}: no such file")),
    };
    let text = |repair: &str| {
        format!(
            "components: {{ web: {{ mtbf: 10h, repair: {{ empirical: {{ {repair} }} }} }} }}\nsystem: web\n"
        )
    };
    let mean = |repair: &str| {
        let (model, _) = read("a.yaml", &text(repair), &[], &load).unwrap_or_else(|p| panic!("{p}"));
        dynamics(&model, 0).repair.as_ref().unwrap().mean()
    };
    assert_eq!(mean("csv: repairs.csv, column: minutes, unit: m"), 600.0);
    assert_eq!(mean("csv: durations.csv"), 2715.0);
    assert_eq!(mean("values: [5m, 15m]"), 600.0);
    for (repair, wrong) in [
        ("csv: repairs.csv", "name one with `column`"),
        ("csv: repairs.csv, column: minuts, unit: m", "did you mean `minutes`?"),
        ("csv: repairs.csv, column: minutes", "repairs.csv:2: `5` has no unit"),
        ("csv: nowhere.csv", "nowhere.csv: no such file"),
        ("column: minutes", "`csv` is missing"),
    ] {
        let problems = read("a.yaml", &text(repair), &[], &load).unwrap_err().to_string();
        assert!(problems.contains(wrong), "{problems}");
    }
}

#[test]
fn a_chain_of_a_hundred_thousand_blocks_is_read() {
    let mut text = "components: { a: { mtbf: 1h, mttr: 1m } }\nblocks:\n  b0: a\n".to_owned();
    for i in 1..100_000 {
        writeln!(text, "  b{i}: {{ series: [b{}] }}", i - 1).unwrap();
    }
    text.push_str("system: b99999\n");
    let model = model(&text);
    assert!(is_down(&model, &["a"]) && !is_down(&model, &[]));
}

#[test]
fn deeply_nested_blocks_are_read() {
    let depth = 400;
    let text = format!(
        "components: {{ a: {{ mtbf: 1h, mttr: 1m }} }}\nsystem: {}a{}\n",
        "{ series: [".repeat(depth),
        "] }".repeat(depth)
    );
    assert!(is_down(&model(&text), &["a"]));
}

#[test]
fn parts_outside_the_system_cause_a_warning() {
    let text = "\
components:
  web: { count: 4, mtbf: 10h, mttr: 1h }
  old: { mtbf: 10h, mttr: 1h }
  net: { mtbf: 10h, mttr: 1h }
  db: { mtbf: 10h, mttr: 1h, requires: [net] }
blocks:
  unused: { series: [old] }
system: { series: [web-1, web-2, db] }
";
    let (_, warnings) = read_all(text);
    let shown: Vec<String> = warnings
        .iter()
        .map(|warning| format!("{}: {}", warning.place.as_ref().unwrap().line, warning.message))
        .collect();
    assert_eq!(
        shown,
        [
            "2: 2 of 4 units of `web` are not part of the system: web-3, …",
            "3: component `old` is not part of the system",
            "7: block `unused` is not part of the system",
        ]
    );
}

#[test]
fn a_circular_dependency_is_rejected_with_its_path() {
    let text = refused(
        "components: { c: { mtbf: 1h, mttr: 1m } }\nblocks:\n  a: { series: [c, b] }\n  b: { parallel: [a] }\nsystem: a\n",
    );
    assert!(text.contains("`a` depends on itself: a → b → a"), "{text}");
    assert!(text.contains("shop.yaml:3:20") && text.contains("shop.yaml:4:19"), "{text}");
    let text = refused(
        "components: { db: { count: 2, mtbf: 1h, mttr: 1m, requires: [store] } }\n\
         blocks: { store: { standby: { units: [db] } } }\nsystem: store\n",
    );
    assert!(text.contains("store → db → store"), "{text}");
}

/// `cargo test --release --lib hundred_thousand_components -- --ignored --nocapture`
#[test]
#[ignore = "measures the release build"]
fn a_hundred_thousand_components_are_read_in_seconds() {
    let mut yaml = "components:\n".to_owned();
    let mut names = String::new();
    for i in 0..100_000 {
        writeln!(yaml, "  c{i}: {{ failure: {{ weibull: {{ shape: 1.5, scale: {i}1h }} }}, mttr: 30m }}")
            .unwrap();
        write!(names, "c{i}, ").unwrap();
    }
    writeln!(yaml, "system: {{ series: [{names}] }}").unwrap();
    let block = yaml.replace("{ failure: ", "\n    failure: ").replace(", mttr: 30m }", "\n    mttr: 30m");
    let mut json = "{\"components\": {\n".to_owned();
    let mut names = String::new();
    for i in 0..100_000 {
        let comma = if i > 0 { "," } else { "" };
        writeln!(json, "{comma}\"c{i}\": {{\"mtbf\": \"{i}1h\", \"mttr\": \"30m\"}}").unwrap();
        write!(names, "{comma}\"c{i}\"").unwrap();
    }
    writeln!(json, "}}, \"system\": {{\"series\": [{names}]}}}}").unwrap();
    let one_line = json.replace('\n', "");
    for (name, text) in
        [("flow.yaml", yaml), ("block.yaml", block), ("lines.json", json), ("line.json", one_line)]
    {
        let start = std::time::Instant::now();
        let tree =
            crate::config::document::Tree::parse(name, &text, crate::config::document::Syntax::Yaml).unwrap();
        let parsed = start.elapsed();
        drop(tree);
        let start = std::time::Instant::now();
        let (model, _) = read(name, &text, &[], &no_files).unwrap();
        let all = start.elapsed();
        println!("{name}: {} bytes, parsed in {parsed:?}, read in {all:?}", text.len());
        assert_eq!(model.units.len(), 100_000);
        assert!(all.as_secs_f64() < 5.0, "{all:?}");
    }
}
