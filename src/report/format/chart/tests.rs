use super::marks;
use super::ruler::Ruler;
use super::ticks::{label, ticks};
use super::{Plot, svg, text};
use crate::base::quantity::{DAY_S, YEAR_S};
use crate::report::format::Look;
use crate::report::{Axis, AxisUnit, Chart, Point, Scale, Series, Style};
use proptest::prelude::*;

fn chart(x: AxisUnit, y: AxisUnit, style: Style, points: &[(f64, f64)]) -> Chart {
    let points = points.iter().map(|(x, y)| Point::new(*x, *y)).collect();
    Chart {
        name: "",
        x: Axis::new("", x),
        y: Axis::new("", y),
        series: vec![Series { label: String::new(), points, style }],
    }
}

fn drawn(chart: &Chart, width: usize) -> Vec<String> {
    text::draw(chart, &Look { width, colour: false })
}

fn vertical(chart: &Chart) -> Vec<String> {
    let plot = Plot::of(chart).unwrap();
    plot.vertical_ticks(chart).into_iter().map(|tick| tick.label).collect()
}

fn horizontal(chart: &Chart, count: usize) -> Vec<String> {
    let ruler = Ruler::horizontal(chart).unwrap();
    ticks(&ruler, &chart.x.unit, count).into_iter().map(|tick| tick.label).collect()
}

fn share_line(complements: &[f64]) -> Chart {
    let points: Vec<_> = complements.iter().enumerate().map(|(i, y)| (i as f64, *y)).collect();
    chart(AxisUnit::Number, AxisUnit::ShareByComplement, Style::Line, &points)
}

#[test]
fn a_straight_line_is_drawn_from_corner_to_corner() {
    let mut line = chart(AxisUnit::Number, AxisUnit::Number, Style::Line, &[(0.0, 0.0), (20.0, 10.0)]);
    line.y.label = "Line".into();
    assert_eq!(
        drawn(&line, 30),
        [
            "Line",
            "10 ┤                        ⡠●",
            "   │                     ⢀⠤⠊",
            " 8 ┤                   ⢀⠔⠁",
            "   │                 ⢀⠔⠁",
            " 6 ┤               ⡠⠔⠁",
            "   │             ⡠⠊",
            "   │           ⡠⠊",
            " 4 ┤        ⢀⠔⠊",
            "   │      ⢀⠔⠁",
            " 2 ┤    ⢀⠔⠁",
            "   │  ⡠⠒⠁",
            " 0 ┤●⠊",
            "   └┬────────────┬───────────┬",
            "    0           10          20",
        ]
    );
}

#[test]
fn several_curves_are_told_apart_without_colour() {
    let mut curves = chart(AxisUnit::Number, AxisUnit::Number, Style::Line, &[(0.0, 1.0), (4.0, 1.0)]);
    curves.series.push(Series {
        label: "b|".into(),
        points: vec![Point::new(0.0, 3.0), Point::new(4.0, 3.0)],
        style: Style::Line,
    });
    let lines = drawn(&curves, 40);
    assert_eq!(lines.last().map(String::as_str), Some("●    ▲ b|"));
    assert!(lines.iter().any(|line| line.contains('●')) && lines.iter().any(|line| line.contains('▲')));
}

#[test]
fn of_many_names_only_those_with_room_are_written() {
    let names = (0..60).map(|i| format!("component-{i}")).collect();
    let points: Vec<_> = (0..60).map(|i| (f64::from(i), f64::from(i))).collect();
    let marks = chart(AxisUnit::Categories(names), AxisUnit::Number, Style::Points, &points);
    let lines = drawn(&marks, 80);
    let labels: Vec<_> = lines.last().unwrap().split_whitespace().collect();
    assert_eq!(labels, ["component-0", "component-16", "component-32", "component-48"]);
}

#[test]
fn a_terminal_too_narrow_for_a_plot_gets_a_message() {
    let line = share_line(&[1e-3, 1e-9]);
    assert_eq!(drawn(&line, 30), ["chart left out: the terminal …"]);
}

#[test]
fn a_chart_without_values_shows_a_message() {
    for values in [&[][..], &[f64::NAN, f64::INFINITY]] {
        assert_eq!(drawn(&share_line(values), 60), ["no values to draw"]);
        assert!(svg::figure(&share_line(values)).into_string().contains("no values to draw"));
    }
}

#[test]
fn an_availability_is_written_with_all_its_nines() {
    let close = ["100%", "99.9999%", "99.9998%", "99.9997%", "99.9996%", "99.9995%"];
    assert_eq!(vertical(&share_line(&[0.0, 4e-6, 5e-6])), close);
    let powers = ["99.999%", "99.99%", "99.9%", "99%"];
    assert_eq!(vertical(&share_line(&[1e-2, 1e-3, 1e-4, 1e-5])), powers);
    let wide = ["100%", "80%", "60%", "40%", "20%", "0%"];
    assert_eq!(vertical(&share_line(&[0.0, 0.3, 0.9])), wide);
    let tiny = ["1 − 1e-15", "1 − 1e-14", "1 − 1e-13"];
    assert_eq!(vertical(&share_line(&[1e-15, 1e-14, 1e-13])), tiny);
}

#[test]
fn zero_unavailability_has_its_own_place_on_a_logarithmic_axis() {
    let line = share_line(&[1e-2, 1e-4, 1e-6, 0.0]);
    assert_eq!(vertical(&line).first().map(String::as_str), Some("100%"));
    let plot = Plot::of(&line).unwrap();
    assert_eq!(plot.y.place(0.0), Some(1.0));
    assert!(plot.y.place(1e-6).unwrap() < 0.95);
}

#[test]
fn ticks_of_time_are_round_durations() {
    let over =
        |seconds: f64| chart(AxisUnit::Seconds, AxisUnit::Number, Style::Line, &[(0.0, 0.0), (seconds, 1.0)]);
    assert_eq!(horizontal(&over(DAY_S), 5), ["0s", "6h", "12h", "18h", "1d"]);
    assert_eq!(horizontal(&over(YEAR_S), 4), ["0s", "180d", "360d"]);
    assert_eq!(horizontal(&over(20.0 * YEAR_S), 4), ["0s", "5y", "10y", "15y", "20y"]);
    assert_eq!(horizontal(&over(0.05), 5), ["0s", "10ms", "20ms", "30ms", "40ms", "50ms"]);
}

#[test]
fn only_values_that_span_many_powers_of_ten_get_a_logarithmic_axis() {
    let is_log = |values: &[f64]| Plot::of(&share_line(values)).unwrap().y.log;
    assert!(is_log(&[1e-2, 1e-3, 1e-4, 1e-5]));
    assert!(!is_log(&[1e-2, 2e-2, 3e-2]));
    // A curve that rises from zero to a plateau: its start does not deserve half of the plot.
    assert!(!is_log(&[0.0, 1e-5, 3e-4, 3e-4, 3e-4]));
}

#[test]
fn an_axis_of_whole_numbers_has_no_fractional_ticks() {
    let sweep = chart(AxisUnit::Number, AxisUnit::Number, Style::Line, &[(1.0, 1.0), (3.0, 2.0)]);
    assert_eq!(horizontal(&sweep, 9), ["1", "2", "3"]);
}

#[test]
fn a_gap_splits_a_curve_and_steps_extend_to_the_gap() {
    let curve = |style: Style| {
        let points = [(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 1.0), (4.0, 1.0)];
        let chart = chart(AxisUnit::Number, AxisUnit::Number, style, &points);
        marks::curve(&Plot::of(&chart).unwrap(), &chart.series[0])
    };
    let line = [vec![(0.0, 0.0), (0.25, 1.0)], vec![(0.75, 1.0), (1.0, 1.0)]];
    assert_eq!(curve(Style::Line), line);
    let first = vec![(0.0, 0.0), (0.25, 0.0), (0.25, 1.0), (0.5, 1.0)];
    assert_eq!(curve(Style::Steps), [first, vec![(0.75, 1.0), (1.0, 1.0), (1.0, 1.0)]]);
}

#[test]
fn the_tooltip_of_a_point_shows_its_values() {
    let mut line = share_line(&[1e-3]);
    line.series[0].points = vec![Point { x: 2.0, y: 5e-6, band: Some((4e-6, 6e-6)) }];
    let figure = svg::figure(&line).into_string();
    assert!(figure.contains("<title>2: 99.99950% [99.99960%, 99.99940%]</title>"), "{figure}");
}

proptest! {
    #[test]
    fn no_nonzero_unavailability_is_labelled_one_hundred_percent(digit in 1..10_i32, power in -300..0_i32) {
        let step = 10_f64.powi(power);
        let text = label(&AxisUnit::ShareByComplement, f64::from(digit) * step, step);
        prop_assert!(!text.starts_with("100"), "{}", text);
    }

    #[test]
    fn every_value_lies_on_its_axis(
        values in prop_oneof![
            proptest::collection::vec(-1e12..1e12_f64, 1..20),
            proptest::collection::vec((-12.0..12.0_f64).prop_map(|power| 10_f64.powf(power)), 1..20),
        ],
        scale in prop_oneof![Just(Scale::Auto), Just(Scale::Linear)],
    ) {
        let mut line = share_line(&values);
        line.y.scale = scale;
        let plot = Plot::of(&line).unwrap();
        for value in &values {
            let place = plot.y.place(*value);
            prop_assert!(place.is_some_and(|place| (0.0..=1.0).contains(&place)), "{} at {:?}", value, place);
        }
    }
}
