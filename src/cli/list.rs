//! `list` and `explain`: print the members of the registries.

use super::args::Suggesting;
use super::{Exit, output};
use crate::availability::input::field::NAMED;
use crate::availability::input::preset::{Kind, PRESETS, Preset};
use crate::availability::ledger::Reason;
use crate::availability::measure;
use crate::base::suggest::did_you_mean;
use crate::chaos::{self, fault};
use crate::config::schema;
use crate::report::format::FORMATS;
use crate::simulate::{self, block, detection};
use crate::stats::distribution::{VARIANTS, Variant};
use crate::stats::interval::Method;
use crate::timeline::calendar::Cycle;
use clap::ValueEnum as _;
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
    /// Ways to detect a failure in a topology.
    Detections,
    /// Faults of an experiment.
    Faults,
    /// Measures of a prediction and of a chaos run.
    Measures,
}

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast list inputs
  steadfast list metrics")]
pub(super) struct ListArgs {
    /// Family to list [default: the families]
    family: Option<Family>,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast explain mttr
  steadfast explain latency")]
pub(super) struct ExplainArgs {
    /// Name as shown by `list`: a metric, a fault, a distribution, a measure, …
    #[arg(hide_possible_values = true, value_parser = Suggesting(names))]
    name: String,
}

/// A member of a family, with its one-line summary and its full description.
struct Member {
    name: &'static str,
    summary: String,
    details: String,
}

impl Member {
    fn new(name: &'static str, summary: impl Into<String>, details: impl Into<String>) -> Self {
        Self { name, summary: summary.into(), details: details.into() }
    }
}

/// Runs `list`.
pub(super) fn list(args: &ListArgs) -> anyhow::Result<Exit> {
    let lines: Vec<(String, String)> = match args.family {
        Some(family) => members(family).into_iter().map(|one| (one.name.to_owned(), one.summary)).collect(),
        None => families().collect(),
    };
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, summary) in &lines {
        let _ = writeln!(text, "{name:width$}  {summary}");
    }
    output::to_stdout(text.as_bytes())
}

/// The names of the families, with what they are.
fn families() -> impl Iterator<Item = (String, String)> {
    let values = Family::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
    values.map(|value| {
        let summary = value.get_help().map(ToString::to_string).unwrap_or_default();
        (value.get_name().to_owned(), summary)
    })
}

/// Runs `explain`.
pub(super) fn explain(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let all = all_members();
    let found: Vec<&Member> =
        all.iter().filter(|member| member.name.eq_ignore_ascii_case(&args.name)).collect();
    if found.is_empty() {
        let guess = did_you_mean(&args.name, all.iter().map(|member| member.name));
        anyhow::bail!(
            "unknown name `{}`{guess} `steadfast list FAMILY` shows the names of a family",
            args.name
        );
    }
    let shown: Vec<String> =
        found.iter().map(|m| format!("{}\n  {}\n{}", m.name, m.summary, m.details)).collect();
    output::to_stdout(shown.join("\n").as_bytes())
}

fn names() -> Vec<&'static str> {
    all_members().iter().map(|member| member.name).collect()
}

fn all_members() -> Vec<Member> {
    Family::value_variants().iter().flat_map(|family| members(*family)).collect()
}

fn members(family: Family) -> Vec<Member> {
    match family {
        Family::Inputs => each(PRESETS, |preset| input(preset)),
        Family::Columns => each(NAMED, |named| {
            let details = format!("  known column names: {}\n", named.usual.join(", "));
            Member::new(named.name, named.summary, details)
        }),
        Family::Formats => each(FORMATS, |format| {
            let details = format!("  extensions: {}\n", format.extensions.join(", "));
            Member::new(format.name, format.summary, details)
        }),
        Family::Metrics => each(measure::MEASURES, |measure| {
            let summary = format!("{} ({})", measure.meaning, measure.unit.bound());
            Member::new(measure.name, summary, format!("  formula: {}\n", measure.formula))
        }),
        Family::Methods => each(Method::ALL, |method| {
            Member::new(method.name(), method.formula(), format!("  source: {}\n", method.source()))
        }),
        Family::Groupings => groupings(),
        Family::Distributions => each(VARIANTS, |variant| distribution(variant)),
        Family::Blocks => each(&(block::FAMILY.members)(), described),
        Family::Detections => each(&(detection::FAMILY.members)(), described),
        Family::Faults => each(&fault::members(), described),
        Family::Measures => {
            let mut members = each(simulate::report::MEASURES, |measure| {
                Member::new(measure.name, measure.meaning, format!("  formula: {}\n", measure.formula))
            });
            members.extend(each(chaos::report::MEASURES, |measure| {
                Member::new(measure.name, measure.meaning, format!("  {}\n", measure.definition))
            }));
            members
        }
        Family::Ledger => Reason::all()
            .map(|reason| Member::new(reason.name(), format!("rows {}", reason.description()), ""))
            .collect(),
    }
}

fn each<T>(items: &[T], member: fn(&T) -> Member) -> Vec<Member> {
    items.iter().map(member).collect()
}

fn described(member: &schema::Member) -> Member {
    Member::new(member.name, member.summary, schema::explained(member))
}

/// Describes a distribution, with its parameters and the sets of them that define it.
fn distribution(variant: &Variant) -> Member {
    let mut details = format!("  example: {}\n", variant.example);
    for key in variant.keys {
        let _ = writeln!(details, "  {}: {}", key.name(), key.summary());
    }
    let forms: Vec<String> = variant.forms.iter().map(|form| form.join(" + ")).collect();
    let _ = writeln!(details, "  parameter sets: {}", forms.join("; "));
    Member::new(variant.name, variant.summary, details)
}

fn groupings() -> Vec<Member> {
    let labels = [("service", "services"), ("severity", "severities"), ("cause", "causes")];
    let labels = labels.into_iter().map(|(name, of)| Member::new(name, format!("the log's {of}"), ""));
    let cycles =
        Cycle::ALL.iter().map(|cycle| Member::new(cycle.name(), "part of the calendar, in --timezone", ""));
    let column = Member::new("COLUMN", "the values of any other column of the log", "");
    labels.chain(cycles).chain([column]).collect()
}

fn input(preset: &Preset) -> Member {
    let mut details = format!("  example:\n    {}\n", preset.example.replace('\n', "\n    "));
    if !preset.signature.is_empty() {
        let names = if matches!(preset.kind, Kind::Delimited) { "columns" } else { "keys" };
        let _ = writeln!(details, "  recognised by the {names}: {}", preset.signature.join(", "));
    }
    for (field, names) in preset.fields {
        let _ = writeln!(details, "  {} = {}", field.name(), names.join(" | "));
    }
    if !preset.note.is_empty() {
        let _ = writeln!(details, "  note: {}", preset.note);
    }
    Member::new(preset.name, preset.summary, details)
}
