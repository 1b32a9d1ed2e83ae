#!/bin/sh
# Format, lint and types of the trainer. PyTorch is not needed: missing packages count as untyped.
# The virtual environment is that of scripts/trainer-tests.sh; COTERIE_TRAINER_VENV names another.
set -eu
cd "$(dirname "$0")/.."
venv=${COTERIE_TRAINER_VENV:-$HOME/.cache/coterie/trainer-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q -e './trainer[lint]'
cd trainer
"$venv/bin/ruff" format --check .
"$venv/bin/ruff" check .
"$venv/bin/mypy"
