//! `closed_forms.json`: 55 system models with exact answers. Simulated figures must lie within four
//! standard errors of them, at a fixed seed. Of some 250 figures chance alone would put about 0.02
//! outside, so a failure is a bug.

mod exact;
mod simulated;
mod topologies;

use super::shared;
use serde_json::Value;
use steadfast::simulate::model::Model;
use steadfast::simulate::topology_file::read;

fn cases() -> Option<Vec<Value>> {
    let text = shared::text("oracles/closed_forms.json")?;
    Some(serde_json::from_str(&text).unwrap())
}

/// Returns the model of a topology with a horizon in hours.
fn model(topology: &str, horizon_h: f64) -> Model {
    let text = format!("horizon: {horizon_h}h\n{topology}");
    match read("case.yaml", &text, &[], &|_| Err("no files here".into())) {
        Ok((model, _)) => model,
        Err(problems) => panic!("{problems}\n{text}"),
    }
}

#[test]
fn every_case_is_a_topology_or_listed_with_the_reason() {
    let Some(cases) = cases() else { return };
    let mut expressed = 0;
    for case in &cases {
        match topologies::topology(case) {
            Ok(topology) => {
                model(&topology, 1_000.0);
                expressed += 1;
            }
            Err(why) => eprintln!("no topology: {}: {why}", case["id"]),
        }
    }
    eprintln!("{expressed} of {} cases are written as topologies", cases.len());
    assert_eq!((expressed, cases.len()), (50, 55));
}

fn number_at(case: &Value, section: &str, key: &str) -> f64 {
    shared::number(&case[section][key])
}
