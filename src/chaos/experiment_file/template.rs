//! Texts with placeholders for data, `{{column}}`, and values with environment variables, `${NAME}`.

use crate::chaos::experiment::{Data, Piece, Secret, Text};
use crate::config::document::{Node, Reading};

/// Reads a text with placeholders for the columns of `data`.
pub(super) fn text(node: Node<'_>, content: &str, data: &Data, reading: &mut Reading<'_>) -> Text {
    refuse_variables(node, content, reading);
    let mut pieces = Vec::new();
    let mut rest = content;
    while let Some((before, name, after)) = place(rest, "{{", "}}") {
        if !before.is_empty() {
            pieces.push(Piece::Fixed(before.to_owned()));
        }
        match data.columns.iter().position(|column| column == name) {
            Some(column) => pieces.push(Piece::Column(column)),
            None => no_column(node, name, data, reading),
        }
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest.to_owned()));
    }
    Text { pieces }
}

/// Rejects a text with `${NAME}`: environment variables are replaced only in headers, whose values no report shows.
/// Returns whether the text has none.
pub(super) fn refuse_variables(node: Node<'_>, content: &str, reading: &mut Reading<'_>) -> bool {
    let found = place(content, "${", "}");
    if let Some((_, name, _)) = found {
        let problem = node.problem(format!(
            "`${{{name}}}` is not replaced here: environment variables are only in headers"
        ));
        let help =
            "write the value itself; a body that holds these characters can be sent from a `body_file`";
        reading.refuse(problem.help(help));
    }
    found.is_none()
}

fn no_column(node: Node<'_>, name: &str, data: &Data, reading: &mut Reading<'_>) {
    let problem = if data.columns.is_empty() {
        let problem =
            node.problem(format!("`{{{{{name}}}}}` refers to a column of `data`, but no data file is given"));
        problem.help("name a CSV file with a header row: `data: users.csv`")
    } else {
        let problem = node.problem(format!("`data` has no column `{name}`"));
        let columns = data.columns.iter().map(String::as_str);
        let all = format!("its columns are {}", data.columns.join(", "));
        reading.guess(problem, name, columns, &all)
    };
    reading.refuse(problem);
}

/// Reads a value in which `${NAME}` stands for an environment variable.
pub(super) fn secret(
    node: Node<'_>,
    content: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Secret {
    let mut value = String::new();
    let mut rest = content;
    while let Some((before, name, after)) = place(rest, "${", "}") {
        value.push_str(before);
        let found = variable(name);
        if found.is_none() {
            let problem = node.problem(format!("`{name}` is not set in the environment"));
            reading.refuse(problem.help(format!("set it where `steadfast` is started: `export {name}=…`")));
        }
        value.push_str(&found.unwrap_or_default());
        rest = after;
    }
    if rest.contains("${") {
        reading.refuse(node.problem("`${` without a closing `}`").help("write `${NAME}`"));
    }
    value.push_str(rest);
    Secret(value)
}

/// Finds the first placeholder in `text`. Returns the text before it, the name in it, and the text after
/// it.
fn place<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text.split_once(open)?;
    let (name, after) = rest.split_once(close)?;
    Some((before, name.trim(), after))
}
