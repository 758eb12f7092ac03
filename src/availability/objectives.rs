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
use crate::base::problem::Problems;
use crate::config::document::{Node, Reading, Syntax, Tree};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use crate::timeline::slo::{Objective, SloWindow};

static FILE: Record =
    Record { name: "objectives", summary: "Objectives by service.", keys: &[&WINDOW, &DEFAULT, &SERVICES] };

static WINDOW: Key<SloWindow> = Key::new(
    "window",
    Kind::Text,
    "the window of objectives that do not set one: 30d (the last 30 days), month, quarter",
    window,
);
static DEFAULT: Key<()> = Key::node("default", Kind::Share, "the objective of services that are not listed");
static SERVICES: Key<()> = Key::node("services", Kind::Map(&Kind::Share), "objectives by service");

static OBJECTIVE: Record =
    Record { name: "objective", summary: "One objective.", keys: &[&TARGET, &OWN_WINDOW] };

static TARGET: Key<f64> =
    Key::new("target", Kind::Share, "the share of time that the service is up", share).required();
static OWN_WINDOW: Key<SloWindow> = Key::new("window", Kind::Text, "the objective's window", window);

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
    let mut reading = Reading::new(&|_| Err("an objective refers to no other file".into()));
    let objectives = read(&tree, window, &mut reading);
    match objectives {
        Some(objectives) if reading.problems.0.is_empty() => Ok(objectives),
        _ => Err(reading.problems),
    }
}

fn read(tree: &Tree, window: &SloWindow, reading: &mut Reading<'_>) -> Option<Objectives> {
    let fields = Fields::of(tree.root(), &FILE, reading)?;
    let shared = fields.given(&WINDOW, reading).unwrap_or(*window);
    let mut objectives = Objectives {
        default: fields.node(&DEFAULT).and_then(|node| objective(node, &shared, reading)),
        ..Objectives::default()
    };
    let Some(services) = fields.node(&SERVICES) else {
        return Some(objectives);
    };
    let Some(entries) = services.entries() else {
        reading.refuse(services.expected("a map of services"));
        return None;
    };
    for (key, value) in entries {
        if let Some(objective) = objective(value, &shared, reading) {
            let service = key.text().unwrap_or_default().to_owned();
            objectives.of_service.insert(service, objective);
        }
    }
    Some(objectives)
}

/// Reads `99.9%`, `0.999` or `{ target: 99.9%, window: month }`.
fn objective(node: Node<'_>, shared: &SloWindow, reading: &mut Reading<'_>) -> Option<Objective> {
    if node.entries().is_none() {
        return Some(Objective { unavailability_target: share(node, reading)?, window: *shared });
    }
    let fields = Fields::of(node, &OBJECTIVE, reading)?;
    let target = fields.given(&TARGET, reading);
    let window = fields.given(&OWN_WINDOW, reading).unwrap_or(*shared);
    Some(Objective { unavailability_target: target?, window })
}

fn share(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    reading.take(match node.text() {
        Some(_) => node.read_share_complement(),
        None => Err(node.expected("a share such as 99.9% or { target: 99.9%, window: month }")),
    })
}

fn window(node: Node<'_>, reading: &mut Reading<'_>) -> Option<SloWindow> {
    let window = match node.text() {
        Some(text) => SloWindow::parse(text).map_err(|why| node.problem(why)),
        None => Err(node.expected("a window such as 30d or month")),
    };
    reading.take(window)
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
