//! What the simulation says of what it cannot know: rare events, times beyond the horizon, limits.

use super::run::Desk;
use serde_json::Value;

fn simulate(topology: &str, arguments: &str) -> Value {
    Desk::with("system.yaml", topology).run(&format!("simulate system.yaml {arguments}")).json()
}

fn measure<'r>(report: &'r Value, key: &str) -> Option<&'r Value> {
    report["figures"].as_array().unwrap().iter().find(|measure| measure["key"] == key)
}

/// Whether the interval of a measure holds its exact value.
fn holds(report: &Value, key: &str) -> bool {
    let found = measure(report, key).unwrap();
    let exact = found["exact"]["value"].as_f64().unwrap();
    let bound = |side: &str| found["simulated"][side].as_f64().unwrap();
    bound("lower") <= exact && exact <= bound("upper")
}

/// A site that is seldom down, and then for the whole time, beside parts that fail often and briefly.
#[test]
fn fixed_events_that_take_the_system_down_count_exactly() {
    let topology = "horizon: 1y\ncomponents: { flaky: { mtbf: 200h, mttr: 1m }, site: { unavailability: 0.0001 } }\n\
                    system: { series: [flaky, site] }\n";
    for seed in 1..=4 {
        let report = simulate(topology, &format!("--seed {seed} --confidence 99.9%"));
        assert_eq!(report["simulation"]["stopped_by"], "precision", "{report}");
        assert!(holds(&report, "unavailability") && holds(&report, "mdt_s"), "{report}");
    }
    // The site alone: there is nothing to draw.
    let alone =
        simulate("components: { site: { unavailability: 0.25 } }\nsystem: site\n", "--method monte-carlo");
    assert_eq!(measure(&alone, "unavailability").unwrap()["simulated"]["value"], 0.25, "{alone}");
}

/// What was hardly drawn, though it is known to be possible, widens the interval and does not end the run.
#[test]
fn rare_events_that_last_are_not_overlooked() {
    for system in [
        "{ flaky: { mtbf: 200h, mttr: 1m }, rare: { mtbf: 10000000h, mttr: 1000h } }\nsystem: { series: [flaky, rare] }",
        "{ flaky: { mtbf: 200h, mttr: 1m }, a: { mtbf: 100h, mttr: 10h }, b: { unavailability: 0.0001 } }\n\
         system: { series: [flaky, { parallel: [a, b] }] }",
        "{ flaky: { mtbf: 200h, mttr: 1m }, f: { unavailability: 3e-4 }, a: { count: 2, mtbf: 1y, mttr: 1y } }\n\
         system: { series: [flaky, { parallel: [f, a] }] }",
        "{ flaky: { mtbf: 200h, mttr: 1m }, f: { unavailability: 1e-4 }, a: { mtbf: 1h, repair: never } }\n\
         system: { series: [flaky, { parallel: [f, a] }] }",
        "{ flaky: { mtbf: 200h, mttr: 1m }, a: { count: 5, mtbf: 20y, mttr: 1y } }\n\
         system: { series: [flaky, { k_of_n: { k: 3, of: [a] } }] }",
    ] {
        let topology = format!("horizon: 1y\ncomponents: {system}\n");
        for seed in 1..=3 {
            let report =
                simulate(&topology, &format!("--seed {seed} --confidence 99.9% --max-events 2000000"));
            assert_eq!(report["simulation"]["stopped_by"], "events", "{report}");
            assert!(holds(&report, "unavailability"), "{seed}: {report}");
        }
    }
}

/// The same for parts of which there is no exact figure: a hidden failure, a restart that fails, a switch of a standby
/// and a common cause, each seldom and long. The unavailability of the flaky unit is 8.33e-5, the other is added.
#[test]
fn rare_events_of_every_kind_of_part_widen_the_interval() {
    for (parts, block, added) in [
        ("a: { mtbf: 10000y, mttr: 1s, inspection: { every: 1y } }", "a", 5.0e-5),
        ("a: { mtbf: 1000h, mttr: 1y, restart: { success: 0.99999, attempt: 1m } }", "a", 6.1e-5),
        (
            "a: { count: 2, mtbf: 100y, mttr: 1000h }",
            "{ standby: { units: [a], switch_success: 0.9 } }",
            1.02e-4,
        ),
        (
            "a: { count: 2, mtbf: 1000000y, mttr: 10y } }\ncommon_causes: { c: { mtbf: 10000y, takes_down: [a] }",
            "{ parallel: [a] }",
            4.68e-5,
        ),
    ] {
        let topology = format!(
            "horizon: 1y\ncomponents: {{ flaky: {{ mtbf: 200h, mttr: 1m }}, {parts} }}\n\
             system: {{ series: [flaky, {block}] }}\n"
        );
        for seed in 1..=3 {
            let flags = format!(
                "--method monte-carlo --seed {seed} --confidence 99.9% --replications 6000 --precision 2%"
            );
            let report = simulate(&topology, &flags);
            let found = &measure(&report, "unavailability").unwrap()["simulated"];
            let bound = |side: &str| found[side].as_f64().unwrap();
            assert_eq!(report["simulation"]["stopped_by"], "replications", "{parts} {seed}");
            assert!(
                (bound("lower")..=bound("upper")).contains(&(8.33e-5 + added)),
                "{parts} {seed}: {found}"
            );
        }
    }
}

/// What one of two systems may have and the other not counts in the interval of their difference.
#[test]
fn a_comparison_is_not_decided_by_what_was_not_drawn() {
    let desk = Desk::with(
        "a.yaml",
        "horizon: 1y\ncomponents: { flaky: { mtbf: 200h, mttr: 1m }, site: { unavailability: 1e-4 } }\n\
         system: { series: [flaky, site] }\n",
    );
    desk.put("b.yaml", "horizon: 1y\ncomponents: { flaky: { mtbf: 200h, mttr: 66s } }\nsystem: flaky\n");
    for seed in 1..=4 {
        let flags = format!("--seed {seed} --confidence 99.9% --max-events 1000000");
        let report = desk.run(&format!("simulate a.yaml --compare b.yaml {flags}")).json();
        let difference = &report["difference"];
        let bound = |side: &str| difference[side].as_f64().unwrap();
        // 9.17e-5 of the second less 1.833e-4 of the first.
        assert!((bound("lower")..=bound("upper")).contains(&-9.16e-5), "{difference}");
    }
    let itself = desk.run("simulate a.yaml --compare a.yaml --max-events 1000000").json();
    assert_eq!(itself["difference"]["value"], 0.0, "what both have is no difference: {itself}");
}

/// A stationary start finds a unit that is replaced at an age at any point of its cycle. By renewal reward with
/// F(2000 h) = 0.00797 and a mean time up of 1996 h: (0.00797 · 100 h + 0.99203 · 10 h) / 2006.7 h.
#[test]
fn a_stationary_start_finds_replacements_under_way() {
    let topology = "horizon: 1000h\nstart: stationary\ncomponents:\n  c: { failure: { weibull: { shape: 3, scale: \
                    10000h } }, repair: 100h, replacement: { age: 2000h, duration: 10h } }\nsystem: c\n";
    let flags = "--method monte-carlo --replications 4000 --precision 0.1% --confidence 99.9%";
    let report = simulate(topology, flags);
    let found = &measure(&report, "unavailability").unwrap()["simulated"];
    let bound = |side: &str| found[side].as_f64().unwrap();
    assert!((bound("lower")..=bound("upper")).contains(&0.005_340_6), "{found}");
}

/// The mean time to the first failure is not extrapolated beyond the horizon.
#[test]
fn a_mean_time_to_failure_is_given_only_where_it_was_seen() {
    let weibull = "{ failure: { weibull: { shape: 0.8, mean: 10y } }, mttr: 1h }";
    let topology = format!("horizon: 1y\ncomponents: {{ c: {weibull} }}\nsystem: c\n");
    let report = simulate(&topology, "--replications 2000");
    assert!(measure(&report, "mttf_s").is_none());
    let restricted = measure(&report, "restricted_mttf_s").unwrap();
    assert!(restricted["simulated"]["value"].as_f64().unwrap() < 31_557_600.0);
    let long_run = measure(&report, "unavailability_long_run").unwrap();
    assert!(long_run["simulated"].is_null(), "a year shows no long run of lives of ten years");
    let uneven = "horizon: 1000y\ncomponents: { c: { failure: { lognormal: { sigma: 2, mean: 1000h } }, repair: never } }\nsystem: c\n";
    let report = simulate(uneven, "--replications 500");
    assert!(report["warnings"].to_string().contains("not yet shown"), "{report}");
    let causes = "horizon: 1y\ncomponents: { d: { count: 2, mtbf: 1000h, mttr: 10h } }\nsystem: { parallel: [d] }\n\
                  common_causes: { x: { unavailability: 0.01, takes_down: [d] } }\n";
    assert!(holds(&simulate(causes, "--replications 20000 --confidence 99.9%"), "mdt_s"));
}

/// A replication of a hundred thousand years is bounded in time and memory.
#[test]
fn limits_hold_within_a_replication() {
    let topology = "horizon: 100000y\ncomponents: { c: { mtbf: 1h, mttr: 1m } }\nsystem: c\n";
    let desk = Desk::with("system.yaml", topology);
    let run = desk.run("simulate system.yaml --method monte-carlo --time-limit 1s --threads 2");
    let begun = std::time::Instant::now();
    run.within_mib(300).refused(&["the time limit ended the simulation"]);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    desk.run("simulate system.yaml --method monte-carlo --max-events 1000000")
        .refused(&["limit on component events"]);
}
