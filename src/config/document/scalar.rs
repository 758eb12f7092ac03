//! Reads one value as an expected type. Errors point at the value with a caret and name the expected form.

use super::Node;
use crate::base::problem::Problem;
use crate::base::quantity::{
    parse_byte_rate, parse_bytes, parse_duration, parse_number_or_percent, parse_rate, parse_share_complement,
};
use crate::base::suggest::nearest;

impl<'t> Node<'t> {
    /// Reads a string, or another scalar as it was written.
    pub fn read_text(&self) -> Result<&'t str, Problem> {
        self.text().ok_or_else(|| self.expected("a text"))
    }

    /// Reads a finite number.
    pub fn read_number(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a number"))?;
        match text.replace('_', "").parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.problem(format!("`{text}` is not a finite number"))),
            Err(_) => Err(self.problem(format!("`{text}` is not a number"))),
        }
    }

    /// Reads a whole number from `min` to `max`.
    pub fn read_count(&self, min: u64, max: u64) -> Result<u64, Problem> {
        let number = self.read_number()?;
        if number.fract() != 0.0 || !(number >= min as f64 && number <= max as f64) {
            let most = if max < u64::from(u32::MAX) { format!("to {max}") } else { "up".to_owned() };
            return Err(self.expected(&format!("a whole number from {min} {most}")));
        }
        Ok(number as u64)
    }

    /// Reads a probability or a share from 0 to 1: `0.3` or `30%`.
    pub fn read_probability(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a probability"))?;
        match parse_number_or_percent(text) {
            Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
            Some(_) => Err(self.problem(format!("`{text}` is not between 0 and 1"))),
            None => Err(self.problem(format!("`{text}` is not a probability such as 0.01 or 1%"))),
        }
    }

    /// Reads a share near one, such as an availability. Returns its complement, which keeps all digits:
    /// `99.95%` gives exactly 0.0005.
    pub fn read_share_complement(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a share such as 99.9%"))?;
        parse_share_complement(text).map_err(|why| self.problem(why))
    }

    /// Reads a duration such as `90s` or `1h 30m`. Returns seconds, finite and not negative.
    pub fn read_duration(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a duration such as 90s or 1h 30m"))?;
        match parse_duration(text) {
            Ok(seconds) if seconds.is_finite() => Ok(seconds),
            Ok(_) => Err(self.problem(format!("`{text}` is too long to be a duration"))),
            Err(why) => Err(self.problem(why)),
        }
    }

    /// Reads a duration above zero. Returns seconds.
    pub fn read_positive_duration(&self) -> Result<f64, Problem> {
        match self.read_duration()? {
            seconds if seconds > 0.0 => Ok(seconds),
            _ => Err(self.problem("a duration above zero is expected")),
        }
    }

    /// Reads a rate such as `50/s` or `3/min`. Returns events per second, above zero.
    pub fn read_rate(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a rate such as 50/s or 3/min"))?;
        parse_rate(text).map_err(|why| self.problem(why))
    }

    /// Reads an amount of data such as `64KiB`. Returns whole bytes.
    pub fn read_bytes(&self) -> Result<u64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("an amount of data such as 64KiB"))?;
        let bytes = parse_bytes(text).map_err(|why| self.problem(why))?;
        Ok(bytes.round() as u64)
    }

    /// Reads a data rate such as `500kB/s`. Returns bytes per second, above zero.
    pub fn read_byte_rate(&self) -> Result<f64, Problem> {
        let text = self.text().ok_or_else(|| self.expected("a data rate such as 500kB/s"))?;
        parse_byte_rate(text).map_err(|why| self.problem(why))
    }

    /// Reads one of the words in `choices`. Returns the value that the word stands for.
    pub fn read_choice<T: Copy>(&self, choices: &[(&'static str, T, &'static str)]) -> Result<T, Problem> {
        let names = || choices.iter().map(|(name, _, _)| *name);
        let listed = || names().collect::<Vec<_>>().join(", ");
        let Some(text) = self.text() else {
            return Err(self.expected(&format!("one of {}", listed())));
        };
        if let Some((_, value, _)) = choices.iter().find(|(name, _, _)| *name == text) {
            return Ok(*value);
        }
        let problem = self.problem(format!("`{text}` is not one of {}", listed()));
        Err(match nearest(text, names()) {
            Some(name) => problem.label(format!("did you mean `{name}`?")),
            None => problem,
        })
    }

    /// Reads a boolean: `true`, `yes` or `on`, `false`, `no` or `off`.
    pub fn read_flag(&self) -> Result<bool, Problem> {
        match self.text() {
            Some("true" | "True" | "TRUE" | "yes" | "on") => Ok(true),
            Some("false" | "False" | "FALSE" | "no" | "off") => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// Builds the problem "`what` is expected, not …", which names the value found or its type.
    pub fn expected(&self, what: &str) -> Problem {
        match self.text() {
            Some(text) => self.problem(format!("{what} is expected, not `{}`", shortened(text))),
            None => self.problem(format!("{what} is expected, not {}", self.what())),
        }
    }
}

/// Shortens a text for a message, since a value can be as long as a whole file.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
