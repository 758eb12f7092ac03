#!/usr/bin/env bash
# Changes the code of `stats` and `timeline` in every way that cargo-mutants knows, and shows the changes that no
# test of these modules notices. It works on a copy without the commands, whose tests build in seconds.
#
#   tests/slow/mutants.sh                               everything: many hours
#   tests/slow/mutants.sh --shard 0/20                  a twentieth
#   tests/slow/mutants.sh -f 'src/timeline/line.rs'     one file
#
# TESTS restricts the tests that are run, such as TESTS=timeline:: for changes there; TARGETS the binaries of tests,
# such as TARGETS=--lib where the tests of the distributions say nothing.
#
# It needs cargo-mutants (cargo install cargo-mutants). Results are in $CRATE/mutants.out.
set -euo pipefail
cd "$(dirname "$0")/../.."
CRATE=${CRATE:-/tmp/steadfast-mutants}
rm -rf "$CRATE/src" "$CRATE/tests"
mkdir -p "$CRATE/src" "$CRATE/tests/library" "$CRATE/tests/shared"
cp -r src/base src/config src/stats src/timeline "$CRATE/src/"
cp -r tests/library/distributions "$CRATE/tests/library/"
cp tests/shared/cpu_time.rs "$CRATE/tests/shared/"
cp Cargo.lock "$CRATE/"
# Only the dependencies, and a library of these modules.
awk '/^\[/ { keep = /^\[(package|dependencies|dev-dependencies|profile\.dev)/ } keep' Cargo.toml |
  grep -v '^readme' >"$CRATE/Cargo.toml"
printf '#![allow(dead_code, missing_docs)]\npub mod base;\npub mod config;\npub mod stats;\npub mod timeline;\n' >"$CRATE/src/lib.rs"
printf '#[path = "../shared/cpu_time.rs"]\nmod cpu_time;\nmod distributions;\n' >"$CRATE/tests/library/main.rs"
cd "$CRATE"
files=(-f 'src/stats/**' -f 'src/timeline/**')
for argument in "$@"; do
  [ "$argument" = -f ] && files=()
done
exec cargo mutants --in-place --no-shuffle --timeout 120 "${files[@]}" "$@" -- \
  ${TARGETS:---lib --test library} -- ${TESTS:-stats:: timeline:: distributions::}
