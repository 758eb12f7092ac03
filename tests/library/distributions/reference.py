"""Writes reference.txt: values of three distributions in 60-digit arithmetic, from their textbook integrals.

    pip install mpmath==1.4.1 && python reference.py > reference.txt

The times are quantiles, rounded to floats; every value is then computed for exactly that float.
"""

from mpmath import mp, mpf, erfc, exp, gammainc, log, nstr, sqrt, pi, gamma, findroot, expm1, log1p

mp.dps = 60
TAILS = ["1e-300", "1e-100", "1e-16", "1e-6", "0.1", "0.5"]
DEEP = mpf(10) ** 4  # a cumulative hazard far below the range of floats


def bisect(function, wanted, low, high):
    """Returns the x with function(x) = wanted for a rising function, by bisection in the logarithm of x."""
    low, high = log(mpf(low)), log(mpf(high))
    for _ in range(110):
        middle = (low + high) / 2
        if function(exp(middle)) < wanted:
            low = middle
        else:
            high = middle
    return exp(low)


def weibull(shape, scale):
    shape, scale = mpf(shape), mpf(scale)
    hazard = lambda t: (t / scale) ** shape
    mean = scale * gamma(1 + 1 / shape)
    return dict(
        lower=lambda t: -expm1(-hazard(t)),
        upper=lambda t: exp(-hazard(t)),
        density=lambda t: shape / t * hazard(t) * exp(-hazard(t)),
        lived=lambda t: mean * gammainc(1 / shape, 0, hazard(t), regularized=True),
        beyond=lambda t: mean * gammainc(1 / shape, hazard(t), regularized=True),
        at_lower=lambda p: scale * (-log1p(-p)) ** (1 / shape),
        at_upper=lambda q: scale * (-log(q)) ** (1 / shape),
    )


def lognormal(median, sigma):
    median, sigma = mpf(median), mpf(sigma)
    mean = median * exp(sigma**2 / 2)
    z = lambda t: log(t / median) / sigma
    above = lambda x: erfc(x / sqrt(2)) / 2
    # The quantile from the ends of the float range of z; 1e5 standard deviations are enough for DEEP.
    at = lambda z_: median * exp(sigma * z_)

    def z_of(q):
        low, high = mpf(0), mpf(1000)
        for _ in range(230):
            middle = (low + high) / 2
            low, high = (middle, high) if above(middle) > q else (low, middle)
        return low

    return dict(
        lower=lambda t: above(-z(t)),
        upper=lambda t: above(z(t)),
        density=lambda t: exp(-z(t) ** 2 / 2) / sqrt(2 * pi) / (sigma * t),
        lived=lambda t: t * above(z(t)) + mean * above(sigma - z(t)),
        beyond=lambda t: mean * above(z(t) - sigma) - t * above(z(t)),
        at_lower=lambda p: at(-z_of(p)),
        at_upper=lambda q: at(z_of(q)),
    )


def gamma_law(shape, scale):
    shape, scale = mpf(shape), mpf(scale)
    lower = lambda x, a=shape: gammainc(a, 0, x, regularized=True)
    upper = lambda x, a=shape: gammainc(a, x, mp.inf, regularized=True)
    return dict(
        lower=lambda t: lower(t / scale),
        upper=lambda t: upper(t / scale),
        density=lambda t: (t / scale) ** shape * exp(-t / scale) / gamma(shape) / t,
        lived=lambda t: t * upper(t / scale) + shape * scale * lower(t / scale, shape + 1),
        beyond=lambda t: shape * scale * upper(t / scale, shape + 1) - t * upper(t / scale),
        at_lower=lambda p: scale * bisect(lambda x: log(lower(x)), log(p), "1e-320", "1e5"),
        at_upper=lambda q: scale * bisect(lambda x: -log(upper(x)), -log(q), "1e-320", "1e5"),
    )


def rows(name, first, second, law):
    for tail in TAILS:
        for side in ("lower", "upper"):
            yield row(name, first, second, law, side, mpf(float(tail)), tail)
    yield row(name, first, second, law, "hazard", exp(-DEEP), "1e4")


def row(name, first, second, law, side, tail, text):
    t = law["at_lower" if side == "lower" else "at_upper"](tail)
    if not mpf("1e-290") < t < mpf("1e290"):
        return None
    rounded = mpf(float(t))
    # The true quantile, then the values at the float next to it.
    values = [law[key](rounded) for key in ("lower", "upper", "density", "lived", "beyond")]
    hazard = -log(law["upper"](rounded)) if law["lower"](rounded) > mpf("1e-20") else -log1p(-law["lower"](rounded))
    words = [name, first, second, side, text, nstr(t, 17), repr(float(t))]
    return " ".join(words + [nstr(value, 17) for value in [*values, hazard]])


def main():
    print("# Written by reference.py with mpmath, 60 digits. Columns: member, two parameters, side and tail of the quantile,")
    print("# the quantile; then for the float t next to it: t, P(T <= t), P(T > t), density, integral of P(T > u) up to t and")
    print("# from t on, and -ln P(T > t).")
    laws = [("weibull", k, "3600.0", weibull) for k in ("0.05", "0.5", "1.5", "20.0", "1000.0")]
    laws += [("lognormal", "1800.0", s, lognormal) for s in ("0.001", "0.3", "1.2", "5.0")]
    laws += [("gamma", a, "60.0", gamma_law) for a in ("0.05", "0.5", "3.7", "50.0", "1000.0")]
    for name, first, second, make in laws:
        law = make(float(first), float(second))
        for line in rows(name, first, second, law):
            if line:
                print(line, flush=True)


if __name__ == "__main__":
    main()
