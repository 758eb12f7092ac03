#![no_main]
use steadfast::availability::objectives::parse;
use steadfast::timeline::slo::SloWindow;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(window) = SloWindow::parse("30d") else {
        return;
    };
    for name in ["slo.yaml", "slo.toml", "slo.json"] {
        if let Err(problems) = parse(name, text, &window) {
            let shown = problems.render(false);
            assert!(shown.contains(name), "{shown}");
            assert!(
                !shown.contains(|c: char| c.is_control() && c != '\n'),
                "{shown:?}"
            );
        }
    }
});
