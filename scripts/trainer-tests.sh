#!/bin/sh
# The trainer's whole suite, with PyTorch and open_clip in their own virtual environment (about 6 GB, mostly unused CUDA).
# Kept between runs; COTERIE_TRAINER_VENV names another folder. Further arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
venv=${COTERIE_TRAINER_VENV:-$HOME/.cache/coterie/trainer-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q -e './trainer[training,ensemble,test]'
exec "$venv/bin/python" -m pytest trainer/tests "$@"
