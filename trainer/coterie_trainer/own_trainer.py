"""For your own trainer (`engine: command`): reads the pairs of a job, reports progress, and writes two
PyTorch modules as a bundle with its exit record.
"""

import io
import json
import os
import shutil
import time
from pathlib import Path

from coterie_trainer import tar
from coterie_trainer.events import say
from coterie_trainer.job import Job, canonical, sha256, shard_list
from coterie_trainer.model_folder import write

__all__ = ["finish", "pairs", "progress"]

BEGUN = time.monotonic()


def pairs(job: Job):
    """Yields (Pillow image in RGB, caption) of every sample, shard by shard."""
    from PIL import Image

    for shard in job.shards:
        with open(shard["source"], "rb") as file:
            for image, text in tar.samples(file):
                with Image.open(io.BytesIO(image)) as picture:
                    yield picture.convert("RGB"), text.decode("utf-8", "replace")


def progress(job: Job, step: int, steps: int, loss: float | None = None) -> None:
    batch = job.schedule["batch_size"]
    speed = step * batch / (time.monotonic() - BEGUN)
    say(
        event="progress",
        step=step,
        steps=steps,
        samples=step * batch,
        samples_total=steps * batch,
        loss=loss,
        learning_rate=None,
        samples_per_second=round(speed, 1),
        seconds_left=round((steps - step) * batch / speed, 1),
    )


def finish(
    job: Job,
    image,
    text,
    tokenizer: dict,
    *,
    size: int,
    context_length: int,
    pad_id: int = 0,
    mean=(0, 0, 0),
    std=(1, 1, 1),
    samples_seen: int,
    loss: float | None = None,
) -> None:
    """Writes the bundle and the exit record. ``image`` maps pixels [b, 3, size, size] and ``text`` maps ids
    [b, context_length] to unit vectors.
    """
    import torch

    from coterie_trainer.clip_bundle import write_graph

    part = job.bundle.with_name(f"{job.bundle.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    pixels = [torch.rand(rows, 3, size, size) for rows in (2, 1, 5)]
    ids = [torch.full((rows, context_length), pad_id) for rows in (2, 1, 5)]
    write_graph(image.cpu(), pixels, "pixels", "image_embedding", part / "image.onnx")
    write_graph(text.cpu(), ids, "input_ids", "text_embedding", part / "text.onnx")
    with torch.no_grad():
        width = image(pixels[0]).shape[1]
    expert = {
        "version": 1,
        "engine": "command",
        "model": job.name,
        "embedding_width": width,
        "image": {
            "width": size,
            "height": size,
            "fit": "cover",
            "interpolation": "bicubic",
            "mean": list(mean),
            "std": list(std),
        },
        "text": {
            "context_length": context_length,
            "pad_id": pad_id,
            "lowercase": False,
            "fixed_length": True,
            "bundle": None,
        },
        "trunk": None,
        "data": {
            "pairs": job.samples,
            "out_of_cluster": job.document["out_of_cluster"],
            "samples_seen": samples_seen,
            "shards_sha256": sha256(canonical(shard_list(job.shards))),
        },
    }
    write(part / "expert.json", json.dumps(expert, indent=2) + "\n")
    write(part / "tokenizer.json", json.dumps(tokenizer, ensure_ascii=False))
    write(part / "metrics.json", json.dumps({"version": 1, "samples_seen": samples_seen, "loss": loss}))
    os.replace(part, job.bundle)
    job.work.mkdir(parents=True, exist_ok=True)
    record = {
        "version": 1,
        "name": job.name,
        "kind": job.kind,
        "status": "succeeded",
        "code": None,
        "message": None,
        "hint": None,
        "samples_seen": samples_seen,
    }
    write(
        Path(job.work) / "exit.json",
        json.dumps(
            {**record, "training_seconds": round(time.monotonic() - BEGUN, 3), "bundle": str(job.bundle)}
        ),
    )
    say(event="end", status="succeeded", code=None, message=None)
