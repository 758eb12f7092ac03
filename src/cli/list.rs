//! `list` and `explain`: print the members of the registries.

use super::{Exit, output};
use crate::availability::input::field::NAMED;
use crate::availability::input::preset::{Kind, PRESETS, Preset};
use crate::availability::ledger::Reason;
use crate::availability::measure;
use crate::base::suggest::did_you_mean;
use crate::chaos::fault;
use crate::chaos::report::MEASURES;
use crate::config::schema;
use crate::report::format::FORMATS;
use crate::simulate::block;
use crate::stats::distribution::{VARIANTS, Variant};
use crate::stats::interval::Method;
use crate::timeline::calendar::Cycle;
use std::fmt::Write as _;

/// Families of registered members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Family {
    /// Export formats that `availability` recognises.
    Inputs,
    /// Fields that `--columns` can name, with the known column names of each.
    Columns,
    /// Output formats.
    Formats,
    /// Metrics for `--fail-if`.
    Metrics,
    /// Interval methods, with formula and source.
    Methods,
    /// Groupings for `--by`.
    Groupings,
    /// Reasons for entries in the ledger.
    Ledger,
    /// Distributions of times in a topology.
    Distributions,
    /// Blocks of a topology.
    Blocks,
    /// Faults of an experiment.
    Faults,
    /// Measures of a chaos run.
    Measures,
}

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Family to list
    family: Family,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Name as shown by `list`: a metric, a fault, a distribution, a measure of a run, …
    name: String,
}

/// A member of a family, with its one-line summary and its full description.
struct Member {
    name: String,
    summary: String,
    details: String,
}

/// Runs `list`.
pub(super) fn list(args: &ListArgs) -> anyhow::Result<Exit> {
    let members = members(args.family);
    let width = members.iter().map(|member| member.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for member in &members {
        let padding = " ".repeat(width - member.name.chars().count());
        let _ = writeln!(text, "{}{padding}  {}", member.name, member.summary);
    }
    output::to_stdout(text.as_bytes())?;
    Ok(Exit::Fine)
}

/// Runs `explain`.
pub(super) fn explain(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let families = [
        Family::Inputs,
        Family::Columns,
        Family::Formats,
        Family::Metrics,
        Family::Methods,
        Family::Ledger,
        Family::Groupings,
        Family::Distributions,
        Family::Blocks,
        Family::Faults,
        Family::Measures,
    ];
    let all: Vec<Member> = families.into_iter().flat_map(members).collect();
    let found: Vec<&Member> =
        all.iter().filter(|member| member.name.eq_ignore_ascii_case(&args.name)).collect();
    if found.is_empty() {
        let guess = did_you_mean(&args.name, all.iter().map(|member| member.name.as_str()));
        anyhow::bail!(
            "unknown name `{}`{guess} `steadfast list FAMILY` shows the names of a family",
            args.name
        );
    }
    let shown: Vec<String> =
        found.iter().map(|m| format!("{}\n  {}\n{}", m.name, m.summary, m.details)).collect();
    output::to_stdout(shown.join("\n").as_bytes())?;
    Ok(Exit::Fine)
}

fn members(family: Family) -> Vec<Member> {
    match family {
        Family::Inputs => PRESETS.iter().map(|preset| input(preset)).collect(),
        Family::Columns => NAMED
            .iter()
            .map(|named| Member {
                name: named.name.into(),
                summary: named.summary.into(),
                details: format!("  known column names: {}\n", named.usual.join(", ")),
            })
            .collect(),
        Family::Formats => FORMATS
            .iter()
            .map(|format| Member {
                name: format.name.into(),
                summary: format.summary.into(),
                details: format!("  extensions: {}\n", format.extensions.join(", ")),
            })
            .collect(),
        Family::Metrics => {
            let metric = |measure: &measure::Measure| Member {
                name: measure.name.into(),
                summary: format!("{} ({})", measure.meaning, measure.unit.bound()),
                details: format!("  formula: {}\n", measure.formula),
            };
            measure::MEASURES.iter().map(metric).collect()
        }
        Family::Methods => Method::ALL
            .iter()
            .map(|method| Member {
                name: method.name().into(),
                summary: method.formula().into(),
                details: format!("  source: {}\n", method.source()),
            })
            .collect(),
        Family::Groupings => groupings(),
        Family::Distributions => VARIANTS.iter().map(|variant| distribution(variant)).collect(),
        Family::Blocks => described(&(block::FAMILY.members)()),
        Family::Faults => described(&fault::members()),
        Family::Measures => MEASURES
            .iter()
            .map(|measure| Member {
                name: measure.name.into(),
                summary: measure.meaning.into(),
                details: format!("  {}\n", measure.definition),
            })
            .collect(),
        Family::Ledger => Reason::ALL
            .iter()
            .map(|reason| plain(reason.name(), &format!("rows {}", reason.description())))
            .collect(),
    }
}

fn described(members: &[schema::Member]) -> Vec<Member> {
    let member = |member: &schema::Member| Member {
        name: member.name.into(),
        summary: member.summary.into(),
        details: schema::explained(member),
    };
    members.iter().map(member).collect()
}

fn plain(name: &str, summary: &str) -> Member {
    Member { name: name.into(), summary: summary.into(), details: String::new() }
}

/// Describes a distribution, with its parameters and the sets of them that define it.
fn distribution(variant: &Variant) -> Member {
    let mut details = format!("  example: {}\n", variant.example);
    for key in variant.keys {
        let _ = writeln!(details, "  {}: {}", key.name(), key.summary());
    }
    let forms: Vec<String> = variant.forms.iter().map(|form| form.join(" + ")).collect();
    let _ = writeln!(details, "  parameter sets: {}", forms.join("; "));
    Member { name: variant.name.into(), summary: variant.summary.into(), details }
}

fn groupings() -> Vec<Member> {
    let labels = [("service", "services"), ("severity", "severities"), ("cause", "causes")];
    let labels = labels.into_iter().map(|(name, of)| plain(name, &format!("the log's {of}")));
    let cycles = Cycle::ALL.into_iter().map(|cycle| plain(cycle.name(), "of the calendar in --timezone"));
    labels.chain(cycles).chain([plain("COLUMN", "the values of any other column of the log")]).collect()
}

fn input(preset: &Preset) -> Member {
    let mut details = format!("  example:\n    {}\n", preset.example.replace('\n', "\n    "));
    match &preset.kind {
        Kind::Delimited(table) => {
            describe(&mut details, "recognised by the columns", table.signature);
            for (field, columns) in table.columns {
                let _ = writeln!(details, "  {} = {}", field.name(), columns.join(" | "));
            }
            note(&mut details, table.note);
        }
        Kind::Json(list) => {
            describe(&mut details, "recognised by the keys", list.signature);
            for (field, paths) in list.paths {
                let _ = writeln!(details, "  {} = {}", field.name(), paths.join(" | "));
            }
            note(&mut details, list.note);
        }
        Kind::Document(_) | Kind::Lines(_) => {}
    }
    Member { name: preset.name.into(), summary: preset.summary.into(), details }
}

fn describe(details: &mut String, what: &str, names: &[&str]) {
    if !names.is_empty() {
        let _ = writeln!(details, "  {what}: {}", names.join(", "));
    }
}

fn note(details: &mut String, note: &str) {
    if !note.is_empty() {
        let _ = writeln!(details, "  note: {note}");
    }
}
