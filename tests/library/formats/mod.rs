//! Properties that every format in `report/format` must have, for any document.

mod charts;
mod documents;

use proptest::prelude::*;
use std::path::Path;
use std::process::{Command, Stdio};
use steadfast::report::format::{FORMATS, Format, Look, find};
use steadfast::report::{Cell, Document};
use unicode_width::UnicodeWidthStr;

fn written(format: &Format, document: &Document, look: Look) -> String {
    let mut bytes = Vec::new();
    (format.write)(document, &look, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn written_as(name: &str, document: &Document) -> String {
    written(find(name).unwrap(), document, Look::FILE)
}

#[test]
fn every_format_writes_every_document_without_control_characters() {
    for (word, document) in documents::all() {
        for format in FORMATS {
            let text = written(format, &document, Look::FILE);
            let control = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(control, None, "{} of the {word} document", format.name);
            let bidirectional = text.contains(['\u{202e}', '\u{200b}', '\u{2028}']);
            assert!(!bidirectional, "{} of the {word} document", format.name);
        }
    }
}

#[test]
fn every_format_but_csv_ends_with_one_newline() {
    for format in FORMATS.iter().filter(|format| format.name != "csv") {
        let text = written(format, &documents::everyday(), Look::FILE);
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{}", format.name);
    }
}

#[test]
fn equal_documents_give_equal_bytes() {
    for format in FORMATS {
        let [first, second] = [(); 2].map(|()| written(format, &documents::everyday(), Look::FILE));
        assert_eq!(first, second, "{}", format.name);
    }
}

#[test]
fn an_error_of_the_writer_is_returned() {
    struct Broken;
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        let error = (format.write)(&documents::everyday(), &Look::FILE, &mut Broken).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{}", format.name);
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (word, document) in documents::all() {
        for width in [60, 80, 100, 160] {
            let text = written(find("table").unwrap(), &document, Look { width, colour: false });
            let widest = text.lines().max_by_key(|line| line.width()).unwrap_or_default();
            assert!(widest.width() <= width, "{word} at {width}: {} columns in {widest:?}", widest.width());
        }
    }
}

#[test]
fn extreme_terminal_widths_are_accepted() {
    for (_, document) in documents::all() {
        for width in [0, 1, 29, usize::MAX] {
            written(find("table").unwrap(), &document, Look { width, colour: true });
        }
    }
}

#[test]
fn colour_adds_codes_and_changes_nothing_else() {
    for (word, document) in documents::all() {
        let [plain, coloured] = [false, true]
            .map(|colour| written(find("table").unwrap(), &document, Look { width: 100, colour }));
        let codes =
            ["\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[35m", "\x1b[36m"];
        let stripped = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, stripped, "{word}");
    }
}

/// In a pager, the reader sees the first page first.
#[test]
fn warnings_come_after_the_facts_and_before_the_figures() {
    let document = documents::everyday();
    for format in FORMATS.iter().filter(|format| format.for_people) {
        let text = written(format, &document, Look::FILE);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
        let (fact, warning) = (&document.facts[0].0, &document.warnings[0][..20]);
        let figures = &document.sections[0].heading;
        assert!(at(fact) < at(warning) && at(warning) < at(figures), "{text}");
    }
}

#[test]
fn json_is_passed_on_untouched() {
    for (_, document) in documents::all() {
        assert_eq!(written_as("json", &document), format!("{}\n", document.json.now()));
    }
}

#[test]
fn every_csv_record_has_the_same_number_of_fields() {
    for (word, document) in documents::all() {
        let text = written_as("csv", &document);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().len();
        for record in reader.records() {
            let record = record.unwrap();
            assert_eq!(record.len(), columns, "{word}");
            let formula = record.iter().find(|field| field.starts_with(['=', '+', '@', '\t', '\r']));
            assert_eq!(formula, None, "{word}");
        }
    }
}

#[test]
fn csv_spreads_an_estimate_over_three_columns_and_keeps_every_digit() {
    let text = written_as("csv", &documents::everyday());
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    assert!(
        header.starts_with(
            "service,outages,downtime_s,availability,availability_lower,availability_upper,mtbf_s"
        )
    );
    assert!(lines.next().unwrap().starts_with("checkout,12,7884,0.99975,0.99941,0.9999,2628000,"));
}

#[test]
fn xml_is_well_formed_and_counts_its_cases() {
    for (word, document) in documents::all() {
        let text = written_as("junit", &document);
        let tree = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{word}: {error}"));
        let suite = tree.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        for (attribute, tag) in [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")] {
            let count = suite.descendants().filter(|node| node.has_tag_name(tag)).count();
            assert_eq!(suite.attribute(attribute), Some(count.to_string().as_str()), "{attribute} of {word}");
        }
    }
}

#[test]
fn html_contains_no_element_from_a_name() {
    let text = written_as("html", &documents::hostile());
    assert!(text.contains("&lt;script&gt;"));
    assert!(!text.contains("<script"));
    for remote in ["http://", "https://", "src=", "href=", "url("] {
        assert!(!text.contains(remote), "{remote}");
    }
}

#[test]
fn every_svg_figure_is_well_formed_and_has_a_title_and_a_description() {
    for document in [charts::everyday(), charts::hostile(), charts::extreme()] {
        // Unlike HTML, XML allows no noncharacters.
        let page = written_as("html", &document).replace(['\u{fffe}', '\u{ffff}'], "");
        for figure in
            page.split_inclusive("</figure>").filter_map(|part| part.find("<figure").map(|at| &part[at..]))
        {
            let tree = roxmltree::Document::parse(figure).unwrap_or_else(|error| panic!("{error}: {figure}"));
            let drawing = tree.descendants().find(|node| node.attribute("role") == Some("img"));
            let words = drawing.map(|node| {
                node.children().filter(|child| matches!(child.tag_name().name(), "title" | "desc")).count()
            });
            assert!(words.is_none_or(|count| count == 2), "{figure}");
            let numbers = tree
                .descendants()
                .flat_map(|node| node.attributes())
                .filter(|attribute| attribute.name() != "aria-label");
            assert!(numbers.into_iter().all(|attribute| !attribute.value().contains("NaN") && !attribute.value().contains("inf")), "{figure}");
        }
    }
}

#[test]
fn charts_are_drawn_only_in_formats_for_people() {
    let charts = charts::everyday();
    let [without, with] = [charts::of(Vec::new()), charts.clone()];
    for format in FORMATS {
        let [text, other] = [&with, &without].map(|document| written(format, document, Look::FILE));
        assert_eq!(text != other, format.for_people, "{}", format.name);
        for axis in ["Reliability", "Availability", "Share of years"] {
            assert_eq!(text.contains(axis), format.for_people, "{axis} in {}", format.name);
        }
    }
    assert_eq!(written_as("html", &charts).matches("role=\"img\"").count(), 4);
    assert!(!written_as("html", &without).contains(".chart"));
}

#[test]
fn every_row_of_a_markdown_table_has_the_same_number_of_cells() {
    for (word, document) in documents::all() {
        let text = written_as("markdown", &document);
        let bars = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        for pair in text.lines().collect::<Vec<_>>().windows(2) {
            if pair.iter().all(|line| line.starts_with("| ")) {
                assert_eq!(bars(pair[0]), bars(pair[1]), "{word}: {pair:?}");
            }
        }
    }
}

/// Skipped when promtool is not installed.
#[test]
fn promtool_accepts_the_metrics_without_a_warning() {
    if Command::new("promtool").arg("--version").output().is_err() {
        println!("skipped: promtool is not installed");
        return;
    }
    for (word, document) in documents::all() {
        let mut child = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, written_as("openmetrics", &document).as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{word}: {output:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{word}: {output:?}");
    }
}

#[test]
fn the_extension_of_the_output_file_selects_the_format() {
    use steadfast::report::format::for_extension;
    for (path, name) in
        [("a.csv", "csv"), ("a/b.MD", "markdown"), ("r.xml", "junit"), ("steadfast.prom", "openmetrics")]
    {
        assert_eq!(for_extension(Path::new(path)).map(|format| format.name), Some(name));
    }
}

proptest! {
    #[test]
    fn an_outage_is_never_rounded_up_to_one_hundred_percent(exponent in -300.0..0.0_f64) {
        let share = || Cell::ShareByComplement(10_f64.powf(exponent));
        let bound = || Some(Box::new(share()));
        for cell in [share(), Cell::Estimate { value: Box::new(share()), lower: bound(), upper: bound() }] {
            let document = documents::of_one_cell(cell);
            for format in FORMATS.iter().filter(|format| format.name != "html") {
                let text = written(format, &document, Look::FILE);
                prop_assert!(!text.contains("100%") && !text.contains("100.0"), "{text}");
            }
            // The style sheet of the page contains 100%.
            let page = written_as("html", &document);
            let (_, body) = page.split_once("<body>").unwrap();
            prop_assert!(!body.contains("100%") && !body.contains("100.0"), "{body}");
        }
    }

    #[test]
    fn any_name_can_be_written(name in "\\PC{0,60}|.{0,60}", width in 30_usize..200) {
        let document = documents::of_one_cell(Cell::text(name));
        for format in FORMATS {
            let text = written(format, &document, Look { width, colour: false });
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
