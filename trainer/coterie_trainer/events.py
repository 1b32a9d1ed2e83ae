"""JSON lines: events of a job on stdout, and events of its processes in files for the supervisor."""

import json
import math
import os
import sys
from pathlib import Path
from typing import IO


def line(**fields) -> str:
    """One event. Numbers that JSON cannot represent become null."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
    return json.dumps(finite, ensure_ascii=False) + "\n"


def say(**fields) -> None:
    """Writes an event of the job to stdout; a closed pipe is not an error."""
    try:
        sys.stdout.write(line(**fields))
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")


class EventFile:
    """The events of one process; each line is written in one call."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, **fields) -> None:
        os.write(self.file, line(**fields).encode())


class Follower:
    """Reads the events of all processes as they arrive."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.open: dict[Path, IO[bytes]] = {}
        self.rest: dict[Path, bytes] = {}

    def read(self) -> list[dict]:
        events = []
        for path in sorted(self.folder.glob("events-*.jsonl")):
            file = self.open.get(path)
            if file is None:
                file = self.open[path] = path.open("rb")
            data = self.rest.get(path, b"") + file.read()
            whole, _, self.rest[path] = data.rpartition(b"\n")
            events += [json.loads(part) for part in whole.split(b"\n") if part]
        return events
