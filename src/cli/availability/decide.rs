//! Turns the arguments of `availability` into validated settings, before any input is read. Reports all
//! invalid flags together.

use super::args::{Args, ZeroLength};
use crate::availability::analysis::settings::{By, Combine, Maintenance, Objectives, Settings, Weights};
use crate::availability::evidence::Shape;
use crate::availability::gates::{Gate, Strictness};
use crate::availability::input::columns::ColumnWishes;
use crate::availability::input::field::{FILTERS, Field};
use crate::availability::input::plan::Filter;
use crate::availability::input::preset::{self, PRESETS, Preset};
use crate::availability::input::states::StateMap;
use crate::availability::input::{ReadOptions, Services};
use crate::availability::objectives;
use crate::availability::quorum::Quorum;
use crate::base::problem::{Problem, Problems};
use crate::base::quantity::{parse_duration, parse_number_or_percent, parse_share_complement};
use crate::base::suggest::{did_you_mean, nearest};
use crate::base::time::{MICROS, Timestamp, Zone, parse_instant};
use crate::cli::args::{Wrong, cores};
use crate::cli::file;
use crate::timeline::combine::Rule;
use crate::timeline::holidays;
use crate::timeline::hours::Hours;
use crate::timeline::samples::State;
use crate::timeline::slo::{Objective, SloWindow};
use std::collections::BTreeMap;
use std::path::Path;

/// The validated arguments.
pub(super) struct Decided {
    /// Options for reading the logs.
    pub reading: ReadOptions,
    /// Settings of the analysis.
    pub settings: Settings,
    /// The conditions of `--fail-if`.
    pub gates: Vec<Gate>,
    /// The use of intervals by the gates.
    pub strictness: Strictness,
}

/// Validates the arguments and fills in defaults. Fails with the problems of all flags.
pub(super) fn decide(args: &Args) -> Result<Decided, Problems> {
    let mut wrong = Wrong::default();
    let zone = wrong.keep_optional("--timezone", args.timezone.as_deref(), find_zone);
    let by = groupings(&args.by);
    let (wishes, weights) = wishes(args, &by, &mut wrong);
    let log_zone = wrong.keep_optional("--log-timezone", args.log_timezone.as_deref(), find_zone);
    let reading = reading(args, log_zone.or_else(|| zone.clone()), wishes, &mut wrong);
    let settings = settings(args, zone.unwrap_or_else(Zone::utc), by, weights, &mut wrong);
    let mut gates: Vec<Gate> =
        args.fail_if.iter().filter_map(|text| wrong.keep("--fail-if", Gate::fail_if(text))).collect();
    gates.extend(args.require.iter().filter_map(|text| wrong.keep("--require", Gate::require(text))));
    for gate in gates.iter().filter(|gate| gate.fails_the_good()) {
        wrong.0.push(gate.problem_of_good());
    }
    if gates.is_empty() && args.gate == Strictness::Significant {
        wrong.0.push(Problem::new("--gate: has no effect without --fail-if or --require"));
    }
    if gates.iter().any(Gate::needs_objective) && args.slo.is_none() {
        wrong.0.push(Problem::new("a budget needs an objective").help("give one with --slo 99.9%"));
    }
    if args.weight.is_some() && !matches!(settings.combine, Combine::System(Rule::Any) | Combine::Pool) {
        wrong.0.push(
            Problem::new("--weight: requires --combine any or --combine pool")
                .help("the weighted downtime of several services is not defined under other rules"),
        );
    }
    wrong.keep("--format", args.output.known_format());
    wrong.none()?;
    Ok(Decided { reading, settings, gates, strictness: args.gate })
}

/// Collects what `--columns`, `--where`, `--by` and `--weight` say about columns; also returns the
/// weights.
fn wishes(args: &Args, by: &[By], wrong: &mut Wrong) -> (ColumnWishes, Option<Weights>) {
    let mut wishes = ColumnWishes::default();
    for columns in &args.columns {
        wishes
            .columns
            .extend(wrong.keep("--columns", ColumnWishes::parse_columns(columns)).unwrap_or_default());
    }
    wishes.filters =
        args.filters.iter().filter_map(|text| wrong.keep("--where", Filter::parse(text))).collect();
    wishes.planned = wrong.keep_optional("--planned", args.planned.as_deref(), Filter::parse);
    if wishes.filters.len() > FILTERS.len() {
        wrong.keep::<()>("--where", Err(format!("at most {} conditions", FILTERS.len())));
    }
    let columns =
        by.iter().filter_map(|by| if let By::Column(column) = by { Some(column.clone()) } else { None });
    let columns: Vec<String> = columns.collect();
    if columns.len() > 1 {
        wrong
            .keep::<()>("--by", Err(format!("at most one column of the log, not {}", columns.join(" and "))));
    }
    wishes.group = columns.into_iter().next();
    let weights =
        wrong.keep_optional("--weight", args.weight.as_deref(), |text| parse_weights(text, &mut wishes));
    (wishes, weights)
}

fn reading(args: &Args, zone: Option<Zone>, wishes: ColumnWishes, wrong: &mut Wrong) -> ReadOptions {
    let max_gap_s = wrong.keep_optional("--max-gap", args.max_gap.as_deref(), positive_duration);
    let mut wishes = wishes;
    let is_one_service = take_no_service(&mut wishes.columns);
    ReadOptions {
        preset: wrong.keep_optional("--preset", args.preset.as_deref(), find_preset),
        shape: args.shape,
        zone,
        date_order: args.date_order,
        wishes,
        lists: args.lists.clone(),
        states: wrong.keep_optional("--states", args.states.as_deref(), StateMap::parse),
        max_gap_micros: max_gap_s.map(|seconds| (seconds * MICROS as f64) as i64),
        keep_ledger: args.ledger.is_some(),
        threads: cores(),
        rows_before: 0,
        services: if is_one_service { Services::None } else { Services::Optional },
    }
}

/// Takes `service=-` out of the columns: all rows belong to one service, or apply to all.
fn take_no_service(columns: &mut Vec<(Field, String)>) -> bool {
    let none = (Field::Service, "-".to_owned());
    let is_there = columns.contains(&none);
    columns.retain(|column| *column != none);
    is_there
}

/// Options for reading the maintenance files, whose rows are numbered after those of the logs.
pub(super) fn reading_maintenance(
    args: &Args,
    reading: &ReadOptions,
    rows_before: u32,
) -> Result<ReadOptions, Problems> {
    let mut wrong = Wrong::default();
    let own = args.maintenance_columns.as_deref();
    let parsed = wrong.keep_optional("--maintenance-columns", own, ColumnWishes::parse_columns);
    wrong.none()?;
    let if_present = parsed.is_none();
    let mut columns = parsed.unwrap_or_else(|| reading.wishes.columns.clone());
    let applies_to_all = take_no_service(&mut columns);
    Ok(ReadOptions {
        preset: None,
        shape: Some(Shape::Incidents),
        wishes: ColumnWishes { columns, if_present, ..ColumnWishes::default() },
        lists: Vec::new(),
        states: None,
        rows_before,
        services: if applies_to_all { Services::None } else { Services::Required },
        ..reading.clone()
    })
}

/// Returns the ends of the window, where they are given.
fn window(
    args: &Args,
    now: Timestamp,
    zone: &Zone,
    wrong: &mut Wrong,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let instant = |text: &str| if text.trim() == "now" { Ok(now) } else { parse_instant(text, zone) };
    let from = wrong.keep_optional("--from", args.from.as_deref(), instant);
    let to = wrong.keep_optional("--to", args.to.as_deref(), instant);
    let last_s = wrong.keep_optional("--last", args.last.as_deref(), positive_duration);
    let Some(last_s) = last_s else { return (from, to) };
    let to = to.unwrap_or(now);
    (Some(to.plus_seconds(-last_s)), Some(to))
}

fn settings(args: &Args, zone: Zone, by: Vec<By>, weights: Option<Weights>, wrong: &mut Wrong) -> Settings {
    // Whole seconds, as people write them.
    let now = Timestamp::from_seconds(jiff::Timestamp::now().as_second());
    let (from, to) = window(args, now, &zone, wrong);
    Settings {
        from,
        to,
        now: Some(now),
        combine: wrong.keep("--combine", Combine::parse(&args.combine)).unwrap_or(Combine::Pool),
        by,
        confidence: wrong.keep("--confidence", args.measures.confidence()).unwrap_or_default(),
        maintenance: Maintenance::default(),
        quorum: wrong.keep_optional("--quorum", args.quorum.as_deref(), Quorum::parse),
        hours: service_hours(args, wrong),
        weights,
        objectives: objectives(args, wrong),
        initial_state: args.initial_state.map_or(State::Unknown, State::from),
        from_first_seen: args.first_seen,
        count_zero_length: args.zero_length == ZeroLength::Count,
        bootstrap: args.bootstrap,
        seed: args.seed,
        assumed_mttr_s: wrong.keep_optional("--assume-mttr", args.assume_mttr.as_deref(), positive_duration),
        keep_ledger: args.ledger.is_some(),
        threads: cores(),
        zone,
    }
}

fn objectives(args: &Args, wrong: &mut Wrong) -> Objectives {
    match read_objectives(args) {
        Ok(read) => read,
        Err(found) => {
            wrong.0.extend(found.0);
            Objectives::default()
        }
    }
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
        let guess = did_you_mean(name, names.iter().map(String::as_str));
        format!("there is no time zone `{name}`{guess} IANA names are valid, such as Europe/London")
    })
}

/// Reads the service hours, without the holidays.
fn service_hours(args: &Args, wrong: &mut Wrong) -> Option<Hours> {
    let hours = wrong.keep_optional("--hours", args.hours.as_deref(), Hours::parse)?;
    let read = |given: &str| {
        let path = Path::new(given);
        if path.exists() {
            file::load(path).and_then(|text| holidays::parse(&text))
        } else {
            holidays::parse(given)
        }
    };
    let without = wrong.keep_optional("--holidays", args.holidays.as_deref(), read);
    Some(hours.without(without.unwrap_or_default()))
}

fn find_preset(name: &str) -> Result<&'static Preset, String> {
    preset::named(name).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        // The first word is the system whose export it is: it may have several.
        let system = nearest(name, names.iter().filter_map(|name| name.split('-').next()));
        let of_system = |name: &&&str| system.is_some_and(|system| name.split('-').next() == Some(system));
        let guess: Vec<String> = names.iter().filter(of_system).map(|name| format!("`{name}`")).collect();
        let guess = if guess.is_empty() {
            did_you_mean(name, names.iter().copied())
        } else {
            format!("; did you mean {}?", guess.join(" or "))
        };
        format!("unknown preset `{name}`{guess} `steadfast list inputs` shows all")
    })
}

fn positive_duration(text: &str) -> Result<f64, String> {
    let seconds = parse_duration(text)?;
    if seconds > 0.0 { Ok(seconds) } else { Err("must be above zero".into()) }
}

/// Parses `severity=SEV1:1,SEV2:0.5`, or the name of a column of shares. Adds the column to `wishes`.
fn parse_weights(text: &str, wishes: &mut ColumnWishes) -> Result<Weights, String> {
    let Some((key, table)) = text.split_once('=') else {
        wishes.columns.push((Field::Weight, text.to_owned()));
        return Ok(Weights::Column);
    };
    if key != "severity" {
        wishes.columns.push((Field::Severity, key.to_owned()));
    }
    let pairs = table.split(',').map(|pair| {
        let (name, weight) =
            pair.rsplit_once(':').ok_or_else(|| format!("`{pair}` is not of the form VALUE:WEIGHT"))?;
        let share = parse_number_or_percent(weight).filter(|weight| (0.0..=1.0).contains(weight));
        let share =
            share.ok_or_else(|| format!("the weight {weight} of `{name}` is not a share: 0.5 or 50%"))?;
        Ok((name.trim().to_owned(), share))
    });
    pairs.collect::<Result<_, _>>().map(Weights::BySeverity)
}

fn read_objectives(args: &Args) -> Result<Objectives, Problems> {
    let window =
        SloWindow::parse(&args.slo_window).map_err(|why| Problem::new(format!("--slo-window: {why}")))?;
    let Some(slo) = &args.slo else {
        return Ok(Objectives::default());
    };
    match parse_share_complement(slo) {
        Ok(0.0) => {
            Err(Problem::new(format!("--slo: `{slo}` allows no downtime at all, so it has no budget"))
                .help("the next lower objectives are 99.9%, 99.99%, 99.999%, …")
                .into())
        }
        Ok(unavailability_target) => {
            let default = Some(Objective { unavailability_target, window });
            Ok(Objectives { default, of_service: BTreeMap::new() })
        }
        Err(why) if !slo.contains('.') || slo.ends_with('%') || slo.parse::<f64>().is_ok() => {
            Err(Problem::new(format!("--slo: {why}")).into())
        }
        Err(_) => {
            let text =
                file::load(Path::new(slo)).map_err(|why| Problem::new(format!("--slo: {slo}: {why}")))?;
            objectives::parse(slo, &text, &window)
        }
    }
}
