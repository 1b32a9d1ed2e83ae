"""The example trainer keeps the contract."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from training import COLOURS, job, write_shards

np = pytest.importorskip("numpy")
for package in ("torch", "torchvision", "onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(
        package, reason=f"{package} is not installed: pip install './trainer[training,ensemble,test]'"
    )

EXAMPLE = Path(__file__).parents[1] / "examples" / "two_towers.py"


def test_job_in_bundle_and_record_out(tmp_path):
    from PIL import Image

    from coterie_trainer.ensemble import open_expert

    document = job(
        tmp_path,
        write_shards(tmp_path / "shards", [40, 20]),
        "none",
        engine="command",
        schedule={"epochs": 20, "learning_rate": 0.01},
    )
    document["bundle"] = str(tmp_path / "expert-0")
    (tmp_path / "job.json").write_text(json.dumps(document))
    result = subprocess.run(
        [sys.executable, EXAMPLE, tmp_path / "job.json"], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert (
        len(events) == 76 and events[-2]["step"] == events[-2]["steps"] == 75 and events[-1]["event"] == "end"
    )
    assert events[-2]["loss"] < events[0]["loss"]
    record = json.loads((tmp_path / "work" / "exit.json").read_text())
    assert record["status"] == "succeeded" and record["samples_seen"] == 1200
    expert = open_expert(tmp_path, 0)
    images = expert.embed_images([Image.new("RGB", (20, 20), colour) for colour in COLOURS.values()])
    texts = expert.embed_texts([f"a {name} square" for name in COLOURS])
    assert np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5)
    assert (images @ texts.T).argmax(1).tolist() == [0, 1, 2, 3]
