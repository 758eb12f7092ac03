//! Times and numbers at and beyond the limits of their ranges.

use super::run::Desk;

fn log_with(start: &str, end: &str) -> String {
    format!("{}api,{start},{end}\n", super::run::SMALL_LOG)
}

#[test]
fn invalid_times_are_bad_rows() {
    for time in [
        "22025-01-05T10:00:00Z",
        "99999-01-05T10:00:00Z",
        "2026-13-05T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-01-05T25:00:00Z",
        "2026-01-05T10:61:00Z",
        "2026-01-05T10:00:00+99:00",
        "1e308",
        "99999999999999999999",
        "-1e18",
        "NaN",
        "inf",
        "soon",
        "2026-01-05T10:00:00.99999999999999999999999999999999999999Zz",
    ] {
        let desk = Desk::with("log.csv", log_with(time, "2026-01-09T11:00:00Z"));
        desk.availability("log.csv").refused(&["log.csv:4", "start"]);
        let read = desk.availability("log.csv --on-bad-row skip").json();
        assert_eq!(read["total"]["incidents"], 2, "{time}");
    }
}

#[test]
fn times_at_the_limits_of_the_calendar_neither_overflow_nor_hang() {
    for time in [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "-000001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00Z",
    ] {
        for (start, end) in [(time, "2026-01-09T11:00:00Z"), ("2026-01-09T11:00:00Z", time), (time, "")] {
            let desk = Desk::with("log.csv", log_with(start, end));
            for zone in ["UTC", "America/New_York", "Pacific/Apia"] {
                for flags in ["--by year", "--by weekday,hour", "--slo 99.9%", "--hours 'Mon-Fri 9:00-17:00'"]
                {
                    let flags = format!("log.csv {flags} --timezone {zone} --on-bad-row skip");
                    desk.availability(&flags).end();
                }
            }
        }
    }
}

#[test]
fn epoch_columns_out_of_range_are_refused() {
    for number in ["1e308", "99999999999999999999", "-1e18"] {
        let log = format!("service,started_at,resolved_at\napi,{number},{number}\n");
        Desk::with("log.csv", log).availability("log.csv").refused(&["log.csv"]);
    }
}

#[test]
fn a_row_that_ends_before_it_starts_is_left_out_with_a_warning() {
    let desk = Desk::with("log.csv", log_with("2026-01-09T11:00:00Z", "2026-01-09T10:00:00Z"));
    let read = desk.availability("log.csv").json();
    assert_eq!(read["total"]["incidents"], 2);
    assert!(read["warnings"].to_string().contains("with an end before the start"));
}

#[test]
fn an_extreme_time_to_acknowledge_does_not_overflow() {
    for seconds in ["1e308", "-1e308", "9e18", "inf", "NaN", "-5"] {
        let log = format!(
            "id,incident_number,service_name,created_on,resolved_on,seconds_to_first_ack\n\
             a,1,api,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,{seconds}\n"
        );
        Desk::with("log.csv", log).availability("log.csv").fine();
    }
}

#[test]
fn a_weight_is_a_share_or_rejected() {
    let run = |weight: &str| {
        let log = format!(
            "service,started_at,resolved_at,weight\napi,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,{weight}\n"
        );
        let desk = Desk::with("log.csv", log);
        desk.availability("log.csv --weight weight --from 2026-01-05 --to 2026-01-06")
    };
    for weight in ["1e308", "-1", "2", "101%"] {
        run(weight).refused(&["is not a share from 0 to 1"]);
    }
    for weight in ["NaN", "inf", "", "0.5", "0", "100%"] {
        let read = run(weight).json();
        let down = read["total"]["weighted"]["unavailability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&down), "{weight}: {down}");
    }
}

#[test]
fn epochs_out_of_range_in_an_event_log_are_refused() {
    for stamp in ["9223372036854775807", "-9223372036854775808", "99999999999999"] {
        let log = format!(
            "[{stamp}] SERVICE ALERT: h;api;CRITICAL;HARD;3;x\n[{stamp}] SERVICE ALERT: h;api;OK;HARD;3;x\n"
        );
        Desk::with("nagios.log", log).availability("nagios.log").refused(&["nagios.log"]);
    }
}
