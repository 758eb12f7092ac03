#!/usr/bin/env bash
# Measures BIN against DuckDB and Polars on the same two logs.
#
#   run.sh [BIN]      without BIN only the peers run
#
# Settings, from the environment:
#   DATA=target/bench-data     inputs, made once and kept
#   OUT=target/bench-results   what each program wrote, and the figures
#   VENV=target/bench-venv     the peers' Python packages
#   ROUNDS=5 ROWS=10000000 SERVICES=1000 PYTHON=python3
# Relative paths start from the current folder.
set -euo pipefail

BIN=${1:-}
DATA=${DATA:-target/bench-data}
OUT=${OUT:-target/bench-results}
VENV=${VENV:-target/bench-venv}
ROUNDS=${ROUNDS:-5}
ROWS=${ROWS:-10000000}
SERVICES=${SERVICES:-1000}
PYTHON=${PYTHON:-python3}

# ==== BIN's command lines: change these two as its options change =============
BIN_INCIDENTS=("$BIN" availability "$DATA/incidents.csv" --quiet --format csv --output "$OUT/incidents-bin.csv")
BIN_SAMPLES=("$BIN" availability "$DATA/samples.csv" --quiet --max-gap 90s --format csv --output "$OUT/samples-bin.csv")
# ==============================================================================
# Columns in which BIN's results must equal the peers', as compare.py takes them
# (NAME=NAME_IN_BIN where they differ). Empty: BIN's results are not compared.
BIN_INCIDENTS_COLUMNS=${BIN_INCIDENTS_COLUMNS:-service=name,outages,downtime_s,availability,mtbf_s,mttr_s}
# Not mttr_s for samples: BIN does not take an outage that is still going on at the end for a finished repair.
BIN_SAMPLES_COLUMNS=${BIN_SAMPLES_COLUMNS:-service=name,outages,downtime_s,availability,mtbf_s}

here=$(cd "$(dirname "$0")" && pwd)

say() { echo "run.sh: $*" >&2; }

# The stamp is the requirements file itself: installed once, and again if it changes.
if ! cmp -s "$here/requirements.txt" "$VENV/installed.txt"; then
    say "installing the peers into $VENV"
    "$PYTHON" -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$VENV/installed.txt"
fi
python=$VENV/bin/python

# Inputs made by another generator or with other options are made anew.
stamp="rows=$ROWS services=$SERVICES generator=$(cksum <"$here/generate.py")"
if [ "$(cat "$DATA/made-with.txt" 2>/dev/null)" != "$stamp" ]; then
    say "generating $ROWS rows a log into $DATA"
    "$python" "$here/generate.py" "$DATA" --rows "$ROWS" --services "$SERVICES"
    echo "$stamp" >"$DATA/made-with.txt"
fi

mkdir -p "$OUT"
rm -f "$OUT"/*.csv "$OUT"/*.stdout
results=$OUT/figures.jsonl
: >"$results"

# LABEL STDOUT COMMAND...
measure() { "$python" "$here/measure.py" "$results" "$@"; }

# All inputs in the page cache for every run, so that the disk is not measured.
cat "$DATA/incidents.csv" "$DATA/samples.csv" >/dev/null

# In turn, not one program after the other: a busy minute hits them all alike.
for ((round = 1; round <= ROUNDS; round++)); do
    say "round $round of $ROUNDS"
    for log in incidents samples; do
        if [ -n "$BIN" ]; then
            if [ "$log" = incidents ]; then command=("${BIN_INCIDENTS[@]}"); else command=("${BIN_SAMPLES[@]}"); fi
            measure "$log/bin" "$OUT/$log-bin.stdout" "${command[@]}"
        fi
        for peer in duckdb polars; do
            measure "$log/$peer" "$OUT/$log-$peer.csv" "$python" "$here/${peer}_peer.py" "$log" "$DATA/$log.csv"
        done
        measure "$log/polars-dates" "$OUT/$log-polars-dates.csv" \
            "$python" "$here/polars_peer.py" "$log" "$DATA/$log.csv" --dates
    done
done

# Figures count only for the same work: differing results fail the benchmark.
for log in incidents samples; do
    "$python" "$here/compare.py" "$OUT/$log-duckdb.csv" "$OUT/$log-polars.csv"
    "$python" "$here/compare.py" "$OUT/$log-duckdb.csv" "$OUT/$log-polars-dates.csv"
done
if [ -n "$BIN" ]; then
    for log in incidents samples; do
        if [ "$log" = incidents ]; then columns=$BIN_INCIDENTS_COLUMNS; else columns=$BIN_SAMPLES_COLUMNS; fi
        if [ -n "$columns" ]; then
            # BIN's last row is the total of all services, which the peers do not compute.
            sed -i '/^total,/d' "$OUT/$log-bin.csv"
            "$python" "$here/compare.py" "$OUT/$log-polars.csv" "$OUT/$log-bin.csv" --columns "$columns"
        else
            say "$log: results of $BIN not compared with the peers' (no columns named)"
        fi
    done
fi

"$python" "$here/report.py" "$results"
