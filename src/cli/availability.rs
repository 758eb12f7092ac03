//! `steadfast availability LOG...`

use super::output::{OutputArgs, write_whole};
use super::{Colour, Exit, progress};
use crate::availability::analysis::settings::{By, Combine, Maintenance, Objectives, Settings, Weights};
use crate::availability::analysis::{Analysed, analyse};
use crate::availability::document::{Shown, document};
use crate::availability::evidence::{Evidence, OPEN, Shape, Sources};
use crate::availability::gates::{Gate, Strictness};
use crate::availability::input::bytes::{self, ByteCounter};
use crate::availability::input::columns::ColumnWishes;
use crate::availability::input::field::Field;
use crate::availability::input::plan::Filter;
use crate::availability::input::preset::{self, PRESETS, Preset};
use crate::availability::input::timestamp::DateOrder;
use crate::availability::input::{ReadOptions, read};
use crate::availability::ledger::Ledger;
use crate::availability::objectives;
use crate::base::problem::{Problem, Problems};
use crate::base::quantity::parse_duration;
use crate::base::random::DEFAULT_SEED;
use crate::base::suggest::nearest;
use crate::base::text::counted;
use crate::base::time::{MICROS, Zone, parse_instant};
use crate::report::format::csv::csv_safe;
use crate::report::{Check, Outcome};
use crate::timeline::hours::Hours;
use crate::timeline::samples::State;
use crate::timeline::slo::{Objective, SloWindow};
use crate::timeline::{Span, Spans};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Arguments of `availability`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  steadfast availability incidents.csv --from 2026-01-01 --to 2026-02-01
  steadfast availability export.csv --columns start=opened,end=closed,service=ci --timezone Europe/London
  steadfast availability incidents.csv --slo 99.9% --slo-window month --fail-if 'budget_left < 0'")]
pub(super) struct Args {
    /// Logs: CSV, TSV, JSON, JSON lines or event logs, gzip or Zstandard packed; `-` is standard input
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<String>,

    /// Start of the window: a date, a local time of --timezone or RFC 3339 [default: the first instant of the log]
    #[arg(long, value_name = "TIME", help_heading = "Window")]
    from: Option<String>,
    /// End of the window, not part of it [default: the last instant of the log]
    #[arg(long, value_name = "TIME", help_heading = "Window")]
    to: Option<String>,
    /// IANA zone of local times and of the calendar, such as Europe/London [default: UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Window")]
    timezone: Option<String>,

    /// Which column is what: start=…,end=…,service=…; `a|b` takes the first that is not empty, `a+b` joins them
    #[arg(long, value_name = "FIELD=COLUMN,…", help_heading = "Reading")]
    columns: Vec<String>,
    /// Only rows with these values: severity=SEV1,SEV2 or impact!=maintenance; may be repeated
    #[arg(long = "where", value_name = "COLUMN=VALUE,…", help_heading = "Reading")]
    filters: Vec<String>,
    /// Read the logs as this export (see `steadfast list inputs`) [default: recognised by content]
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    preset: Option<String>,
    /// What a row is [default: told by the columns]
    #[arg(long, value_name = "SHAPE", help_heading = "Reading")]
    shape: Option<ShapeArg>,
    /// The order of day and month in dates such as 03/04/2026 [default: what the column itself shows]
    #[arg(long, value_name = "ORDER", help_heading = "Reading")]
    date_order: Option<OrderArg>,
    /// Samples further apart than this leave the time between them unknown [default: twice the usual step]
    #[arg(long, value_name = "DURATION", help_heading = "Reading")]
    max_gap: Option<String>,
    /// State before the first state change in the window
    #[arg(long, value_name = "STATE", default_value = "unknown", help_heading = "Reading")]
    initial_state: StateArg,
    /// Rows that cannot be read: list them and stop with exit code 2, or skip them (they stay in the ledger)
    #[arg(long, value_name = "WHAT", default_value = "stop", help_heading = "Reading")]
    on_bad_row: OnBadRow,
    /// Write every row that was not taken as it stands to FILE (CSV)
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    ledger: Option<PathBuf>,

    /// Tables by service, severity, cause, day, week, month, quarter, year, weekday, hour or a column [default: service]
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', help_heading = "Measures")]
    by: Vec<String>,
    /// How services make the total: any (down while any is), all, k:N (down while N are), pool (a fleet)
    #[arg(long, value_name = "RULE", default_value = "any", help_heading = "Measures")]
    combine: String,
    /// Level of all intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", help_heading = "Measures")]
    confidence: String,
    /// Planned maintenance, in any format that logs may have; without a service it holds for all
    #[arg(long, value_name = "FILE", help_heading = "Measures")]
    maintenance: Vec<String>,
    /// Service hours, such as "Mon-Fri 10:00-17:00", shown beside the calendar
    #[arg(long, value_name = "HOURS", help_heading = "Measures")]
    hours: Option<String>,
    /// Weights of partial outages: severity=SEV1:1,SEV2:0.5, or a column of shares from 0 to 1
    #[arg(long, value_name = "WEIGHTS", help_heading = "Measures")]
    weight: Option<String>,
    /// Failures of zero length: leave them out of MTBF and MTTR, or count them
    #[arg(long, value_name = "WHAT", default_value = "ignore", help_heading = "Measures")]
    zero_length: ZeroLength,
    /// Add a bootstrap interval of MTTR with this many resamples
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Measures")]
    bootstrap: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = DEFAULT_SEED, help_heading = "Measures")]
    seed: u64,

    /// Objective for every service and the whole, such as 99.9%, or a file of objectives (.yaml, .toml, .json)
    #[arg(long, value_name = "SLO", help_heading = "Objectives")]
    slo: Option<String>,
    /// The objective's window: 30d and the like (rolling), or day, week, month, quarter, year
    #[arg(long, value_name = "WINDOW", default_value = "30d", help_heading = "Objectives")]
    slo_window: String,
    /// Repair time assumed for a service that never failed [default: the log's MTTR]
    #[arg(long, value_name = "DURATION", help_heading = "Objectives")]
    assume_mttr: Option<String>,
    /// Exit with 1 if this holds: "availability < 99.9%", "mttr > 1h for api", "budget_left < 10% for each"; may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = "Objectives")]
    fail_if: Vec<String>,
    /// How --fail-if decides: by the estimate, or only if its interval lies wholly on the wrong side
    #[arg(long, value_name = "HOW", default_value = "point", help_heading = "Objectives")]
    gate: GateArg,

    /// Print formula, n and method of each figure
    #[arg(long, help_heading = "Output")]
    explain: bool,
    /// Rows of a table for people at most, those with the most downtime; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50, help_heading = "Output")]
    top: usize,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ShapeArg {
    Incidents,
    States,
    Samples,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum OrderArg {
    /// Day before month
    Dmy,
    /// Month before day
    Mdy,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum StateArg {
    Up,
    Down,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnBadRow {
    Stop,
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ZeroLength {
    Ignore,
    Count,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum GateArg {
    Point,
    Significant,
}

/// What the arguments say, decided and checked.
struct Decided {
    reading: ReadOptions,
    settings: Settings,
    gates: Vec<Gate>,
    strictness: Strictness,
}

/// Reads, computes, describes and judges.
pub(super) fn run(args: Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations()?;
    let Decided { reading, mut settings, gates, strictness } = decide(&args)?;
    let evidence = read_logs(&args.logs, &reading, args.output.quiet)?;
    refuse_bad_rows(&evidence, args.on_bad_row)?;
    settings.maintenance = read_maintenance(&args, &reading)?;
    let sources = evidence.sources.clone();
    let Analysed { report, ledger } = analyse(evidence, &settings)?;
    let checks: Vec<Check> = gates.iter().flat_map(|gate| gate.check(&report, strictness)).collect();
    if let Some(path) = &args.ledger {
        write_ledger(path, &ledger, &sources)?;
    }
    for destination in destinations {
        let lines_max = (destination.is_for_people() && args.top > 0).then_some(args.top);
        let shown = Shown { lines_max, explain: args.explain };
        destination.write(&document(&report, &ledger, checks.clone(), shown), colour)?;
    }
    Ok(if checks.iter().any(|check| check.outcome == Outcome::Missed) { Exit::Missed } else { Exit::Fine })
}

fn decide(args: &Args) -> Result<Decided, Problems> {
    let mut problems = Vec::new();
    let mut keep = |flag: &str, result: Result<(), String>| {
        if let Err(why) = result {
            problems.push(Problem::new(format!("{flag}: {why}")));
        }
    };
    let mut zone = None;
    keep("--timezone", args.timezone.as_deref().map_or(Ok(()), |name| find_zone(name).map(|found| zone = Some(found))));
    let calendar = zone.clone().unwrap_or_else(Zone::utc);
    let (mut from, mut to) = (None, None);
    for (flag, text, slot) in [("--from", &args.from, &mut from), ("--to", &args.to, &mut to)] {
        keep(flag, text.as_deref().map_or(Ok(()), |text| parse_instant(text, &calendar).map(|at| *slot = Some(at))));
    }
    let mut wishes = ColumnWishes::default();
    for columns in &args.columns {
        keep("--columns", ColumnWishes::parse_columns(columns).map(|parsed| wishes.columns.extend(parsed)));
    }
    for filter in &args.filters {
        keep("--where", Filter::parse(filter).map(|filter| wishes.filters.push(filter)));
    }
    keep("--where", if wishes.filters.len() > 4 { Err("at most four conditions".into()) } else { Ok(()) });
    let by = groupings(&args.by);
    let columns: Vec<&By> = by.iter().filter(|by| matches!(by, By::Column(_))).collect();
    keep("--by", if columns.len() > 1 { Err("at most one column of the log".into()) } else { Ok(()) });
    if let Some(By::Column(column)) = columns.first() {
        wishes.group = Some(column.clone());
    }
    let (mut weights, mut preset, mut hours, mut max_gap_s, mut assumed_mttr_s) = (None, None, None, None, None);
    let (mut combine, mut confidence) = (Combine::Pool, 0.95);
    keep("--weight", args.weight.as_deref().map_or(Ok(()), |text| parse_weights(text, &mut wishes).map(|w| weights = Some(w))));
    keep("--preset", args.preset.as_deref().map_or(Ok(()), |name| find_preset(name).map(|found| preset = Some(found))));
    keep("--hours", args.hours.as_deref().map_or(Ok(()), |text| Hours::parse(text).map(|parsed| hours = Some(parsed))));
    keep("--max-gap", optional_duration(args.max_gap.as_deref()).map(|gap| max_gap_s = gap));
    keep("--assume-mttr", optional_duration(args.assume_mttr.as_deref()).map(|mttr| assumed_mttr_s = mttr));
    keep("--combine", Combine::parse(&args.combine).map(|rule| combine = rule));
    keep("--confidence", parse_confidence(&args.confidence).map(|level| confidence = level));
    let mut gates = Vec::new();
    for condition in &args.fail_if {
        keep("--fail-if", Gate::parse(condition).map(|gate| gates.push(gate)));
    }
    let mut objectives = Objectives::default();
    match read_objectives(args) {
        Ok(read) => objectives = read,
        Err(found) => problems.extend(found.0),
    }
    if gates.iter().any(Gate::needs_objective) && args.slo.is_none() {
        problems.push(Problem::new("--fail-if: a budget needs an objective").help("give one with --slo 99.9%"));
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let reading = ReadOptions {
        preset,
        shape: args.shape.map(Shape::from),
        zone,
        date_order: args.date_order.map(DateOrder::from),
        wishes,
        max_gap_micros: max_gap_s.map(|seconds: f64| (seconds * MICROS as f64) as i64),
        keep_ledger: args.ledger.is_some(),
        threads,
    };
    let settings = Settings {
        from,
        to,
        zone: calendar,
        combine,
        by,
        confidence,
        maintenance: Maintenance::default(),
        hours,
        weights,
        objectives,
        initial_state: args.initial_state.into(),
        count_zero_length: args.zero_length == ZeroLength::Count,
        bootstrap: args.bootstrap,
        seed: args.seed,
        assumed_mttr_s,
        keep_ledger: args.ledger.is_some(),
        threads,
    };
    let strictness = match args.gate {
        GateArg::Point => Strictness::Point,
        GateArg::Significant => Strictness::Significant,
    };
    Ok(Decided { reading, settings, gates, strictness })
}

fn groupings(words: &[String]) -> Vec<By> {
    let mut by: Vec<By> = words.iter().map(|word| By::parse(word.trim())).collect();
    if by.is_empty() {
        by.push(By::Service);
    }
    by
}

fn find_zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).ok_or_else(|| {
        let names = Zone::names();
        let guess = nearest(name, names.iter().map(String::as_str));
        let guess = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
        format!("there is no zone `{name}`{guess} Zones are named as in Europe/London")
    })
}

fn find_preset(name: &str) -> Result<&'static Preset, String> {
    preset::named(name).ok_or_else(|| {
        let guess = nearest(name, PRESETS.iter().map(|preset| preset.name));
        let guess = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
        format!("there is no input `{name}`{guess} `steadfast list inputs` shows all")
    })
}

fn optional_duration(text: Option<&str>) -> Result<Option<f64>, String> {
    let seconds = text.map(parse_duration).transpose()?;
    match seconds {
        Some(seconds) if !(seconds > 0.0) => Err("must be above zero".into()),
        other => Ok(other),
    }
}

fn parse_confidence(text: &str) -> Result<f64, String> {
    let (digits, percent) = text.trim().strip_suffix('%').map_or((text.trim(), false), |digits| (digits.trim(), true));
    let level: f64 = digits.parse().map_err(|_| format!("`{text}` is not a level such as 0.95 or 95%"))?;
    let level = if percent { level / 100.0 } else { level };
    if level > 0.0 && level < 1.0 { Ok(level) } else { Err(format!("`{text}` does not lie between 0 and 1")) }
}

/// `severity=SEV1:1,SEV2:0.5`, or the name of a column of shares.
fn parse_weights(text: &str, wishes: &mut ColumnWishes) -> Result<Weights, String> {
    let Some((key, table)) = text.split_once('=') else {
        wishes.columns.push((Field::Weight, text.to_owned()));
        return Ok(Weights::Column);
    };
    if key != "severity" {
        wishes.columns.push((Field::Severity, key.to_owned()));
    }
    let pairs = table.split(',').map(|pair| {
        let (name, weight) = pair.rsplit_once(':').ok_or_else(|| format!("`{pair}` is not of the form VALUE:WEIGHT"))?;
        let weight: f64 = weight.trim().parse().map_err(|_| format!("`{weight}` is not a number"))?;
        if (0.0..=1.0).contains(&weight) {
            Ok((name.trim().to_owned(), weight))
        } else {
            Err(format!("the weight {weight} of `{name}` does not lie between 0 and 1"))
        }
    });
    pairs.collect::<Result<_, _>>().map(Weights::BySeverity)
}

fn read_objectives(args: &Args) -> Result<Objectives, Problems> {
    let window = SloWindow::parse(&args.slo_window).map_err(|why| Problem::new(format!("--slo-window: {why}")))?;
    let Some(slo) = &args.slo else { return Ok(Objectives::default()) };
    match crate::base::quantity::parse_share_complement(slo) {
        Ok(unavailability_target) => {
            let default = Some(Objective { unavailability_target, window });
            Ok(Objectives { default, of_service: BTreeMap::new() })
        }
        Err(why) if !slo.contains('.') || slo.ends_with('%') => Err(Problem::new(format!("--slo: {why}")).into()),
        Err(_) => {
            let text = std::fs::read_to_string(slo).map_err(|error| Problem::new(format!("--slo: {slo}: {error}")))?;
            objectives::parse(slo, &text, &window)
        }
    }
}

fn read_logs(logs: &[String], reading: &ReadOptions, quiet: bool) -> Result<Evidence, Problems> {
    let counter = ByteCounter::default();
    let sizes = logs.iter().map(|log| std::fs::metadata(log).map(|metadata| metadata.len()).ok());
    let total: Option<u64> = sizes.sum();
    progress::while_reading(quiet, total, &counter, || read(logs, |name| bytes::open(name, &counter), reading))
}

fn read_maintenance(args: &Args, reading: &ReadOptions) -> anyhow::Result<Maintenance> {
    let mut maintenance = Maintenance::default();
    if args.maintenance.is_empty() {
        return Ok(maintenance);
    }
    let reading = ReadOptions {
        preset: None,
        shape: Some(Shape::Incidents),
        wishes: ColumnWishes::default(),
        keep_ledger: false,
        ..reading.clone()
    };
    let evidence = read_logs(&args.maintenance, &reading, true)?;
    refuse_bad_rows(&evidence, OnBadRow::Stop)?;
    for service in evidence.services {
        let open = service.rows.iter().find(|row| row.end == OPEN);
        anyhow::ensure!(open.is_none(), "--maintenance: a window of `{}` has no end", service.name);
        let spans: Spans = service.rows.iter().map(|row| Span::new(row.start, row.end)).collect();
        match service.name.as_str() {
            "(no service)" | "*" | "all" => maintenance.everywhere = maintenance.everywhere.union(&spans),
            _ => drop(maintenance.of_service.insert(service.name, spans)),
        }
    }
    Ok(maintenance)
}

/// Bad rows listed in full at most; the ledger has them all.
const BAD_ROWS_LISTED: usize = 20;

fn refuse_bad_rows(evidence: &Evidence, on_bad_row: OnBadRow) -> Result<(), Problems> {
    let count = evidence.ledger.total(crate::availability::ledger::Reason::Unparsable).rows;
    if count == 0 || on_bad_row == OnBadRow::Skip {
        return Ok(());
    }
    let mut listed: Vec<Problem> = evidence.bad_rows.iter().take(BAD_ROWS_LISTED).cloned().collect();
    let rows: u64 = evidence.sources.0.iter().map(|source| source.rows).sum();
    let summary = Problem::new(format!("{} of {} could not be read", counted(count, "row"), crate::base::text::grouped(rows)))
        .help("mend them, or compute without them: --on-bad-row skip (they stay in the ledger)")
        .help("if all rows fail alike, a column may be mapped wrongly: see --columns, --date-order and `steadfast list columns`");
    listed.push(summary);
    Err(Problems(listed))
}

fn write_ledger(path: &std::path::Path, ledger: &Ledger, sources: &Sources) -> anyhow::Result<()> {
    write_whole(path, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(["file", "unit", "number", "reason", "effect_s", "detail"])?;
        for entry in ledger.sorted_entries() {
            let (file, unit, number) = sources.locate(entry.row).map_or(("", "", 0), |(s, n)| (s.name.as_str(), s.unit, n));
            let detail = csv_safe(entry.detail.as_deref().unwrap_or_default());
            let effect = crate::base::time::seconds(entry.effect_micros).to_string();
            let file = csv_safe(file);
            table.write_record([&file, unit, &number.to_string(), entry.reason.name(), &effect, &detail])?;
        }
        table.flush()
    })
}

impl From<ShapeArg> for Shape {
    fn from(shape: ShapeArg) -> Self {
        match shape {
            ShapeArg::Incidents => Self::Incidents,
            ShapeArg::States => Self::States,
            ShapeArg::Samples => Self::Samples,
        }
    }
}

impl From<OrderArg> for DateOrder {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Dmy => Self::DayFirst,
            OrderArg::Mdy => Self::MonthFirst,
        }
    }
}

impl From<StateArg> for State {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Up => Self::Up,
            StateArg::Down => Self::Down,
            StateArg::Unknown => Self::Unknown,
        }
    }
}
