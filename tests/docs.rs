//! What README and docs say is true: their commands run and give the output shown, their tables follow from the
//! registries, their links lead somewhere.
//!
//! - `TRYCMD=overwrite cargo test --test docs` writes the outputs anew.
//! - `UPDATE_DOCS=1 cargo test --test docs` writes the generated tables anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use steadfast::availability::gates;
use steadfast::availability::input::field::NAMED;
use steadfast::availability::input::preset::{Kind, PRESETS, Preset};
use steadfast::availability::ledger::Reason;
use steadfast::base::describe::reference;
use steadfast::chaos::file::EXPERIMENT;
use steadfast::report::format::FORMATS;
use steadfast::simulate::file::TOPOLOGY;
use steadfast::stats::interval::Method;
use steadfast::timeline::calendar::Cycle;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All prose for readers.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "scenarios/README.md",
    ]
    .map(|page| root().join(page))
    .to_vec();
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    pages.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "md")),
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
        ("outputs", outputs()),
        ("ledger", ledger()),
        ("metrics", metrics()),
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
    let mut text = format!(
        "\n#### `{}`\n\n{}.\n\n```text\n{}\n```\n",
        preset.name, preset.summary, preset.example
    );
    let (signature, fields, note) = match &preset.kind {
        Kind::Delimited(table) => (table.signature, table.columns, table.note),
        Kind::Json(list) => (list.signature, list.paths, list.note),
        Kind::Document(_) | Kind::Lines(_) => return text,
    };
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
        writeln!(
            text,
            "| `{}` | {} | {} |",
            named.name,
            named.summary,
            quoted(named.usual)
        )
        .unwrap();
    }
    text
}

fn outputs() -> String {
    let mut text = String::from("| name | what it is | extensions of `--output` |\n|---|---|---|\n");
    for format in FORMATS {
        writeln!(
            text,
            "| `{}` | {} | {} |",
            format.name,
            cell(format.summary),
            quoted(format.extensions)
        )
        .unwrap();
    }
    text
}

fn ledger() -> String {
    let mut text = String::from("| reason | rows … | effect in seconds |\n|---|---|---|\n");
    for reason in Reason::ALL {
        writeln!(
            text,
            "| `{}` | {} | {} |",
            reason.name(),
            reason.says(),
            reason.effect()
        )
        .unwrap();
    }
    text
}

fn metrics() -> String {
    let mut text = String::from("| metric | what it is | its bound is |\n|---|---|---|\n");
    for (name, summary, bound) in gates::metrics() {
        writeln!(text, "| `{name}` | {summary} | {bound} |").unwrap();
    }
    text
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
                "{}: out of date, run UPDATE_DOCS=1 cargo test --test docs",
                path.display()
            );
        }
    }
}

#[test]
fn every_topology_shown_is_sound() {
    let page = std::fs::read_to_string(root().join("docs/topology.md")).unwrap();
    let mut shown = 0;
    for block in page.split("```yaml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let read = steadfast::simulate::file::read("topology.yaml", text, &[], &|path| Err(path.to_owned()));
        let (_, warnings) = read.unwrap_or_else(|problems| panic!("{problems}"));
        assert!(warnings.is_empty(), "{warnings:?}");
        shown += 1;
    }
    assert!(shown > 0);
}

#[test]
fn every_table_is_shown_on_some_page() {
    let all: String = pages()
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
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
                assert!(
                    path.parent().unwrap().join(file).exists(),
                    "{}: {target}",
                    path.display()
                );
            }
        }
    }
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

/// The command in the picture of the README.
const PICTURED: &str =
    "availability scenarios/availability/checkout-2026q1.csv --from 2026-01-01 --to 2026-04-01";

/// The terminal as a picture: what the command prints, in its colours.
fn picture() -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(PICTURED.split(' '))
        .args(["--color", "always"])
        .env("COLUMNS", "120")
        .current_dir(root())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = std::iter::once(format!("$ steadfast {PICTURED}"))
        .chain(printed.lines().map(str::to_owned))
        .collect();
    let (width, height) = (CELL_WIDTH * 122, LINE_HEIGHT * (lines.len() + 2));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1b1f24\"/>\n"
    );
    for (i, line) in lines.iter().enumerate() {
        svg.push_str(&drawn(line, LINE_HEIGHT * (i + 2)));
    }
    svg + "</svg>\n"
}

const CELL_WIDTH: usize = 8;
const LINE_HEIGHT: usize = 17;

/// One line of the terminal: a text for each run of one colour, held to its columns whatever the font.
fn drawn(line: &str, y: usize) -> String {
    let (mut svg, mut column, mut style) = (String::new(), 1, "fill=\"#d1d5da\"");
    for (i, part) in line.split("\u{1b}[").enumerate() {
        let (code, text) = if i == 0 {
            ("", part)
        } else {
            part.split_once('m').unwrap()
        };
        style = match code {
            "" => style,
            "1" => "fill=\"#ffffff\" font-weight=\"bold\"",
            "31" => "fill=\"#ff7b72\"",
            "32" => "fill=\"#7ee787\"",
            "33" => "fill=\"#e3b341\"",
            _ => "fill=\"#d1d5da\"",
        };
        let length = text.chars().count();
        if !text.trim().is_empty() {
            let (x, wide) = (column * CELL_WIDTH, length * CELL_WIDTH);
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace(' ', "\u{a0}");
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" textLength=\"{wide}\" {style}>{text}</text>"
            )
            .unwrap();
        }
        column += length;
    }
    svg
}

#[test]
fn the_picture_shows_what_the_program_prints() {
    let path = root().join("docs/terminal.svg");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, picture()).unwrap();
    }
    let shown = std::fs::read_to_string(&path).unwrap();
    assert!(
        shown == picture(),
        "docs/terminal.svg: out of date, run UPDATE_DOCS=1 cargo test --test docs"
    );
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
    let command = readme
        .lines()
        .find(|line| line.starts_with("cargo test"))
        .unwrap();
    assert!(ci.lines().any(|line| line == format!("step tests {command}")));
}
