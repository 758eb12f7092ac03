//! Every command as a person types it: standard output, standard error and exit code. The cases are the files beside this
//! one, each with its logs in the folder of its name; `TRYCMD=overwrite cargo test --test cli` writes what the program says
//! today, and the difference is then to be read.

#[test]
fn every_command_says_what_its_case_shows() {
    trycmd::TestCases::new()
        .env("COLUMNS", "120")
        .env("NO_COLOR", "1")
        .insert_var("[VERSION]", env!("CARGO_PKG_VERSION"))
        .unwrap()
        .case("tests/cli/*.md")
        .case("tests/cli/*.toml");
}

/// Their text is the libraries'; here it counts that it is there and speaks of the commands.
#[test]
fn completions_and_the_manual_page_are_made() {
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
