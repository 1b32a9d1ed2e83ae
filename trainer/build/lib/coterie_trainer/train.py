"""``train JOB``: one job from its file to its bundle, however often it is interrupted."""

import argparse
import fcntl
import json
import os
import platform
import shutil
import time
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from coterie_trainer import model_folder, staging
from coterie_trainer.capped_log import CappedLog
from coterie_trainer.error import TrainerError
from coterie_trainer.events import say
from coterie_trainer.job import Job, canonical, read_job, sha256, shard_list
from coterie_trainer.launchers import command_line, extra_environment, node_rank
from coterie_trainer.model_folder import write
from coterie_trainer.open_clip_options import arguments
from coterie_trainer.order import Schedule
from coterie_trainer.progress import Progress
from coterie_trainer.supervise import Interrupted, Signals, supervise

DONE, WRONG_JOB, FAILED, AGAIN = 0, 3, 4, 75


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, help="job file, as train-job.schema.json describes it")
    parser.add_argument("--dry-run", action="store_true", help="print the command line that would be run, and run nothing")


def run(args: argparse.Namespace) -> int:
    try:
        job = read_job(args.job)
        if job.document["engine"] != "open_clip":
            raise TrainerError("E_JOB", f"the job is meant for the engine {job.document['engine']}")
    except TrainerError as error:
        say(event="end", status="failed", code=error.code, message=str(error))
        error.exit_code = WRONG_JOB
        raise
    schedule = Schedule.plan(job.samples, job.schedule["epochs"], job.schedule["batch_size"], job.schedule["sub_epochs"])
    command = command_line(job, arguments(job, schedule, "local-dir:model"))
    if args.dry_run:
        print(json.dumps({"command": command, "environment": extra_environment(job), "steps": schedule.steps, "samples_seen": schedule.draws}))
        return DONE
    if node_rank(job) > 0:
        help_out(job, command)
    return Attempt(job, schedule, command).run()


def help_out(job: Job, command: list[str]) -> NoReturn:
    """On the second machine and those after it: torchrun waits there for the first one, which does all else."""
    job.work.mkdir(parents=True, exist_ok=True)
    os.chdir(job.work)
    os.execvpe(command[0], command, {**os.environ, **extra_environment(job)})


class Attempt:
    """One attempt at a job. What has to survive it lies in the job's `work` folder."""

    def __init__(self, job: Job, schedule: Schedule, command: list[str]):
        self.job = job
        self.schedule = schedule
        self.command = command
        self.record = job.work / "exit.json"
        self.progress = Progress(schedule)

    def run(self) -> int:
        started = time.monotonic()
        self.job.work.mkdir(parents=True, exist_ok=True)
        with lock(self.job.work), Signals() as signals:
            try:
                if not self.finished():
                    self.work(signals)
                status, error = "succeeded", None
            except Interrupted:
                status, error = "interrupted", TrainerError("E_INTERRUPTED", "a signal ended it", "the same command goes on from the newest checkpoint")
            except TrainerError as caught:
                status, error = "failed", caught
            return self.end(status, error, time.monotonic() - started)

    def finished(self) -> bool:
        """The bundle of this very job is there already."""
        try:
            return json.loads((self.job.bundle / "expert.json").read_text(encoding="utf-8")).get("job") == self.job.identity
        except (OSError, ValueError):
            return False

    def work(self, signals: Signals) -> None:
        job = self.job
        self.claim()
        say(event="phase", phase="staging")
        self.recover()
        places = staging.stage(job, signals.came.is_set)
        if signals.came.is_set():
            raise Interrupted
        say(event="phase", phase="checking")
        staging.check(job, places)
        model = model_folder.prepare(job, job.work / "model")
        self.write_run(places, model)
        if job.schedule["warmup_steps"] >= self.schedule.steps:
            say(event="warning", code="W_WARMUP", message=f"the learning rate never reaches its highest value: {job.schedule['warmup_steps']} steps of warm-up in a training of {self.schedule.steps}")
        if signals.came.is_set():
            raise Interrupted
        say(event="phase", phase="training")
        log = CappedLog(job.work, int(job.limits["log_megabytes"] * 1e6))
        begun = time.monotonic()
        try:
            outcome = supervise(self.command, extra_environment(job), job.work, log, job.limits, signals, self.on_event)
        finally:
            log.close()
            self.keep_time(time.monotonic() - begun)
        if outcome.code:
            raise TrainerError(outcome.code, outcome.message, outcome.hint)
        self.publish()

    def claim(self) -> None:
        """A work folder belongs to one job."""
        path = self.job.work / "identity"
        if path.exists() and path.read_text(encoding="utf-8") != self.job.identity:
            raise TrainerError("E_OTHER_JOB", f"{self.job.work} belongs to another job", "a `work` folder of its own for every job; or remove it to begin anew")
        if self.job.bundle.exists() and any(self.job.bundle.iterdir()):
            raise TrainerError("E_BUNDLE_EXISTS", f"{self.job.bundle} is not empty, and holds no bundle of this job")
        write(path, self.job.identity)

    def recover(self) -> None:
        """The newest checkpoint: the one here, else the one that was kept elsewhere; a broken one is set aside."""
        latest = self.latest
        if latest.exists() and not zipfile.is_zipfile(latest):
            os.replace(latest, latest.with_suffix(".broken"))
            say(event="warning", code="W_CHECKPOINT", message="the newest checkpoint is broken and was set aside")
        keep = self.job.document.get("keep")
        if not keep or latest.exists():
            return
        latest.parent.mkdir(parents=True, exist_ok=True)
        part = latest.with_suffix(".part")
        if not staging.is_uri(keep):
            kept = staging.local_path(keep) / latest.name
            if kept.exists():
                shutil.copyfile(kept, part)
        else:
            try:
                staging.copy(self.job.document["transfer"], f"{keep.rstrip('/')}/{latest.name}", str(part), "E_KEEP")
            except TrainerError:
                return
        if part.exists() and zipfile.is_zipfile(part):
            os.replace(part, latest)

    def keep_checkpoint(self) -> None:
        keep = self.job.document.get("keep")
        if not keep or not self.latest.exists():
            return
        if staging.is_uri(keep):
            staging.copy(self.job.document["transfer"], str(self.latest), f"{keep.rstrip('/')}/{self.latest.name}", "E_KEEP")
            return
        folder = staging.local_path(keep)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{self.latest.name}.part"
        shutil.copyfile(self.latest, part)
        os.replace(part, folder / self.latest.name)

    @property
    def latest(self) -> Path:
        return self.job.work / "run" / "checkpoints" / "epoch_latest.pt"

    def write_run(self, places: list[str], model: dict) -> None:
        job, schedule = self.job, self.schedule
        document = {
            "name": job.name,
            "work": str(job.work.resolve()),
            "export": str((job.work / "export").resolve()),
            "identity": job.identity,
            "device": job.hardware["device"],
            "seed": job.document["seed"],
            "schedule": {"samples": schedule.samples, "batch": schedule.batch, "parts": schedule.parts, "steps_per_part": schedule.steps_per_part},
            "bad_share": job.limits["bad_share"],
            "open_clip": job.open_clip,
            "model": "local-dir:model",
            "initial": job.document.get("initial"),
            **model,
            "data": {
                "pairs": job.samples,
                "out_of_cluster": job.document["out_of_cluster"],
                "samples_seen": schedule.draws,
                "shards_sha256": sha256(canonical(shard_list(job.shards))),
            },
            "shards": [{"place": place, "samples": shard["samples"]} for place, shard in zip(places, job.shards)],
        }
        write(job.work / "run.json", json.dumps(document))

    def on_event(self, event: dict) -> None:
        kind = event["event"]
        if kind == "bad":
            say(event="warning", code="W_BAD_SAMPLE", message=f"{event['count']} samples could not be decoded and were replaced")
        elif kind == "phase":
            say(**event)
        elif kind == "checkpoint":
            self.progress.checkpoint(event["part"])
            try:
                self.keep_checkpoint()
            except (TrainerError, OSError) as error:
                # The next one may get through; the training is worth more than its copy.
                say(event="warning", code="W_KEEP", message=f"the checkpoint could not be kept: {error}")
        elif kind == "start":
            self.progress.start(event["part"])
        elif kind in ("step", "beat"):
            self.progress.step(event)

    def keep_time(self, seconds: float) -> None:
        with (self.job.work / "attempts.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"training_seconds": seconds, "processes": self.job.ranks, "resumed_from_step": self.progress.resumed_from}) + "\n")

    def publish(self) -> None:
        """The export gets its figures and takes its place, whole."""
        export = self.job.work / "export"
        if not (export / "expert.json").exists():
            raise TrainerError("E_UNFINISHED", "the training ended without a bundle", "the log says more")
        figures = self.figures()
        (export / "metrics.json").write_text(json.dumps({"version": 1, **figures, "curve": curve(self.job.work)}, indent=1) + "\n", encoding="utf-8")
        self.job.bundle.parent.mkdir(parents=True, exist_ok=True)
        part = self.job.bundle.with_name(f"{self.job.bundle.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.move(export, part)
        os.replace(part, self.job.bundle)

    def figures(self) -> dict:
        attempts = lines(self.job.work / "attempts.jsonl")
        losses = curve(self.job.work)
        events = [event for path in sorted((self.job.work / "events").glob("events-*.jsonl")) for event in lines(path)]
        seconds = sum(attempt["training_seconds"] for attempt in attempts)
        return {
            "training_seconds": round(seconds, 3),
            "gpu_hours": round(sum(attempt["training_seconds"] * attempt["processes"] for attempt in attempts) / 3600, 6),
            "attempts": len(attempts),
            "resumed_from_step": attempts[-1]["resumed_from_step"] if attempts else 0,
            "steps": self.schedule.steps,
            "samples_seen": self.schedule.draws,
            "samples_in_set": self.schedule.samples,
            "seen_least": self.schedule.seen()[0],
            "seen_most": self.schedule.seen()[1],
            "bad_samples": sum(event["count"] for event in events if event["event"] == "bad"),
            "loss": {"first": losses[0][1], "last": losses[-1][1]} if losses else None,
            "processes": self.job.ranks,
            "device": self.job.hardware["device"],
            "command": self.command,
            "versions": versions(),
        }

    def end(self, status: str, error: TrainerError | None, seconds: float) -> int:
        reason = {"code": None, "message": None, "hint": None} if error is None else {"code": error.code, "message": str(error), "hint": error.hint}
        record = {"version": 1, "name": self.job.name, "kind": self.job.kind, "status": status, **reason, "seconds": round(seconds, 3), **self.figures()}
        write(self.record, json.dumps({**record, "bundle": str(self.job.bundle) if status == "succeeded" else None}, indent=2) + "\n")
        say(event="end", status=status, code=reason["code"], message=reason["message"])
        if error is not None and status == "failed":
            raise error
        return DONE if status == "succeeded" else AGAIN


def lines(path: Path) -> list[dict]:
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


def curve(work: Path, points: int = 500) -> list[list]:
    """[step, loss, learning rate], thinned evenly; steps that were repeated after an interruption count once, the later time."""
    steps = {event["step"]: [event["step"], event["loss"], event["learning_rate"]] for event in lines(work / "events" / "events-00000.jsonl") if event["event"] == "step"}
    ordered = [steps[step] for step in sorted(steps)]
    stride = max(1, -(-len(ordered) // points))
    return ordered[::stride] + ([ordered[-1]] if ordered and (len(ordered) - 1) % stride else [])


def versions() -> dict:
    found = {"python": platform.python_version()}
    for package in ("coterie-trainer", "open_clip_torch", "torch"):
        try:
            found[package.replace("-", "_")] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package.replace("-", "_")] = None
    return found


class lock:
    """Two attempts at one job at the same time would write into each other's checkpoints."""

    def __init__(self, work: Path):
        self.path = work / "lock"

    def __enter__(self):
        self.file = self.path.open("w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            error = TrainerError("E_RUNNING", f"another process is at this job ({self.path})", "wait for it; a process that was killed lets go by itself")
            error.exit_code = AGAIN
            say(event="end", status="failed", code=error.code, message=str(error))
            raise error from None

    def __exit__(self, *_):
        self.file.close()
