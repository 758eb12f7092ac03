//! A surface of braille dots, with two columns and four rows of dots in each character.

/// The character without dots; each dot sets one bit (Unicode, block "Braille Patterns").
const BLANK: u32 = 0x2800;
/// The bits of the dots of a character, by row and column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// One character of the surface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Square {
    dots: u8,
    /// A character shown when there are no dots.
    sign: Option<char>,
    /// The index of the series that drew here last.
    pub(super) owner: Option<usize>,
}

/// A grid of characters, each of which holds a sign or dots.
#[derive(Debug, Clone)]
pub(super) struct Surface {
    pub(super) columns: usize,
    rows: usize,
    squares: Vec<Square>,
}

impl Square {
    /// Returns the character to print. Dots take precedence over a sign.
    pub(super) fn character(self) -> char {
        match (self.sign, self.dots) {
            (_, 1..) => char::from_u32(BLANK + u32::from(self.dots)).unwrap_or(' '),
            (Some(sign), _) => sign,
            _ => ' ',
        }
    }
}

impl Surface {
    /// Builds an empty surface.
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, squares: vec![Square::default(); columns * rows] }
    }

    /// Returns the rows from the top.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Square]> {
        self.squares.chunks(self.columns.max(1))
    }

    /// Writes a character at a place. It replaces earlier dots and is hidden by later ones.
    pub(super) fn mark(&mut self, place: (f64, f64), sign: char, owner: usize) {
        let (x, y) = self.dot_at(place);
        if let Some(square) = self.square(x / 2, y / 4) {
            *square = Square { dots: 0, sign: Some(sign), owner: Some(owner) };
        }
    }

    /// Draws every `every`th dot of the line between two places.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), every: usize, owner: usize) {
        let (x0, y0) = self.dot_at(from);
        let (x1, y1) = self.dot_at(to);
        // One step for each dot along the longer direction leaves no gaps.
        let steps = x0.abs_diff(x1).max(y0.abs_diff(y1)).max(1);
        let between = |a: usize, b: usize, i: usize| {
            (a as f64 + (b as f64 - a as f64) * i as f64 / steps as f64).round() as usize
        };
        for i in 0..=steps {
            let (x, y) = (between(x0, x1, i), between(y0, y1, i));
            // Choose dots by position and not by count, so that short pieces join into one even pattern.
            let along = if x0.abs_diff(x1) >= y0.abs_diff(y1) { x } else { y };
            if along.is_multiple_of(every) {
                self.dot(x, y, owner);
            }
        }
    }

    /// Sets one dot.
    fn dot(&mut self, x: usize, y: usize, owner: usize) {
        let bit = BITS.get(y % 4).and_then(|row| row.get(x % 2)).copied();
        if let (Some(square), Some(bit)) = (self.square(x / 2, y / 4), bit) {
            square.dots |= bit;
            square.owner = Some(owner);
        }
    }

    /// Returns the column and row of the dot at a place, counted from the upper left.
    fn dot_at(&self, (right, up): (f64, f64)) -> (usize, usize) {
        let x_max = (self.columns * 2).saturating_sub(1);
        let x = (right * x_max as f64).round() as usize;
        (x.min(x_max), dot_row(up, self.rows))
    }

    fn square(&mut self, column: usize, row: usize) -> Option<&mut Square> {
        if column < self.columns { self.squares.get_mut(row * self.columns + column) } else { None }
    }
}

/// Returns the row of dots at a height from 0 to 1, counted from above. A height strictly between the edges is
/// never rounded to an edge: an unavailability that is not zero must not look like zero.
fn dot_row(up: f64, rows: usize) -> usize {
    let y_max = (rows * 4).saturating_sub(1);
    let y = ((1.0 - up) * y_max as f64).round() as usize;
    let inner = y.clamp(1, y_max.saturating_sub(1).max(1));
    if up > 0.0 && up < 1.0 { inner } else { y.min(y_max) }
}

/// Returns the row of characters at a height from 0 to 1, counted from above: that of the dots at this height.
pub(super) fn row_at(up: f64, rows: usize) -> usize {
    dot_row(up, rows) / 4
}

#[cfg(test)]
mod tests {
    use super::Surface;

    fn lines(surface: &Surface) -> Vec<String> {
        surface.rows().map(|row| row.iter().map(|square| square.character()).collect()).collect()
    }

    #[test]
    fn a_point_is_drawn_in_the_row_of_the_label_of_its_value() {
        for percent in 0..=100 {
            let (up, rows) = (f64::from(percent) / 100.0, 12);
            let mut surface = Surface::new(1, rows);
            surface.mark((0.0, up), 'x', 0);
            let marked = surface.rows().position(|row| row[0].character() == 'x');
            assert_eq!(marked, Some(super::row_at(up, rows)), "{up}");
        }
    }

    #[test]
    fn a_character_holds_two_columns_and_four_rows_of_dots() {
        let mut surface = Surface::new(2, 1);
        surface.line((0.0, 0.0), (0.0, 1.0), 1, 0);
        surface.line((0.0, 1.0), (1.0, 1.0), 1, 0);
        assert_eq!(lines(&surface), ["⡏⠉"]);
    }

    #[test]
    fn a_place_near_an_edge_is_not_drawn_on_the_edge() {
        let mut surface = Surface::new(1, 1);
        surface.line((0.0, 0.999_999), (0.0, 0.999_999), 1, 0);
        surface.line((1.0, 1e-6), (1.0, 1e-6), 1, 0);
        assert_eq!(lines(&surface), ["⠢"]);
    }

    #[test]
    fn a_sign_covers_dots_and_dots_cover_a_sign() {
        let mut surface = Surface::new(2, 1);
        surface.mark((0.0, 0.0), '■', 0);
        surface.line((0.0, 0.0), (1.0, 0.0), 1, 1);
        surface.mark((1.0, 0.0), '●', 2);
        assert_eq!(lines(&surface), ["⣀●"]);
        let owners: Vec<_> = surface.rows().flatten().map(|square| square.owner).collect();
        assert_eq!(owners, [Some(1), Some(2)]);
    }
}
