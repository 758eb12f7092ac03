//! The models of `closed_forms.json` as topology files.

use super::super::shared::number;
use serde_json::Value;
use std::fmt::Write as _;

/// Returns the topology of a case, without `horizon`, or why this program cannot express it.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of case")]
pub(super) fn topology(case: &Value) -> Result<String, &'static str> {
    let id = case["id"].as_str().unwrap_or_default();
    let model = &case["model"];
    let of = |key: &str| number(&model[key]);
    match id {
        "single" => Ok(flat(&[("unit", of("mtbf_h"), of("mttr_h"))], "series")),
        "series3" => Ok(components_of(model, "series")),
        _ if id.starts_with("kofn_") && id.contains("crews") => Ok(k_of_n(model)),
        "crew1_two_different_parallel_priority1_preemptive" => Ok(components_of(model, "parallel")
            + "crews: { one: { serves: [c1, c2], discipline: preemptive_priority } }\n"),
        _ if id.starts_with("crew1_two_different") => Ok(components_of(model, "parallel")
            + &format!("crews: {{ one: {{ serves: [c1, c2], discipline: {} }} }}\n", discipline(model))),
        _ if id.starts_with("standby_1plus1") => Ok(standby(model) + &crew(of("crews"))),
        _ if id.starts_with("standby_nonrep") => Ok(standby(model)),
        "cold_imperfect_switch_0.99" => Ok(standby(model)),
        "cold_switch_fails_in_time" => Ok(format!(
            "components:\n  unit: {{ count: 2, mtbf: {}h, repair: never }}\n  switch: {{ mtbf: {}h, repair: never }}\n\
             system: {{ standby: {{ units: [unit], mode: cold, switch: switch }} }}\n",
            of("mtbf_h"),
            of("switch_mtbf_h"),
        )),
        _ if id.starts_with("failover_coverage") => {
            Err("its chain allows no failure and no repair during a failover")
        }
        "active_passive_hot_failover_1min" => Ok(format!(
            "components: {{ unit: {{ count: 2, mtbf: {}h, mttr: {}h }} }}\n\
             system: {{ standby: {{ units: [unit], mode: hot, switchover: {{ exponential: {{ mean: {}s }} }} }} }}\n",
            of("mtbf_h"),
            of("mttr_h"),
            of("failover_mean_s"),
        )),
        _ if id.ends_with("_as_series_block") => Ok(beta_as_block(model)),
        _ if id.starts_with("ccf_beta") => Ok(format!(
            "components: {{ unit: {{ count: 2, mtbf: {}h, mttr: {}h }} }}\nsystem: {{ parallel: [unit] }}\n\
             crews: {{ one: {{ serves: [unit], size: {} }} }}\ncommon_causes: {{ shared: {{ beta: {}, of: [unit] }} }}\n",
            of("mtbf_h"),
            of("mttr_h"),
            of("crews"),
            of("beta"),
        )),
        "static_mgl_1of3" => Ok(basic_events(case, "Q", "parallel: [unit]")),
        "static_alpha_2of3" => Ok(basic_events(case, "Qk", "k_of_n: { k: 2, of: [unit] }")),
        "inspection_test_and_repair_time" => Ok(format!(
            "components:\n  unit: {{ failure: {{ exponential: {{ rate: {}/h }} }}, repair: {}h, \
             inspection: {{ every: {}h, duration: {}h, clock: since_last }} }}\nsystem: unit\n",
            of("lambda_per_h"),
            of("repair_h"),
            of("test_interval_h"),
            of("test_h"),
        )),
        _ if id.starts_with("inspection_") => Ok(inspection(model)),
        "pm_age_replacement" => Ok(format!(
            "components:\n  unit: {{ failure: {{ weibull: {{ shape: {}, scale: {}h }} }}, repair: {}h, \
             replacement: {{ age: {}h, duration: {}h }} }}\nsystem: unit\n",
            of("weibull_beta"),
            of("weibull_eta_h"),
            of("cm_h"),
            of("pm_age_h"),
            of("pm_h"),
        )),
        "pm_block_minimal_repair" => Ok(format!(
            "components:\n  unit: {{ failure: {{ weibull: {{ shape: {}, scale: {}h }} }}, repair: {}h, repair_effect: as_old, \
             maintenance: {{ every: {}h, duration: {}h, clock: operating, renews: true }} }}\nsystem: unit\n",
            of("weibull_beta"),
            of("weibull_eta_h"),
            of("minimal_repair_h"),
            of("interval_operating_h"),
            of("replace_h"),
        )),
        "maintenance_window_single" => Ok(format!(
            "components:\n  unit: {{ mtbf: {}h, mttr: {}h, {} }}\nsystem: unit\n",
            of("mtbf_h"),
            of("mttr_h"),
            maintenance(model, "calendar", "together"),
        )),
        "rolling_maintenance_2of3" => Ok(format!(
            "components:\n  unit: {{ count: {}, mtbf: {}h, mttr: {}h, {} }}\nsystem: {{ k_of_n: {{ k: {}, of: [unit] }} }}\n",
            of("n"),
            of("mtbf_h"),
            of("mttr_h"),
            maintenance(model, "calendar", "rolling"),
            of("k"),
        )),
        _ if id.starts_with("load_sharing") => {
            Err("load sharing, where units fail faster when fewer are left, is not in the model yet")
        }
        "warm_standby_weibull" => Ok(format!(
            "components: {{ unit: {{ count: 2, failure: {{ weibull: {{ shape: {}, scale: {}h }} }}, repair: never }} }}\n\
             system: {{ standby: {{ units: [unit], mode: warm, dormancy: {} }} }}\n",
            of("weibull_beta"),
            of("weibull_eta_h"),
            of("dormant_ageing"),
        )),
        "kofn_weibull_95of100" => Ok(format!(
            "components: {{ unit: {{ count: {}, failure: {{ weibull: {{ shape: {}, scale: {}h }} }}, repair: never }} }}\n\
             system: {{ k_of_n: {{ k: {}, of: [unit] }} }}\n",
            of("n"),
            of("weibull_beta"),
            of("weibull_eta_h"),
            of("k"),
        )),
        "insensitivity" => {
            Ok("components:\n  unit: { count: 3, failure: { weibull: { shape: 0.7, mean: 1000h } }, \
             repair: { lognormal: { mean: 10h, sigma: 1.5 } } }\nsystem: { k_of_n: { k: 2, of: [unit] } }\n"
                .into())
        }
        _ if id.starts_with("capacity_") => Err("partial capacity is not in the model yet"),
        _ if id.starts_with("spares_") => Ok(format!(
            "components: {{ unit: {{ count: {}, mtbf: {}h, mttr: {}h }} }}\n\
             system: {{ standby: {{ units: [unit], mode: cold, active: {}, needed: {} }} }}\n\
             crews: {{ bench: {{ serves: [unit], size: {} }} }}\n",
            of("positions") + of("spares"),
            of("mtbf_h"),
            of("mttr_h"),
            of("positions"),
            of("needed"),
            of("channels"),
        )),
        _ if id.starts_with("zones_") => {
            let zones = vec![of("nodes_per_zone") as usize; of("zones") as usize];
            Ok(zoned(&zones, of("need"), of("zone_unavail"), of("node_unavail")))
        }
        _ if id.starts_with("raft5_zones") => {
            let zones: Vec<usize> =
                model["placement"].as_array().unwrap().iter().map(|n| number(n) as usize).collect();
            Ok(zoned(&zones, of("quorum"), of("zone_unavail"), of("node_unavail")))
        }
        "downtime_distribution_single" => Ok(flat(&[("unit", of("mtbf_h"), of("mttr_h"))], "series")),
        _ => Err("this test does not know the model"),
    }
}

fn flat(units: &[(&str, f64, f64)], block: &str) -> String {
    let lines: Vec<String> = units
        .iter()
        .map(|(name, mtbf, mttr)| format!("  {name}: {{ mtbf: {mtbf}h, mttr: {mttr}h }}\n"))
        .collect();
    let names: Vec<&str> = units.iter().map(|(name, ..)| *name).collect();
    format!("components:\n{}system: {{ {block}: [{}] }}\n", lines.concat(), names.join(", "))
}

fn components_of(model: &Value, block: &str) -> String {
    let components = model["components"].as_array().unwrap();
    let named: Vec<(String, f64, f64)> = components
        .iter()
        .enumerate()
        .map(|(i, c)| (format!("c{}", i + 1), number(&c["mtbf_h"]), number(&c["mttr_h"])))
        .collect();
    let units: Vec<(&str, f64, f64)> = named.iter().map(|(n, a, b)| (n.as_str(), *a, *b)).collect();
    flat(&units, block)
}

fn discipline(model: &Value) -> &str {
    match model["discipline"].as_str() {
        Some("priority1_preemptive") => "preemptive_priority",
        Some("priority1_nonpreemptive") => "priority",
        _ => "fifo",
    }
}

fn k_of_n(model: &Value) -> String {
    let of = |key: &str| number(&model[key]);
    format!(
        "components: {{ unit: {{ count: {}, mtbf: {}h, mttr: {}h }} }}\nsystem: {{ k_of_n: {{ k: {}, of: [unit] }} }}\n{}",
        of("n"),
        of("mtbf_h"),
        of("mttr_h"),
        of("k"),
        crew(of("crews")),
    )
}

fn crew(size: f64) -> String {
    format!("crews: {{ people: {{ serves: [unit], size: {size} }} }}\n")
}

fn standby(model: &Value) -> String {
    let of = |key: &str| number(&model[key]);
    let repair = if model["repair"] == "none" {
        "repair: never".to_owned()
    } else {
        format!("mttr: {}h", of("mttr_h"))
    };
    let mode = match of("dormancy") {
        0.0 => "mode: cold".to_owned(),
        1.0 => "mode: hot".to_owned(),
        dormancy => format!("mode: warm, dormancy: {dormancy}"),
    };
    let success = model["switch_success"].as_f64().unwrap_or(1.0);
    format!(
        "components: {{ unit: {{ count: {}, mtbf: {}h, {repair} }} }}\n\
         system: {{ standby: {{ units: [unit], active: {}, {mode}, switch_success: {success} }} }}\n",
        of("active") + of("spares"),
        of("mtbf_h"),
        of("active"),
    )
}

fn beta_as_block(model: &Value) -> String {
    let of = |key: &str| number(&model[key]);
    let (mtbf, beta) = (of("mtbf_h"), of("beta"));
    format!(
        "components:\n  unit: {{ count: 2, mtbf: {}h, mttr: {}h }}\n  shared: {{ mtbf: {}h, mttr: {}h }}\n\
         system: {{ series: [{{ parallel: [unit] }}, shared] }}\n",
        mtbf / (1.0 - beta),
        of("mttr_h"),
        mtbf / beta,
        of("mttr_h"),
    )
}

/// Units with a failure probability of their own, and common causes of every pair and of all three.
fn basic_events(case: &Value, key: &str, block: &str) -> String {
    let expected = &case["expected"];
    let q = |i: usize| match key {
        "Q" => number(&expected[format!("Q{i}")]),
        _ => number(&expected["Qk"][i - 1]),
    };
    format!(
        "components: {{ unit: {{ count: 3, unavailability: {} }} }}\nsystem: {{ {block} }}\ncommon_causes:\n  \
         ab: {{ unavailability: {p}, takes_down: [unit-1, unit-2] }}\n  ac: {{ unavailability: {p}, takes_down: [unit-1, unit-3] }}\n  \
         bc: {{ unavailability: {p}, takes_down: [unit-2, unit-3] }}\n  abc: {{ unavailability: {t}, takes_down: [unit] }}\n",
        q(1),
        p = q(2),
        t = q(3),
    )
}

fn inspection(model: &Value) -> String {
    let of = |key: &str| number(&model[key]);
    let (n, block) = match model["architecture"].as_str() {
        Some("1oo1") => (1, "series: [unit]"),
        Some("1oo2") => (2, "parallel: [unit]"),
        Some("2oo2") => (2, "series: [unit]"),
        Some("1oo3") => (3, "parallel: [unit]"),
        Some("2oo3") => (3, "k_of_n: { k: 2, of: [unit] }"),
        other => panic!("{other:?}"),
    };
    format!(
        "components: {{ unit: {{ count: {n}, failure: {{ exponential: {{ rate: {}/h }} }}, repair: 0s, \
         inspection: {{ every: {}h }} }} }}\nsystem: {{ {block} }}\n",
        of("lambda_per_h"),
        of("test_interval_h"),
    )
}

fn maintenance(model: &Value, clock: &str, pattern: &str) -> String {
    format!(
        "maintenance: {{ every: {{ exponential: {{ mean: {}h }} }}, duration: {{ exponential: {{ mean: {}h }} }}, clock: {clock}, pattern: {pattern} }}",
        number(&model["maintenance_every_h"]),
        number(&model["maintenance_h"]),
    )
}

/// Nodes with a failure probability of their own, in zones that take their nodes down.
fn zoned(zones: &[usize], need: f64, zone: f64, node: f64) -> String {
    let total: usize = zones.iter().sum();
    let mut causes = String::new();
    let mut next = 1;
    for (i, size) in zones.iter().enumerate() {
        let names: Vec<String> = (next..next + size).map(|n| format!("node-{n}")).collect();
        let names = names.join(", ");
        writeln!(causes, "  zone-{i}: {{ unavailability: {zone}, takes_down: [{names}] }}").unwrap();
        next += size;
    }
    format!(
        "components: {{ node: {{ count: {total}, unavailability: {node} }} }}\n\
         system: {{ k_of_n: {{ k: {need}, of: [node] }} }}\ncommon_causes:\n{causes}"
    )
}
