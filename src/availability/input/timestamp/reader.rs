//! A cursor over the bytes of one cell, used by the general parser.

use std::ops::Range;

/// A number as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    /// The value, saturated at `u32::MAX`.
    pub(super) value: u32,
    pub(super) digits: usize,
}

pub(super) struct Reader<'a> {
    cell: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(cell: &'a [u8]) -> Self {
        Self { cell, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.cell.get(self.at..).unwrap_or_default()
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn go_back_to(&mut self, position: usize) {
        self.at = position;
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    /// Consumes and returns the next byte if it is one of `wanted`.
    pub(super) fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let found = self.peek().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(found)
    }

    /// Skips blanks, including the no-break spaces that browsers put before AM and PM.
    pub(super) fn spaces(&mut self) {
        loop {
            self.at += match self.rest() {
                [b' ' | b'\t'..=b'\r', ..] => 1,
                [0xC2, 0xA0, ..] => "\u{a0}".len(),
                [0xE2, 0x80, 0xAF, ..] => "\u{202f}".len(),
                _ => return,
            };
        }
    }

    pub(super) fn number(&mut self) -> Option<Number> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let (value, count) = digits.fold((0_u32, 0), |(value, count), &digit| {
            (value.saturating_mul(10).saturating_add(u32::from(digit - b'0')), count + 1)
        });
        self.at += count;
        (count > 0).then_some(Number { value, digits: count })
    }

    pub(super) fn number_of_digits(&mut self, digits: Range<usize>) -> Option<Number> {
        self.number().filter(|number| digits.contains(&number.digits))
    }

    /// Consumes and returns the following ASCII letters; empty if there are none.
    pub(super) fn word(&mut self) -> &'a [u8] {
        let letters = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let word = self.rest().get(..letters).unwrap_or_default();
        self.at += letters;
        word
    }
}
