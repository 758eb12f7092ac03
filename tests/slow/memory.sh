#!/usr/bin/env bash
# Reads each log of the benchmark under a limit on the address space, so that memory that grows with a log is noticed.
# Prints for each log the limit and the peak of the memory in use, in MiB.
#
#   tests/slow/memory.sh target/dist/steadfast
#
# DATA is the folder of the logs; benches/peers/generate.py makes them there if they are missing (2 GB). Needs
# Python 3 with NumPy.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
DATA=${DATA:-/tmp/steadfast-logs}
[ -f "$DATA/fat.jsonl" ] && [ -d "$DATA/files" ] || python3 benches/peers/generate.py "$DATA"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Each arena of the allocator reserves 64 MiB of addresses, whatever it uses.
export MALLOC_ARENA_MAX=2
failed=0
printf '%-16s %9s %8s\n' log limit peak
while read -r log limit arguments; do
  # shellcheck disable=SC2086
  if (
    ulimit -v $((limit << 10))
    python3 benches/peers/measure.py "$folder/figures" "$log" /dev/null \
      "$program" availability "$DATA"/$log $arguments --quiet --format csv
  ); then
    peak=$(sed -n '$s/.*"peak_mib": \([0-9]*\).*/\1/p' "$folder/figures")
  else
    failed=1 peak=FAILED
  fi
  printf '%-16s %9s %8s\n' "$log" "$limit" "$peak"
done <<'LOGS'
incidents.csv 280
samples.csv 120 --max-gap 90s
services.csv 380
plain.csv 150
quoted.csv 150
fractions.csv 150
offsets.csv 150
lines.jsonl 150
list.json 150
fat.jsonl 150
files/* 150
LOGS
exit $failed
