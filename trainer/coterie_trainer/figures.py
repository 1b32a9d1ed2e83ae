"""The figures of a training, from the files that its attempts left in the work folder."""

import json
import platform
from importlib import metadata
from pathlib import Path

from coterie_trainer.job import Job
from coterie_trainer.order import Schedule


def add_attempt(job: Job, seconds: float, resumed_from: int) -> None:
    attempt = {"training_seconds": seconds, "processes": job.ranks, "resumed_from_step": resumed_from}
    with (job.work / "attempts.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(attempt) + "\n")


def figures(job: Job, schedule: Schedule, command: list[str]) -> dict:
    """The figures of all attempts together, for ``exit.json`` and ``metrics.json``."""
    attempts = lines(job.work / "attempts.jsonl")
    losses = curve(job.work)
    events = [event for path in sorted((job.work / "events").glob("events-*.jsonl")) for event in lines(path)]
    seconds = sum(attempt["training_seconds"] for attempt in attempts)
    process_seconds = sum(attempt["training_seconds"] * attempt["processes"] for attempt in attempts)
    return {
        "training_seconds": round(seconds, 3),
        "gpu_hours": round(process_seconds / 3600, 6),
        "attempts": len(attempts),
        "resumed_from_step": attempts[-1]["resumed_from_step"] if attempts else 0,
        "steps": schedule.steps,
        "samples_seen": schedule.draws,
        "samples_in_set": schedule.samples,
        "seen_least": schedule.seen()[0],
        "seen_most": schedule.seen()[1],
        "bad_samples": sum(event["count"] for event in events if event["event"] == "bad"),
        "loss": {"first": losses[0][1], "last": losses[-1][1]} if losses else None,
        "processes": job.ranks,
        "device": job.hardware["device"],
        "command": command,
        "versions": versions(),
    }


def curve(work: Path, points: int = 500) -> list[list]:
    """``[step, loss, learning rate]``, thinned evenly.

    A step that was repeated after an interruption counts once, with its last values.
    """
    events = lines(work / "events" / "events-00000.jsonl")
    steps = {
        event["step"]: [event["step"], event["loss"], event["learning_rate"]]
        for event in events
        if event["event"] == "step"
    }
    ordered = [steps[step] for step in sorted(steps)]
    stride = max(1, -(-len(ordered) // points))
    return ordered[::stride] + ([ordered[-1]] if ordered and (len(ordered) - 1) % stride else [])


def lines(path: Path) -> list[dict]:
    """The objects of a JSON-lines file; an empty list if it does not exist."""
    if not path.exists():
        return []
    found = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(text))
        except ValueError:
            # The last line of a process that was killed.
            continue
    return found


def versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in ("coterie-trainer", "open_clip_torch", "torch"):
        try:
            found[package.replace("-", "_")] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package.replace("-", "_")] = None
    return found
