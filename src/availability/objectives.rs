//! The file of objectives: `--slo slo.yaml` (or .toml, .json).
//!
//! ```yaml
//! window: 30d
//! default: 99.9%
//! services:
//!   api: 99.95%
//!   batch: { target: 99%, window: quarter }
//! ```

use super::analysis::settings::Objectives;
use crate::base::problem::{Place, Problem, Problems};
use crate::base::quantity::parse_share_complement;
use crate::base::suggest::nearest;
use crate::timeline::slo::{Objective, SloWindow};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    window: Option<String>,
    default: Option<Target>,
    #[serde(default)]
    services: BTreeMap<String, Target>,
}

/// `99.9%`, `0.999` or `{ target: 99.9%, window: month }`.
#[derive(Debug)]
struct Target {
    target: String,
    window: Option<String>,
}

/// A [`Target`] written as a map.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetMap {
    target: TargetText,
    window: Option<String>,
}

/// A share as text or as a number.
#[derive(Debug)]
struct TargetText(String);

impl<'de> Deserialize<'de> for TargetText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(TargetVisitor { nested: true })
            .map(|target| Self(target.target))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetVisitor { nested: false })
    }
}

struct TargetVisitor {
    /// Inside a map already, where another has no meaning.
    nested: bool,
}

impl<'de> Visitor<'de> for TargetVisitor {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.nested {
            "a share such as 99.9%"
        } else {
            "a share such as 99.9% or { target: 99.9%, window: month }"
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
        Ok(Target {
            target: text.to_owned(),
            window: None,
        })
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Target, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Target, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Target, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
        if self.nested {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
        }
        let map = TargetMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Target {
            target: map.target.0,
            window: map.window,
        })
    }
}

/// Reads the objectives in `text`, the content of the file `name`; its extension tells the format.
///
/// `window` is the window of objectives that name none. Errs with all problems of the file.
pub fn parse(name: &str, text: &str, window: &SloWindow) -> Result<Objectives, Problems> {
    let file = decode(name, text)?;
    let mut problems = Vec::new();
    let shared = match file.window.as_deref().map(SloWindow::parse) {
        Some(Ok(own)) => own,
        Some(Err(why)) => {
            problems.push(place(name, text, "window", why));
            *window
        }
        None => *window,
    };
    let mut objective = |key: &str, target: &Target| {
        let found = of_target(target, &shared);
        found
            .map_err(|why| problems.push(place(name, text, key, why)))
            .ok()
    };
    let default = file
        .default
        .as_ref()
        .and_then(|target| objective("default", target));
    let services = file.services.iter();
    let of_service =
        services.filter_map(|(service, target)| Some((service.clone(), objective(service, target)?)));
    let objectives = Objectives {
        default,
        of_service: of_service.collect(),
    };
    if problems.is_empty() {
        Ok(objectives)
    } else {
        Err(Problems(problems))
    }
}

fn of_target(target: &Target, shared: &SloWindow) -> Result<Objective, String> {
    let window = target
        .window
        .as_deref()
        .map_or_else(|| Ok(*shared), SloWindow::parse)?;
    Ok(Objective {
        unavailability_target: parse_share_complement(&target.target)?,
        window,
    })
}

fn decode(name: &str, text: &str) -> Result<File, Problem> {
    let extension = std::path::Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "json" => serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            at(
                name,
                text,
                error.line(),
                error.column(),
                message.split(" at line").next().unwrap_or_default(),
            )
        }),
        "toml" => toml::from_str(text).map_err(|error| {
            let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
            at(name, text, line, column, error.message())
        }),
        _ => serde_saphyr::from_str(text).map_err(|error| {
            let location = error.location();
            let line = location.map_or(0, |l| usize::try_from(l.line()).unwrap_or(0));
            let column = location.map_or(0, |l| usize::try_from(l.column()).unwrap_or(0));
            let message = error.without_snippet().to_string();
            at(
                name,
                text,
                line,
                column,
                message.split(" at line").next().unwrap_or_default(),
            )
        }),
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.len() - line_start + 1)
}

/// A problem at a line and column (from 1; 0 when unknown), the word there marked.
fn at(name: &str, text: &str, line: usize, column: usize, message: &str) -> Problem {
    let message = message.lines().next().unwrap_or_default();
    let unknown = message
        .split('`')
        .nth(1)
        .filter(|_| message.contains("unknown field"));
    let guess = unknown.and_then(|key| nearest(key, ["window", "default", "services", "target"]));
    let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let start = column.saturating_sub(1).min(shown.len());
    let word = shown.get(start..).unwrap_or_default();
    let length = word
        .find(|c: char| c.is_whitespace() || ":,}]".contains(c))
        .unwrap_or(word.len())
        .max(1);
    let place = Place {
        file: name.to_owned(),
        line: line as u64,
        text: (line > 0).then(|| shown.to_owned()),
        span: start..(start + length).min(shown.len()),
    };
    let problem = Problem::new(message).at(place);
    match guess {
        Some(guess) => problem.label(format!("did you mean `{guess}`?")),
        None => problem,
    }
}

/// A problem with the value of a key, the line of the key marked.
fn place(name: &str, text: &str, key: &str, why: String) -> Problem {
    let line = text
        .lines()
        .position(|line| line.trim_start().trim_start_matches(['"', '\'']).starts_with(key));
    let Some(line) = line else {
        return Problem::new(format!("{name}: {key}: {why}"));
    };
    let shown = text.lines().nth(line).unwrap_or_default();
    let start = shown.find(key).unwrap_or(0);
    let place = Place {
        file: name.to_owned(),
        line: line as u64 + 1,
        text: Some(shown.to_owned()),
        span: start..shown.len(),
    };
    Problem::new(why).at(place)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::timeline::slo::SloWindow;

    fn month() -> SloWindow {
        SloWindow::parse("month").unwrap()
    }

    #[test]
    fn the_three_formats_mean_the_same() {
        let yaml = "window: 30d\ndefault: 99.9%\nservices:\n  api: 0.9995\n  web: { target: 99.5%, window: quarter }\n";
        let toml = "window = '30d'\ndefault = '99.9%'\n[services]\napi = 0.9995\nweb = { target = '99.5%', window = 'quarter' }\n";
        let json = r#"{"window":"30d","default":"99.9%","services":{"api":0.9995,"web":{"target":"99.5%","window":"quarter"}}}"#;
        for (name, text) in [("slo.yaml", yaml), ("slo.toml", toml), ("slo.json", json)] {
            let objectives = parse(name, text, &month()).unwrap();
            let of = |service| {
                objectives
                    .of(service)
                    .map(|o| (o.unavailability_target, o.window.to_string()))
            };
            assert_eq!(of("api"), Some((0.0005, "30d".into())), "{name}");
            assert_eq!(of("web"), Some((0.005, "quarter".into())), "{name}");
            assert_eq!(of("other"), Some((0.001, "30d".into())), "{name}");
        }
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_place_and_the_nearest_one() {
        let text = parse("slo.yaml", "window: 30d\nservces:\n  api: 99.9%\n", &month())
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("slo.yaml:2:1") && text.contains("did you mean `services`?"),
            "{text}"
        );
    }

    #[test]
    fn a_target_inside_a_target_is_refused() {
        let text = parse("slo.yaml", "default: { target: { target: 99% } }\n", &month())
            .unwrap_err()
            .to_string();
        assert!(text.contains("slo.yaml:1") && text.contains("99.9%"), "{text}");
    }

    #[test]
    fn all_problems_are_reported_together() {
        let text = parse("slo.yaml", "window: soon\nservices:\n  api: 199%\n", &month())
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("slo.yaml:1") && text.contains("slo.yaml:3"),
            "{text}"
        );
    }
}
