#!/usr/bin/env python3
"""Compare two result CSVs; exit with status 1 if they differ.

    compare.py FIRST SECOND [--columns NAME[=SECOND_NAME],...] [--tolerance 1e-9]

Rows are matched by the first compared column, in any order. Numbers agree if
they are within the relative tolerance, other values if their text is equal.
Without --columns, both files must have the same columns. With it, only the
listed columns are compared; NAME=SECOND_NAME is for a column that has another
name in SECOND.
"""

import argparse
import csv
import math
import sys

SHOWN = 10


def read(path, columns):
    """The columns of a CSV file, and its rows as a dict from the first column to the others."""
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns or [] if name not in reader.fieldnames]
        if missing:
            sys.exit(f"{path}: no column {', '.join(missing)}")
        columns = columns or reader.fieldnames
        rows = {}
        for row in reader:
            key, *values = (row[name] for name in columns)
            if key in rows:
                sys.exit(f"{path}: {key} comes twice")
            rows[key] = values
    return columns, rows


def agree(first, second, tolerance):
    """Whether two fields agree."""
    try:
        first_number, second_number = float(first), float(second)
    except (TypeError, ValueError):
        return first == second
    if math.isnan(first_number) or math.isnan(second_number):
        return first == second
    return math.isclose(first_number, second_number, rel_tol=tolerance)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--columns")
    parser.add_argument("--tolerance", type=float, default=1e-9)
    args = parser.parse_args()

    wanted = [pair.partition("=") for pair in (args.columns or "").split(",") if pair]
    columns, first = read(args.first, [name for name, _, _ in wanted])
    other_columns, second = read(args.second, [alias or name for name, _, alias in wanted])
    if not wanted and columns != other_columns:
        sys.exit(f"different columns: {columns} and {other_columns}")

    differences = [f"only in {args.first}: {key}" for key in first.keys() - second.keys()]
    differences += [f"only in {args.second}: {key}" for key in second.keys() - first.keys()]
    for key in first.keys() & second.keys():
        for name, one, other in zip(columns[1:], first[key], second[key]):
            if not agree(one, other, args.tolerance):
                differences.append(f"{key}: {name}: {one} and {other}")
    if differences:
        for line in sorted(differences)[:SHOWN]:
            print(line, file=sys.stderr)
        sys.exit(f"{len(differences)} differences: {args.first} and {args.second}")
    # An empty comparison must not count as agreement.
    if not first:
        sys.exit(f"no rows to compare: {args.first} and {args.second}")


if __name__ == "__main__":
    main()
