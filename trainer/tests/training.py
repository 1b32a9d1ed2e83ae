"""Training data and jobs of the trainer's tests: coloured squares and a CLIP of two layers."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (40, 40, 200), "yellow": (220, 210, 40)}

TINY = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}

#: Seconds within which a tiny job has ended, on a machine that does other things, too.
PATIENCE = 240


def write_shards(folder: Path, counts: list[int], seed: int = 1, broken: int = 0) -> list[dict]:
    """One tar per count; the first ``broken`` images of each cannot be decoded."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    shards = []
    for index, count in enumerate(counts):
        path = folder / f"{index:05d}.tar"
        with tarfile.open(path, "w") as archive:
            for sample in range(count):
                name = draw.choice(list(COLOURS))
                colour = tuple(max(0, min(255, value + draw.randint(-25, 25))) for value in COLOURS[name])
                data = io.BytesIO()
                Image.new("RGB", (32, 40), colour).save(data, "JPEG")
                image = b"no image" if sample < broken else data.getvalue()
                key = f"{index:04d}{sample:06d}"
                for extension, value in (
                    ("jpg", image),
                    ("txt", f"a {name} square".encode()),
                    ("json", json.dumps({"key": key}).encode()),
                ):
                    member = tarfile.TarInfo(f"{key}.{extension}")
                    member.size = len(value)
                    archive.addfile(member, io.BytesIO(value))
        shards.append({"source": str(path), "samples": count})
    return shards


def write_model(folder: Path, **changes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {**TINY, **changes}}))
    return str(folder)


def job(folder: Path, shards: list[dict], model: str, **changes) -> dict:
    """A job document; ``changes`` are members, and those of groups are merged into them."""
    document = {
        "version": 1,
        "name": "seed",
        "kind": "seed",
        "work": str(folder / "work"),
        "bundle": str(folder / "bundle"),
        "shards": shards,
        "model": model,
        "schedule": {"epochs": 1, "batch_size": 16, "warmup_steps": 1},
        "hardware": {"device": "cpu", "workers": 1},
        "open_clip": {"log_every_n_steps": 1},
    }
    for name, value in changes.items():
        document[name] = (
            {**document[name], **value}
            if isinstance(value, dict) and isinstance(document.get(name), dict)
            else value
        )
    return document


class Run:
    """A running job in a separate process, as Coterie starts it."""

    def __init__(self, folder: Path, document: dict, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.document = document
        path = folder / "job.json"
        path.write_text(json.dumps(document))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coterie_trainer", "train", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.events: list[dict] = []

    def until(self, matches) -> dict:
        """Reads events until one matches."""
        for text in self.process.stdout:
            event = json.loads(text)
            self.events.append(event)
            if matches(event):
                return event
        raise AssertionError(f"it ended before: {self.events[-3:]} {self.process.stderr.read()[-2000:]}")

    def terminate(self) -> "Run":
        self.process.send_signal(signal.SIGTERM)
        return self

    def end(self) -> "Run":
        out, self.stderr = self.process.communicate(timeout=PATIENCE)
        self.events += [json.loads(text) for text in out.splitlines()]
        self.status = self.process.returncode
        return self

    @property
    def record(self) -> dict:
        return json.loads((Path(self.document["work"]) / "exit.json").read_text())

    @property
    def bundle(self) -> Path:
        return Path(self.document["bundle"])


def train(folder: Path, document: dict, **environment) -> Run:
    return Run(folder, document, **environment).end()


def finished(folder: Path, document: dict, **environment) -> Run:
    run = train(folder, document, **environment)
    assert run.status == 0, run.stderr[-3000:]
    return run


def weights(bundle: Path) -> bytes:
    return (bundle / "checkpoint" / "open_clip_model.safetensors").read_bytes()


def wait_until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


needs_open_clip = pytest.mark.skipif(
    __import__("importlib.util").util.find_spec("open_clip_train") is None,
    reason="open_clip is not installed: pip install './trainer[training,test]'",
)
