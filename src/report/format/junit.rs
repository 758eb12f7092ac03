//! JUnit XML: writes the checks as test cases, for build servers.

use super::{Format, Look};
use crate::base::text::printable;
use crate::report::{Check, Document, Outcome};
use std::io;

/// The JUnit format. Writes the checks as one test suite: a missed objective is a failure, an
/// inconclusive one is skipped with its reason. The facts become properties of the suite. Figures
/// without a check are left out.
pub(super) static JUNIT: Format = Format {
    name: "junit",
    summary: "the checks as JUnit XML test cases, for build servers",
    extensions: &["xml"],
    for_people: false,
    is_whole: false,
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    // Build servers take a file without a test for an error.
    let nothing_required = [Check {
        condition: "runs to its end (nothing is required)".into(),
        subject: "run".into(),
        outcome: Outcome::Held,
        detail: "give conditions with --require, --fail-if or in the file".into(),
    }];
    let checks = if document.checks.is_empty() { &nothing_required } else { document.checks.as_slice() };
    let counts = counts(checks);
    let name = escaped(&document.title);
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="{name}" {counts}>"#)?;
    writeln!(out, r#"  <testsuite name="{name}" {counts}>"#)?;
    write_properties(&document.facts, out)?;
    checks.iter().try_for_each(|check| write_case(check, document.kind, out))?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Returns the attributes with the counts, which are the same for the suite and for all suites.
fn counts(checks: &[Check]) -> String {
    let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let (failures, skipped) = (count(Outcome::Missed), count(Outcome::Inconclusive));
    format!(r#"tests="{}" failures="{failures}" errors="0" skipped="{skipped}""#, checks.len())
}

fn write_properties(facts: &[(String, String)], out: &mut dyn io::Write) -> io::Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(out, "    <properties>")?;
    for (label, text) in facts {
        writeln!(out, r#"      <property name="{}" value="{}"/>"#, escaped(label), escaped(text))?;
    }
    writeln!(out, "    </properties>")
}

fn write_case(check: &Check, kind: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let (subject, condition, detail) =
        (escaped(&check.subject), escaped(&check.condition), escaped(&check.detail));
    let measured = format!("{condition}: {detail}");
    writeln!(out, r#"    <testcase classname="steadfast.{}.{subject}" name="{condition}">"#, escaped(kind))?;
    match check.outcome {
        Outcome::Held => writeln!(out, "      <system-out>{detail}</system-out>")?,
        Outcome::Missed => {
            writeln!(
                out,
                r#"      <failure type="objective-missed" message="{measured}">{subject}: {measured}</failure>"#
            )?;
        }
        Outcome::Inconclusive => writeln!(out, r#"      <skipped message="{measured}"/>"#)?,
    }
    writeln!(out, "    </testcase>")
}

/// Escapes text for an attribute or an element. XML 1.0 §2.2 forbids control characters even as
/// references, so they are made printable first, and so are the two noncharacters that it excludes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_cannot_leave_its_attribute() {
        assert_eq!(escaped(r#"a"b<c>&'"#), "a&quot;b&lt;c&gt;&amp;&apos;");
        assert_eq!(escaped("\0\u{ffff}"), "\\u{0}\\u{ffff}");
    }
}
