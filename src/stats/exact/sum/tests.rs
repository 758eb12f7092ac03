use super::*;
use proptest::prelude::*;

/// Any finite float, all exponents alike.
fn finite() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite())
}

fn bits_of(words: &str) -> Vec<f64> {
    let bits = words.split_whitespace().map(|word| u64::from_str_radix(word, 16));
    bits.map(|bits| f64::from_bits(bits.unwrap())).collect()
}

fn through_json(sum: &ExactSum) -> ExactSum {
    serde_json::from_str(&serde_json::to_string(sum).unwrap()).unwrap()
}

#[test]
fn sums_agree_with_rational_arithmetic_to_the_last_bit() {
    let table = include_str!("../../testdata/exact_sum.txt");
    for row in table.lines().filter(|line| !line.starts_with('#')) {
        let [xs, ys, expected] = row.split('|').map(bits_of).collect::<Vec<_>>().try_into().unwrap();
        let sum: ExactSum = xs.iter().copied().collect();
        assert_eq!(sum.value(), expected[0], "{row}");
        let mut products = ExactSum::new();
        xs.iter().zip(&ys).for_each(|(x, y)| products.add_product(*x, *y));
        assert_eq!(products.value(), expected[1], "{row}");
    }
}

#[test]
fn what_cancels_leaves_what_was_too_small_to_see() {
    let value = |values: &[f64]| values.iter().copied().collect::<ExactSum>().value();
    assert_eq!(value(&[1e308, -1e308, 1e-300]), 1e-300);
    assert_eq!(value(&[1e308, 1e308, -1e308]), 1e308);
    assert_eq!(value(&[1e308, 1e308]), f64::INFINITY);
    assert_eq!(value(&[-1e308, -1e308]), f64::NEG_INFINITY);
    assert_eq!(value(&[5e-324, 1.0, -1.0]), 5e-324);
    assert_eq!(value(&[1.0, 2_f64.powi(-53)]), 1.0);
    assert_eq!(value(&[1.0, 2_f64.powi(-53), 5e-324]), 1.0 + f64::EPSILON);
    assert_eq!(value(&[-1.0, -2_f64.powi(-53), -5e-324]), -1.0 - f64::EPSILON);
    assert_eq!(value(&[f64::MAX, 2_f64.powi(970)]), f64::INFINITY);
    assert_eq!(value(&[]).to_bits(), 0);
    assert_eq!(value(&[1.5, -1.5, -0.0]).to_bits(), 0);
}

#[test]
fn products_beyond_the_range_of_floats_are_summed_all_the_same() {
    let mut sum = ExactSum::new();
    sum.add_product(1e300, 1e300);
    sum.add_product(5e-324, 5e-324);
    sum.add_product(-1e300, 1e300);
    assert_eq!(sum.value(), 0.0);
    sum.add_product(3e-324, -5e-324);
    assert_eq!(sum, ExactSum::new(), "5e-324² and its negative cancel");
    for _ in 0..3 {
        sum.add_product(2_f64.powi(-538), 2_f64.powi(-538));
    }
    assert_eq!(sum.value(), 5e-324, "three quarters of the smallest float");
}

#[test]
fn values_that_are_not_finite_show_whatever_the_order() {
    let value = |values: &[f64]| values.iter().copied().collect::<ExactSum>().value();
    assert_eq!(value(&[f64::INFINITY, -1e308]), f64::INFINITY);
    assert_eq!(value(&[1.0, f64::NEG_INFINITY]), f64::NEG_INFINITY);
    assert!(value(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    assert!(value(&[f64::NAN, 1.0]).is_nan());
    let mut product = ExactSum::new();
    product.add_product(f64::INFINITY, 0.0);
    assert!(product.value().is_nan() && !product.is_finite());
}

#[test]
fn many_additions_carry_as_they_should() {
    let mut sum = ExactSum::new();
    let mut negative = ExactSum::new();
    for _ in 0..200_000 {
        sum.add(f64::MAX);
        sum.add(2_251_799_813_685_249.5);
        negative.add(-0.1);
        negative.add_product(-1e200, 1e-200);
    }
    (0..200_000).for_each(|_| sum.add(-f64::MAX));
    assert_eq!(sum.value(), 2_251_799_813_685_249.5 * 2e5);
    assert_eq!(negative.value(), -220_000.0);
    negative.add(220_000.0);
    // float(220000 - (Fraction(0.1) + Fraction(1e200) * Fraction(1e-200)) * 200000), in Python.
    assert_eq!(negative.value(), 8.523_100_053_056_219e-12);
}

#[test]
fn a_state_that_no_sum_can_have_is_refused() {
    let read = |text: &str| serde_json::from_str::<ExactSum>(text);
    let ok = read(r#"{"sum":{"negative":true,"low":-1,"limbs":[0,0,3,0]},"not_finite":0}"#).unwrap();
    assert_eq!(ok, std::iter::once(-3.0 * 2_f64.powi(32)).collect());
    for bad in [
        r#"{"sum":{"negative":false,"low":2000000000,"limbs":[1]},"not_finite":0}"#,
        r#"{"sum":{"negative":false,"low":0,"limbs":[1]},"not_finite":8}"#,
        r#"{"sum":{"negative":false,"low":0,"limbs":[4294967296]},"not_finite":0}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_order_and_any_split_give_the_same_bits(
        mut values in proptest::collection::vec((finite(), finite()), 1..60),
        at in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let all = |pairs: &[(f64, f64)]| {
            let mut sum = ExactSum::new();
            for (a, b) in pairs {
                sum.add(*a);
                sum.add_product(*a, *b);
            }
            sum
        };
        let whole = all(&values);
        let (left, right) = values.split_at(at.index(values.len()));
        let mut merged = through_json(&all(right));
        merged.merge(&through_json(&all(left)));
        prop_assert_eq!(&merged, &whole);
        values.sort_by_key(|(a, b)| a.to_bits().wrapping_mul(seed | 1) ^ b.to_bits());
        let shuffled = all(&values);
        prop_assert_eq!(shuffled.value().to_bits(), whole.value().to_bits());
        prop_assert_eq!(serde_json::to_string(&shuffled).unwrap(), serde_json::to_string(&merged).unwrap());
    }

    #[test]
    fn a_sum_of_two_is_what_the_processor_rounds(a in finite(), b in finite()) {
        prop_assert_eq!([a, b].into_iter().collect::<ExactSum>().value(), a + b);
        let mut product = ExactSum::new();
        product.add_product(a, b);
        prop_assert_eq!(product.value(), a * b);
        product.add(a);
        let fused = b.mul_add(a, a);
        prop_assert_eq!(product.value(), fused);
    }
}
