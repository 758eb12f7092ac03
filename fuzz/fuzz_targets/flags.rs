#![no_main]
use steadfast::availability::analysis::settings::{By, Combine};
use steadfast::availability::gates::Gate;
use steadfast::availability::input::columns::ColumnWishes;
use steadfast::availability::input::plan::Filter;
use steadfast::base::quantity::{format_duration, format_share, parse_duration, parse_share_complement};
use steadfast::base::time::{Zone, parse_instant};
use steadfast::timeline::hours::Hours;
use steadfast::timeline::slo::SloWindow;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(seconds) = parse_duration(text) {
        assert!(seconds.is_finite() && seconds >= 0.0, "{seconds}");
        let _ = format_duration(seconds);
    }
    if let Ok(complement) = parse_share_complement(text) {
        assert!((0.0..=1.0).contains(&complement), "{complement}");
        let _ = format_share(complement);
    }
    let _ = Hours::parse(text);
    if let Ok(window) = SloWindow::parse(text) {
        assert!(SloWindow::parse(&window.to_string()).is_ok(), "{window}");
    }
    let _ = Gate::fail_if(text);
    let _ = Gate::require(text);
    let _ = Filter::parse(text);
    let _ = ColumnWishes::parse_columns(text);
    let _ = Combine::parse(text);
    let _ = By::parse(text);
    let _ = Zone::named(text);
    for zone in ["UTC", "America/New_York"] {
        let zone = Zone::named(zone).unwrap_or_else(Zone::utc);
        if let Ok(instant) = parse_instant(text, &zone) {
            let _ = instant.to_string();
        }
    }
});
