"""Writes large topology files for the measurements in docs/benchmarks.md:
`python3 benches/topologies.py DIRECTORY`.

| file | system |
|---|---|
| groups-N.yaml | N components by name, in a series of groups of three of which two are needed |
| crews-N.yaml | the same with one crew of two for every thirty components |
| flat-N.yaml | N components by name in one k-of-n |
| count-N.yaml | one component with `count: N` in one k-of-n |
"""

import pathlib
import sys

LIFE = "mtbf: 1000h, mttr: 10h"


def groups(n, crews):
    lines = [f"name: {n} components", "horizon: 1y", "components:"]
    lines += [f"  unit-{i}: {{ {LIFE} }}" for i in range(n)]
    lines += ["system:", "  series:"]
    lines += [f"    - k_of_n: {{ k: 2, of: [unit-{i}, unit-{i + 1}, unit-{i + 2}] }}" for i in range(0, n - n % 3, 3)]
    lines += [f"    - unit-{i}" for i in range(n - n % 3, n)]
    if crews:
        lines.append("crews:")
        for first in range(0, n, 30):
            served = ", ".join(f"unit-{i}" for i in range(first, min(first + 30, n)))
            lines.append(f"  crew-{first // 30}: {{ size: 2, serves: [{served}] }}")
    return lines


def flat(n):
    served = ", ".join(f"unit-{i}" for i in range(n))
    return [
        f"name: {n} components",
        "horizon: 1y",
        "components:",
        *[f"  unit-{i}: {{ {LIFE} }}" for i in range(n)],
        f"system: {{ k_of_n: {{ k: {needed(n)}, of: [{served}] }} }}",
    ]


def count(n):
    return [
        f"name: {n} units",
        "horizon: 1y",
        "components:",
        f"  unit: {{ count: {n}, {LIFE} }}",
        f"system: {{ k_of_n: {{ k: {needed(n)}, of: [unit] }} }}",
    ]


def needed(n):
    """The k of the k-of-n: two standard deviations below the long-run mean of the number of units up."""
    # Each unit is up with probability 1000 / 1010, so the number up is binomial.
    return int(n / 1.01 - 2 * (n * 10 / 1010 * 1000 / 1010) ** 0.5)


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for n in (1_000, 10_000, 100_000):
        files = {"groups": groups(n, False), "crews": groups(n, True), "flat": flat(n), "count": count(n)}
        for name, lines in files.items():
            (directory / f"{name}-{n}.yaml").write_text("\n".join(lines) + "\n")


main()
