//! Reduces outage strips to a width and draws them with block characters.

use super::Look;
use super::lines::{Ink, cut, cut_apart, painted};
use crate::base::text::printable;
use crate::report::{StripWords, Strips};
use unicode_width::UnicodeWidthStr;

/// The levels of a slice by the share of it that was down, from more than zero to all of it.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const UP: char = '·';
const UNKNOWN: char = '░';
/// The largest width of a label, in columns.
const LABEL_WIDTH_MAX: usize = 24;

/// Draws strips in lines of at most the look's width, without a margin: each behind its label, and the axis
/// and the legend last.
pub(super) fn draw(strips: &Strips, look: &Look) -> Vec<String> {
    let labels = padded_labels(strips, LABEL_WIDTH_MAX.min(look.width / 3));
    let indent = labels.first().map_or(0, |label| label.width()) + 2;
    let slices_max = look.width.saturating_sub(indent);
    let slices: Vec<Vec<f64>> = strips.lines.iter().map(|line| reduce(&line.down, slices_max)).collect();
    let axis_width = slices.iter().map(Vec::len).max().unwrap_or(0);
    let footer = [axis(strips, axis_width, slices_max), legend(strips.words, slices_max)];
    let lines = labels.iter().zip(&slices).map(|(label, slices)| format!("{label}  {}", inked(slices, look)));
    lines.chain(footer.map(|line| format!("{}{line}", " ".repeat(indent)))).collect()
}

fn padded_labels(strips: &Strips, width_max: usize) -> Vec<String> {
    let labels: Vec<String> = strips.lines.iter().map(|line| printable(&line.label)).collect();
    let labels = cut_apart(&labels, width_max);
    let width = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let padded = |label: String| format!("{label}{}", " ".repeat(width - label.width()));
    labels.into_iter().map(padded).collect()
}

/// Reduces `down` to at most `slices` slices. Each is the maximum over its group, so that no outage
/// disappears. A group without downtime of which some is unknown is unknown (NaN).
pub(super) fn reduce(down: &[f64], slices: usize) -> Vec<f64> {
    let slices = slices.min(down.len());
    (0..slices).map(|i| group(down, i * down.len() / slices, (i + 1) * down.len() / slices)).collect()
}

fn group(down: &[f64], from: usize, to: usize) -> f64 {
    let slices = down.get(from..to).unwrap_or_default();
    let known_max = slices.iter().copied().fold(0.0, f64::max);
    let unknown = slices.iter().any(|share| share.is_nan());
    if unknown && known_max == 0.0 { f64::NAN } else { known_max }
}

/// Returns the runs of equal slices, each as first slice, length and share.
pub(super) fn runs(down: &[f64]) -> Vec<(usize, usize, f64)> {
    let mut from = 0;
    let equal = |a: &f64, b: &f64| a == b || a.is_nan() && b.is_nan();
    let run = |slices: &[f64]| {
        let run = (from, slices.len(), slices.first().copied().unwrap_or(f64::NAN));
        from += slices.len();
        run
    };
    down.chunk_by(equal).map(run).collect()
}

/// Returns slices as characters, with downtime in red.
fn inked(slices: &[f64], look: &Look) -> String {
    let runs = slices.chunk_by(|a, b| (*a > 0.0) == (*b > 0.0));
    let run = |slices: &[f64]| {
        let text: String = slices.iter().copied().map(slice_character).collect();
        if slices.iter().any(|share| *share > 0.0) { painted(&text, Ink::Red, look) } else { text }
    };
    runs.map(run).collect()
}

fn slice_character(share: f64) -> char {
    if share.is_nan() {
        return UNKNOWN;
    }
    if !(share > 0.0) {
        return UP;
    }
    let level = (share * BLOCKS.len() as f64).ceil() as usize;
    BLOCKS.get(level - 1).copied().unwrap_or('█')
}

/// Returns the axis: the start of the window at the left and its end at the right.
fn axis(strips: &Strips, width: usize, width_max: usize) -> String {
    let (from, to) = (printable(&strips.from), printable(&strips.to));
    let gap = width.saturating_sub(from.width() + to.width()).max(1);
    cut(&format!("{from}{}{to}", " ".repeat(gap)), width_max)
}

fn legend(words: StripWords, width_max: usize) -> String {
    let StripWords { empty, full } = words;
    cut(&format!("{UP} {empty}   ▁▄█ {full} for part or all of the slice   {UNKNOWN} unknown"), width_max)
}

#[cfg(test)]
mod tests {
    use super::{draw, reduce, runs};
    use crate::report::format::Look;
    use crate::report::{Strip, Strips};

    #[test]
    fn a_short_outage_survives_any_reduction() {
        let mut down = vec![0.0; 720];
        down[511] = 0.01;
        for slices in 1..=720 {
            assert_eq!(
                reduce(&down, slices).iter().filter(|share| **share > 0.0).count().min(1),
                1,
                "{slices}"
            );
        }
    }

    #[test]
    fn unknown_time_is_not_shown_as_up() {
        assert!(reduce(&[0.0, f64::NAN], 1)[0].is_nan());
        assert_eq!(reduce(&[0.5, f64::NAN], 1), [0.5]);
        assert!(reduce(&[], 10).is_empty());
    }

    #[test]
    fn equal_slices_join_into_runs() {
        assert_eq!(runs(&[0.0, 0.0, 1.0]), [(0, 2, 0.0), (2, 1, 1.0)]);
        assert_eq!(runs(&[f64::NAN, f64::NAN]).len(), 1);
    }

    #[test]
    fn each_slice_gets_a_character_for_its_share() {
        let down = vec![0.0, 0.01, 0.5, 1.0, f64::NAN];
        let strips = Strips { lines: vec![Strip { label: "db".into(), down }], ..Strips::default() };
        assert_eq!(draw(&strips, &Look { width: 80, colour: false })[0], "db  ·▁▄█░");
        assert_eq!(draw(&strips, &Look { width: 80, colour: true })[0], "db  ·\x1b[31m▁▄█\x1b[0m░");
    }
}
