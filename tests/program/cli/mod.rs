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

/// The libraries determine the text; the test checks that it exists and mentions the commands.
#[test]
fn completions_and_the_manual_page_are_generated() {
    let printed = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_steadfast");
        let output = std::process::Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(printed(&["completions", shell]).contains("--fail-if"), "{shell}");
    }
    let page = printed(&["man"]);
    assert!(page.starts_with('.') || page.contains(".TH"), "{page}");
    assert!(page.contains("availability"), "{page}");
}
