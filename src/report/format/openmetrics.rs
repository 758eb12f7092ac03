//! OpenMetrics: writes gauges as text for the textfile collector of the Prometheus `node_exporter`.

use super::{Format, Look};
use crate::base::text::printable;
use crate::report::{Document, MetricFamily};
use std::io;

/// The OpenMetrics format. Writes the metric families as gauges, in the syntax that OpenMetrics 1.0 and
/// the older Prometheus text format share. For the latter, `# UNIT` and `# EOF` are comments.
pub(super) static OPENMETRICS: Format = Format {
    name: "openmetrics",
    summary: "gauges for Prometheus, through the textfile collector of node_exporter",
    extensions: &["prom", "om"],
    for_people: false,
    is_whole: false,
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    document.metrics.now().iter().try_for_each(|family| write_family(family, out))?;
    writeln!(out, "# EOF")
}

fn write_family(family: &MetricFamily, out: &mut dyn io::Write) -> io::Result<()> {
    debug_assert!(has_distinct_labels(family), "{} has two samples with the same labels", family.name);
    writeln!(out, "# TYPE {} gauge", family.name)?;
    if !family.unit.is_empty() {
        writeln!(out, "# UNIT {} {}", family.name, family.unit)?;
    }
    writeln!(out, "# HELP {} {}", family.name, escaped_help(family.help))?;
    for (labels, value) in &family.samples {
        writeln!(out, "{}{} {}", family.name, label_set(labels), number(*value))?;
    }
    Ok(())
}

/// Returns whether all label sets differ. The collector rejects the whole file when a sample is duplicated.
fn has_distinct_labels(family: &MetricFamily) -> bool {
    let mut seen = std::collections::HashSet::new();
    family.samples.iter().all(|(labels, _)| seen.insert(labels))
}

fn label_set(labels: &[(&str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// Escapes the value of a label: `\n` for a newline, a backslash before quotes and backslashes, and
/// other control characters made printable.
fn escaped(text: &str) -> String {
    escaped_help(text).replace('"', "\\\"")
}

/// Escapes a help text. Quotes are not escaped, because Prometheus rejects `\"` there.
fn escaped_help(text: &str) -> String {
    text.split('\n').map(|line| printable(line).replace('\\', "\\\\")).collect::<Vec<_>>().join("\\n")
}

/// Formats a sample value: the shortest decimal that reads back as the same number, or the format's word
/// for NaN and infinity.
fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".into(),
        v if v.is_infinite() => if v > 0.0 { "+Inf" } else { "-Inf" }.into(),
        v => format!("{v:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, escaped_help, label_set, number};

    #[test]
    fn a_label_value_cannot_leave_its_quotes_or_its_line() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        assert_eq!(escaped("\u{1b}"), "\\\\u{1b}");
        assert_eq!(escaped_help("say \"hi\"\n"), "say \"hi\"\\n");
    }

    #[test]
    fn labels_are_listed_in_braces_or_not_at_all() {
        assert_eq!(label_set(&[]), "");
        assert_eq!(
            label_set(&[("service", "db".into()), ("bound", "lower".into())]),
            r#"{service="db",bound="lower"}"#
        );
    }

    #[test]
    fn values_use_the_words_of_the_format() {
        assert_eq!(
            [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e-7].map(number),
            ["NaN", "+Inf", "-Inf", "1e-7"]
        );
    }
}
