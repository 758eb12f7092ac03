#!/usr/bin/env bash
# Compares BIN with DuckDB and Polars on the same logs.
#
#   run.sh [BIN]      without BIN only the peers run
#
# Settings, from the environment:
#   LOGS="incidents.csv files ..."   the logs to read; all by default
#   DATA=target/bench-data     inputs, generated once and kept
#   OUT=target/bench-results   output of each program, and the figures
#   VENV=target/bench-venv     the peers' Python packages
#   ROUNDS=5 SCALE=1 PYTHON=python3
# Relative paths are relative to the current folder.
set -euo pipefail

BIN=${1:-}
LOGS=${LOGS:-incidents.csv samples.csv services.csv files plain.csv quoted.csv fractions.csv offsets.csv lines.jsonl list.json fat.jsonl}
DATA=${DATA:-target/bench-data}
OUT=${OUT:-target/bench-results}
VENV=${VENV:-target/bench-venv}
ROUNDS=${ROUNDS:-5}
SCALE=${SCALE:-1}
PYTHON=${PYTHON:-python3}

here=$(cd "$(dirname "$0")" && pwd)

say() { echo "run.sh: $*" >&2; }

# A copy of the requirements file serves as the stamp: reinstalled only if the file changes.
if ! cmp -s "$here/requirements.txt" "$VENV/installed.txt"; then
    say "installing the peers into $VENV"
    "$PYTHON" -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$VENV/installed.txt"
fi
python=$VENV/bin/python

# Inputs from another version of the generator, or with other options, are generated again.
stamp="scale=$SCALE generator=$(cksum <"$here/generate.py")"
if [ "$(cat "$DATA/made-with.txt" 2>/dev/null)" != "$stamp" ]; then
    say "generating the logs into $DATA"
    "$python" "$here/generate.py" "$DATA" --scale "$SCALE"
    echo "$stamp" >"$DATA/made-with.txt"
fi

mkdir -p "$OUT"
rm -f "$OUT"/*.csv "$OUT"/*.stdout
results=$OUT/figures.jsonl
: >"$results"

kind() { if [ "$1" = samples.csv ]; then echo samples; else echo incidents; fi; }

# The command line of BIN for a log: update it when its options change.
bin_command() {
    command=("$BIN" availability "$DATA/$1" --quiet --format csv --output "$OUT/$1-bin.csv")
    if [ "$1" = files ]; then command=("${command[@]:0:2}" "$DATA"/files/*.csv "${command[@]:3}"); fi
    if [ "$1" = samples.csv ]; then command+=(--max-gap 90s); fi
}

# LABEL STDOUT COMMAND...
measure() { "$python" "$here/measure.py" "$results" "$@"; }

# The programs take turns within a round, so that a busy minute affects all of them alike.
for log in $LOGS; do
    # Into the page cache, so that the disk is not measured.
    find "$DATA/$log" -type f -exec cat {} + >/dev/null
    for ((round = 1; round <= ROUNDS; round++)); do
        say "$log: round $round of $ROUNDS"
        if [ -n "$BIN" ]; then
            bin_command "$log"
            measure "$log/bin" "$OUT/$log-bin.stdout" "${command[@]}"
        fi
        for peer in duckdb polars; do
            measure "$log/$peer" "$OUT/$log-$peer.csv" "$python" "$here/${peer}_peer.py" "$(kind "$log")" "$DATA/$log"
        done
        if [ "$log" = incidents.csv ] || [ "$log" = samples.csv ]; then
            measure "$log/polars-dates" "$OUT/$log-polars-dates.csv" \
                "$python" "$here/polars_peer.py" "$(kind "$log")" "$DATA/$log" --dates
        fi
    done
done

# The figures are comparable only for the same work, so different results fail the benchmark.
for log in $LOGS; do
    for peer in polars polars-dates; do
        [ -e "$OUT/$log-$peer.csv" ] || continue
        "$python" "$here/compare.py" "$OUT/$log-duckdb.csv" "$OUT/$log-$peer.csv"
    done
    if [ -n "$BIN" ]; then
        # Columns in which BIN's results must equal those of the peers, in the syntax of compare.py. Without mttr_s for
        # samples: BIN does not count an outage that is still open at the end as a finished repair.
        columns=service=name,outages,downtime_s,availability,mtbf_s
        [ "$(kind "$log")" = samples ] || columns+=,mttr_s
        # Remove BIN's last row, the total of all services, which the peers do not compute.
        sed -i '/^total,/d' "$OUT/$log-bin.csv"
        "$python" "$here/compare.py" "$OUT/$log-polars.csv" "$OUT/$log-bin.csv" --columns "$columns"
    fi
done

"$python" "$here/report.py" "$results"
