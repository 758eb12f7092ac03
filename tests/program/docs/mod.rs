//! What README and docs say is true: their commands run and give the output shown, their tables follow from the
//! registries, their links lead somewhere.
//!
//! - `TRYCMD=overwrite cargo test --test program docs` writes the outputs anew.
//! - `UPDATE_DOCS=1 cargo test --test program docs` writes the generated tables anew.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use steadfast::availability::input::field::NAMED;
use steadfast::availability::input::preset::{PRESETS, Preset};
use steadfast::availability::input::states::{DOWN, UNKNOWN, UP};
use steadfast::availability::ledger::Reason;
use steadfast::availability::measure::MEASURES;
use steadfast::chaos::experiment_file::EXPERIMENT;
use steadfast::config::document::{Syntax, Tree};
use steadfast::report::format::FORMATS;
use steadfast::simulate::topology_file::TOPOLOGY;
use steadfast::stats::interval::Method;
use steadfast::timeline::calendar::Cycle;

mod chaos;
mod picture;
mod reference;

use picture::Parts;
use reference::reference;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All prose for readers.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "scenarios/README.md"]
        .map(|page| root().join(page))
        .to_vec();
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    pages.extend(
        docs.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    pages.sort();
    pages
}

/// Pages show what a terminal of 120 columns shows. Blocks that start with `$ steadfast` are marked `console`.
#[test]
fn every_command_shown_runs_and_gives_the_output_shown() {
    trycmd::TestCases::new()
        .register_bin("steadfast", Path::new(env!("CARGO_BIN_EXE_steadfast")))
        .env("COLUMNS", "120")
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/*.md")
        .run();
}

/// The generated tables by the name that their marker bears.
fn tables() -> Vec<(&'static str, String)> {
    vec![
        ("inputs", inputs()),
        ("columns", columns()),
        ("states", states()),
        ("outputs", outputs()),
        ("ledger", ledger()),
        ("metrics", metrics()),
        ("predictions", predictions()),
        ("cycles", bullets(Cycle::ALL.iter().map(|cycle| cycle.name()))),
        ("methods", methods()),
        ("topology", reference(&TOPOLOGY)),
        ("experiment", reference(&EXPERIMENT)),
    ]
}

fn bullets<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let lines: Vec<String> = names.map(|name| format!("- `{name}`")).collect();
    lines.join("\n") + "\n"
}

fn inputs() -> String {
    let mut text = String::from("| name | what it reads |\n|---|---|\n");
    for preset in PRESETS {
        writeln!(text, "| `{}` | {} |", preset.name, cell(preset.summary)).unwrap();
    }
    for preset in PRESETS {
        text.push_str(&input(preset));
    }
    text
}

fn input(preset: &Preset) -> String {
    let mut text =
        format!("\n#### `{}`\n\n{}.\n\n```text\n{}\n```\n", preset.name, preset.summary, preset.example);
    let Preset { signature, fields, note, .. } = *preset;
    if !signature.is_empty() {
        writeln!(text, "\nRecognised by: {}.", quoted(signature)).unwrap();
    }
    if !fields.is_empty() {
        text.push_str("\n| field | taken from, the first that is not empty |\n|---|---|\n");
    }
    for (field, names) in fields {
        writeln!(text, "| {} | {} |", field.name(), quoted(names)).unwrap();
    }
    if !note.is_empty() {
        writeln!(text, "\nNote: {note}.").unwrap();
    }
    text
}

fn columns() -> String {
    let mut text = String::from("| field | meaning | column names known for it |\n|---|---|---|\n");
    for named in NAMED {
        writeln!(text, "| `{}` | {} | {} |", named.name, named.summary, quoted(named.usual)).unwrap();
    }
    text
}

fn outputs() -> String {
    let mut text = String::from("| name | what it is | extensions of `--output` |\n|---|---|---|\n");
    for format in FORMATS {
        writeln!(text, "| `{}` | {} | {} |", format.name, cell(format.summary), quoted(format.extensions))
            .unwrap();
    }
    text
}

fn ledger() -> String {
    let mut text = String::from("| reason | rows … | effect in seconds |\n|---|---|---|\n");
    for reason in Reason::all() {
        writeln!(text, "| `{}` | {} | {} |", reason.name(), reason.description(), reason.effect()).unwrap();
    }
    text
}

fn metrics() -> String {
    let mut text = String::from("| metric | meaning | formula | bound |\n|---|---|---|---|\n");
    for measure in MEASURES {
        let (name, meaning, bound) = (measure.name, measure.meaning, measure.unit.bound());
        writeln!(text, "| `{name}` | {meaning} | {} | {bound} |", cell(measure.formula)).unwrap();
    }
    text
}

fn predictions() -> String {
    let mut text = String::from("| name | label | meaning | formula |\n|---|---|---|---|\n");
    for measure in steadfast::simulate::report::MEASURES {
        let (name, label, meaning) = (measure.name, measure.label, measure.meaning);
        writeln!(text, "| `{name}` | {label} | {meaning} | {} |", cell(measure.formula)).unwrap();
    }
    text
}

fn states() -> String {
    let lines = [("up", UP), ("down", DOWN), ("unknown", UNKNOWN)].map(|(state, words)| {
        let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
        format!("| {state} | {} |\n", quoted(&words))
    });
    format!("| state | words |\n|---|---|\n{}", lines.concat())
}

fn methods() -> String {
    let mut text = String::from("| method | bounds | source |\n|---|---|---|\n");
    for method in Method::ALL {
        let formula = method.formula().replace('|', "\\|");
        writeln!(text, "| {} | {formula} | {} |", method.name(), method.source()).unwrap();
    }
    text
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The page with each generated table in its place, between `<!-- generated: NAME -->` and `<!-- end -->`.
fn with_tables(page: &str) -> String {
    let mut page = page.to_owned();
    for (name, table) in tables() {
        let start = format!("<!-- generated: {name} -->\n");
        let Some(at) = page.find(&start).map(|at| at + start.len()) else {
            continue;
        };
        let end = at + page[at..].find("<!-- end -->").unwrap();
        page.replace_range(at..end, &format!("\n{table}\n"));
    }
    page
}

#[test]
fn every_generated_table_is_what_the_registries_say() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let due = with_tables(&page);
        if update && page != due {
            std::fs::write(&path, due).unwrap();
        } else {
            assert!(
                page == due,
                "{}: out of date, run UPDATE_DOCS=1 cargo test --test program docs",
                path.display()
            );
        }
    }
}

#[test]
fn every_topology_shown_is_sound() {
    let pages = ["docs/topology.md", "docs/modelling.md"];
    let pages = pages.map(|page| std::fs::read_to_string(root().join(page)).unwrap());
    let mut shown = 0;
    for block in pages.iter().flat_map(|page| page.split("```yaml\n").skip(1)) {
        let text = block.split("```").next().unwrap();
        let read =
            steadfast::simulate::topology_file::read(
                "topology.yaml",
                text,
                &[],
                &|path| Err(path.to_owned()),
            );
        let (_, warnings) = read.unwrap_or_else(|problems| panic!("{problems}"));
        assert!(warnings.is_empty(), "{warnings:?}");
        shown += 1;
    }
    assert!(shown > 0);
}

#[test]
fn every_table_is_shown_on_some_page() {
    let all: String = pages().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (name, _) in tables() {
        assert!(all.contains(&format!("<!-- generated: {name} -->")), "{name}");
    }
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for (at, _) in page.match_indices("](") {
            let target: String = page[at + 2..].chars().take_while(|c| *c != ')').collect();
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                assert!(path.parent().unwrap().join(file).exists(), "{}: {target}", path.display());
            }
        }
    }
}

/// Paths are given from `src`, or from the root if they begin with `src`, `tests` and the like.
#[test]
fn every_source_file_named_on_a_page_exists() {
    let mut named = 0;
    for page in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let is_made_up = |path: &str| path.contains("NAME") || path.contains("FOLDER");
        for path in quoted
            .filter(|path| path.contains('/') && path.strip_suffix(".rs").is_some() && !is_made_up(path))
        {
            let exists = root().join(path).exists() || root().join("src").join(path).exists();
            assert!(exists, "{page}: {path}");
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

#[test]
fn every_flag_named_on_a_page_exists() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let guide = std::fs::read_to_string(root().join("docs/guide.md")).unwrap();
    let flags: Vec<&str> = guide
        .split(|c: char| !c.is_ascii_lowercase() && c != '-')
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .collect();
    assert!(flags.len() > 20);
    for flag in flags {
        assert!(help.contains(flag), "{flag}");
    }
}

/// A picture of the README: its file, the command in it and the parts of the output that it shows.
const PICTURES: [(&str, &str, Parts); 2] = [
    (
        "docs/availability.svg",
        "availability scenarios/availability/checkout-2026q1.csv --from 2026-01-01 --to 2026-04-01",
        &[("Availability of", ""), ("By service", "total"), ("Outage timeline", "2026-01-01")],
    ),
    (
        "docs/simulate.svg",
        "simulate scenarios/simulate/regions/one-region.yaml --method exact",
        &[
            ("one region:", ""),
            ("Figure", "MTBF, operating"),
            ("Importance of components", "east-app"),
            ("Objectives", "FAIL"),
        ],
    ),
];

#[test]
fn the_pictures_show_what_the_program_prints() {
    for (file, command, parts) in PICTURES {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args(command.split(' '))
            .args(["--color", "always"])
            .env("COLUMNS", "120")
            .current_dir(root())
            .output()
            .unwrap();
        let due = picture::picture(command, &String::from_utf8(output.stdout).unwrap(), parts);
        let path = root().join(file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &due).unwrap();
        }
        let shown = std::fs::read_to_string(&path).unwrap();
        assert!(shown == due, "{file}: out of date, run UPDATE_DOCS=1 cargo test --test program docs");
    }
}

#[test]
fn every_dependency_has_its_reason_on_the_page() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    for section in ["dependencies", "dev-dependencies"] {
        for name in manifest[section].as_table().unwrap().keys() {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let [readme, ci] =
        ["README.md", ".ci/run"].map(|file| std::fs::read_to_string(root().join(file)).unwrap());
    let command = readme.lines().find(|line| line.starts_with("cargo test")).unwrap();
    assert!(ci.lines().any(|line| line.starts_with(&format!("step tests {command}"))));
}

/// The blocks of a page in one language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let open = format!("```{language}\n");
    let blocks = text.split(&open).skip(1);
    blocks.map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// The jobs for CI cannot run here. They are sound YAML, and what they run is a plan that the program understands.
#[test]
fn the_jobs_shown_plan_what_they_say() {
    let blocks = blocks("docs/chaos.md", "yaml");
    let mut planned = 0;
    for block in &blocks {
        Tree::parse("block.yaml", block, Syntax::Yaml).unwrap();
        let Some(at) = block.find("steadfast chaos") else {
            continue;
        };
        let words = block[at..].split_whitespace().skip(2);
        let arguments: Vec<&str> = words.take_while(|word| !word.ends_with(':') && *word != "-").collect();
        let made = ["chaos.md", "chaos.json", "chaos.xml"];
        assert!(made.iter().all(|file| arguments.contains(file)), "{arguments:?}");
        let plan = std::process::Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args(["chaos", "--dry-run"])
            .args(arguments.iter().filter(|word| !made.contains(word) && **word != "--output"))
            .current_dir(root())
            .output()
            .unwrap();
        assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
        planned += 1;
    }
    assert_eq!(planned, 2, "one job for each service");
}

/// The file that the page shows is the one that it names.
#[test]
fn the_experiment_shown_is_the_one_in_scenarios() {
    let file = std::fs::read_to_string(root().join("scenarios/chaos/queue-drains.yaml")).unwrap();
    let told: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(blocks("docs/chaos.md", "yaml").contains(&told.join("\n")));
}

/// In docs/modelling.md one command pipes into another, which the test of the console blocks cannot run.
#[cfg(unix)]
#[test]
fn the_pipe_shown_gives_the_output_shown() {
    let page = std::fs::read_to_string(root().join("docs/modelling.md")).unwrap();
    let block = |fence: &str| page.split(fence).nth(1).unwrap().split("```").next().unwrap().to_owned();
    let (command, shown) = (block("```sh\n"), block("```text\n"));
    let program = env!("CARGO_BIN_EXE_steadfast");
    let output = std::process::Command::new("sh")
        .args(["-c", &command.replace("steadfast ", &format!("{program} "))])
        .env("COLUMNS", "120")
        .current_dir(root())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut lines = printed.lines();
    for line in shown.lines().filter(|line| *line != "...") {
        assert!(lines.any(|printed| printed.starts_with(line)), "{line}\n{printed}");
    }
}

/// Commands whose JSON has all that docs/json.md describes of `simulate`.
const PREDICTIONS: &[&str] = &[
    "scenarios/simulate/regions/one-region.yaml --replications 200",
    "scenarios/simulate/on-call/one-responder.yaml --replications 20",
    "scenarios/simulate/web-shop/topology.yaml --method exact",
    "scenarios/simulate/web-shop/topology.yaml --method exact --sweep web.count=6,7",
    "scenarios/simulate/regions/one-region.yaml --compare scenarios/simulate/regions/two-regions.yaml --replications 20",
];

/// The names of the fields of every object in `value`, by where it stands. A report begins a path of its own, wherever it stands, and so
/// does a simulated value.
fn gather_fields(value: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(fields) => {
            let simulated = fields.contains_key("method") && fields.contains_key("lower");
            let path = match fields.get("schema") {
                Some(schema) => schema.as_str().unwrap(),
                None if simulated => "simulated",
                None => path,
            };
            for (name, value) in fields {
                found.entry(path.to_owned()).or_default().insert(name.clone());
                gather_fields(value, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather_fields(item, &format!("{path}/*"), found)),
        _ => {}
    }
}

/// The fields that the tables after `<!-- fields: PATH -->` have in their first columns.
fn documented_fields(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let table = |part: &str| {
        let (path, rest) = part.split_once(" -->").unwrap();
        let rows = rest.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
        let firsts = rows.map(|row| row.split('|').nth(1).unwrap().to_owned());
        let names = firsts.flat_map(|first| {
            let quoted = first.split('`').skip(1).step_by(2).map(str::to_owned);
            quoted.collect::<Vec<_>>()
        });
        (path.to_owned(), names.collect())
    };
    page.split("<!-- fields: ").skip(1).map(table).collect()
}

#[test]
fn every_field_of_a_prediction_is_described() {
    let mut found = BTreeMap::new();
    for command in PREDICTIONS {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .arg("simulate")
            .args(command.split(' '))
            .args(["--format", "json"])
            .current_dir(root())
            .output()
            .unwrap();
        let value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command}: {error}"));
        gather_fields(&value, "", &mut found);
    }
    let page = std::fs::read_to_string(root().join("docs/json.md")).unwrap();
    let documented = documented_fields(&page);
    assert_eq!(documented.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, fields) in &found {
        assert_eq!(&documented[path], fields, "{path}");
    }
}

#[test]
fn the_page_on_json_names_every_exact_method() {
    use steadfast::simulate::analytic::Method::{Chain, ChainsInSeries, Diagram, DiagramOverChains};
    let page = std::fs::read_to_string(root().join("docs/json.md")).unwrap();
    for (object, field) in [("exact", "| `methods` |"), ("figures/*/exact", "| `method` |")] {
        let table = page.split(&format!("<!-- fields: steadfast.simulate/2/{object} -->")).nth(1).unwrap();
        let line = table.lines().find(|line| line.starts_with(field)).unwrap();
        for method in [Diagram, Chain, DiagramOverChains, ChainsInSeries] {
            assert!(line.contains(&format!("`{}`", method.name())), "{line}: {}", method.name());
        }
    }
}
