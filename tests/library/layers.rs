//! Enforces the rules of the layers (see `src/lib.rs`) by a scan of the source code.
//!
//! - Imports point downwards only, and the parts of one module do not import each other in a cycle.
//! - Files, sockets, processes, the environment and the clock are accessed only in the outermost modules.
//! - Random number generators are created in one place.
//!
//! Code under `#[cfg(test)]` is exempt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every module with the modules that it may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("config", &["base"]),
    ("stats", &["base", "config"]),
    ("report", &["base"]),
    ("timeline", &["base", "stats"]),
    ("availability", &["base", "config", "stats", "report", "timeline"]),
    ("simulate", &["base", "config", "stats", "report", "timeline"]),
    ("chaos", &["base", "config", "stats", "report", "timeline"]),
    ("cli", &["base", "config", "stats", "report", "timeline", "availability", "simulate", "chaos"]),
];

/// Paths and functions that perform I/O or read the clock.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process::Command",
    "process::Command",
    "TimeZone::system",
    "::now(",
];
/// The only files and folders that may use [`OUTSIDE`].
const EDGES: &[&str] = &["main.rs", "cli/", "availability/input/bytes.rs", "base/patience.rs", "chaos/io/"];

/// Names that create a random number generator.
const GENERATORS: &[&str] =
    &["SeedableRng", "seed_from_u64", "from_seed", "thread_rng", "rand::rng(", "from_os_rng"];
/// The only file that may use [`GENERATORS`].
const GENERATORS_PLACE: &[&str] = &["base/random.rs"];

const MAIN_LINES_MAX: usize = 40;

/// Reads all source files, by their path below `src/`.
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

/// Returns only the code: without comments, string contents and items that are compiled for tests only.
fn code_of(path: &str, source: &str) -> String {
    if path.ends_with("/tests.rs") {
        return String::new();
    }
    without_tests(&without_texts(source))
}

/// Replaces comments, strings and character literals with a space each and keeps line breaks.
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

/// Returns the length in bytes of the comment, string or character literal that `rest` starts with; 0
/// for none.
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
    // A quote starts a character literal only before an escape or a closing quote; else it starts a lifetime.
    let character =
        rest.starts_with('\'') && (rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\''));
    if character { escaped(rest, '\'') } else { 0 }
}

/// Returns the length of a literal that starts and ends with `mark`. A mark after a backslash does not
/// end it.
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

/// Removes the items under `#[cfg(test)]`, up to the closing brace or the semicolon that ends them.
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

/// Returns the module path of a file: `timeline::slo` for `timeline/slo.rs`, `timeline` for
/// `timeline/mod.rs`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if ["mod", "lib", "main"].contains(&parts.last().unwrap().as_str()) {
        parts.pop();
    }
    parts
}

/// Returns all module paths that the code names, from the root of the crate: `a::b` and `a::c` for
/// `use crate::a::{b, c}`.
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

/// Expands `a::{b::c, d}` from `base` into paths. Returns the rest of the code behind it.
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

/// Returns the violations of the rules in one file.
fn violations(path: &str, source: &str) -> Vec<String> {
    let code = code_of(path, source);
    let mut wrong = Vec::new();
    let mut must_stand_in = |words: &[&str], places: &[&str]| {
        if !places.iter().any(|place| path.starts_with(place)) {
            let found = words.iter().filter(|word| code.contains(**word));
            wrong.extend(
                found.map(|word| format!("{path}: `{word}` is allowed only in {}", places.join(", "))),
            );
        }
    };
    must_stand_in(OUTSIDE, EDGES);
    must_stand_in(GENERATORS, GENERATORS_PLACE);
    let module = module_of(path);
    let Some(own) = module.first() else {
        if path == "main.rs" && source.lines().count() > MAIN_LINES_MAX {
            wrong.push(format!("main.rs: more than {MAIN_LINES_MAX} lines"));
        }
        return wrong;
    };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| name == own) else {
        wrong.push(format!("{path}: `{own}` is missing from MAY_IMPORT"));
        return wrong;
    };
    let tops: BTreeSet<String> =
        named_paths(&module, &code).into_iter().filter_map(|p| p.into_iter().next()).collect();
    let layers = tops.iter().filter(|top| MAY_IMPORT.iter().any(|(name, _)| name == top));
    let upward = layers.filter(|top| *top != own && !allowed.contains(&top.as_str()));
    wrong.extend(upward.map(|top| format!("{path}: `{own}` must not import `{top}`")));
    wrong
}

/// Returns the files that each file imports. A path belongs to the file of the deepest module on it: what a module file
/// re-exports counts as its own.
fn imports_of_files(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let by_module: BTreeMap<Vec<String>, &String> =
        files.keys().filter(|path| *path != "main.rs").map(|path| (module_of(path), path)).collect();
    let imports = files.iter().map(|(path, source)| {
        let named = named_paths(&module_of(path), &code_of(path, source));
        // `a::b` in `a::b::C` is a part of the path, not an import of its own.
        let is_whole = |path: &&Vec<String>| {
            !named.iter().any(|other| other.len() > path.len() && other.starts_with(path))
        };
        let deepest = |named: &Vec<String>| {
            (1..=named.len()).rev().find_map(|length| by_module.get(&named[..length]).copied().cloned())
        };
        (
            path.clone(),
            named.iter().filter(is_whole).filter_map(deepest).filter(|other| other != path).collect(),
        )
    });
    imports.collect()
}

/// Returns the parts in a cycle of imports, or that depend on one; empty if there is none.
///
/// Repeatedly removes the parts that import no remaining part, until nothing changes.
fn cycle(mut imports: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
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
fn files_do_not_import_each_other_in_a_cycle() {
    assert_eq!(cycle(imports_of_files(&sources())), Vec::<String>::new());
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
fn code_that_only_looks_like_a_violation_is_accepted() {
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
fn a_planted_cycle_is_found() {
    let file = |path: &str, source: &str| (path.to_owned(), source.to_owned());
    let files = BTreeMap::from([
        file("stats/a.rs", "use super::b::B;"),
        file("stats/b.rs", "use crate::stats::{c::C, d};"),
        file("stats/c.rs", "use super::a;"),
        file("stats/d.rs", ""),
        file("stats/e.rs", "use super::d::D;"),
    ]);
    assert_eq!(cycle(imports_of_files(&files)), ["stats/a.rs", "stats/b.rs", "stats/c.rs"]);
}
