//! The rules of the layers (see `src/lib.rs`), read from the source and held to by this test and not by goodwill.
//!
//! - Imports go downwards only, and the parts of one module do not import each other in a circle.
//! - Files, sockets, processes, the environment and the clock are touched at the edges alone.
//! - Generators of chance are made in one place.
//!
//! What stands under `#[cfg(test)]` is left out: tests may do what they like.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every module with those that it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("stats", &["base"]),
    ("config", &["base", "stats"]),
    ("report", &["base"]),
    ("timeline", &["base", "stats"]),
    ("availability", &["base", "config", "stats", "report", "timeline"]),
    ("simulate", &["base", "config", "stats", "report", "timeline"]),
    ("chaos", &["base", "config", "stats", "report", "timeline"]),
    ("cli", &["base", "config", "stats", "report", "timeline", "availability", "simulate", "chaos"]),
];

/// Words that touch the world outside, and the only places that may have them.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process::Command",
    "process::Command",
    "TimeZone::system",
    "::now(",
];
const EDGES: &[&str] = &["main.rs", "cli/", "availability/input/bytes.rs", "chaos/io/"];

/// Words that make a generator of chance.
const CHANCE: &[&str] =
    &["SeedableRng", "seed_from_u64", "from_seed", "thread_rng", "rand::rng(", "from_os_rng"];
const CHANCE_PLACE: &[&str] = &["base/random.rs"];

const MAIN_LINES_MAX: usize = 40;

/// The source files by their path below `src/`.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                collect(&path, &format!("{name}/"), found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    found
}

/// The code alone: no comments, no texts, nothing that is compiled for tests only.
fn code_of(path: &str, source: &str) -> String {
    if path.ends_with("/tests.rs") {
        return String::new();
    }
    without_tests(&without_texts(source))
}

/// Comments and the insides of texts left out.
fn without_texts(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = length_of_text(rest);
        if skipped > 0 {
            code.push(' ');
            code.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            rest = &rest[skipped..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// The bytes of the comment, text or character that `rest` starts with; 0 for none.
fn length_of_text(rest: &str) -> usize {
    let until =
        |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if rest.starts_with("r\"") {
        return until(2, "\"");
    }
    if rest.starts_with("r#\"") {
        return until(3, "\"#");
    }
    if rest.starts_with('"') {
        return escaped(rest, '"');
    }
    let character =
        rest.starts_with('\'') && (rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\''));
    if character { escaped(rest, '\'') } else { 0 }
}

/// From the mark at the start to the next one that no backslash protects.
fn escaped(rest: &str, mark: char) -> usize {
    let mut protected = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == mark && !protected {
            return at + 1;
        }
        protected = c == '\\' && !protected;
    }
    rest.len()
}

/// Items under `#[cfg(test)]` left out: up to the brace that closes them, or the semicolon that ends them.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        rest = &item[end_of_item(item)..];
    }
    kept + rest
}

fn end_of_item(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// The path of the module that a file is: `timeline/slo.rs` is `timeline::slo`, `timeline/mod.rs` is `timeline`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if ["mod", "lib", "main"].contains(&parts.last().unwrap().as_str()) {
        parts.pop();
    }
    parts
}

/// All module paths that the code names, from the root of the crate: of `use crate::a::{b, c}` both `a::b` and `a::c`.
fn named_paths(module: &[String], code: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut base: Vec<String> = if start == "crate::" { Vec::new() } else { module.to_vec() };
            let mut rest = &code[at..];
            rest = rest.strip_prefix("crate::").unwrap_or(rest);
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            expand(&base, rest, &mut found);
        }
    }
    found
}

/// Follows `a::{b::c, d}` from `base`. Returns what stands behind it.
fn expand<'c>(base: &[String], code: &'c str, found: &mut BTreeSet<Vec<String>>) -> &'c str {
    let mut rest = code.trim_start();
    let mut path = base.to_vec();
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            rest = group;
            while let Some(next) = Some(rest.trim_start()).filter(|next| !next.is_empty()) {
                if let Some(after) = next.strip_prefix('}') {
                    return after;
                }
                let after = expand(&path, next, found);
                rest = after.trim_start().trim_start_matches(',');
                if rest.len() == next.len() {
                    return rest;
                }
            }
            return rest;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        found.insert(path.clone());
        match rest[end..].strip_prefix("::") {
            Some(after) => rest = after,
            None => return &rest[end..],
        }
    }
}

/// What breaks a rule in one file.
fn violations(path: &str, source: &str) -> Vec<String> {
    let code = code_of(path, source);
    let mut wrong = Vec::new();
    let mut must_stand_in = |words: &[&str], places: &[&str]| {
        if !places.iter().any(|place| path.starts_with(place)) {
            let found = words.iter().filter(|word| code.contains(**word));
            wrong.extend(
                found.map(|word| format!("{path}: `{word}` may stand in {} only", places.join(", "))),
            );
        }
    };
    must_stand_in(OUTSIDE, EDGES);
    must_stand_in(CHANCE, CHANCE_PLACE);
    let module = module_of(path);
    let Some(own) = module.first() else {
        if path == "main.rs" && source.lines().count() > MAIN_LINES_MAX {
            wrong.push(format!("main.rs: more than {MAIN_LINES_MAX} lines"));
        }
        return wrong;
    };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| name == own) else {
        wrong.push(format!("{path}: `{own}` has no place among the layers"));
        return wrong;
    };
    let tops: BTreeSet<String> =
        named_paths(&module, &code).into_iter().filter_map(|p| p.into_iter().next()).collect();
    let layers = tops.iter().filter(|top| MAY_IMPORT.iter().any(|(name, _)| name == top));
    let upward = layers.filter(|top| *top != own && !allowed.contains(&top.as_str()));
    wrong.extend(upward.map(|top| format!("{path}: imports `{top}`, which `{own}` may not")));
    wrong
}

/// Which part of a module imports which: `availability::document` imports `availability::ledger`.
fn imports_of_parts(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let part = |path: &[String]| path.get(..2).map(|two| two.join("::"));
    let parts: BTreeSet<String> = files.keys().filter_map(|path| part(&module_of(path))).collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in files {
        let module = module_of(path);
        let Some(own) = part(&module) else { continue };
        let named = named_paths(&module, &code_of(path, source));
        let others = named.iter().filter_map(|path| part(path));
        let others: Vec<String> = others.filter(|other| parts.contains(other) && *other != own).collect();
        imports.entry(own).or_default().extend(others);
    }
    imports
}

/// A circle of imports, if there is one: what is left when those that import nothing left are taken away.
fn circle(mut imports: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let left: BTreeSet<String> = imports.keys().cloned().collect();
        imports.retain(|_, others| others.iter().any(|other| left.contains(other)));
        if imports.len() == left.len() {
            return left.into_iter().collect();
        }
    }
}

#[test]
fn no_file_breaks_a_rule_of_the_layers() {
    let files = sources();
    assert!(files.len() > 50, "{} files found", files.len());
    let wrong: Vec<String> = files.iter().flat_map(|(path, source)| violations(path, source)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_part_of_a_module_imports_another_in_a_circle() {
    assert_eq!(circle(imports_of_parts(&sources())), Vec::<String>::new());
}

#[test]
fn planted_violations_are_found() {
    let planted = [
        ("base/text.rs", "use crate::cli::Exit;"),
        ("stats/summary.rs", "use crate::{base::time, timeline::Span};"),
        ("report/document.rs", "fn f() { crate::stats::quantile::normal(); }"),
        ("timeline/slo.rs", "use super::super::report::Cell;"),
        ("timeline/slo.rs", "use crate::availability::{self, ledger};"),
        ("availability/gates.rs", "let x = 'a'; use crate::cli::{Exit};"),
        ("availability/gates.rs", "let text = std::fs::read_to_string(path);"),
        ("timeline/hours.rs", "let now = jiff::Zoned::now();"),
        ("stats/quantile.rs", "use rand::SeedableRng;"),
        ("cli/mod.rs", "let mut rng = ChaCha8Rng::seed_from_u64(1);"),
        ("nowhere/mod.rs", "pub fn run() {}"),
        ("stats/mod.rs", "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::cli::Exit;"),
    ];
    for (path, source) in planted {
        assert_eq!(violations(path, source).len(), 1, "{path}: {source}");
    }
    let long = "\n".repeat(MAIN_LINES_MAX + 1);
    assert_eq!(violations("main.rs", &long).len(), 1);
}

#[test]
fn what_only_looks_like_a_violation_is_none() {
    let innocent = [
        (
            "base/text.rs",
            "//! As crate::cli does.\n/* std::fs */ let a = \"crate::cli::Exit \\\" std::env\"; let q = '\"';",
        ),
        (
            "stats/summary.rs",
            "#[cfg(test)]\nmod tests {\n use rand::SeedableRng; fn f() { x.seed_from_u64(1) }\n}",
        ),
        ("availability/input/bytes.rs", "let file = std::fs::File::open(path);"),
        ("timeline/slo.rs", "use super::span::Span; use crate::stats::summary::Moments;"),
        ("cli/mod.rs", "let at = std::time::Instant::now();"),
        ("base/random.rs", "use rand::SeedableRng;"),
    ];
    for (path, source) in innocent {
        assert_eq!(violations(path, source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let file = |path: &str, source: &str| (path.to_owned(), source.to_owned());
    let files = BTreeMap::from([
        file("stats/a.rs", "use super::b::B;"),
        file("stats/b.rs", "use crate::stats::{c::C, d};"),
        file("stats/c.rs", "use super::a;"),
        file("stats/d.rs", ""),
        file("stats/e.rs", "use super::d::D;"),
    ]);
    assert_eq!(circle(imports_of_parts(&files)), ["stats::a", "stats::b", "stats::c"]);
}
