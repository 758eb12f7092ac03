//! Reads YAML, and JSON as a part of it, from the events of a parser that reports positions.

use super::build::Builder;
use super::{Entry, Fault};
use granit_parser::{Event, Marker, Parser, ScalarStyle, Span};
use std::ops::Range;

/// The largest nesting depth of lists and maps.
const NESTING_MAX: usize = 1_000;

/// Reads a YAML document. Returns the nodes and the index of the root, or the first syntax error.
pub(super) fn read(text: &str) -> Result<(Vec<Entry>, u32), Vec<Fault>> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: NESTING_MAX,
        block_nesting_limit: NESTING_MAX,
        simple_key_max_lookahead: 1 << 20
    };
    options.set_emit_comments(false);
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| vec![fault_of(&error, text)])?;
        let place = bytes_of(span);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(vec![Fault::new(
                        place,
                        "a second document starts here; a file must contain only one",
                    )]);
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                builder.scalar(place, &text, style == ScalarStyle::Plain, anchor);
            }
            Event::SequenceStart(_, anchor, _) => builder.start(place, false, anchor),
            Event::MappingStart(_, anchor, _) => builder.start(place, true, anchor),
            Event::SequenceEnd | Event::MappingEnd => builder.end(place.end),
            Event::Alias(anchor) => builder.alias(place, anchor),
            _ => {}
        }
    }
    builder.finish()
}

fn bytes_of(span: Span) -> Range<u32> {
    byte_of(&span.start)..byte_of(&span.end)
}

fn byte_of(marker: &Marker) -> u32 {
    marker.byte_offset().unwrap_or_default() as u32
}

/// Converts a parser error. The span runs from the reported position to the end of the word there.
fn fault_of(error: &granit_parser::ScanError, text: &str) -> Fault {
    let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let word = text.get(start..).unwrap_or_default();
    let length = word.find(|c: char| c.is_whitespace() || ",}]:".contains(c)).unwrap_or(word.len());
    let span = start as u32..(start + length.max(1)) as u32;
    Fault::new(span, format!("syntax error: {}", error.info()))
}
