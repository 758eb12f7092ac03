//! Snapshot tests of the command line: standard output, standard error and exit code. The cases are the
//! files beside this one, each with its input in the folder of the same name. `TRYCMD=overwrite cargo
//! test --test program cli` updates the snapshots; review the difference afterwards.

#[test]
fn every_command_prints_its_snapshot() {
    trycmd::TestCases::new()
        .env("COLUMNS", "120")
        .env("NO_COLOR", "1")
        .insert_var("[VERSION]", env!("CARGO_PKG_VERSION"))
        .unwrap()
        .case("tests/program/cli/*.md")
        .case("tests/program/cli/*.toml");
}

/// The libraries determine the text; the test checks that it exists and mentions the commands and values.
#[test]
fn completions_know_flags_and_values() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("--fail-if"), "{shell}");
        // Elvish and PowerShell scripts have no values.
        if ["bash", "zsh", "fish"].contains(&shell) {
            for value in ["openmetrics", "pagerduty-csv", "weibull", "detections"] {
                assert!(script.contains(value), "{shell}: {value}");
            }
        }
    }
}

/// A manual page refers only to pages that exist.
#[test]
fn every_manual_page_that_is_referred_to_is_printed() {
    let page = printed(&["man"]);
    assert!(page.contains(".TH steadfast 1"), "{page}");
    let referred: Vec<&str> = page
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("steadfast\\-")?.strip_suffix("(1)"))
        .collect();
    assert!(referred.contains(&"chaos") && !referred.contains(&"help"), "{referred:?}");
    for name in referred {
        let name = name.replace('\\', "");
        let page = printed(&["man", &name]);
        assert!(page.contains(&format!(".TH steadfast-{name} 1")), "{page}");
        let others = page.matches("(1)").count();
        assert_eq!(others, 0, "{page}");
    }
}

fn printed(arguments: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_steadfast");
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}
