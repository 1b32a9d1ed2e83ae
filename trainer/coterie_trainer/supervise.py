"""Supervises a training: one process group, its events, its stalls and its log."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coterie_trainer.capped_log import CappedLog
from coterie_trainer.events import Follower

#: Seconds that processes get to exit on their own.
GRACE = 20


class Interrupted(Exception):
    """SIGTERM or SIGINT came; the processes have ended."""


@dataclass
class Outcome:
    """How a training ended. ``code`` is None if it succeeded."""

    code: str | None = None
    message: str | None = None
    hint: str | None = None
    seconds: float = 0.0
    bad: int = 0
    events: list[dict] = field(default_factory=list)


class Signals:
    """Remembers SIGTERM and SIGINT instead of dying of them."""

    def __init__(self):
        self.came = threading.Event()

    def __enter__(self):
        self.before = {
            number: signal.signal(number, lambda *_: self.came.set())
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        # A caller that is killed with SIGKILL cannot pass the signal on. If there is a launcher in
        # between, it does.
        if os.environ.get("COTERIE_PARENT") == str(os.getppid()):
            die_with_parent()
        return self

    def stop_here(self) -> None:
        """Raises ``Interrupted`` if a signal came; called between phases, where nothing is half done."""
        if self.came.is_set():
            raise Interrupted

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)


def supervise(
    command: list[str],
    environment: dict,
    folder: Path,
    log: CappedLog,
    limits: dict,
    signals: Signals,
    on_event: Callable[[dict], None],
) -> Outcome:
    """Runs the command until it ends, stalls or is interrupted, and passes every event on."""
    started = time.monotonic()
    follower = Follower(folder / "events")
    follower.read()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    copier = threading.Thread(target=drain, args=(process.stdout, log), daemon=True)
    copier.start()
    outcome = Outcome()
    heard, patience = time.monotonic(), limits["start_seconds"]
    try:
        while True:
            ended = process.poll() is not None
            for event in follower.read():
                heard = time.monotonic()
                patience = (
                    limits["stall_seconds"] if event["event"] in ("step", "beat") else limits["start_seconds"]
                )
                if event["event"] == "bad":
                    outcome.bad += event["count"]
                if event["event"] == "error" and outcome.code is None:
                    outcome.code, outcome.message, outcome.hint = (
                        event["code"],
                        event["message"],
                        event.get("hint"),
                    )
                on_event(event)
            if ended:
                break
            if signals.came.is_set():
                raise Interrupted
            if outcome.code:
                break
            if time.monotonic() - heard > patience:
                outcome.code, outcome.message = "E_STALLED", f"no step for {patience:.0f} s"
                outcome.hint = (
                    "possible causes: a disk that hangs, a process that waits for another, "
                    "or limits.stall_seconds too short for one step"
                )
                break
            time.sleep(0.2)
    finally:
        end_group(process)
        copier.join(GRACE)
        outcome.seconds = time.monotonic() - started
    if process.returncode and outcome.code is None:
        last = [text for text in log.last_lines(20) if text.strip()]
        outcome.code = "E_TRAINING"
        word = last[-1] if last else "no output"
        outcome.message = f"the training process ended with {describe(process.returncode)}: {word}"
        outcome.hint = "see the log"
    return outcome


def describe(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def end_group(process: subprocess.Popen) -> None:
    """Ends the whole group, since data workers outlive their trainer."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and (process.poll() is None or group_lives(process.pid)):
            time.sleep(0.05)
        if process.poll() is not None and not group_lives(process.pid):
            break
    process.wait()


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def drain(stream, log: CappedLog) -> None:
    """Copies the output to the log, and its beginning also to stderr."""
    for data in iter(lambda: stream.read1(1 << 16), b""):
        log.write(data)
        if log.file.name == str(log.head):
            sys.stderr.write(data.decode("utf-8", "replace"))


def die_with_parent() -> None:
    """Requests SIGTERM when the parent ends, so that a killed caller leaves no training behind. Linux
    only.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
