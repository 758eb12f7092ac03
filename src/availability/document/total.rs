//! The section on the total.

use crate::availability::analysis::measures::{Estimate, Measures, RestoreBounds};
use crate::base::quantity::{format_duration, format_range, format_share};
use crate::base::text::{counted, grouped};
use crate::report::{Block, Section};

/// Builds the section with the total's figures, their intervals, methods and sample sizes.
pub(super) fn section(total: &Measures) -> Section {
    let mut facts = Vec::new();
    let mut add = |label: &str, text: String| facts.push((label.to_owned(), text));
    add("availability", estimate_text(&total.unavailability, true, format_share));
    add("MTBF", estimate_text(&total.mtbf_s, false, format_duration));
    match total.ttr_bounds {
        Some(bounds) => {
            let known = total.mttr_s.value.map_or_else(
                || "not known".into(),
                |mean| format!("{} (n = {})", format_duration(mean), grouped(total.mttr_s.n)),
            );
            add("MTTR", known);
            add("unknown TTR", unknown_restores(&bounds, total));
        }
        None => add("MTTR", estimate_text(&total.mttr_s, false, format_duration)),
    }
    if let (Some(ttr), Some(median)) = (total.ttr, &total.ttr_median_interval) {
        let bound = |bound: Option<f64>| bound.map_or("—".into(), format_duration);
        let (median_s, lower, upper) = (bound(ttr.p50_s), bound(median.lower), bound(median.upper));
        add("median TTR", format!("{median_s} [{lower}, {upper}] ({})", median.method));
    }
    if let Some(weighted) = total.weighted {
        let [mean, worst, best] =
            [weighted.unavailability, weighted.unavailability_worst, weighted.unavailability_best]
                .map(format_share);
        add("weighted", weighted_text(&mean, &worst, &best));
    }
    if let Some(hours) = total.hours {
        let share = hours.unavailability.map_or("—".into(), format_share);
        let (down, observed) = (format_duration(hours.downtime_s), format_duration(hours.observed_s));
        add("in service hours", format!("{share}: {down} of downtime in {observed}"));
    }
    if total.maintenance_s > 0.0
        && let (Some(calendar), Some(without)) = (total.calendar_unavailability, total.unavailability.value)
    {
        let [without, calendar] = [without, calendar].map(format_share);
        let text = format!("{without} excluding planned maintenance, {calendar} of all calendar time");
        add("maintenance", text);
    }
    Section { heading: "Total".into(), blocks: vec![Block::Facts(facts)] }
}

/// Says how many times to restore are not known, and what is known of the mean.
fn unknown_restores(bounds: &RestoreBounds, total: &Measures) -> String {
    let still_open = match total.open {
        0 => String::new(),
        open => format!(" ({} still open)", grouped(open)),
    };
    let unknown = format!("{} of {}", grouped(bounds.unknown), counted(total.failures, "failure"));
    let mean = format_range(&format_duration(bounds.mean_least_s), bounds.mean_most_s.map(format_duration));
    let estimate = bounds.mean_s.map(|mean| format!(", by estimate {}", format_duration(mean)));
    format!("{unknown}{still_open}: the mean of all is {mean}{}", estimate.unwrap_or_default())
}

/// Formats a weighted availability. The bounds differ from the value only where incidents overlap.
fn weighted_text(mean: &str, worst: &str, best: &str) -> String {
    if worst == best {
        mean.to_owned()
    } else {
        format!(
            "{mean} (between {worst} and {best}, depending on whether overlapping incidents affect different \
             users or the same)"
        )
    }
}

fn estimate_text(estimate: &Estimate, complement: bool, show: fn(f64) -> String) -> String {
    let (lower, upper) =
        if complement { (estimate.upper, estimate.lower) } else { (estimate.lower, estimate.upper) };
    let method =
        estimate.method.map(|method| format!(" ({method}, n = {})", grouped(estimate.n))).unwrap_or_default();
    let value = estimate.value.map(show);
    match (value, lower, upper) {
        (Some(value), Some(lower), Some(upper)) => {
            format!("{value} [{}, {}]{method}", show(lower), show(upper))
        }
        (Some(value), None, None) => format!("{value} (no interval: n = {})", grouped(estimate.n)),
        (Some(value), Some(lower), None) => format!("{value}, at least {}{method}", show(lower)),
        (None, Some(lower), _) => format!("at least {}{method}", show(lower)),
        _ => "not known".into(),
    }
}
