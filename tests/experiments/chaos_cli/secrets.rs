//! Values from the environment reach the target and appear in no output.

use super::program::{chaos, experiment, folder, run};
use super::targets::Target;

const SECRET: &str = "hunter2-3f9c";

const MORE: &str = "\
load:
  rate: 50/s
  headers: { Authorization: 'Bearer ${TEST_TOKEN}' }
  requests: [{ headers: { X-Key: 'k-${TEST_TOKEN}' } }]
faults:
  - { http_status: { status: 503 }, probability: 0.5 }
";

#[test]
fn a_secret_is_sent_and_appears_in_no_output() {
    let target = Target::start();
    let folder = folder(&experiment(&target.url, MORE));
    let outputs = ["r.txt", "r.json", "r.csv", "r.md", "r.html", "r.xml", "r.prom"];
    let mut arguments = vec!["e.yaml", "--incidents", "incidents.csv", "--format", "table"];
    for output in outputs {
        arguments.extend(["--output", output]);
    }
    let with_secret = |arguments: &[&str]| {
        let mut command = chaos(folder.path(), arguments);
        let said = run(command.env("TEST_TOKEN", SECRET).env("RUST_BACKTRACE", "1"));
        assert!(!said.err.contains(SECRET), "{}", said.err);
        assert!(!said.out.contains(SECRET), "{}", said.out);
        said
    };
    let said = with_secret(&arguments);
    assert!(said.err.contains("baseline  "), "no progress lines: {}", said.err);
    let sent = format!("authorization: bearer {SECRET}");
    let asked = target.asked();
    assert!(asked.iter().all(|head| head.contains(&sent)), "{:?}", asked.first());
    assert!(asked.iter().all(|head| head.contains("x-key: k-hunter2-3f9c")));
    for file in outputs.iter().chain(&["incidents.csv"]) {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(!text.is_empty() && !text.contains(SECRET), "{file}");
    }
    for format in ["table", "json", "csv", "markdown", "html", "junit", "openmetrics"] {
        with_secret(&["e.yaml", "--dry-run", "--format", format]).assert_code(0);
    }
    // Errors that show the line with the secret.
    for (set, code) in [
        ("load.headers.Authorization=${TEST_TOKEN}${NO_SUCH}", 2),
        ("load.headers.Authorization=\"a\\n${TEST_TOKEN}\"", 2),
        ("load.headers.A b=${TEST_TOKEN}", 2),
        ("load.rate=${TEST_TOKEN}", 2),
        ("target=http://${TEST_TOKEN}.invalid/", 2),
    ] {
        let said = with_secret(&["e.yaml", "--set", set]);
        said.assert_code(code);
    }
}

#[test]
fn the_error_for_an_invalid_secret_does_not_show_it() {
    let folder = folder(&experiment("http://127.0.0.1:1/", MORE));
    for secret in ["hunter2\n3f9c", "hunter2\u{7f}"] {
        let mut command = chaos(folder.path(), &["e.yaml"]);
        let said = run(command.env("TEST_TOKEN", secret));
        said.assert_code(2);
        assert!(!said.err.contains("hunter2"), "{}", said.err);
    }
}

#[test]
fn the_query_of_a_target_is_not_printed() {
    let folder = folder("");
    let url = "http://127.0.0.1:1/?token=hunter2";
    for format in ["table", "json"] {
        let arguments = [url, "--fault", "latency=1ms", "--dry-run", "--format", format];
        let said = run(&mut chaos(folder.path(), &arguments));
        said.assert_code(0);
        assert!(said.out.contains("http://127.0.0.1:1/"), "{}", said.out);
        assert!(!said.out.contains("hunter2"), "{}", said.out);
    }
}

#[test]
fn a_password_in_a_url_is_not_printed() {
    let folder = folder("");
    for arguments in [
        ["http://ann:hunter2@127.0.0.1:1/", "--fault=reset"],
        ["e.yaml", "--target=http://ann:hunter2@127.0.0.1:1/"],
        ["e.yaml", "--set=target=http://ann:hunter2@127.0.0.1:1/"],
    ] {
        let said = run(&mut chaos(folder.path(), &arguments));
        said.assert_code(2);
        assert!(said.err.contains("the URL contains a user or a password"), "{}", said.err);
        assert!(!said.err.contains("hunter2"), "{}", said.err);
    }
}
