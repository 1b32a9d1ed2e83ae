"""Recognises the bundle of a finished job, and moves a new one to its place atomically."""

import json
import os
import shutil

from coterie_trainer.error import TrainerError
from coterie_trainer.figures import curve
from coterie_trainer.job import Job


def is_published(job: Job) -> bool:
    """Whether the bundle in its place belongs to this job."""
    try:
        return json.loads((job.bundle / "expert.json").read_text(encoding="utf-8")).get("job") == job.identity
    except (OSError, ValueError):
        return False


def publish(job: Job, figures: dict) -> None:
    """Adds ``metrics.json`` to the export, and renames the folder into place."""
    export = job.work / "export"
    if not (export / "expert.json").exists():
        raise TrainerError("E_UNFINISHED", "the training ended without a bundle", "see the log")
    metrics = {"version": 1, **figures, "curve": curve(job.work)}
    (export / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    job.bundle.parent.mkdir(parents=True, exist_ok=True)
    part = job.bundle.with_name(f"{job.bundle.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.move(export, part)
    os.replace(part, job.bundle)
