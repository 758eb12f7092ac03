//! The registry's descriptions of the members, and the errors for invalid parameters.

use super::all;
use std::collections::BTreeSet;
use steadfast::config::document::{Reading, Syntax, Tree};
use steadfast::config::schema::{Kind, WhenAbsent};
use steadfast::stats::distribution::{
    BuildError, Distribution, Parameters, VARIANTS, Value, Variant, build, named,
};
use steadfast::stats::times::distribution;

fn is_snake_case(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_a_line(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n') && !text.ends_with('.')
}

#[test]
fn every_member_has_a_unique_name_and_a_description() {
    let names: BTreeSet<&str> = VARIANTS.iter().map(|variant| variant.name).collect();
    assert_eq!(names.len(), VARIANTS.len());
    for variant in VARIANTS {
        assert!(is_snake_case(variant.name) && is_a_line(variant.summary), "{}", variant.name);
        assert_eq!(named(variant.name).unwrap().summary, variant.summary);
        assert!(!variant.forms.is_empty() && is_a_line(variant.example), "{}", variant.name);
        let from_file = ["csv", "column", "unit"];
        for key in variant.keys {
            let name = key.name();
            assert!(is_snake_case(name) && is_a_line(key.summary()), "{name}");
            let used = variant.forms.iter().any(|form| form.contains(&name)) || from_file.contains(&name);
            assert!(used, "{name} of {} is in no form", variant.name);
            let in_all = variant.forms.iter().all(|form| form.contains(&name)) && variant.name != "empirical";
            assert_eq!(key.when_absent() == WhenAbsent::Required, in_all, "{name} of {}", variant.name);
        }
        let mut forms = BTreeSet::new();
        for form in variant.forms {
            assert!(forms.insert(form.iter().collect::<BTreeSet<_>>()), "{form:?} occurs twice");
            for name in *form {
                kind(variant, name);
            }
        }
        if let Some(short) = variant.short {
            assert!(variant.forms.contains(&&[short][..]), "{}", variant.name);
        }
    }
}

fn kind(variant: &Variant, name: &str) -> Kind {
    variant.keys.iter().find(|key| key.name() == name).unwrap().kind()
}

/// The examples are printed in the reference, as they would be written in a topology file.
#[test]
fn every_example_builds_its_member() {
    for variant in VARIANTS {
        let tree = Tree::parse("example.yaml", variant.example, Syntax::Yaml).unwrap();
        let mut reading = Reading::new(&|path| Err(path.to_owned()));
        let built = distribution(tree.root(), &mut reading);
        let built = built.unwrap_or_else(|| panic!("{}", reading.problems));
        assert_eq!(built.variant().name, variant.name, "{}", variant.example);
        assert!(built.mean() > 0.0);
    }
}

/// Returns the value of the parameter `name` for a given distribution.
fn value_of(one: &Distribution, name: &str) -> Value {
    if let Some(value) = one.parameters().get(name) {
        return value.clone();
    }
    Value::Real(match name {
        "mean" => one.mean(),
        "rate" => one.mean().recip(),
        "sd" => one.sd(),
        "cv" => one.cv(),
        "median" => one.quantile(0.5),
        "p95" => one.quantile_upper(0.05),
        other => panic!("{other} is not known to this test"),
    })
}

/// The smaller the spread, the fewer digits it has: a relative error e of cv² ≈ p95 − median is one of e
/// in the parameters. The tolerance on the quantiles holds for shapes in the ordinary range.
#[test]
fn every_form_of_parameters_builds_the_same_distribution() {
    for one in all() {
        for form in one.variant().forms {
            let given =
                form.iter().fold(Parameters::new(), |all, name| all.with_value(name, value_of(&one, name)));
            if is_ambiguous(&one, form) {
                continue;
            }
            let again =
                (one.variant().build)(&given).unwrap_or_else(|error| panic!("{form:?} of {one:?}: {error}"));
            for p in [1e-9, 0.1, 0.5, 0.9] {
                for (got, expected) in
                    [(again.quantile(p), one.quantile(p)), (again.quantile_upper(p), one.quantile_upper(p))]
                {
                    // Quantiles of shape 0.05 vary with the twentieth power of the parameters.
                    let tolerance = 1e-9 * expected.max(f64::MIN_POSITIVE);
                    assert!(
                        (got - expected).abs() <= tolerance,
                        "{form:?} of {one:?} at {p}: {got}, {expected}"
                    );
                }
            }
        }
    }
}

/// A lognormal distribution with σ above 1.645 shares mean and 95th percentile with one of a smaller σ,
/// which is the one that is built.
fn is_ambiguous(one: &Distribution, form: &[&str]) -> bool {
    form == ["mean", "p95"] && matches!(one, Distribution::LogNormal(one) if one.sigma() > 1.6)
}

fn message(name: &str, given: &[(&str, f64)]) -> String {
    let parameters = given.iter().fold(Parameters::new(), |all, (name, value)| all.with(name, *value));
    build(name, &parameters).unwrap_err().to_string()
}

#[test]
fn errors_name_the_invalid_parameter_and_the_valid_ones() {
    for (name, given, expected) in [
        ("weibul", &[][..], "there is no distribution `weibul`; did you mean `weibull`?"),
        ("zebra", &[], "there is no distribution `zebra`."),
        (
            "uniform",
            &[("lo", 1.0)],
            "`lo` is not a parameter of uniform; did you mean `low`? It takes low and high",
        ),
        ("fixed", &[("zebra", 1.0)], "`zebra` is not a parameter of fixed. It takes value"),
        ("erlang", &[("mean", 1.0)], "erlang takes stages and mean; given: mean"),
        ("fixed", &[], "fixed takes value; given: nothing"),
        (
            "exponential",
            &[("mean", 1.0), ("rate", 1.0)],
            "exponential takes mean, or rate, or median; given: mean and rate",
        ),
        ("weibull", &[("shape", 0.0), ("scale", 1.0)], "`shape` must be above 0"),
        ("weibull", &[("shape", 1.0), ("scale", f64::NAN)], "`scale` must be above 0"),
        ("weibull", &[("shape", 1.0), ("scale", f64::INFINITY)], "`scale` must be finite"),
        (
            "weibull",
            &[("shape", 1e-3), ("scale", 1.0)],
            "`shape` gives a mean outside the range of floating-point numbers",
        ),
        (
            "weibull",
            &[("mean", 1.0), ("cv", 1e200)],
            "`cv` is too small or too large for a Weibull distribution",
        ),
        ("lognormal", &[("median", 60.0), ("p95", 30.0)], "`p95` must be above `median`"),
        (
            "lognormal",
            &[("mean", 10.0), ("p95", 40.0)],
            "`p95` is more than 3.86 times `mean`, which no lognormal distribution reaches",
        ),
        (
            "lognormal",
            &[("median", 1.0), ("sigma", 40.0)],
            "`sigma` gives a mean outside the range of floating-point numbers",
        ),
        ("gamma", &[("mean", 1.0), ("sd", 0.0)], "`sd` must be above 0"),
        ("uniform", &[("low", 5.0), ("high", 5.0)], "`high` must be above `low`"),
        ("uniform", &[("low", -5.0), ("high", 5.0)], "`low` must not be below 0"),
        (
            "triangular",
            &[("low", 1.0), ("mode", 9.0), ("high", 5.0)],
            "`mode` must lie between `low` and `high`",
        ),
        ("fixed", &[("value", -1.0)], "`value` must not be below 0"),
        ("erlang", &[("stages", 2.0), ("mean", 1.0)], "`stages` must be a whole number"),
    ] {
        assert_eq!(message(name, given), expected);
    }
}

#[test]
fn an_error_names_the_invalid_element_of_a_list() {
    let given = Parameters::new().with_value("values", Value::Durations(vec![1.0, -1.0]));
    let error = build("empirical", &given).unwrap_err();
    assert_eq!((error.parameter(), error.element()), (Some("values"), Some(1)));
    assert_eq!(error.to_string(), "`values`, element 2, must not be below 0");
    let error = build("erlang", &Parameters::new().with_value("stages", Value::Count(0)).with("mean", 1.0));
    assert_eq!(error.unwrap_err().parameter(), Some("stages"));
    let unknown = BuildError::parameter(&build("fixed", &Parameters::new().with("of", 1.0)).unwrap_err())
        .map(str::to_owned);
    assert_eq!(unknown.as_deref(), Some("of"));
}

/// Makes every parameter of every form invalid in turn: the result is an error, never a panic or an
/// invalid distribution.
#[test]
fn no_invalid_value_is_accepted() {
    for variant in VARIANTS {
        for form in variant.forms {
            for bad in form.iter().filter(|name| is_real(variant, name)) {
                for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-320, 1e308, f64::MAX]
                {
                    let real =
                        |all: Parameters, name: &&str| all.with(name, if name == bad { value } else { 3.0 });
                    let given =
                        form.iter().filter(|name| is_real(variant, name)).fold(Parameters::new(), real);
                    let given = if form.contains(&"stages") {
                        given.with_value("stages", Value::Count(2))
                    } else {
                        given
                    };
                    match (variant.build)(&given) {
                        Ok(built) => {
                            assert!(built.mean().is_finite() && value.is_finite(), "{given:?}: {built:?}");
                        }
                        Err(error) => assert!(error.parameter().is_some(), "{given:?}: {error}"),
                    }
                }
            }
        }
    }
}

fn is_real(variant: &Variant, name: &str) -> bool {
    matches!(kind(variant, name), Kind::Duration | Kind::Rate | Kind::Number)
}
