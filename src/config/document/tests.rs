use super::{Reading, Syntax, Tree};
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Record};
use proptest::prelude::*;
use std::fmt::Write as _;

static COMPONENT: Record = Record { name: "component", summary: "", keys: &[&MTBF, &COUNT] };
static MTBF: Key<f64> = Key::duration("mtbf", "").required();
static COUNT: KeyOr<u64> = Key::count::<1, 9>("count", "").or(|| 1);

fn reading() -> Reading<'static> {
    Reading::new(&|_| Err(String::new()))
}

fn parse(text: &str) -> Tree {
    Tree::parse("shop.yaml", text, Syntax::Yaml).unwrap()
}

fn refused(file: &str, text: &str) -> String {
    Tree::parse(file, text, Syntax::of(file)).unwrap_err().to_string()
}

#[test]
fn yaml_json_and_toml_mean_the_same() {
    let yaml = "web:\n  count: 4\n  mtbf: 3000h\n";
    let json = "{\n\t\"web\": {\"count\": 4, \"mtbf\": \"3000h\"}}";
    let toml = "[web]\ncount = 4\nmtbf = '3000h'\n";
    for (file, text) in [("a.yaml", yaml), ("a.json", json), ("a.toml", toml)] {
        let tree = Tree::parse(file, text, Syntax::of(file)).unwrap();
        let (key, web) = tree.root().entries().unwrap().next().unwrap();
        assert_eq!(key.text(), Some("web"), "{file}");
        let mut reading = reading();
        let fields = Fields::of(web, &COMPONENT, &mut reading).unwrap();
        assert_eq!(fields.value(&COUNT, &mut reading), 4, "{file}");
        assert_eq!(fields.given(&MTBF, &mut reading), Some(3000.0 * 3600.0));
        assert!(reading.problems.0.is_empty(), "{}", reading.problems);
    }
}

#[test]
fn a_wrong_value_is_shown_with_a_caret() {
    let tree = parse("web: { count: 4, mtbf: 3000 }\n");
    let (_, web) = tree.root().entries().unwrap().next().unwrap();
    let mut reading = reading();
    let fields = Fields::of(web, &COMPONENT, &mut reading).unwrap();
    assert_eq!(fields.given(&MTBF, &mut reading), None);
    let text = reading.problems.to_string();
    assert!(text.contains("shop.yaml:1:24") && text.contains("no unit"), "{text}");
    assert!(text.contains("^^^^"), "{text}");
}

#[test]
fn an_unknown_key_is_rejected_with_the_nearest_known_key() {
    let tree = parse("mtfb: 4h\n");
    let mut reading = reading();
    Fields::of(tree.root(), &COMPONENT, &mut reading);
    let text = reading.problems.to_string();
    assert!(text.contains("unknown key `mtfb`") && text.contains("did you mean `mtbf`?"), "{text}");
}

#[test]
fn a_duplicate_key_is_rejected() {
    for (file, text) in [("a.yaml", "a: 1\nb: 2\na: 3\n"), ("a.json", "{\"a\": 1, \"a\": 2}")] {
        let text = refused(file, text);
        assert!(text.contains("`a` is given twice"), "{text}");
    }
    let text = refused("a.toml", "a = 1\na = 2\n");
    assert!(text.contains("a.toml:2"), "{text}");
}

#[test]
fn syntax_errors_name_their_line() {
    for (file, text, line) in [
        ("a.yaml", "a: [1, 2\nb: 3\n", "a.yaml:2"),
        ("a.json", "{\"a\": \n", "a.json:"),
        ("a.toml", "a = 1\nb = = 2\n", "a.toml:2"),
        ("a.yaml", "a: *nowhere\n", "a.yaml:1"),
        ("a.yaml", "--- 1\n--- 2\n", "a.yaml:2"),
    ] {
        let message = refused(file, text);
        assert!(message.contains(line), "{message}");
    }
}

#[test]
fn anchors_and_merge_keys_work_and_alias_bombs_are_rejected() {
    let tree = parse("base: &b { mtbf: 1h, count: 2 }\nweb: { <<: *b, count: 3 }\n");
    let (_, web) = tree.root().entries().unwrap().nth(1).unwrap();
    let fields = Fields::of(web, &COMPONENT, &mut reading()).unwrap();
    assert_eq!(fields.node(&COUNT).unwrap().text(), Some("3"));
    assert_eq!(fields.node(&MTBF).unwrap().text(), Some("1h"));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        let ten = vec![before; 10].join(", ");
        writeln!(bomb, "a{i}: &a{i} [{ten}]").unwrap();
    }
    assert!(refused("a.yaml", &bomb).contains("ten million"));
}

#[test]
fn json_texts_keep_their_escapes() {
    let tree = Tree::parse("a.json", r#"["\ud83d\ude00", "a\/b", "tab\t"]"#, Syntax::Yaml).unwrap();
    let texts: Vec<_> = tree.root().items().unwrap().map(|n| n.text().unwrap()).collect();
    assert_eq!(texts, ["😀", "a/b", "tab\t"]);
}

#[test]
fn an_empty_file_is_an_empty_map_and_null_counts_as_absent() {
    assert_eq!(parse("").root().entries().unwrap().len(), 0);
    let tree = parse("mtbf:\ncount: ~\n");
    let fields = Fields::of(tree.root(), &COMPONENT, &mut reading()).unwrap();
    assert!(fields.node(&MTBF).is_none() && fields.node(&COUNT).is_none());
}

#[test]
fn deep_nesting_is_rejected_and_does_not_overflow_the_stack() {
    let deep = "[".repeat(100_000);
    assert!(!refused("a.json", &deep).is_empty());
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(!refused("a.toml", &deep).is_empty());
}

fn at<'t>(tree: &'t Tree, path: &[&str]) -> Option<super::Node<'t>> {
    path.iter().try_fold(tree.root(), |node, name| {
        let mut entries = node.entries()?;
        entries.find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value)
    })
}

#[test]
fn set_replaces_values_adds_keys_and_creates_missing_maps() {
    let mut tree = parse("web: { count: 4 }\nempty:\n");
    for (path, value) in [
        ("web.count", "2"),
        ("web.mtbf", "3h"),
        ("db.failure.weibull.shape", "1.5"),
        ("empty.a", "[x, {y: 1}]"),
    ] {
        tree.set(path, value, &format!("--set {path}={value}")).unwrap();
    }
    let text = |path: &[&str]| at(&tree, path).unwrap().text().unwrap();
    assert_eq!(text(&["web", "count"]), "2");
    assert_eq!(text(&["web", "mtbf"]), "3h");
    assert_eq!(text(&["db", "failure", "weibull", "shape"]), "1.5");
    assert_eq!(at(&tree, &["empty", "a"]).unwrap().items().unwrap().len(), 2);
    let problem = at(&tree, &["web", "mtbf"]).unwrap().problem("too long").to_string();
    assert!(problem.contains("--> --set web.mtbf=3h"), "{problem}");
    let (key, _) = tree.root().entries().unwrap().next().unwrap();
    assert_eq!(key.place().line, 1, "a key of the file keeps its location");
}

#[test]
fn setting_through_an_alias_leaves_the_anchored_value_unchanged() {
    let mut tree = parse("a: &a { n: { m: 1 } }\nb: *a\n");
    tree.set("b.n.m", "2", "--set").unwrap();
    assert_eq!(at(&tree, &["a", "n", "m"]).unwrap().text(), Some("1"));
    assert_eq!(at(&tree, &["b", "n", "m"]).unwrap().text(), Some("2"));
}

#[test]
fn a_key_with_dots_is_found_as_a_whole() {
    let mut tree = parse("eu.web: { count: 1 }\n");
    tree.set("eu.web.count", "3", "--set").unwrap();
    assert_eq!(at(&tree, &["eu.web", "count"]).unwrap().text(), Some("3"));
}

#[test]
fn a_setting_that_cannot_be_applied_is_rejected_with_its_flag() {
    let mut tree = parse("web: { count: 4 }\n");
    for (path, value, wrong) in [
        ("web.count.x", "1", "is a number, not a map"),
        ("web..x", "1", "not a path"),
        ("", "1", "not a path"),
        ("web.x", "[1, 2", "syntax error"),
    ] {
        let text = tree.set(path, value, "--set it").unwrap_err().to_string();
        assert!(text.contains(wrong) && text.contains("--> --set it"), "{text}");
    }
}

proptest! {
    #[test]
    fn set_never_panics(path in "[a-c.]{0,6}", value in ".{0,12}") {
        let mut tree = parse("a: { b: [1], c: { a: x } }\nb: &b { c: 1 }\nc: *b\n");
        let _ = tree.set(&path, &value, "--set");
    }

    #[test]
    fn parse_never_panics(text in ".{0,80}", toml in any::<bool>()) {
        let syntax = if toml { Syntax::Toml } else { Syntax::Yaml };
        if let Err(problems) = Tree::parse("f", &text, syntax) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }
}
