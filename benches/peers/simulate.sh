#!/usr/bin/env bash
# Compares the simulation of BIN with RePyability and SimPy: simulate.sh BIN [UNITS...]
# Settings, from the environment: VENV=target/bench-venv-simulate PYTHON=python3
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
VENV=${VENV:-target/bench-venv-simulate}
if [ ! -x "$VENV/bin/python" ]; then
  "${PYTHON:-python3}" -m venv "$VENV"
fi
"$VENV/bin/python" -m pip install --quiet --requirement "$here/requirements-simulate.txt"
exec "$VENV/bin/python" "$here/simulate_peers.py" "$@"
