#!/usr/bin/env bash
# Compares BIN with DuckDB and Polars on the same two logs.
#
#   run.sh [BIN]      without BIN only the peers run
#
# Settings, from the environment:
#   DATA=target/bench-data     inputs, generated once and kept
#   OUT=target/bench-results   output of each program, and the figures
#   VENV=target/bench-venv     the peers' Python packages
#   ROUNDS=5 ROWS=10000000 SERVICES=1000 PYTHON=python3
# Relative paths are relative to the current folder.
set -euo pipefail

BIN=${1:-}
DATA=${DATA:-target/bench-data}
OUT=${OUT:-target/bench-results}
VENV=${VENV:-target/bench-venv}
ROUNDS=${ROUNDS:-5}
ROWS=${ROWS:-10000000}
SERVICES=${SERVICES:-1000}
PYTHON=${PYTHON:-python3}

# ==== BIN's command lines: update these two when its options change ===========
BIN_INCIDENTS=("$BIN" availability "$DATA/incidents.csv" --quiet --format csv --output "$OUT/incidents-bin.csv")
BIN_SAMPLES=("$BIN" availability "$DATA/samples.csv" --quiet --max-gap 90s --format csv --output "$OUT/samples-bin.csv")
# ==============================================================================
# Columns in which BIN's results must equal those of the peers, in the syntax of
# compare.py (NAME=NAME_IN_BIN if they differ). If empty, they are not compared.
BIN_INCIDENTS_COLUMNS=${BIN_INCIDENTS_COLUMNS:-service=name,outages,downtime_s,availability,mtbf_s,mttr_s}
# Without mttr_s for samples: BIN does not count an outage that is still open at the end as a finished repair.
BIN_SAMPLES_COLUMNS=${BIN_SAMPLES_COLUMNS:-service=name,outages,downtime_s,availability,mtbf_s}

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

# Read all inputs into the page cache, so that the disk is not measured.
cat "$DATA/incidents.csv" "$DATA/samples.csv" >/dev/null

# The programs take turns within a round, so that a busy minute affects all of them alike.
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

# The figures are comparable only for the same work, so different results fail the benchmark.
for log in incidents samples; do
    "$python" "$here/compare.py" "$OUT/$log-duckdb.csv" "$OUT/$log-polars.csv"
    "$python" "$here/compare.py" "$OUT/$log-duckdb.csv" "$OUT/$log-polars-dates.csv"
done
if [ -n "$BIN" ]; then
    for log in incidents samples; do
        if [ "$log" = incidents ]; then columns=$BIN_INCIDENTS_COLUMNS; else columns=$BIN_SAMPLES_COLUMNS; fi
        if [ -n "$columns" ]; then
            # Remove BIN's last row, the total of all services, which the peers do not compute.
            sed -i '/^total,/d' "$OUT/$log-bin.csv"
            "$python" "$here/compare.py" "$OUT/$log-polars.csv" "$OUT/$log-bin.csv" --columns "$columns"
        else
            say "$log: results of $BIN not compared with the peers' (no columns named)"
        fi
    done
fi

"$python" "$here/report.py" "$results"
