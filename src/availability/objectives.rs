//! Reads the file of objectives: `--slo slo.yaml` (or .toml, .json).
//!
//! ```yaml
//! window: 30d
//! default: 99.9%
//! services:
//!   api: 99.95%
//!   batch: { target: 99%, window: quarter }
//! ```

use super::analysis::settings::Objectives;
use crate::base::problem::{Problem, Problems};
use crate::config::document::{Fields, Node, Syntax, Tree};
use crate::config::schema::{Key, Kind, WhenAbsent};
use crate::timeline::slo::{Objective, SloWindow};

static FILE: &[Key] = &[
    Key {
        name: "window",
        kind: Kind::Text,
        default: WhenAbsent::Absent,
        summary: "the window of objectives that do not set one: 30d (the last 30 days), month, quarter",
    },
    Key {
        name: "default",
        kind: Kind::Share,
        default: WhenAbsent::Absent,
        summary: "the objective of services that are not listed",
    },
    Key {
        name: "services",
        kind: Kind::Map(&Kind::Share),
        default: WhenAbsent::Absent,
        summary: "objectives by service",
    },
];

static TARGET: &[Key] = &[
    Key {
        name: "target",
        kind: Kind::Share,
        default: WhenAbsent::Required,
        summary: "the share of time that the service is up",
    },
    Key { name: "window", kind: Kind::Text, default: WhenAbsent::Absent, summary: "the objective's window" },
];

/// Parses objectives from `text`, the content of the file `name`. The extension of the name selects the
/// format.
///
/// `window` applies to objectives that do not set one.
///
/// # Errors
///
/// Returns all problems of the file.
pub fn parse(name: &str, text: &str, window: &SloWindow) -> Result<Objectives, Problems> {
    let tree = Tree::parse(name, text, Syntax::of(name))?;
    let mut problems = Problems::default();
    let objectives = read(&tree, window, &mut problems);
    match objectives {
        Some(objectives) if problems.0.is_empty() => Ok(objectives),
        _ => Err(problems),
    }
}

fn read(tree: &Tree, window: &SloWindow, problems: &mut Problems) -> Option<Objectives> {
    let fields = Fields::of(tree.root(), FILE, problems)?;
    let shared = fields.read("window", problems, read_window).unwrap_or(*window);
    let mut objectives = Objectives {
        default: fields.get("default").and_then(|node| objective(node, &shared, problems)),
        ..Objectives::default()
    };
    let Some(services) = fields.get("services") else {
        return Some(objectives);
    };
    let Some(entries) = services.entries() else {
        problems.push(services.expected("a map of services"));
        return None;
    };
    for (key, value) in entries {
        if let Some(objective) = objective(value, &shared, problems) {
            let service = key.text().unwrap_or_default().to_owned();
            objectives.of_service.insert(service, objective);
        }
    }
    Some(objectives)
}

/// Reads `99.9%`, `0.999` or `{ target: 99.9%, window: month }`.
fn objective(node: Node<'_>, shared: &SloWindow, problems: &mut Problems) -> Option<Objective> {
    if node.entries().is_none() {
        let unavailability_target = problems.take(read_share(node))?;
        return Some(Objective { unavailability_target, window: *shared });
    }
    let fields = Fields::of(node, TARGET, problems)?;
    let target = fields.required("target", problems);
    let target = target.and_then(|node| problems.take(read_share(node)));
    let window = fields.read("window", problems, read_window).unwrap_or(*shared);
    Some(Objective { unavailability_target: target?, window })
}

fn read_share(node: Node<'_>) -> Result<f64, Problem> {
    match node.text() {
        Some(_) => node.read_share_complement(),
        None => Err(node.expected("a share such as 99.9% or { target: 99.9%, window: month }")),
    }
}

fn read_window(node: Node<'_>) -> Result<SloWindow, Problem> {
    let text = node.text().ok_or_else(|| node.expected("a window such as 30d or month"))?;
    SloWindow::parse(text).map_err(|why| node.problem(why))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::timeline::slo::SloWindow;

    fn month() -> SloWindow {
        SloWindow::parse("month").unwrap()
    }

    #[test]
    fn the_three_formats_give_the_same_objectives() {
        let yaml = "window: 30d\ndefault: 99.9%\nservices:\n  api: 0.9995\n  web: { target: 99.5%, window: quarter }\n";
        let toml = "window = '30d'\ndefault = '99.9%'\n[services]\napi = 0.9995\nweb = { target = '99.5%', window = 'quarter' }\n";
        let json = r#"{"window":"30d","default":"99.9%","services":{"api":0.9995,"web":{"target":"99.5%","window":"quarter"}}}"#;
        for (name, text) in [("slo.yaml", yaml), ("slo.toml", toml), ("slo.json", json)] {
            let objectives = parse(name, text, &month()).unwrap();
            let of =
                |service| objectives.of(service).map(|o| (o.unavailability_target, o.window.to_string()));
            assert_eq!(of("api"), Some((0.0005, "30d".into())), "{name}");
            assert_eq!(of("web"), Some((0.005, "quarter".into())), "{name}");
            assert_eq!(of("other"), Some((0.001, "30d".into())), "{name}");
        }
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_place_and_the_nearest_known_key() {
        let text =
            parse("slo.yaml", "window: 30d\nservces:\n  api: 99.9%\n", &month()).unwrap_err().to_string();
        assert!(text.contains("slo.yaml:2:1") && text.contains("did you mean `services`?"), "{text}");
    }

    #[test]
    fn a_target_inside_a_target_is_rejected() {
        let text =
            parse("slo.yaml", "default: { target: { target: 99% } }\n", &month()).unwrap_err().to_string();
        assert!(text.contains("slo.yaml:1") && text.contains("99.9%"), "{text}");
    }

    #[test]
    fn all_problems_are_reported_together() {
        let text =
            parse("slo.yaml", "window: soon\nservices:\n  api: 199%\n", &month()).unwrap_err().to_string();
        assert!(text.contains("slo.yaml:1:9") && text.contains("slo.yaml:3:8"), "{text}");
    }

    #[test]
    fn an_invalid_value_is_underlined() {
        let text =
            parse("slo.yaml", "services:\n  api: { target: 99%, window: mnth }\n  api2: 99.9%\n", &month())
                .unwrap_err()
                .to_string();
        assert!(text.contains("slo.yaml:2:31") && text.contains("^^^^"), "{text}");
        let text =
            parse("slo.toml", "default = 99.9\n[services]\napi = true\n", &month()).unwrap_err().to_string();
        assert!(text.contains("slo.toml:3:7") && text.contains("^^^^"), "{text}");
    }

    #[test]
    fn a_service_without_an_objective_is_rejected() {
        let text = parse("slo.yaml", "services:\n  api:\n", &month()).unwrap_err().to_string();
        assert!(text.contains("slo.yaml:2") && text.contains("99.9%"), "{text}");
    }
}
