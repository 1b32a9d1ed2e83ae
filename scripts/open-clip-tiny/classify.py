"""Classifies photos with the ensemble in Python.

usage: classify.py ENSEMBLE REQUEST.json      prints {"best": [class a photo], "scores": [[…]]}
"""
import json
import sys
from pathlib import Path

from coterie_trainer.ensemble import load_ensemble

request = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
found = load_ensemble(sys.argv[1]).classify(request["photos"], request["classes"], request["templates"])
print(json.dumps({"best": found.scores.argmax(1).tolist(), "scores": found.scores.tolist()}))
