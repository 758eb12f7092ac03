#!/usr/bin/env bash
# Changes the code of `stats`, `timeline`, the estimators of `simulate` and the verdict of `chaos` in every way that
# cargo-mutants knows, and shows the changes that no test of these modules notices. It works on a copy without the
# commands, whose tests build in seconds.
#
#   tests/slow/mutants.sh                               stats: many hours
#   tests/slow/mutants.sh --shard 0/20                  a twentieth
#   tests/slow/mutants.sh -f 'src/stats/censored.rs'    one file
#   AREA=timeline tests/slow/mutants.sh
#   AREA=estimators tests/slow/mutants.sh               with the tests that compare them with exact solutions
#   AREA=verdict tests/slow/mutants.sh                  with runs whose verdict is known
#
# TESTS restricts the tests that are run, such as TESTS=timeline:: for changes there.
#
# It needs cargo-mutants (cargo install cargo-mutants). Results are in $CRATE/mutants.out.
set -euo pipefail
cd "$(dirname "$0")/../.."
CRATE=${CRATE:-/tmp/steadfast-mutants}
rm -rf "$CRATE/src" "$CRATE/tests"
mkdir -p "$CRATE/src" "$CRATE/tests/library"
modules=(base config stats)
case ${AREA:=stats} in
  stats)
    suite=distributions
    usual_tests='stats:: distributions::'
    usual_files=(-f 'src/stats/**')
    ;;
  timeline)
    modules+=(timeline)
    suite=
    usual_tests='timeline::'
    usual_files=(-f 'src/timeline/**')
    ;;
  estimators)
    modules+=(timeline report simulate)
    suite=agree
    usual_tests='simulate::monte_carlo:: agree::estimates'
    usual_files=(-f 'src/simulate/monte_carlo/estimate/*')
    ;;
  verdict)
    modules+=(report chaos)
    suite=verdict
    usual_tests='verdict:: --skip calibration'
    usual_files=(-f 'src/chaos/verdict/*')
    ;;
esac
for module in "${modules[@]}"; do cp -r "src/$module" "$CRATE/src/"; done
[ -z "$suite" ] || cp -r "tests/library/$suite" "$CRATE/tests/library/"
cp Cargo.lock "$CRATE/"
# Only the dependencies, and a library of these modules.
awk '/^\[/ { keep = /^\[(package|dependencies|dev-dependencies|profile\.dev)/ } keep' Cargo.toml |
  grep -v '^readme' >"$CRATE/Cargo.toml"
{
  echo '#![allow(dead_code, missing_docs)]'
  printf 'pub mod %s;\n' "${modules[@]}"
  # The tests are part of the library, so that a change is compiled once.
  [ -z "$suite" ] || echo "#[cfg(test)] extern crate self as steadfast;
#[cfg(test)] #[path = \"../tests/library/$suite/mod.rs\"] mod $suite;"
} >"$CRATE/src/lib.rs"
# The traces and the reports need the program, and the sockets of chaos need its dependencies.
[ -z "$suite" ] || sed -i '/^mod traces;/d; /^mod reports;/d' "$CRATE/tests/library/$suite/mod.rs"
[ "$AREA" != verdict ] || { sed -i '/^pub mod io;/d' "$CRATE/src/chaos/mod.rs" && rm -r "$CRATE/src/chaos/io"; }
cd "$CRATE"
files=("${usual_files[@]}")
for argument in "$@"; do
  [ "$argument" = -f ] && files=()
done
exec cargo mutants --in-place --no-shuffle --timeout 60 "${files[@]}" "$@" -- \
  --lib -- ${TESTS:-$usual_tests}
