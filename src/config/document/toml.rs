//! Reads TOML, using a parser whose values carry spans.

use super::build::Builder;
use super::{Entry, Fault};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a TOML document. Returns the nodes and the index of the root, or all syntax errors.
pub(super) fn read(text: &str) -> Result<(Vec<Entry>, u32), Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors.iter().map(fault_of).collect());
    }
    let mut builder = Builder::default();
    let span = table.span();
    builder.start(bytes_of(&span), true, 0);
    push_entries(&mut builder, table.get_ref());
    builder.end(span.end as u32);
    builder.finish()
}

/// Adds the entries of a table in the order of the file; the parser's table is sorted by name.
fn push_entries(builder: &mut Builder, table: &DeTable<'_>) {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        builder.scalar(bytes_of(&key.span()), key.get_ref(), false, 0);
        push(builder, value);
    }
}

/// Adds one value. The recursion is bounded because the parser limits the nesting depth.
fn push(builder: &mut Builder, value: &Spanned<DeValue<'_>>) {
    let span = bytes_of(&value.span());
    let end = span.end;
    match value.get_ref() {
        DeValue::String(text) => builder.scalar(span, text, false, 0),
        DeValue::Integer(number) => builder.scalar(span, &decimal(number), true, 0),
        DeValue::Float(number) => builder.scalar(span, number.as_str(), true, 0),
        DeValue::Boolean(flag) => builder.scalar(span, if *flag { "true" } else { "false" }, true, 0),
        DeValue::Datetime(instant) => builder.scalar(span, &instant.to_string(), true, 0),
        DeValue::Array(items) => {
            builder.start(span, false, 0);
            for item in items {
                push(builder, item);
            }
            builder.end(end);
        }
        DeValue::Table(table) => {
            builder.start(span, true, 0);
            push_entries(builder, table);
            builder.end(end);
        }
    }
}

/// Formats an integer in decimal digits, whatever base it was written in.
fn decimal(number: &toml::de::DeInteger<'_>) -> String {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(value) => value.to_string(),
        Err(_) => number.as_str().to_owned(),
    }
}

fn bytes_of(span: &Range<usize>) -> Range<u32> {
    span.start as u32..span.end as u32
}

fn fault_of(error: &toml::de::Error) -> Fault {
    let span = error.span().unwrap_or_default();
    Fault::new(bytes_of(&span), format!("syntax error: {}", error.message()))
}
