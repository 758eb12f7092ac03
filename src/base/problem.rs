//! What is wrong, where, and what to do next.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;

use super::text::{grouped, printable};

/// Something wrong with what the user gave, said so that they can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one line.
    pub message: String,
    /// Where it stands.
    pub place: Option<Box<Location>>,
    /// What the caret's label says.
    pub label: String,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// What to do next, one line each.
    pub help: Vec<String>,
    /// Other places that matter, each with what is there: the first of two things of one name, the steps of a circle.
    pub related: Box<[(Location, String)]>,
}

/// A place in a file or another input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file's name as the user gave it, or `<stdin>`, or the flag's name.
    pub file: String,
    /// Line number, from 1; 0 when only the file is known.
    pub line: u64,
    /// The text of the line, without its end; `None` when it is not at hand.
    pub text: Option<String>,
    /// The bytes of `text` that are meant.
    pub span: std::ops::Range<usize>,
}

impl Problem {
    /// A problem without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            label: String::new(),
            notes: Vec::new(),
            help: Vec::new(),
            related: Box::default(),
        }
    }

    /// Adds one line of fact.
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

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Location) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Says what the caret points at.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Shows another place that matters, with what is there.
    #[must_use]
    pub fn and(mut self, place: Location, label: impl Into<String>) -> Self {
        let mut related = self.related.into_vec();
        related.push((place, label.into()));
        self.related = related.into_boxed_slice();
        self
    }

    /// The problem in one line: `file:line: what is wrong`, without the line where it is not known.
    pub fn in_a_line(&self) -> String {
        let place = self.place.as_deref().map(|place| match place.line {
            0 => format!("{}: ", place.file),
            line => format!("{}:{line}: ", place.file),
        });
        format!("{}{}", place.unwrap_or_default(), self.message)
    }

    /// The whole problem as text, with the line and a caret where they are known.
    pub fn render(&self, colour: bool) -> String {
        self.render_at(&Level::ERROR, colour)
    }

    /// The same for something that is not wrong but may not be meant.
    pub fn render_warning(&self, colour: bool) -> String {
        self.render_at(&Level::WARNING, colour)
    }

    fn render_at(&self, level: &Level<'_>, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let message = printable(&self.message);
        let notes: Vec<String> = self.notes.iter().map(|note| printable(note)).collect();
        let label = printable(&self.label);
        // Where no line is shown there is no caret that the label could stand at.
        let shows_line = self.place.as_ref().is_some_and(|place| place.text.is_some());
        let helps: Vec<String> = (!shows_line && !label.is_empty())
            .then(|| label.clone())
            .into_iter()
            .chain(self.help.iter().map(|help| printable(help)))
            .collect();
        let related: Vec<(ShownPlace, String)> =
            self.related.iter().map(|(place, label)| (ShownPlace::of(place), printable(label))).collect();
        let mut group = Group::with_title(level.clone().primary_title(message));
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

/// What stands before what is meant is cut off from here on, and the column is then that in what is left. Less is left to the renderer,
/// which shows a part of the line and knows the column.
const HEAD_BYTES_MAX: usize = 4_000;

/// A place whose text is safe to show and short enough to read.
struct ShownPlace {
    origin: String,
    line: usize,
    text: Option<String>,
    span: std::ops::Range<usize>,
}

/// Characters of a line shown at most; a longer one is cut around what is meant.
const LINE_CHARS_MAX: usize = 140;

impl ShownPlace {
    fn of(place: &Location) -> Self {
        let short = place.text.as_ref().map(|text| shorten(text, &place.span));
        let (text, span) = short.map_or((None, 0..0), |(text, span)| (Some(text), span));
        let line = usize::try_from(place.line).unwrap_or(usize::MAX);
        Self { origin: printable(&place.file), line, text, span }
    }

    /// Adds this place to what is shown.
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

/// The line made printable and cut to a readable width, with the span moved along.
fn shorten(text: &str, span: &std::ops::Range<usize>) -> (String, std::ops::Range<usize>) {
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

/// All that is wrong with one input, reported together. Never empty when it is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// Problems of one input that are shown; how many more there are is said.
const SHOWN_MAX: usize = 100;

impl Problems {
    /// Adds a problem. Of those that will not be shown only the message is kept.
    pub fn push(&mut self, problem: Problem) {
        if self.0.len() < 2 * SHOWN_MAX {
            self.0.push(problem);
        } else {
            self.0.push(Problem::new(problem.message));
        }
    }

    /// What was read, or nothing and its problem added.
    pub fn take<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.push(problem)).ok()
    }

    /// The problems in full, one after the other: the first hundred, and how many more there are.
    pub fn render(&self, colour: bool) -> String {
        let mut shown: Vec<String> = self.0.iter().take(SHOWN_MAX).map(|p| p.render(colour)).collect();
        let more = self.0.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            shown.push(format!(
                "and {} more problem{}",
                grouped(more as u64),
                if more == 1 { "" } else { "s" }
            ));
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
    fn a_problem_shows_its_line_with_a_caret_and_the_way_out() {
        let place =
            Location { file: "log.csv".into(), line: 3, text: Some("api,29-13-2016".into()), span: 4..14 };
        let text =
            Problem::new("not a date").at(place).label("month 13").help("try --date-order").to_string();
        assert!(text.contains("log.csv:3"), "{text}");
        assert!(text.contains("^^^^^^^^^^ month 13"), "{text}");
        assert!(text.contains("help: try --date-order"), "{text}");
    }

    #[test]
    fn another_place_is_shown_below_with_what_is_there() {
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
    fn a_warning_is_shown_as_one() {
        let text = Problem::new("unused").render_warning(false);
        assert!(text.starts_with("warning: unused"), "{text}");
    }

    #[test]
    fn of_many_problems_a_hundred_are_shown_and_the_others_counted() {
        let mut problems = Problems::default();
        for i in 0..1_250 {
            problems.push(Problem::new(format!("wrong {i}")));
        }
        let text = problems.to_string();
        assert!(text.contains("wrong 99") && !text.contains("wrong 100"), "{text}");
        assert!(text.ends_with("and 1,150 more problems"), "{text}");
    }

    #[test]
    fn hostile_text_is_shown_and_not_obeyed() {
        let place =
            Location { file: "a\u{1b}[2J".into(), line: 1, text: Some("\u{1b}[31mred".into()), span: 0..8 };
        let text = Problem::new("bad\u{7}").at(place).render(false);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    }

    #[test]
    fn the_column_is_that_of_the_whole_line_also_where_its_beginning_is_cut_off() {
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
