#!/usr/bin/env bash
# Changes the code of `stats`, `timeline` and the estimators of `simulate` in every way that cargo-mutants knows, and
# shows the changes that no test of these modules notices. It works on a copy without the commands, whose tests build
# in seconds.
#
#   tests/slow/mutants.sh                               everything: many hours
#   tests/slow/mutants.sh --shard 0/20                  a twentieth
#   tests/slow/mutants.sh -f 'src/timeline/line.rs'     one file
#   SIMULATE=1 tests/slow/mutants.sh -f 'src/simulate/monte_carlo/estimate/*'
#                                                       the estimators, with the tests that compare them with exact
#                                                       solutions
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
modules=(base config stats timeline)
tests=(distributions)
usual_tests='stats:: timeline:: distributions::'
if [ -n "${SIMULATE:-}" ]; then
  modules+=(report simulate)
  tests+=(agree)
  usual_tests='simulate::monte_carlo:: agree::estimates'
fi
for module in "${modules[@]}"; do cp -r "src/$module" "$CRATE/src/"; done
for test in "${tests[@]}"; do cp -r "tests/library/$test" "$CRATE/tests/library/"; done
cp tests/shared/cpu_time.rs "$CRATE/tests/shared/"
cp Cargo.lock "$CRATE/"
# Only the dependencies, and a library of these modules.
awk '/^\[/ { keep = /^\[(package|dependencies|dev-dependencies|profile\.dev)/ } keep' Cargo.toml |
  grep -v '^readme' >"$CRATE/Cargo.toml"
{
  echo '#![allow(dead_code, missing_docs)]'
  printf 'pub mod %s;\n' "${modules[@]}"
} >"$CRATE/src/lib.rs"
{
  printf '#[path = "../shared/cpu_time.rs"]\nmod cpu_time;\n'
  printf 'mod %s;\n' "${tests[@]}"
} >"$CRATE/tests/library/main.rs"
# The traces need the program.
sed -i '/^mod traces;/d' "$CRATE"/tests/library/agree/mod.rs 2>/dev/null || true
cd "$CRATE"
files=(-f 'src/stats/**' -f 'src/timeline/**')
for argument in "$@"; do
  [ "$argument" = -f ] && files=()
done
exec cargo mutants --in-place --no-shuffle --timeout 120 "${files[@]}" "$@" -- \
  ${TARGETS:---lib --test library} -- ${TESTS:-$usual_tests}
