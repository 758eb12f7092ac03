//! Flags at and beyond the limits of their ranges, and inputs that are not regular files.

use super::run::{Desk, SMALL_LOG, SMALL_MEMORY_MIB};

fn log() -> Desk {
    Desk::with("log.csv", SMALL_LOG)
}

#[test]
fn windows_that_are_empty_or_too_long_for_their_table_are_refused() {
    for (flags, word) in [
        ("--from 2027-01-01 --to 2026-01-01", "empty"),
        ("--from 2026-01-01 --to 2026-01-01", "empty"),
        ("--from 0001-01-01 --to 8000-01-01 --by day", "shorter window"),
        ("--from 0001-01-01 --to 8000-01-01 --slo 99% --slo-window day", "shorter"),
        ("--from yesterday", "--from"),
        ("--to 9999999-01-01", "--to"),
    ] {
        log().availability(&format!("log.csv {flags}")).refused(&[word]);
    }
}

#[test]
fn flags_beyond_their_range_are_refused() {
    for (flags, word) in [
        ("--confidence 1", "--confidence"),
        ("--confidence 0", "--confidence"),
        ("--confidence NaN", "--confidence"),
        ("--confidence 1e400", "--confidence"),
        ("--combine k:0", "--combine"),
        ("--combine k:-1", "--combine"),
        ("--combine k:99999999999999999999", "--combine"),
        ("--max-gap 0s", "--max-gap"),
        ("--max-gap 1e300y", "--max-gap"),
        ("--assume-mttr 0s", "--assume-mttr"),
        ("--bootstrap 4294967295", "--bootstrap"),
        ("--slo 200%", "--slo"),
        ("--slo NaN", "--slo"),
        ("--slo 99.9% --slo-window 0d", "--slo-window"),
        ("--slo 99.9% --slo-window 1e300d", "--slo-window"),
        ("--slo missing.yaml", "missing.yaml"),
        ("--hours 'Mon-Fri 25:00-26:00'", "--hours"),
        ("--weight severity=SEV1:2", "--weight"),
        ("--weight severity=SEV1:NaN", "--weight"),
        ("--fail-if 'availability < NaN'", "--fail-if"),
        ("--fail-if 'mttr > 1e400'", "--fail-if"),
        ("--timezone ../../etc/passwd", "--timezone"),
        ("--where severity=a --where a=b --where c=d --where e=f --where g=h", "--where"),
    ] {
        log().availability(&format!("log.csv {flags}")).refused(&[word]);
    }
}

#[test]
fn flags_at_the_limits_of_their_range_are_accepted() {
    for flags in [
        "--combine k:1",
        "--confidence 0.999999999999",
        "--confidence 1e-300",
        "--slo 99.999999999999999%",
        "--slo 0.0001%",
        "--from 0001-01-01 --to 9999-01-01",
        "--from 0001-01-01 --to 8000-01-01 --by year",
        "--from 1900-01-01 --to 2100-01-01 --hours 'Mon-Fri 10:00-17:00' --timezone America/New_York",
        "--bootstrap 1",
        "--bootstrap 5000 --seed 18446744073709551615",
        "--top 18446744073709551615",
        "--assume-mttr 8000y",
    ] {
        let run = log().availability(&format!("log.csv {flags}"));
        run.within_mib(SMALL_MEMORY_MIB).fine();
    }
}

/// The service time of a fleet is a sum over its services, far longer than the calendar.
#[test]
fn the_time_of_a_large_fleet_over_a_long_window_does_not_overflow() {
    let rows: String = (0..40).map(|i| format!("s{i},2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n")).collect();
    let desk = Desk::with("log.csv", format!("service,started_at,resolved_at\n{rows}"));
    for by in ["service", "year", "severity"] {
        let flags = format!("log.csv --combine pool --from 0001-01-01 --to 9001-01-01 --by {by}");
        let read = desk.availability(&flags).json();
        let uptime_s = read["total"]["uptime_s"].as_f64().unwrap();
        let years = uptime_s / (365.2425 * 86_400.0);
        assert!((years / (40.0 * 9_000.0) - 1.0).abs() < 1e-6, "{years}");
    }
}

/// For a fleet by day, memory must grow with the number of days and not with days times services.
#[test]
fn a_fleet_of_a_thousand_services_by_day_needs_little_memory() {
    let row = |i: u32| {
        let day = 1 + i % 28;
        format!("s{i},2026-01-{day:02}T10:00:00Z,2026-01-{day:02}T10:00:{:02}.1Z\n", i % 60)
    };
    let rows: String = (0..1_200).map(row).collect();
    let desk = Desk::with("log.csv", format!("service,started_at,resolved_at\n{rows}"));
    let run = desk.availability("log.csv --from 2024-01-01 --to 2027-01-01 --combine pool --by day");
    let read = run.within_mib(SMALL_MEMORY_MIB).json();
    let days = read["breakdowns"][0]["lines"].as_array().unwrap();
    let sum: u64 = days.iter().map(|day| day["failures"].as_u64().unwrap()).sum();
    assert_eq!((days.len(), sum), (1_096, 1_200));
    assert_eq!(days[0]["services"], 1_200);
}

#[test]
fn a_directory_a_missing_file_and_a_broken_link_are_refused_by_name() {
    let desk = log();
    std::fs::create_dir(desk.path("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", desk.path("link")).unwrap();
    desk.availability("folder").refused(&["folder", "directory"]);
    desk.availability("missing.csv").refused(&["missing.csv", "no such file"]);
    desk.availability("link").refused(&["link", "no such file"]);
    desk.availability("''").refused(&["no such file"]);
}

#[test]
fn all_inputs_that_cannot_be_read_are_named_together() {
    let desk = log();
    desk.availability("one.csv log.csv two.csv").refused(&["one.csv", "two.csv"]);
}

#[test]
fn a_file_without_permission_is_refused_by_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = log();
    let path = desk.path("log.csv");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    desk.availability("log.csv").refused(&["log.csv", "no permission"]);
}

#[test]
fn damaged_objective_files_are_refused_by_name() {
    for (name, content) in [
        ("slo.yaml", "services: [".to_owned()),
        ("slo.yaml", "a: &a [*a, *a]\n".to_owned()),
        ("slo.yaml", "[".repeat(10_000)),
        ("slo.yaml", "default: {target: {target: 5}}".to_owned()),
        ("slo.yaml", "default: 99.9%\ndefault: 99%\n".to_owned()),
        ("slo.yaml", "default: -1\n".to_owned()),
        ("slo.toml", "default = ".to_owned()),
        ("slo.toml", format!("default = {}", "[".repeat(10_000))),
        ("slo.json", "{\"default\": 99.9".to_owned()),
        ("slo.json", "[".repeat(100_000)),
        ("slo.json", "{\"\u{1b}[2J\": 1}".to_owned()),
        ("slo.yaml", "\u{1b}[2J: 1".to_owned()),
        ("slo.yaml", "default: \"\\e[2J\"".to_owned()),
        ("slo.yaml", billion_laughs()),
    ] {
        let desk = log();
        desk.put(name, &content);
        let run = desk.availability(&format!("log.csv --slo {name}"));
        run.within_mib(SMALL_MEMORY_MIB).refused(&[name]);
    }
}

/// A small YAML file that nested aliases expand to a huge one ("billion laughs").
fn billion_laughs() -> String {
    let mut text = String::from("l0: &l0 [x]\n");
    for level in 1..12 {
        let before = vec![format!("*l{}", level - 1); 10].join(", ");
        text.push_str(&format!("l{level}: &l{level} [{before}]\n"));
    }
    text
}

#[test]
fn standard_input_can_be_given_only_once() {
    let run = log().availability("- -").fed(|stdin| {
        use std::io::Write as _;
        let _ = stdin.write_all(SMALL_LOG.as_bytes());
    });
    run.refused(&["<stdin>"]);
}
