//! Compares error budgets and calendar months with independently computed answers in `../shared`, which
//! is not part of the repository.

use super::shared::{number, oracle, path as shared};
use serde_json::Value;
use steadfast::base::quantity::{parse_duration, parse_share_complement};
use steadfast::base::time::{Timestamp, Zone, parse_instant};
use steadfast::timeline::calendar::CalendarUnit;
use steadfast::timeline::slo::{Budget, Objective, SloWindow, budget};
use steadfast::timeline::{Span, Spans};

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap().iter()
}

fn at(text: &str) -> Timestamp {
    parse_instant(text, &Zone::utc()).unwrap()
}

fn objective(slo: &str, window: SloWindow) -> Objective {
    Objective { unavailability_target: parse_share_complement(slo).unwrap(), window }
}

/// Computes the budget of one window in UTC, with no excluded time.
fn spend(objective: Objective, down: &Spans, window: Span) -> Budget {
    budget(&objective, down, &Spans::new(), window, &Zone::utc()).unwrap()
}

/// Returns the relative error of an answer that was computed from 1 − SLO in binary.
///
/// An SLO between 1/2 and 1 is rounded by up to 2⁻⁵⁴; the difference 1 − SLO is then exact (Sterbenz)
/// and carries all of that error, which is large relative to a small difference. Four more roundings of
/// 2⁻⁵³ are allowed for the operations that follow.
fn binary_noise(slo: f64) -> f64 {
    (-54_f64).exp2() / (1.0 - slo) + 4.0 * (-53_f64).exp2()
}

fn assert_near(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    let error = (ours - theirs).abs();
    assert!(error <= tolerance * theirs.abs(), "{what}: {ours} and not {theirs}");
}

/// Returns (1 − SLO) × seconds, computed in integers and rounded once.
fn exact_budget_s(slo: &str, seconds: f64) -> f64 {
    let decimals = slo.strip_prefix("0.").unwrap();
    let scale = 10_u64.pow(decimals.len() as u32);
    let missing = scale - decimals.parse::<u64>().unwrap();
    assert_eq!(seconds.fract(), 0.0);
    (missing * seconds as u64) as f64 / scale as f64
}

#[test]
fn budgets_of_all_objectives_and_windows_are_exact() {
    let Some(oracle) = oracle("r11_slo_budget") else {
        return;
    };
    let mut compared = 0;
    for (slo, windows) in object(&oracle["budget_seconds"]) {
        for (window, theirs) in object(windows) {
            let seconds = parse_duration(window).unwrap();
            let start = at("2026-01-01");
            let observed = Span::new(start, start.plus_seconds(seconds));
            let ours =
                spend(objective(slo, SloWindow::parse(window).unwrap()), &Spans::new(), observed).budget_s;
            let what = format!("{slo} over {window}");
            // Our result has two roundings: of 1 − SLO and of the product.
            assert_near(ours, exact_budget_s(slo, seconds), 2.0 * (-53_f64).exp2(), &what);
            assert_near(ours, number(theirs), binary_noise(slo.parse().unwrap()), &what);
            compared += 1;
        }
    }
    assert_eq!(compared, 48);
}

#[test]
fn the_worked_examples_agree() {
    let Some(oracle) = oracle("r11_slo_budget") else {
        return;
    };
    for example in oracle["examples"].as_array().unwrap() {
        let slo = number(&example["slo"]);
        let (start, seconds) = (at("2026-06-01"), number(&example["window_s"]));
        let observed = Span::new(start, start.plus_seconds(seconds));
        let down = Spans::from(Span::new(start, start.plus_seconds(number(&example["downtime_s"]))));
        let ours = spend(objective(&slo.to_string(), SloWindow::Rolling { seconds }), &down, observed);
        let (what, noise) = (example.to_string(), binary_noise(slo));
        assert_near(ours.budget_s, number(&example["budget"]), noise, &what);
        assert_near(ours.spent_share.unwrap(), number(&example["consumed"]), noise, &what);
        assert_near(ours.left_share.unwrap(), number(&example["remaining"]), noise, &what);
        assert_near(ours.burn_rate.unwrap(), number(&example["burn_rate_full_window"]), noise, &what);
        assert_near(1.0 - ours.spent_s / ours.counted_s, number(&example["availability"]), noise, &what);
    }
}

#[test]
fn months_have_their_true_lengths_in_each_zone() {
    let Some(oracle) = oracle("r11_slo_budget") else {
        return;
    };
    for (zone_and_month, seconds) in object(&oracle["calendar_month_lengths_s"]) {
        let (zone, month) = zone_and_month.split_once(' ').unwrap();
        let zone = Zone::named(zone).unwrap();
        let inside = parse_instant(&format!("{month}-15"), &zone).unwrap();
        let found = CalendarUnit::Month.containing(inside, &zone);
        assert_eq!((found.label.as_str(), found.span.seconds()), (month, number(seconds)));
    }
}

/// Tells whether a filter of the oracle accepts an impact.
fn passes(filter: &str, impact: &str) -> bool {
    match filter {
        "all_but_maintenance" => impact != "maintenance",
        listed => listed.split('+').any(|name| name == impact),
    }
}

/// Returns the downtime of the rows that pass `filter`, merged and clipped.
fn github_downtime(filter: &str, window: Span) -> Option<Spans> {
    let path = shared("data/github-status/mrshu_downtime_windows.csv")?;
    let mut rows = csv::Reader::from_path(path).unwrap();
    let headers = rows.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (start, end, impact) = (column("downtime_start"), column("downtime_end"), column("impact"));
    let rows = rows.records().map(Result::unwrap).filter(|row| passes(filter, &row[impact]));
    let down: Spans = rows.map(|row| Span::new(at(&row[start]), at(&row[end]))).collect();
    Some(down.clip(window))
}

/// Compares one month with the oracle.
fn assert_month(theirs: &Value, down: &Spans, month: Span, label: &str) {
    let ours = spend(objective("99.9%", SloWindow::Calendar(CalendarUnit::Month)), down, month);
    let touching = down.clip(month).len();
    let started = down.iter().filter(|outage| month.contains(outage.start)).count();
    assert_eq!(ours.window_label.as_deref(), Some(label));
    assert_eq!(ours.counted_s, number(&theirs["seconds"]), "{label}");
    assert_eq!(ours.spent_s, number(&theirs["downtime"]), "{label}");
    assert_eq!(touching as u64, theirs["outages_touching"].as_u64().unwrap(), "{label}");
    assert_eq!(started as u64, theirs["outages_started"].as_u64().unwrap(), "{label}");
    let (noise, availability) = (binary_noise(0.999), 1.0 - ours.spent_s / ours.counted_s);
    assert_near(availability, number(&theirs["availability"]), noise, label);
    assert_near(ours.budget_s, number(&theirs["slo_99.9_budget_s"]), noise, label);
    assert_near(ours.spent_share.unwrap(), number(&theirs["budget_consumed"]), noise, label);
}

/// Compares the worst months and the number of missed ones with those found in the oracle's months.
fn assert_worst(theirs: &Value, ours: &Budget) {
    let mut months: Vec<(&String, &Value)> = object(theirs).collect();
    let missed = months.iter().filter(|(_, month)| number(&month["budget_consumed"]) > 1.0).count();
    months.sort_by(|(_, a), (_, b)| number(&b["downtime"]).total_cmp(&number(&a["downtime"])));
    let worst: Vec<&str> = ours.worst.iter().filter_map(|window| window.label.as_deref()).collect();
    let expected: Vec<&str> = months.iter().take(3).map(|(label, _)| label.as_str()).collect();
    assert_eq!(worst, expected);
    let units = ours.units.unwrap();
    assert_eq!((units.missed_units, units.units), (missed as u64, 52));
}

#[test]
fn the_months_of_a_real_log_agree() {
    let Some(oracle) = oracle("r09_github_end_to_end") else {
        return;
    };
    let end = |i: usize| at(&oracle["window_utc"][i].as_str().unwrap().replacen(' ', "T", 1));
    let window = Span::new(end(0), end(1));
    for (filter, answers) in object(&oracle["filters"]) {
        let Some(down) = github_downtime(filter, window) else {
            return;
        };
        let theirs = &answers["by_month_utc"];
        let months: Vec<_> = CalendarUnit::Month.covering(window, &Zone::utc()).collect();
        assert_eq!((months.len(), object(theirs).count()), (52, 52));
        for month in months {
            assert_month(&theirs[&month.label], &down, month.span, &month.label);
        }
        let month = objective("99.9%", SloWindow::Calendar(CalendarUnit::Month));
        assert_worst(theirs, &spend(month, &down, window));
    }
}
