#!/usr/bin/env bash
# Measures the cost and the evenness of the load of `steadfast`, oha and wrk against one server. Needs
# haproxy (as the server), wrk, oha and curl, and a release build of the bench `load` (BENCH is its path;
# OHA is the path of oha). Prints one line for each measurement.
set -euo pipefail
bench=${BENCH:-$(find target/release/deps -name 'load-*' -type f -perm -u+x -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)}
oha=${OHA:-oha}
folder=$(mktemp -d)
started=
finish() { [ -z "$started" ] || kill $started 2>/dev/null || true; rm -rf "$folder"; }
trap finish EXIT
TIMEFORMAT='%U %S'

cat > "$folder/origin.cfg" <<'CFG'
global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend f
  bind 127.0.0.1:18200
  http-request return status 200 content-type text/plain string "ok"
CFG
haproxy -f "$folder/origin.cfg" & started="$started $!"
sleep 0.5

# NAME COMMAND...: prints the CPU time of the command per request that it reports, in microseconds.
cpu() {
  local name=$1 requests
  shift
  { time "$@" > "$folder/out" 2>/dev/null; } 2> "$folder/time"
  requests=$(sed -n -e 's/^requests \([0-9]*\).*/\1/p' -e 's/^ *\([0-9]*\) requests in.*/\1/p' -e 's/.*"200": \([0-9]*\).*/\1/p' "$folder/out" | head -1)
  awk -v n="$requests" -v name="$name" '{ printf "%s: %.1f us CPU a request, %d requests\n", name, ($1 + $2) * 1e6 / n, n }' "$folder/time"
}

# NAME RATE FREEZE_MS COMMAND...: prints how late its requests arrive. Its own report of response times
# goes to $folder/out.
late() {
  local name=$1 rate=$2 freeze=$3
  shift 3
  "$bench" serve 127.0.0.1:18400 "$rate" "$freeze" > "$folder/arrivals" & local server=$!
  sleep 0.5
  "$@" > "$folder/out" 2>/dev/null
  wait "$server"
  printf '%s: %s\n' "$name" "$(cat "$folder/arrivals")"
}

p99() { sed -n -e 's/.*response_p99_ms \([0-9.]*\)/\1 ms/p' -e 's/.*"p99": \([0-9.]*\).*/\1 ms/p' "$folder/out" | head -1; }

for turn in ${TURNS:-1 2 3}; do
  echo "turn $turn"
  origin=http://127.0.0.1:18200/ ours=http://127.0.0.1:18400/
  cpu "steadfast, 50 workers" "$bench" send $origin workers=50 5
  cpu "oha, 50 workers" "$oha" --no-tui --output-format json -c 50 -z 5s $origin
  cpu "wrk, 50 connections" wrk -t 1 -c 50 -d 5 $origin
  cpu "steadfast, 5000/s" "$bench" send $origin 5000/s 10
  cpu "oha, 5000/s" "$oha" --no-tui --output-format json -c 50 -q 5000 -z 10s $origin
  late "steadfast, 5000/s" 5000 0 "$bench" send $ours 5000/s 5
  late "oha, 5000/s" 5000 0 "$oha" --no-tui --output-format json -c 50 -q 5000 -z 5s $ours
  late "steadfast, 2000/s, 0.5 s of freeze" 2000 500 "$bench" send $ours 2000/s 5
  echo "  p99 $(p99)"
  late "oha, 2000/s, 0.5 s of freeze" 2000 500 "$oha" --no-tui --output-format json -c 50 -q 2000 -z 5s $ours
  echo "  p99 $(p99)"
  late "oha with --latency-correction, 2000/s, 0.5 s of freeze" 2000 500 "$oha" --no-tui --output-format json --latency-correction -c 50 -q 2000 -z 5s $ours
  echo "  p99 $(p99)"
done
