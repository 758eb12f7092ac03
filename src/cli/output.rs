//! Output: writes documents to standard output or to files.

use super::args::Suggesting;
use super::outfile::{Existing, refuse_unwritable, write_whole};
use super::{Colour, Exit};
use crate::base::suggest::did_you_mean;
use crate::report::Document;
use crate::report::format::{self, Format, Look};
use anyhow::{Context as _, bail};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

/// Output flags of every subcommand with results.
#[derive(Debug, clap::Args)]
pub(super) struct OutputArgs {
    /// Format of standard output (see `steadfast list formats`) [default: table]
    #[arg(long, value_name = "FORMAT", help_heading = "Output", hide_possible_values = true,
        value_parser = Suggesting(format_names))]
    format: Option<String>,
    /// Write to FILE in the format of its extension, or else of --format; may be repeated
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,
    /// Print only this table, or this chart as a table [default for CSV: the first table]
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub table: Option<String>,
    /// Print results only, without progress and notes
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// Where to write a document, and in which format.
pub(super) struct Destination {
    format: &'static Format,
    file: Option<PathBuf>,
}

impl Destination {
    /// Returns whether the format is meant for people rather than programs.
    pub(super) fn is_for_people(&self) -> bool {
        self.format.for_people
    }

    /// Writes the document.
    pub(super) fn write(&self, document: &Document, colour: Colour) -> anyhow::Result<()> {
        if let Some(path) = &self.file {
            return write_whole(path, |out| (self.format.write)(document, &Look::FILE, out));
        }
        let stdout = io::stdout().lock();
        let look = look(&stdout, colour);
        let mut out = BufWriter::new(stdout);
        (self.format.write)(document, &look, &mut out)?;
        Ok(out.flush()?)
    }
}

impl OutputArgs {
    /// Returns the format of `--format`, if it is given.
    pub(super) fn known_format(&self) -> Result<Option<&'static Format>, String> {
        self.format.as_deref().map(find).transpose()
    }

    /// Returns every `--output`, or standard output if there is none. Fails if one of these files, or of the other
    /// files of the run, cannot be written, and if a file has no known format.
    pub(super) fn destinations(&self, other: Option<&Path>) -> anyhow::Result<Vec<Destination>> {
        let named = self.known_format().map_err(anyhow::Error::msg)?;
        let stdout = self.output.is_empty().then_some(Path::new("-"));
        refuse_unwritable(self.output.iter().map(PathBuf::as_path).chain(stdout).chain(other))?;
        if self.output.is_empty() {
            return Ok(vec![Destination { format: named.unwrap_or(format::FORMATS[0]), file: None }]);
        }
        let each = self.output.iter().map(|path| {
            let format = format::for_extension(path).or(named);
            let format = format.with_context(|| {
                format!("{}: its extension is not that of a format; choose one with --format", path.display())
            })?;
            Ok(Destination { format, file: Some(path.clone()) })
        });
        each.collect()
    }

    /// Whether some output shows one of the `tables` of a document that is not the first; without one, whether some
    /// output shows all of a document.
    pub(super) fn shows(&self, table: Option<&str>, tables: &[&str]) -> bool {
        let formats = self.output.iter().filter_map(|path| format::for_extension(path));
        let named = self.known_format().ok().flatten();
        let of_stdout = self.output.is_empty().then(|| named.unwrap_or(format::FORMATS[0]));
        formats.chain(named).chain(of_stdout).any(|format| match (table, self.table.as_deref()) {
            _ if format.is_whole => true,
            (None, _) => false,
            (Some(_), None) => format.for_people,
            (Some(table), Some(chosen)) => chosen == table || !tables.contains(&chosen),
        })
    }

    /// Returns the files that `--output` and another flag name, as far as they exist.
    pub(super) fn existing(&self, other: Option<&Path>) -> Existing {
        Existing::of(self.output.iter().map(PathBuf::as_path).chain(other))
    }

    /// Writes a document to every destination.
    pub(super) fn write(
        &self,
        destinations: &[Destination],
        document: &Document,
        colour: Colour,
    ) -> anyhow::Result<()> {
        let written = destinations.iter().map(|destination| {
            // An error at one destination does not stop the output to the others.
            unless_nobody_reads(destination.write(document, colour))
        });
        let written = written.fold(Ok(()), anyhow::Result::and);
        self.tell_in_brief(destinations, document, colour);
        written
    }

    /// Prints the headline on stderr if all output went to files, so that it shows in the terminal or in
    /// the log of a build.
    pub(super) fn tell_in_brief(&self, destinations: &[Destination], document: &Document, colour: Colour) {
        if self.tells_in_brief(destinations) {
            tell(document, colour);
        }
    }

    fn tells_in_brief(&self, destinations: &[Destination]) -> bool {
        !self.quiet && destinations.iter().all(|destination| destination.file.is_some())
    }

    /// Writes the document of something that cannot be had again to every destination. If that fails, prints the
    /// headline on stderr in any case.
    pub(super) fn write_or_tell(
        &self,
        destinations: &[Destination],
        document: &Document,
        colour: Colour,
    ) -> anyhow::Result<()> {
        self.write(destinations, document, colour).inspect_err(|_| {
            if !self.tells_in_brief(destinations) {
                tell(document, colour);
            }
        })
    }

    /// Reduces a document to the table of `--table`, if the flag is given.
    pub(super) fn chosen(&self, mut document: Document) -> anyhow::Result<Document> {
        if let Some(name) = &self.table
            && let Err(names) = document.keep_only(name)
        {
            bail!(no_such_table(name, &names));
        }
        Ok(document)
    }

    /// Rejects a `--table` that none of the documents to come has, before the work on them begins.
    pub(super) fn refuse_unknown_table(&self, known: &[&str]) -> anyhow::Result<()> {
        let unknown = self.table.as_ref().filter(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(anyhow::anyhow!(no_such_table(name, known))))
    }
}

/// Prints the headline of a document on stderr.
fn tell(document: &Document, colour: Colour) {
    let stderr = io::stderr();
    let look = Look { width: Look::FILE.width, colour: colour.on(stderr.is_terminal()) };
    for line in format::in_brief(document, &look) {
        // Ignore write errors on stderr: the reader may be gone.
        let _ = writeln!(stderr.lock(), "{line}");
    }
}

fn no_such_table(name: &str, names: &[&str]) -> String {
    format!("--table: {}", unknown("table", name, names))
}

fn find(name: &str) -> Result<&'static Format, String> {
    format::find(name).ok_or_else(|| unknown("format", name, &format_names()))
}

fn format_names() -> Vec<&'static str> {
    format::FORMATS.iter().map(|format| format.name).collect()
}

pub(super) fn unknown(what: &str, name: &str, names: &[&str]) -> String {
    let guess = did_you_mean(name, names.iter().copied());
    format!("unknown {what} `{name}`{guess} Known {what}s are {}", names.join(", "))
}

fn look(stdout: &io::StdoutLock<'_>, colour: Colour) -> Look {
    let terminal = stdout.is_terminal();
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    // With a pager behind a pipe, the terminal is still that of the errors.
    let detected = match (terminal, io::stderr().is_terminal()) {
        (true, _) => Some(console::Term::stdout().size().1),
        (false, true) => Some(console::Term::stderr().size().1),
        (false, false) => None,
    };
    let detected = detected.map(usize::from);
    Look { width: columns.or(detected).unwrap_or(Look::FILE.width), colour: colour.on(terminal) }
}

/// Ignores a broken pipe, so that the remaining output is still written.
pub(super) fn unless_nobody_reads(written: anyhow::Result<()>) -> anyhow::Result<()> {
    written.or_else(|error| if is_broken_pipe(&error) { Ok(()) } else { Err(error) })
}

/// Returns whether the error is a broken pipe: the reader of the output is gone.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let in_csv = error.downcast_ref::<csv::Error>().map(csv::Error::kind);
    let io = match in_csv {
        Some(csv::ErrorKind::Io(io)) => Some(io),
        _ => error.downcast_ref::<io::Error>(),
    };
    io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes bytes to standard output.
pub(super) fn to_stdout(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(Exit::Fine)
}
