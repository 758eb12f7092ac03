#![no_main]
use steadfast::availability::input::timestamp::{
    ColumnScan, Decision, Reading, decide_together, parse_iso_fast,
};
use steadfast::base::time::{Timestamp, Zone};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let cells: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .collect();
    let mut scan = ColumnScan::default();
    for cell in &cells {
        scan.observe(cell);
        let _ = parse_iso_fast(cell);
    }
    let Decision::Decided(format, _) = decide_together(&[scan], None).remove(0) else {
        return;
    };
    let zone = Zone::named("Europe/London").unwrap_or_else(Zone::utc);
    for cell in &cells {
        let Ok(moment) = format.parse(cell) else { continue };
        let instant = match moment.reading {
            Reading::Instant(instant) => instant,
            Reading::Local(clock) => zone.resolve(clock).0,
        };
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&instant));
        let _ = instant.to_string();
    }
});
