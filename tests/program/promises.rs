//! Reports of `simulate` about objectives, planned work and results without evidence.

use serde_json::Value;
use std::process::Command;

/// Runs `simulate` on a topology and returns the JSON report and the table output.
fn simulate(topology: &str, arguments: &[&str]) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    std::fs::write(&file, topology).unwrap();
    let run = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
        command.arg("simulate").arg(&file).args(arguments).args(["--format", format]);
        let output = command.output().unwrap();
        assert!(output.status.code().is_some_and(|code| code != 2), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    (serde_json::from_str(&run("json")).unwrap(), run("table"))
}

fn outcome_and_detail(report: &Value) -> (&str, &str) {
    let objective = &report["objectives"][0];
    (objective["outcome"].as_str().unwrap(), objective["detail"].as_str().unwrap())
}

const DRAWN: [&str; 4] = ["--method", "monte-carlo", "--replications", "200"];

const MAINTAINED: &str = "components: { app: { mtbf: 1000h, mttr: 1h, maintenance: { every: 7d, duration: 1h } } }\n\
                          system: app\nobjectives: { availability: 99.9%, window: 30d }\n";

#[test]
fn when_every_window_misses_the_objective_none_meets_it() {
    let (report, table) = simulate(MAINTAINED, &DRAWN);
    let (outcome, detail) = outcome_and_detail(&report);
    assert_eq!(outcome, "missed");
    assert!(detail.contains("near 0% of all windows of 30d meet it"), "{detail}");
    assert_eq!(report["objectives"][0]["probability"]["value"], 0.0);
    assert!(table.contains("near 0% of all"), "{table}");
}

#[test]
fn planned_outages_are_called_outages_and_not_failures() {
    let (report, table) = simulate(MAINTAINED, &DRAWN);
    assert!(table.contains("Outages per year") && !table.contains("Failures per year"), "{table}");
    let figures = report["figures"].as_array().unwrap();
    let planned = figures.iter().find(|figure| figure["key"] == "planned_unavailability").unwrap();
    let share = planned["simulated"]["value"].as_f64().unwrap();
    assert!((share - 1.0 / 169.0).abs() < 2e-4, "{share}");
    let (_, plain) = simulate("components: { app: { mtbf: 1000h, mttr: 1h } }\nsystem: app\n", &DRAWN);
    assert!(plain.contains("Failures per year") && !plain.contains("planned work"));
}

#[test]
fn a_run_without_outages_is_inconclusive() {
    let rare = "components: { disk: { count: 4, mtbf: 100000h, mttr: 1h } }\n\
                system: { k_of_n: { k: 2, of: [disk] } }\nobjectives: { availability: 99.9999% }\n";
    let (report, _) = simulate(rare, &DRAWN);
    assert_eq!(outcome_and_detail(&report).0, "inconclusive");
    let seen = &report["figures"][0]["simulated"];
    assert_eq!(seen["value"], 0.0);
    let upper = seen["upper"].as_f64().unwrap();
    assert!(upper > 0.005 && upper < 0.03, "{upper}");
}

#[test]
fn a_deterministic_system_is_judged_by_its_value() {
    let sure = |target: &str| {
        format!(
            "horizon: 1000h\ncomponents: {{ app: {{ failure: {{ fixed: 99h }}, repair: {{ fixed: 1h }} }} }}\n\
             system: app\nobjectives: {{ availability: {target} }}\n"
        )
    };
    for (target, outcome) in [("98.9%", "held"), ("99.5%", "missed")] {
        let (report, _) = simulate(&sure(target), &DRAWN);
        assert_eq!(outcome_and_detail(&report).0, outcome, "{target}");
    }
}

#[test]
fn a_redundant_part_is_not_called_a_single_point_of_failure() {
    let pair = "components: { db: { count: 2, mtbf: 700h, mttr: 1h }, lb: { mtbf: 9000h, mttr: 1h } }\n\
                blocks: { store: { standby: { units: [db] } } }\nsystem: { series: [store, lb] }\n";
    let (report, table) = simulate(pair, &["--method", "exact"]);
    assert_eq!(report["cut_sets"]["of_parts"], true);
    assert!(table.contains("2 of order 1") && !table.contains("single point"), "{table}");
}

#[test]
fn the_probability_of_having_failed_never_decreases() {
    let often =
        "components: { app: { count: 3, mtbf: 50h, mttr: 1h } }\nsystem: { k_of_n: { k: 2, of: [app] } }\n";
    let (report, _) = simulate(often, &["--method", "exact"]);
    let curve = report["curve"].as_array().unwrap();
    let failed: Vec<f64> = curve.iter().map(|point| point["unreliability_exact"].as_f64().unwrap()).collect();
    assert!(failed.is_sorted() && failed.last().is_some_and(|last| *last <= 1.0));
}

#[test]
fn a_component_whose_units_are_all_needed_causes_a_warning() {
    let warns = |system: &str| {
        let text = format!("components: {{ web: {{ count: 2, mtbf: 9h, mttr: 1h }} }}\nsystem: {system}\n");
        let (report, _) = simulate(&text, &["--method", "exact"]);
        report["warnings"].to_string().contains("all 2 units of `web` are needed")
    };
    assert!(warns("{ series: [web] }") && warns("web"));
    assert!(!warns("{ parallel: [web] }") && !warns("{ k_of_n: { k: 1, of: [web] } }"));
}

/// Runs `simulate` with flags that it must reject, and returns what it says.
fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.yaml");
    std::fs::write(&file, "components: { app: { mtbf: 1000h, mttr: 1h } }\nsystem: app\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
    let output = command.arg("simulate").arg(&file).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

/// Flags that contradict each other or would have no effect.
#[test]
fn flags_without_effect_are_rejected() {
    for (arguments, expected) in [
        (
            &["--method", "exact", "--replications", "9"][..],
            "--replications: no effect with `--method exact`, which runs no simulation",
        ),
        (&["--sweep", "app.mttr=1h,2h", "--sweep", "app.mttr=3h"], "`app.mttr` is given twice"),
        (&["--trace", "0", "--format", "json"], "cannot be used with"),
    ] {
        let said = refused(arguments);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn all_invalid_flags_are_reported_together() {
    let said = refused(&[
        "--confidence",
        "2",
        "--precision",
        "3",
        "--time-limit",
        "5",
        "--set",
        "app",
        "--sweep",
        "app.mttr",
    ]);
    for expected in ["--confidence: `2`", "--precision: `3`", "--time-limit: `5`", "--set: `app`", "--sweep:"]
    {
        assert!(said.contains(expected), "{expected} is missing: {said}");
    }
}

#[test]
fn a_maximum_of_zero_rows_shows_all_of_them() {
    let row = "components: { app: { count: 20, mtbf: 1000h, mttr: 1h } }\nsystem: { series: [app] }\n";
    for (top, shown) in [("3", 3), ("0", 20)] {
        let (report, _) = simulate(row, &["--method", "exact", "--top", top]);
        assert_eq!(report["cut_sets"]["top"].as_array().unwrap().len(), shown);
    }
}
