//! Error reports: a message, its location in the input, and advice on how to fix it.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;

use super::text::{counted, printable, without_passwords};

/// An error in the user's input, with its location and advice on how to fix it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// One line that says what is wrong.
    pub message: String,
    /// The location of the error, if it has one.
    pub place: Option<Box<Location>>,
    /// The label at the caret.
    pub label: String,
    /// Additional facts, one line each.
    pub notes: Vec<String>,
    /// Advice on how to fix it, one line each.
    pub help: Vec<String>,
    /// Other relevant locations, each with a label, such as the first of two duplicates or the steps of a
    /// cycle.
    pub related: Box<[(Location, String)]>,
}

/// A location in a file or another input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file name as the user gave it, `<stdin>`, or a flag.
    pub file: String,
    /// The line number, counted from 1; 0 when only the file is known.
    pub line: u64,
    /// The text of the line without its line ending; `None` when it is not available.
    pub text: Option<String>,
    /// The range of bytes in `text` that the error refers to.
    pub span: std::ops::Range<usize>,
}

impl Problem {
    /// Builds a problem without a location.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Adds a note: one line with an additional fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds one line of advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Sets the location.
    #[must_use]
    pub fn at(mut self, place: Location) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Sets the label at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another relevant location with its label.
    #[must_use]
    pub fn and(mut self, place: Location, label: impl Into<String>) -> Self {
        let mut related = self.related.into_vec();
        related.push((place, label.into()));
        self.related = related.into_boxed_slice();
        self
    }

    /// Returns the problem as one line, `file:line: message`. The line number is left out when it is unknown.
    pub fn in_a_line(&self) -> String {
        let place = self.place.as_deref().map(|place| match place.line {
            0 => format!("{}: ", place.file),
            line => format!("{}:{line}: ", place.file),
        });
        format!("{}{}", place.unwrap_or_default(), self.message)
    }

    /// Renders the whole problem, with the source line and a caret where they are known.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown = |text: &String| without_passwords(&printable(text));
        let message = shown(&self.message);
        let notes: Vec<String> = self.notes.iter().map(shown).collect();
        let label = shown(&self.label);
        let mut helps: Vec<String> = self.help.iter().map(shown).collect();
        // Without a source line there is no caret to carry the label, so the label becomes a line of help.
        let shows_line = self.place.as_ref().is_some_and(|place| place.text.is_some());
        if !shows_line && !label.is_empty() {
            helps.insert(0, label.clone());
        }
        let related: Vec<(ShownPlace, String)> =
            self.related.iter().map(|(place, label)| (ShownPlace::of(place), printable(label))).collect();
        let mut group = Group::with_title(Level::ERROR.primary_title(message));
        let place = self.place.as_deref().map(ShownPlace::of);
        if let Some(place) = &place {
            group = place.show(group, AnnotationKind::Primary, &label);
        }
        for (place, label) in &related {
            group = place.show(group, AnnotationKind::Context, label);
        }
        for note in &notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        for help in &helps {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// Text before the span that is longer than this, in bytes, is cut off, and the column then counts from
/// the cut. Shorter text is passed on whole: the renderer shows only a part of the line but still
/// reports the true column.
const HEAD_BYTES_MAX: usize = 4_000;

/// A location whose text is safe to print and short enough to read.
struct ShownPlace {
    origin: String,
    line: usize,
    text: Option<String>,
    span: std::ops::Range<usize>,
}

/// The span is cut after this many bytes. Half as many are kept behind it, and before it where its head
/// is cut.
const LINE_CHARS_MAX: usize = 140;

impl ShownPlace {
    fn of(place: &Location) -> Self {
        let short = place.text.as_ref().map(|text| shorten(text, &place.span));
        let (text, span) = short.map_or((None, 0..0), |(text, span)| (Some(text), span));
        let line = usize::try_from(place.line).unwrap_or(usize::MAX);
        Self { origin: without_passwords(&printable(&place.file)), line, text, span }
    }

    /// Adds this location to the rendered group.
    fn show<'s>(&'s self, group: Group<'s>, kind: AnnotationKind, label: &'s str) -> Group<'s> {
        let origin = self.origin.as_str();
        match &self.text {
            Some(text) => group.element(
                Snippet::source(text.as_str())
                    .path(origin)
                    .line_start(self.line)
                    .annotation(kind.span(self.span.clone()).label(label)),
            ),
            None if self.line > 0 => group.element(Origin::path(origin).line(self.line)),
            None => group.element(Origin::path(origin)),
        }
    }
}

/// Makes the line printable, with a space for a tab, and cuts it to a readable width. Returns it with the span
/// adjusted.
fn shorten(text: &str, span: &std::ops::Range<usize>) -> (String, std::ops::Range<usize>) {
    let text = text.replace('\t', " ");
    let text = text.as_str();
    let cut = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let start = floor_boundary(text, span.start);
    let end = floor_boundary(text, span.end.max(span.start)).max(start);
    let head_all = cut(0, start);
    let head_from = if head_all.len() > HEAD_BYTES_MAX {
        floor_boundary(head_all, head_all.len() - LINE_CHARS_MAX / 2)
    } else {
        0
    };
    let marked_to = floor_boundary(text, end.min(start + LINE_CHARS_MAX));
    let tail_to = floor_boundary(text, (marked_to + LINE_CHARS_MAX / 2).min(text.len()));
    let mut head = printable(cut(head_from, start));
    if head_from > 0 {
        head.insert(0, '…');
    }
    let marked = printable(cut(start, marked_to));
    let mut tail = printable(cut(marked_to, tail_to));
    if tail_to < text.len() {
        tail.push('…');
    }
    let span = head.len()..head.len() + marked.len();
    (format!("{head}{marked}{tail}"), span)
}

/// Returns the last character boundary of `text` at or before byte `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problem {}

/// All problems found in one input, reported together. Never empty when returned as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// The number of problems of one input that are shown; the rest are only counted.
const SHOWN_MAX: usize = 100;

impl Problems {
    /// Adds a problem. Beyond the first two hundred only the message is kept, to bound memory.
    pub fn push(&mut self, problem: Problem) {
        if self.0.len() < 2 * SHOWN_MAX {
            self.0.push(problem);
        } else {
            self.0.push(Problem::new(problem.message));
        }
    }

    /// Renders the first hundred problems in full, followed by the number of the remaining ones.
    pub fn render(&self, colour: bool) -> String {
        let mut shown: Vec<String> = self.0.iter().take(SHOWN_MAX).map(|p| p.render(colour)).collect();
        let more = self.0.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            shown.push(format!("and {}", counted(more as u64, "more problem")));
        }
        shown.join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::{Location, Problem, Problems};

    #[test]
    fn a_problem_shows_its_line_with_a_caret_and_its_help() {
        let place =
            Location { file: "log.csv".into(), line: 3, text: Some("api,29-13-2016".into()), span: 4..14 };
        let text =
            Problem::new("not a date").at(place).label("month 13").help("try --date-order").to_string();
        assert!(text.contains("log.csv:3"), "{text}");
        assert!(text.contains("^^^^^^^^^^ month 13"), "{text}");
        assert!(text.contains("help: try --date-order"), "{text}");
    }

    #[test]
    fn a_related_location_is_shown_below_with_its_label() {
        let place = |line, text: &str| Location {
            file: "shop.yaml".into(),
            line,
            text: Some(text.into()),
            span: 0..3,
        };
        let text = Problem::new("`web` is given twice")
            .at(place(9, "web: {}"))
            .and(place(2, "web: [lb]"), "the first time")
            .to_string();
        assert!(text.contains("shop.yaml:9:1"), "{text}");
        assert!(text.contains("2 | web: [lb]") && text.contains("--- the first time"), "{text}");
    }

    #[test]
    fn the_first_hundred_problems_are_shown_and_the_rest_are_counted() {
        let mut problems = Problems::default();
        for i in 0..1_250 {
            problems.push(Problem::new(format!("wrong {i}")));
        }
        let text = problems.to_string();
        assert!(text.contains("wrong 99") && !text.contains("wrong 100"), "{text}");
        assert!(text.ends_with("and 1,150 more problems"), "{text}");
    }

    #[test]
    fn control_characters_in_a_problem_are_escaped() {
        let place =
            Location { file: "a\u{1b}[2J".into(), line: 1, text: Some("\u{1b}[31mred".into()), span: 0..8 };
        let text = Problem::new("bad\u{7}").at(place).render(false);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    }

    #[test]
    fn the_column_counts_from_the_start_of_the_line_even_when_only_a_part_is_shown() {
        let place = |start: usize| Location {
            file: "f.yaml".into(),
            line: 7,
            text: Some(format!("{}wrong: [1, 2]", "é".repeat(start))),
            span: 2 * start..2 * start + 5,
        };
        for start in [10, 100] {
            let text = Problem::new("no").at(place(start)).render(false);
            let column = format!(" --> f.yaml:7:{}\n", start + 1);
            assert!(text.contains(&column) && text.contains("^^^^^"), "{text}");
        }
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_the_mark() {
        let line = "x".repeat(1_000_000);
        let place = Location { file: "f".into(), line: 1, text: Some(line), span: 500_000..500_005 };
        assert!(Problem::new("long").at(place).render(false).len() < 1_000);
    }
}
