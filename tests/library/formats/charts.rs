//! Documents with charts: typical results of a simulation, hostile names and extreme values.

use crate::formats::documents::HOSTILE;
use steadfast::report::{Axis, AxisUnit, Block, Chart, Document, Point, Scale, Section, Series, Style};

const STYLES: [Style; 3] = [Style::Line, Style::Steps, Style::Points];
const SCALES: [Scale; 2] = [Scale::Auto, Scale::Linear];

/// Returns a document with only the given charts.
pub(crate) fn of(charts: Vec<Chart>) -> Document {
    Document {
        title: "Charts".into(),
        kind: "simulate",
        sections: vec![Section {
            heading: "Over time".into(),
            blocks: charts.into_iter().map(Block::Chart).collect(),
        }],
        json: String::from("{}").into(),
        ..Document::default()
    }
}

/// Returns the charts of a simulation: curves with and without a band, one with a gap, a sweep over two
/// quantities.
pub(crate) fn everyday() -> Document {
    of(vec![reliability(), availability(), exceedance(), sweep()])
}

fn reliability() -> Chart {
    let point = |i: u32| Point::new(f64::from(i) * 315_576.0, -(-0.02 * f64::from(i)).exp_m1());
    Chart {
        name: "",
        x: Axis::new("Time", AxisUnit::Seconds),
        y: Axis::new("Reliability", AxisUnit::ShareByComplement),
        series: vec![series("", Style::Line, (0..=100).map(point).collect())],
    }
}

fn availability() -> Chart {
    let point = |i: u32| {
        let share = 4e-4 * -(-0.05 * f64::from(i)).exp_m1();
        Point { x: f64::from(i) * 3_600.0, y: share, band: Some((share * 0.8, share * 1.25)) }
    };
    Chart {
        name: "",
        x: Axis::new("Time", AxisUnit::Seconds),
        y: Axis::new("Availability", AxisUnit::ShareByComplement),
        series: vec![series("", Style::Line, (0..=100).map(point).collect())],
    }
}

fn exceedance() -> Chart {
    let share = |i: u32| {
        if i == 20 { f64::NAN } else { 0.2 * (-0.2 * f64::from(i)).exp() }
    };
    let point = |i: u32| Point::new(f64::from(i) * 1_800.0, share(i));
    Chart {
        name: "",
        x: Axis::new("Downtime", AxisUnit::Seconds),
        y: Axis::new("Share of years", AxisUnit::Share),
        series: vec![series("", Style::Steps, (0..=20).map(point).collect())],
    }
}

fn sweep() -> Chart {
    let of_crews = |crews: u32| {
        let share = |replicas: u32| (0.02 / f64::from(crews)).powi(replicas as i32);
        let point =
            |n: u32| Point { x: f64::from(n), y: share(n), band: Some((share(n) * 0.7, share(n) * 1.5)) };
        series(&format!("{crews} crews"), Style::Line, (1..=5).map(point).collect())
    };
    Chart {
        name: "",
        x: Axis::new("Replicas", AxisUnit::Number),
        y: Axis::new("Availability", AxisUnit::ShareByComplement),
        series: [1, 2, 4].map(of_crews).into(),
    }
}

/// Returns charts with hostile names wherever a chart has text.
pub(crate) fn hostile() -> Document {
    let names: Vec<String> = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    let point = |i: usize| Point { x: i as f64, y: i as f64, band: Some((0.0, 20.0)) };
    let points: Vec<Point> = (0..names.len()).map(point).collect();
    let chart = |style: Style| Chart {
        name: "",
        x: Axis::new(HOSTILE[0], AxisUnit::Categories(names.clone())),
        y: Axis::new(HOSTILE[2], AxisUnit::Number),
        series: HOSTILE.iter().map(|name| series(name, style, points.clone())).collect(),
    };
    of(STYLES.map(chart).into())
}

/// Returns charts of extreme floats and of very few values, in every style, on every scale and with
/// every unit.
pub(crate) fn extreme() -> Document {
    let numbers =
        [0.0, -0.0, 1e-300, 1e300, -1e300, f64::MAX, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 5e-324, 0.1];
    let mut sets: Vec<Vec<f64>> = vec![numbers.into(), Vec::new(), vec![f64::NAN; 3], vec![1e-17, 1.1e-17]];
    sets.extend(numbers.map(|number| vec![number]));
    sets.extend(numbers.map(|number| vec![number; 3]));
    sets.extend(numbers.map(|number| vec![0.1, number]));
    let charts = sets.iter().flat_map(|numbers| {
        SCALES.into_iter().flat_map(move |scale| units().map(move |unit| of_numbers(numbers, scale, unit)))
    });
    of(charts.collect())
}

fn units() -> [AxisUnit; 6] {
    let names = ["one".to_owned(), "two".to_owned()];
    [
        AxisUnit::Number,
        AxisUnit::Seconds,
        AxisUnit::Share,
        AxisUnit::ShareByComplement,
        AxisUnit::Categories(names.into()),
        AxisUnit::Categories(Vec::new()),
    ]
}

fn of_numbers(numbers: &[f64], scale: Scale, unit: AxisUnit) -> Chart {
    let point = |number: &f64| Point { x: *number, y: *number, band: Some((f64::NEG_INFINITY, *number)) };
    let points: Vec<Point> = numbers.iter().map(point).collect();
    let axis = Axis { label: String::new(), unit, scale };
    Chart {
        name: "",
        x: axis.clone(),
        y: axis,
        series: STYLES.map(|style| series("", style, points.clone())).into(),
    }
}

fn series(label: &str, style: Style, points: Vec<Point>) -> Series {
    Series { label: label.into(), points, style }
}
